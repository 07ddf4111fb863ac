"""Write requirements/*.lock anew from the *.in files: exact versions, hashes, no registry named.

Versions that are locked already stay, unless `--upgrade` or `--upgrade-package NAME` is given.
"""

from __future__ import annotations

import os
import subprocess
import sys

from scripts import pip_settings
from scripts.environment import KINDS, PYTHON, ROOT
from scripts.words import give_up

FLAGS = (
    "--quiet",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--python-version=3.11",
    "--index-strategy=unsafe-best-match",
)


def main(options: list[str]) -> int:
    """Lock each kind with the versions of the smaller one, and the installer by itself."""
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    variables, _ = pip_settings.for_uv(listed.stdout)
    smaller = ""
    for name in ("installer", *KINDS):
        words = [f"requirements/{name}.in", f"--output-file=requirements/{name}.lock"]
        words += [f"--constraint=requirements/{smaller}.lock"] if smaller else []
        command = [PYTHON, "-m", "uv", "pip", "compile", *FLAGS, *words, *options]
        if (
            subprocess.run(command, cwd=ROOT, env=variables | os.environ, check=False).returncode
            != 0
        ):
            give_up("setup-lock-failed", name=name)
        smaller = name if name in KINDS else ""
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
