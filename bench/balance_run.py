"""One job in a process of its own: one core, a limit of processor time, its own peak memory.

A job is a function that yields plans; each is kept as it comes, with the processor seconds since
the one before, so that a job whose time is up has not worked for nothing.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan as given, what made it, and the processor seconds it took."""

    made_by: str
    given: Any
    cpu_s: float


@dataclass(kw_only=True)
class Outcome:
    """What a job gave: plans, total processor and wall seconds, peak memory, how it ended."""

    plans: list[Plan] = field(default_factory=list)
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0
    ended: str = "finished"


def run(function: str, *arguments: Any, limit_s: float, cores: int = 1, **options: Any) -> Outcome:
    """Run `module:function` with these arguments by itself, for `limit_s` processor seconds."""
    with tempfile.TemporaryDirectory() as folder:
        work, out = Path(folder) / "work", Path(folder) / "out"
        work.write_bytes(pickle.dumps((function, arguments, options, limit_s, cores, str(out))))
        threads = dict.fromkeys(THREADS, str(cores))
        words = [sys.executable, "-W", "ignore", "-m", "bench.balance_run", str(work)]
        begin = time.monotonic()
        done = subprocess.run(
            words, cwd=ROOT, env=os.environ | threads, capture_output=True, text=True, check=False
        )
        outcome = Outcome(wall_s=time.monotonic() - begin)
        if out.is_file():
            with out.open("rb") as file:
                while file.peek(1):
                    try:
                        made_by, given, cpu_s, peak_mb = pickle.load(file)
                    except (EOFError, pickle.UnpicklingError):
                        break
                    outcome.cpu_s += cpu_s
                    outcome.peak_mb = max(outcome.peak_mb, peak_mb)
                    if given is not None:
                        outcome.plans.append(Plan(made_by=made_by, given=given, cpu_s=cpu_s))
    if done.returncode < 0:
        outcome.ended = f"stopped after {limit_s:.0f} s" if done.returncode == -24 else "killed"
    elif done.returncode:
        outcome.ended = (done.stderr.strip().splitlines() or ["failed"])[-1][:300]
    return outcome


def _peak_mb() -> float:
    """The most memory this process held: not the parent's, as getrusage would have it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(status.split("VmHWM:")[1].split()[0]) / 1024


def _work(path: str) -> None:
    function, arguments, options, limit_s, cores, out = pickle.loads(Path(path).read_bytes())
    allowed = sorted(os.sched_getaffinity(0))
    if cores < len(allowed):
        first = os.getpid() % len(allowed)
        os.sched_setaffinity(0, {allowed[(first + i) % len(allowed)] for i in range(cores)})
    module, name = function.split(":")
    work = getattr(import_module(module), name)
    limit = int(time.process_time() + limit_s) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 30))
    with Path(out).open("wb") as file:
        begin = time.process_time()
        for made_by, given in work(*arguments, **options):
            now = time.process_time()
            pickle.dump((made_by, given, now - begin, _peak_mb()), file)
            file.flush()
            begin = time.process_time()
        pickle.dump(("", None, time.process_time() - begin, _peak_mb()), file)


if __name__ == "__main__":
    _work(sys.argv[1])
