"""`make bench`: run the measurements one after another and write what they found to RESULTS.md.

make bench                          all of them
make bench ARGS="planning routing"  some of them; the others keep their last figures
make bench ARGS=--report            only write RESULTS.md from the last figures
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from bench.report import write_results

PARTS = ("units", "planning", "routing", "hotspots", "intake", "tiles", "first_page")
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help=", ".join(PARTS))
    parser.add_argument("--report", action="store_true", help="measure nothing")
    wanted = parser.parse_args()
    failed = []
    for part in [] if wanted.report else wanted.parts or PARTS:
        print(f"── {part}", file=sys.stderr, flush=True)
        if subprocess.run(
            [sys.executable, "-m", f"bench.{part}"], cwd=ROOT, check=False
        ).returncode:
            failed.append(part)
    write_results()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
