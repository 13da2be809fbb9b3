"""Plans altered by a model behind a chat-completions endpoint; the endpoint is a real server on this machine."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from failgym.envs.registration import make_base
from failgym.episodes import Certificate, Status
from failgym.errors import ConfigurationError, NotApplicableError
from failgym.generate import Generator, replay
from failgym.labels import FailureMode
from failgym.perturbations import CATALOGUE, build, chat, stream
from failgym.plans import Plan
from failgym.scene import SceneFacts, Thing
from tests.helpers import POINT_PICK

pytestmark = pytest.mark.nogl

DISCS = ("orange disc", "red disc", "green disc")
RIGHT = "1. grasp the orange disc\n2. lift the orange disc"
FACTS = SceneFacts(
    (*(Thing(name, graspable=True) for name in DISCS), Thing("table", receives=("on",))),
    {},
    plan=Plan.parse(RIGHT, "pick up the orange disc"),
)
OTHER = "1. grasp the red disc\n2. lift the red disc"
ANSWERS = {
    "wrong_object_planned": OTHER,
    "wrong_placement_planned": "1. grasp the orange disc\n2. place the orange disc on the table",
    "wrong_order": "1. lift the orange disc\n2. grasp the orange disc",
    "missing_subtask": "1. lift the orange disc",
    "contradictory_subtasks": "1. grasp the orange disc\n2. release the orange disc\n3. lift the orange disc",
}


def completion(text):
    """A response of the protocol: status and body."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return 200, json.dumps({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]})


class Endpoint(ThreadingHTTPServer):
    """Gives what it was told, in order, the last one again and again; keeps what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.asked, self.delay_s = [completion(OTHER)], [], 0.0
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, *_):
        """A client that no longer waits is no news."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        time.sleep(self.server.delay_s)
        answers = self.server.answers
        status, text = answers.pop(0) if len(answers) > 1 else answers[0]
        raw = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(chat, "PAUSE_S", 0.0)
    with Endpoint() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def asking(endpoint, kind="wrong_object_planned", **fields):
    return build({"name": "llm_plan", "base_url": endpoint.url, "model": "m", "kind": kind} | fields)


def drawn(perturbation, seed=0):
    return perturbation.sample(stream(seed, "llm_plan"), FACTS)


# -- an answer of use --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ANSWERS)
def test_the_answer_becomes_the_plan(endpoint, kind):
    endpoint.answers = [completion(ANSWERS[kind])]
    perturbation, rule = asking(endpoint, kind), build(kind)
    params = drawn(perturbation)
    assert params["altered"] == ANSWERS[kind]
    assert perturbation.perturb(FACTS.plan, params) == Plan.parse(ANSWERS[kind], FACTS.plan.instruction)
    assert perturbation.failure is rule.failure
    assert params == rule.read(Plan.parse(ANSWERS[kind]), FACTS) | {"altered": ANSWERS[kind]}
    assert perturbation.fix(params) == rule.fix(params)
    assert len(endpoint.asked) == 1


def test_the_model_is_told_what_is_there_and_what_is_wanted(endpoint):
    drawn(asking(endpoint))
    path, key, body = endpoint.asked[0]
    assert (path, key) == ("/v1/chat/completions", None)
    assert body["model"] == "m"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    told = body["messages"][1]["content"]
    for wanted in (FACTS.plan.instruction, RIGHT, *DISCS, "things can go on it", "grasp the <thing>", "another thing"):
        assert wanted in told
    assert "arm" not in told


def test_the_key_comes_from_the_environment_and_is_in_no_receipt(endpoint, monkeypatch):
    monkeypatch.setenv("MY_KEY", "sesame")
    perturbation = asking(endpoint, api_key_variable="MY_KEY")
    params = drawn(perturbation)
    assert endpoint.asked[0][1] == "Bearer sesame"
    assert "sesame" not in json.dumps([params, perturbation.spec()])


def test_a_fenced_answer_without_numbers_is_read(endpoint):
    endpoint.answers = [completion("```\nGrasp the red disc.\nLift the red disc.\n```\n")]
    assert drawn(asking(endpoint))["altered"] == OTHER


# -- an answer of no use -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Sure! Here is the plan.", "cannot read 'Sure! Here is the plan.' as a subtask"),
        ("", "cannot read an empty text"),
        ("grasp the blue disc\nlift the blue disc", "there is no blue disc here"),
        ("grasp the table\nlift the table", "no hand can grasp the table"),
        ("grasp the red disc with the left arm\nlift the red disc with the left arm", "there is one arm only"),
        (RIGHT, "must keep its steps, verbs and targets, and handle another object"),
        (ANSWERS["wrong_order"], "must keep its steps"),
    ],
)
def test_an_answer_that_cannot_be_used_is_sent_back_with_the_reason(endpoint, answer, reason):
    endpoint.answers = [completion(answer), completion(OTHER)]
    assert drawn(asking(endpoint))["altered"] == OTHER
    first, second = (body["messages"] for _, _, body in endpoint.asked)
    assert second[:2] == first
    assert second[2] == {"role": "assistant", "content": answer}
    assert reason in second[3]["content"]


def test_after_some_attempts_it_gives_up_and_says_why(endpoint):
    endpoint.answers = [completion("I would rather not.")]
    with pytest.raises(NotApplicableError, match=r"'llm_plan'.*in 2 attempts.*cannot read 'I would rather not.'"):
        drawn(asking(endpoint, attempts=2))
    assert len(endpoint.asked) == 2


def test_where_there_is_nothing_to_alter_nobody_is_asked(endpoint):
    with pytest.raises(NotApplicableError):
        asking(endpoint).sample(stream(0, "llm_plan"), SceneFacts((), {}))
    assert endpoint.asked == []


# -- an endpoint in trouble --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble",
    [(500, "out of memory"), (429, "slow down"), (200, "<html>"), (200, '{"choices": []}'), (200, "[1]")],
)
def test_trouble_that_passes_is_waited_for(endpoint, trouble, monkeypatch):
    waited = []
    monkeypatch.setattr(chat.time, "sleep", waited.append)
    endpoint.answers = [trouble, completion(OTHER)]
    assert drawn(asking(endpoint))["altered"] == OTHER
    assert chat.PAUSE_S in waited


def test_trouble_that_stays_is_told(endpoint):
    endpoint.answers = [(503, "no model is loaded")]
    with pytest.raises(NotApplicableError, match="answered 503: no model is loaded"):
        drawn(asking(endpoint))
    assert len(endpoint.asked) == 3


def test_an_answer_without_text_is_none(endpoint):
    endpoint.answers = [completion(None)]
    with pytest.raises(NotApplicableError, match="the answer has no text"):
        drawn(asking(endpoint))


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_an_error_of_the_configuration(endpoint, status):
    endpoint.answers = [(status, '{"error": "unknown model or key"}')]
    with pytest.raises(ConfigurationError, match=rf"model 'm'.*OPENAI_API_KEY.*answered {status}.*unknown model"):
        drawn(asking(endpoint))
    assert len(endpoint.asked) == 1


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(endpoint):
    endpoint.delay_s = 0.3
    with pytest.raises(NotApplicableError, match=r"no answer within 0.05 s"):
        drawn(asking(endpoint, timeout_s=0.05, attempts=1))


def test_nobody_there(endpoint):
    with pytest.raises(NotApplicableError, match=r"http://127\.0\.0\.1:9/v1"):
        drawn(asking(endpoint, base_url="http://127.0.0.1:9/v1"))


# -- in an environment -------------------------------------------------------------------------------------------------


def answered(endpoint, seed):
    """Let the endpoint name another disc of that seed's scene."""
    env = make_base(POINT_PICK)
    env.reset(seed=seed)
    facts = env.unwrapped.facts()
    other = next(name for name in facts.names if name not in (facts.plan.subtasks[0].object, "table"))
    endpoint.answers = [completion(f"grasp the {other}\nlift the {other}")]
    return other


def test_its_failures_are_certified_and_replayed_without_the_endpoint(endpoint):
    other = answered(endpoint, 5)
    perturbation = asking(endpoint)
    with Generator(POINT_PICK) as generator:
        made = generator.triplet(perturbation, 5)
    certificate = Certificate.from_json(json.loads(json.dumps(made.certificate.to_json())))
    assert certificate.status is Status.CERTIFIED, certificate.reason
    assert certificate.failure is FailureMode.WRONG_OBJECT
    assert certificate.reason.startswith(f"the {other} was handled")
    endpoint.answers, asked = [(500, "gone")], len(endpoint.asked)
    assert replay(certificate).bitwise
    assert replay(certificate).matches
    assert len(endpoint.asked) == asked


def test_an_environment_hands_out_the_plan_of_the_model(endpoint):
    other = answered(endpoint, 5)
    env = make_base(POINT_PICK, [asking(endpoint)])
    _, info = env.reset(seed=5)
    assert info["plan"] == f"1. grasp the {other}\n2. lift the {other}"
    assert info["injections"][0]["params"]["altered"] == info["plan"]


def test_a_useless_endpoint_leaves_the_episode_nominal_and_says_so(endpoint):
    endpoint.answers = [completion("no")]
    with Generator(POINT_PICK) as generator:
        certificate = generator.triplet(asking(endpoint), 5).certificate
    assert certificate.status is Status.NOT_APPLICABLE
    assert "cannot read 'no'" in certificate.reason


# -- the fields --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("kind", "slip"),
        ("base_url", "localhost:8000"),
        ("attempts", 0),
        ("timeout_s", 0.0),
        ("timeout_s", float("nan")),
    ],
)
def test_a_wrong_field_is_refused_by_name(endpoint, field, wrong):
    with pytest.raises(ConfigurationError, match=f"llm_plan.{field}"):
        asking(endpoint, **{field: wrong})


def test_it_is_not_among_the_names_that_need_nothing():
    assert "llm_plan" not in CATALOGUE
    with pytest.raises(ConfigurationError, match="base_url"):
        build("llm_plan")
