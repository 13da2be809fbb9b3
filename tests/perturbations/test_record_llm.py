"""Instructions altered by a model behind a chat-completions endpoint; the endpoint is a real server on this machine."""

import pytest

from failgym.errors import ConfigurationError, NotApplicableError
from failgym.labels import FailureMode
from failgym.perturbations import OFFLINE, build, relabel
from tests.perturbations.records import planned, real
from tests.perturbations.test_plan_llm import completion, endpoint  # noqa: F401

pytestmark = pytest.mark.nogl

RECORD = real("put the carrot on the plate", ["carrot", "plate", "spoon"])


def asking(endpoint, **fields):  # noqa: F811
    return build({"name": "llm_instruction", "base_url": endpoint.url, "model": "m"} | fields)


def test_the_record_asks_for_what_the_model_wrote(endpoint):  # noqa: F811
    endpoint.answers = [completion(' "put the spoon on the plate"\n')]
    altered = relabel(RECORD, asking(endpoint))
    assert altered.instruction == "put the spoon on the plate"
    assert altered.outcome.failure is FailureMode.MISMATCH
    assert altered.frames == RECORD.frames
    receipt = altered.injections[0]
    assert receipt.params["evidence"] == "unchecked: m wrote it"
    assert build(receipt.spec).perturb(RECORD, receipt.params).instruction == altered.instruction
    assert len(endpoint.asked) == 1, "to make it again nobody is asked"
    question = endpoint.asked[0][2]["messages"][1]["content"]
    assert "put the carrot on the plate" in question
    assert "carrot, plate, spoon" in question


def test_the_record_goes_without_plan(endpoint):  # noqa: F811
    endpoint.answers = [completion("close the box")]
    altered = relabel(planned("open the box", "open the box"), asking(endpoint))
    assert altered.plan.subtasks == altered.spans == ()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("Put the carrot on the plate.", "the same instruction"),
        ("put the spoon\non the plate", "not one line"),
        ("", "not one line"),
        ("put the spoon on the plate and then everything else that lies there too", "14 words, and the instruction 6"),
    ],
)
def test_what_is_of_no_use_is_sent_back_with_the_reason(endpoint, answer, reason):  # noqa: F811
    endpoint.answers = [completion(answer), completion("put the plate on the carrot")]
    assert relabel(RECORD, asking(endpoint)).instruction == "put the plate on the carrot"
    assert reason in endpoint.asked[1][2]["messages"][-1]["content"]
    endpoint.answers = [completion(answer)]
    with pytest.raises(NotApplicableError, match=f"in 2 attempts; at last: .*{reason}"):
        relabel(RECORD, asking(endpoint, attempts=2))


def test_an_endpoint_that_fails_is_asked_again(endpoint):  # noqa: F811
    endpoint.answers = [(503, "busy"), completion("put the spoon on the plate")]
    assert relabel(RECORD, asking(endpoint)).instruction == "put the spoon on the plate"
    endpoint.answers = [(401, "no key")]
    with pytest.raises(ConfigurationError, match="401"):
        relabel(RECORD, asking(endpoint))


@pytest.mark.parametrize("field", [{"base_url": "localhost"}, {"attempts": 0}, {"timeout_s": 0.0}])
def test_fields_that_cannot_work_are_refused(field):
    given = {"name": "llm_instruction", "base_url": "http://localhost/v1", "model": "m"} | field
    with pytest.raises(ConfigurationError, match=f"llm_instruction.{next(iter(field))}"):
        build(given)


def test_it_is_asked_for_by_name_alone_nowhere():
    assert "llm_instruction" not in OFFLINE
    with pytest.raises(NotApplicableError, match="nothing is asked for"):
        relabel(real(""), build({"name": "llm_instruction", "base_url": "http://localhost/v1", "model": "m"}))
