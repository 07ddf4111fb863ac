"""HEAD wherever GET is, and OPTIONS that says what an address takes."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """The methods that the address of a request takes; none where nothing is."""
    listed = list(routes)
    taken = [
        method
        for method in ASKED
        if any(_takes(route, {**scope, "method": method}) for route in listed)
    ]
    if "GET" in taken:
        taken.insert(1, "HEAD")
    return [*taken, "OPTIONS"] if taken else []


def _takes(route: BaseRoute, scope: Scope) -> bool:
    if isinstance(route, Mount) and scope["method"] != "GET":  # files, which match every method
        return False
    return route.matches(scope)[0] == Match.FULL


class EveryMethod:
    """ASGI middleware: answers HEAD with what GET would, without its body, and OPTIONS with Allow.

    No other origin is named in either: pages of other origins may not use this interface.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        elif scope["type"] == "http" and scope["method"] == "OPTIONS":
            app: Starlette = scope["app"]
            methods = allowed_methods(app.routes, scope)
            if methods:
                answer = Response(status_code=204, headers={"Allow": ", ".join(methods)})
                await answer(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _without_body(send: Send) -> Send:
    """Sends the head of an answer and ends it there: a stream of events would never end."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_head
