"""Stands before every address: who calls, and may they? Nothing of a body is read before."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.caller import Caller, Callers, secret_of
from api.errors import language_of
from api.permission_table import Table
from api.permissions import ASKED, OWN, PUBLIC, ROLES, Access, allows
from gis.errors import ForbiddenError, UnauthorisedError
from gis.messages import translate

SAFE = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER = "x-csrf-token"


class Guard:
    """ASGI middleware around the router: puts the `Caller` into the request's state, or refuses.

    401 `sign-in-needed`; 403 `csrf-missing`, `password-must-change`, `role-not-allowed`; what the
    table does not list is not there: 404, or 405 where it is listed for another method.
    """

    def __init__(self, app: ASGIApp, table: Table, callers: Callers) -> None:
        self.app = app
        self.table = table
        self.callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            raise HTTPException(404)
        method, path = scope["method"], scope["path"]
        access = self.table.find("GET" if method == "HEAD" else method, path)
        if access is None:
            raise HTTPException(405 if self.table.methods(path) else 404)
        if access is not PUBLIC:
            headers = Headers(scope=scope)
            secret = secret_of(headers)
            caller = self.callers.known(secret) if secret is not None else None
            if caller is None and secret is not None:
                caller = await self.callers.find(secret)
            if caller is not None:
                self._check_page(caller, method, headers)
                if caller.must_change_password and access not in (OWN, ASKED):
                    raise ForbiddenError("password-must-change")
                if not allows(access, caller.roles):
                    raise _refused(access, scope)
            elif access is not ASKED:
                raise UnauthorisedError("sign-in-needed")
            scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)

    @staticmethod
    def _check_page(caller: Caller, method: str, headers: Headers) -> None:
        """A browser sends its cookie along whatever page asks: only ours knows the word."""
        if method in SAFE or caller.csrf is None:
            return
        if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), caller.csrf.encode()):
            raise ForbiddenError("csrf-missing")


def _refused(access: Access, scope: Scope) -> ForbiddenError:
    """Says which roles it takes, in the words of the reader."""
    language = language_of(Request(scope))
    named = [
        translate(f"role-{role.replace('_', '-')}", language)
        for role in ROLES
        if isinstance(access, frozenset) and role in access
    ]
    return ForbiddenError(
        "role-not-allowed", roles=("、" if language == "zh-CN" else ", ").join(named)
    )
