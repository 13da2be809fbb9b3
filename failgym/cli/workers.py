"""Many jobs on few processes. Which process does a job never shows in its result."""

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from failgym.errors import ConfigurationError, FailGymError

Job = TypeVar("Job")
Result = TypeVar("Result")


def usable_cpus() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def mapped(
    function: Callable[[Job], Result], jobs: Sequence[Job], workers: int | None = None
) -> Generator[Result, None, None]:
    """Yield results as they come.

    Args:
        function: At the top of a module, so that fresh processes find it.
        jobs: What each call gets.
        workers: Number of processes; 1 works in this one, None takes one for each processor.

    Raises:
        ConfigurationError: fewer than one worker.
        FailGymError: a process died; or whatever a job raised.
    """
    number = min(usable_cpus() if workers is None else workers, max(1, len(jobs)))
    if number < 1:
        raise ConfigurationError("--workers", workers, "1 or more")
    if number == 1:
        yield from map(function, jobs)
        return
    others = set(multiprocessing.active_children())
    # Fresh processes: one that is forked from a process with an OpenGL context hangs.
    pool = ProcessPoolExecutor(number, multiprocessing.get_context("spawn"), _begin)
    try:
        for future in as_completed([pool.submit(function, job) for job in jobs]):
            yield future.result()
    except BrokenProcessPool as error:
        raise FailGymError(
            "a worker process died, perhaps for lack of memory. What is finished is kept: go on with fewer --workers."
        ) from error
    except BaseException:
        # Files are written whole or not at all, so nothing is lost that a next run would not make again.
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and to it alone what there is to say about the renderer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("failgym").setLevel(logging.ERROR)
