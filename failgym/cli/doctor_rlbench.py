"""`failgym doctor --backend rlbench`: what is missing, and if nothing is, does everything work on the simulator."""

import platform
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from failgym.cli.console import dump, say, wrapped
from failgym.cli.folders import versions
from failgym.cli.rlbench_contract import TASKS, Bench, Result, report, run
from failgym.envs.rlbench import presence
from failgym.envs.rlbench.env import RLBENCH

MARKS = {"ok": "ok     ", "warning": "WARNING", "problem": "PROBLEM"}
PACKAGES = ("failgym", "gymnasium", "numpy", "cffi", "scipy")


def examine(file: Path, tasks: Sequence[str] = (), as_json: bool = False, simulator: str = RLBENCH) -> int:
    """Look for what RLBench needs, then try everything; write a report and return the exit code.

    Args:
        file: Where the report goes.
        tasks: What to try; five tasks that differ unless given.
        as_json: Print JSON instead of lines.
        simulator: What makes the simulator; anything but the default needs nothing, and is no RLBench.
    """
    found = list(_needs()) if simulator == RLBENCH else []
    for each in found:
        if not as_json:
            _line(each.level, each.topic, each.text, each.remedy)
    lacking = any(each.level == "problem" for each in found)
    bench, results = Bench(simulator, tuple(map(presence.file_of, tasks)) or TASKS), list[Result]()
    if not lacking:
        for result in run(bench):
            results.append(result)
            if not as_json:
                _line(result.level, result.name, f"{result.text} ({result.seconds:.1f} s)", "")
            # What was found so far is kept, whatever happens next.
            file.write_text(report(bench, results, _header()), "utf-8")
    healthy = not lacking and all(result.level != "problem" for result in results)
    if as_json:
        checks = [each._asdict() for each in results]
        dump({"healthy": healthy, "needs": [each._asdict() for each in found], "checks": checks, "table": bench.table})
    elif lacking:
        say("\nThe contract suite was not run: RLBench cannot run here yet, see PROBLEM above and docs/rlbench.md.")
    else:
        say(f"\n{'FailGym works on this RLBench.' if healthy else 'Not everything works: see PROBLEM above.'}")
        say(f"Report: {file}")
    return 0 if healthy else 1


def _needs() -> Iterator[presence.Found]:
    found = list(presence.look())
    yield from found
    if all(each.level != "problem" for each in found):
        yield presence.imports()


def _header() -> list[str]:
    known = ", ".join(f"{name} {version}" for name, version in versions(PACKAGES).items())
    return [f"{time.strftime('%Y-%m-%d %H:%M')}, Python {platform.python_version()} on {platform.platform()}, {known}"]


def _line(level: str, topic: str, text: str, remedy: str) -> None:
    say(f"{MARKS[level]}  {topic:<26} {text}")
    if remedy:
        say(wrapped(f"-> {remedy}", 37))
