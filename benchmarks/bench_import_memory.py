"""What does FailGym cost before it does anything? CPU time of `import failgym`, and resident memory.

Imports are timed in fresh interpreters, in turn with `import gymnasium`; memory is read in processes of their own,
before and after many resets, without pictures and with pictures drawn by OpenGL and by rays.

Run `python benchmarks/bench_import_memory.py`; with `--check` it fails when a goal is missed.
"""

import argparse
import json
import subprocess
import sys

import common

IMPORT = """
import time
start = time.process_time()
import {module}
print(time.process_time() - start)
"""
MEMORY = """
import gc, json, sys
import gymnasium as gym

def resident():
    gc.collect()
    lines = open("/proc/self/status").read().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}

task, mode, resets = sys.argv[1], sys.argv[2], int(sys.argv[3])
kwargs = {} if mode == "state" else {"obs_mode": "rgb+state", "renderer": mode}
env = gym.make(f"failgym:FailGym/{task}-v0", perturbations=["delay_close"], **kwargs)

def episodes(seeds):
    for seed in seeds:
        env.reset(seed=seed)
        if seed % 20 == 0:
            for _ in range(5):
                env.step(env.action_space.sample())

episodes(range(max(20, resets // 10)))
before = resident()["VmRSS"]
episodes(range(1000, 1000 + resets))
after = resident()
kind = env.unwrapped._renderer.kind if mode != "state" else ""
print(json.dumps({"rss": after["VmRSS"], "peak": after["VmHWM"], "growth": after["VmRSS"] - before, "renderer": kind}))
"""


def _child(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the measuring process failed:\n{done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def imports(modules: tuple[str, ...], repeats: int) -> dict[str, list[float]]:
    """CPU seconds of importing each module, in turn, each time in a fresh interpreter."""
    found: dict[str, list[float]] = {module: [] for module in modules}
    for repeat in range(repeats + 1):
        for module in modules:
            common.progress(f"import {module} {repeat}/{repeats}")
            spent = float(_child(IMPORT.format(module=module)))
            if repeat:  # the first round fills the disk's cache
                found[module].append(spent)
    return found


def memory(task: str, mode: str, resets: int) -> dict[str, float]:
    """Resident memory after many resets, its peak and its growth, MiB; `mode` is state, gl or ray."""
    common.progress(f"memory of {task} {mode}")
    found: dict[str, float] = json.loads(_child(MEMORY, task, mode, str(resets)))
    return found


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=11, help="fresh interpreters for each module")
    parser.add_argument("--resets", type=int, default=1000, help="resets without pictures")
    parser.add_argument("--drawn-resets", type=int, default=1000, help="resets with pictures, three cameras each")
    parser.add_argument("--tasks", nargs="*", default=list(common.TASKS))


def main() -> int:
    """Print the tables."""
    args = common.arguments(_options, __doc__)
    common.head()
    times = imports(("gymnasium", "failgym", "failgym.generate"), args.repeats)
    print("\nCPU ms of an import in a fresh interpreter")
    common.table(
        ("module", "median", "min", "max"),
        [(name, 1e3 * common.median(spent), 1e3 * min(spent), 1e3 * max(spent)) for name, spent in times.items()],
    )
    ratio = common.median(times["failgym"]) / common.median(times["gymnasium"])
    figures = [common.Figure("import failgym / import gymnasium", ratio, 1.15, unit="x")]
    rows = []
    for mode, limit in (("state", 120.0), ("gl", 260.0), ("ray", None)):
        for task in args.tasks:
            resets = args.resets if mode == "state" else args.drawn_resets
            found = memory(task, mode, resets)
            rows.append((f"{task} {mode}", found["rss"], found["peak"], found["growth"], resets))
            figures += [
                common.Figure(f"{task} {mode}: peak resident memory", found["peak"], limit, unit="MB"),
                common.Figure(f"{task} {mode}: growth over {resets} resets", found["growth"], 2.0, unit="MB"),
            ]
    print("\nresident memory, MiB")
    common.table(("case", "resident", "peak", "growth", "resets"), rows)
    return common.report(figures, args.check)


if __name__ == "__main__":
    sys.exit(main())
