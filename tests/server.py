"""The real application on a real port, for tests that speak HTTP or drive a browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from gis.settings import Settings


@contextmanager
def serving(database_url: str, data_dir: Path, **settings: object) -> Iterator[str]:
    """Serve the application on a free port of loopback; gives its base URL."""
    app = create_app(
        Settings(data_dir=data_dir, log_level="ERROR", **settings),  # type: ignore[arg-type]
        database_url,
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            while not server.started:
                thread.join(0.02)
                if not thread.is_alive():
                    raise RuntimeError("the application did not start")
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
