"""From a clone to the first page: set-up, demo city, server, and the answer of /dispatch."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).parent / "out" / "first_page.json"
LIMIT_S = 1800


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wangge-首页 ") as folder:
        Path(folder).chmod(0o755)
        clone = Path(folder) / "wangge"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        environment = os.environ | {"WANGGE_DATA_DIR": str(Path(folder) / "data")}
        started = time.perf_counter()
        subprocess.run(["make", "setup"], cwd=clone, env=environment, check=True)
        setup_s = time.perf_counter() - started
        running = subprocess.Popen(
            ["make", "demo", f"PORT={port}"], cwd=clone, env=environment, start_new_session=True
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/dispatch", running)
            whole_s = time.perf_counter() - started
            again = time.perf_counter()
            subprocess.run(["make", "setup"], cwd=clone, env=environment, check=True)
            again_s = time.perf_counter() - again
        finally:
            os.killpg(running.pid, signal.SIGINT)
            running.wait(60)
            subprocess.run(
                [".venv/bin/wangge", "db", "stop"], cwd=clone, env=environment, check=False
            )
    OUT.parent.mkdir(exist_ok=True)
    figures = {
        "setup_s": round(setup_s, 1),
        "clone_to_first_page_s": round(whole_s, 1),
        "setup_again_s": round(again_s, 1),
    }
    OUT.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


def wait_for(url: str, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        if running.poll() is not None:
            raise SystemExit("make demo ended before it served a page")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("no page in time")


if __name__ == "__main__":
    main()
