"""`make bench`: run the measurements one after another and write what they found to RESULTS.md.

make bench                          all of them
make bench ARGS="balance routing"   some of them; the others keep their last figures
make bench ARGS="balance --quick"   words that are no part's name go to the parts
make bench ARGS=--report            only write RESULTS.md from the last figures
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

from bench.report import write_results

PARTS = (
    "units", "balance", "routing", "hotspots", "heatmap_views", "intake", "publishing", "tiles",
    "endpoints", "lists", "closure", "leader", "editor", "first_page",
)  # fmt: skip
ROOT = Path(__file__).resolve().parent.parent


def main(words: list[str]) -> int:
    named = list(itertools.takewhile(PARTS.__contains__, words))
    options = words[len(named) :]
    if not named and options != ["--report"] and options:
        print(f"{__doc__}\nparts: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    failed = []
    for part in [] if options == ["--report"] else named or PARTS:
        print(f"── {part}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", f"bench.{part}", *options]
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            failed.append(part)
    write_results()
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
