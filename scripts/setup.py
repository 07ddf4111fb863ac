"""Everything that a fresh clone needs, each step only if it is not done: `make setup`.

Runs under the system's Python with the standard library alone until .venv is there; then
`scripts.provision` goes on inside it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from scripts import environment, frontend


def main() -> int:
    """Set up for `runtime` (use), `dask` (a worker of a cluster), `dev` (tests) or `bench`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=environment.KINDS)
    kind = parser.parse_args().kind
    for_tests = kind in ("dev", "bench")
    environment.ensure(kind)
    frontend.ensure(with_packages=for_tests)
    words = ["-m", "scripts.provision", *(["--browser"] if for_tests else [])]
    return subprocess.run(
        [environment.PYTHON, *words], cwd=environment.ROOT, check=False
    ).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
