"""The real application on a real port, for tests that speak HTTP or drive a browser."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.signing import sign_in_everywhere


class SignedIn:
    """ASGI middleware of tests: who says nothing of themselves is the one who may do everything.

    So a test of something else need not sign in. A request with a token or a cookie is left alone.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app = app
        self.header = (b"authorization", headers["Authorization"].encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            said = {name for name, _ in scope["headers"]}
            if said.isdisjoint((b"authorization", b"cookie")):
                scope = {**scope, "headers": [*scope["headers"], self.header]}
        await self.app(scope, receive, send)


def let_in(app: FastAPI, database_url: str) -> None:
    """Give an application that does not run yet the middleware that lets everybody in."""
    engine = make_engine(database_url)
    app.add_middleware(SignedIn, headers=sign_in_everywhere(engine))
    engine.dispose()


@contextmanager
def serving(
    database_url: str, data_dir: Path, *, signed_in: bool = True, **settings: object
) -> Iterator[str]:
    """Serve the application on a free port of loopback; gives its base URL.

    Whoever says nothing of themselves has all roles, unless `signed_in` is False.
    """
    app = create_app(
        Settings(data_dir=data_dir, log_level="ERROR", **settings),  # type: ignore[arg-type]
        database_url,
    )
    if signed_in:
        let_in(app, database_url)
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
