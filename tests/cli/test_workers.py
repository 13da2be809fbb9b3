import os
import time

import pytest

from failgym.cli.store import Store
from failgym.cli.workers import mapped
from failgym.errors import ConfigurationError, FailGymError


def square(number):
    return number * number


def fail(number):
    raise ConfigurationError("number", number, "another")


def die(number):
    os._exit(9)


def late(number):
    time.sleep(0.05 if number else 60)
    return number


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_every_job_is_done_once(workers):
    assert sorted(mapped(square, range(5), workers)) == [0, 1, 4, 9, 16]


def test_no_jobs():
    assert list(mapped(square, [], 2)) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_come_through_with_their_message(workers):
    with pytest.raises(ConfigurationError, match="number cannot be"):
        list(mapped(fail, [1, 2], workers))


def test_a_dead_worker_is_named():
    with pytest.raises(FailGymError, match="a worker process died"):
        list(mapped(die, [1, 2], 2))


def test_whoever_stops_waits_for_nobody():
    start = time.monotonic()
    results = mapped(late, [0, 1, 2, 3], 2)
    assert next(results)
    results.close()
    assert time.monotonic() - start < 30


def test_store_survives_a_line_that_was_cut(tmp_path):
    path = tmp_path / "deep" / "results.jsonl"
    with Store(path) as store:
        store.add("a", {"x": 1.5})
        store.add("b", [True, None])
    with path.open("a") as file:
        file.write('{"key": "c", "val')
    with Store(path) as store:
        assert "c" not in store
        store.add("d", 4)
    with Store(path) as store:
        assert [store[key] for key in "abd"] == [{"x": 1.5}, [True, None], 4]
        assert "c" not in store
