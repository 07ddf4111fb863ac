"""Who calls: found from a session's cookie or a token, and kept for some seconds."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import Any

from sqlalchemy import Engine
from starlette.datastructures import Headers

from gis.store import credentials
from gis.store.scope import Scope, scoped

COOKIE = "wangge_session"
KEPT_S = 3.0  # a process that hears nothing from the database believes it no longer than this
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is signed in, and the scope of it.

    `engine` sees and changes what the caller may. `csrf` is what a page must send along with a
    cookie; None for a token, which no browser sends by itself.
    """

    account_id: int
    login: str
    name: str
    actor: str
    roles: frozenset[str]
    scope: Scope
    engine: Engine
    organisation_id: int | None
    organisation_kind: str | None
    organisation_name: dict[str, str] | None
    person_id: int | None
    language: str | None
    must_change_password: bool
    synthetic: bool
    session_id: int | None
    expires_at: datetime | None
    csrf: str | None


def secret_of(headers: Headers) -> str | None:
    """The token, or else the session, that a request shows."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()[:200] or None
    given = headers.get("cookie")
    if given is None or COOKIE not in given:
        return None
    try:
        morsel = SimpleCookie(given).get(COOKIE)
    except CookieError:
        return None
    # A cookie holds the secret of a session; a token in it would escape the check of the page.
    return morsel.value[:200] if morsel and not _is_token(morsel.value) else None


def csrf_of(secret: str) -> str:
    """What pages of our own origin are told, and others cannot know: it follows from the session's
    secret, and does not lead back to it."""
    return hashlib.sha256(b"csrf " + secret.encode()).hexdigest()


class Callers:
    """Finds callers. `forget` is told of every change of rights, by this process and by others."""

    def __init__(self, engine: Engine, *, idle: timedelta) -> None:
        self.engine = engine
        self.idle = idle
        self.kept: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self.changes = 0
        self._lock = threading.Lock()

    def known(self, secret: str) -> Caller | None:
        """The caller, if it was looked up within the last seconds."""
        found = self.kept.get(secret)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    async def find(self, secret: str) -> Caller | None:
        """The caller as the database has it, or had it a moment ago; None: nobody's secret."""
        kept = self.known(secret)
        if kept is not None:
            return kept
        before = self.changes
        caller = await asyncio.to_thread(self._look_up, secret)
        with self._lock:
            # What was read before a change that has been heard since must not outlive it.
            if caller is not None and before == self.changes:
                self.kept[secret] = (time.monotonic() + KEPT_S, caller)
                self.kept.move_to_end(secret)
                while len(self.kept) > MOST_KEPT:
                    self.kept.popitem(last=False)
        return caller

    def forget(self, account_id: int | None = None) -> None:
        """Ask the database again for an account, or for everybody."""
        with self._lock:
            self.changes += 1
            for secret, (_, caller) in list(self.kept.items()):
                if account_id is None or caller.account_id == account_id:
                    del self.kept[secret]

    def standing(self, secret: str) -> Caller | None:
        """Who a secret stands for now, by the database; asking counts as no use of it."""
        with self.engine.connect() as connection:
            row = credentials.holder(connection, secret, idle=self.idle, used=False)
        return None if row is None else _caller(self.engine, row, secret)

    def _look_up(self, secret: str) -> Caller | None:
        with self.engine.begin() as connection:
            row = credentials.holder(connection, secret, idle=self.idle)
        return None if row is None else _caller(self.engine, row, secret)


def _caller(engine: Engine, row: dict[str, Any], secret: str) -> Caller:
    actor = f"{row['name']} ({row['login']})"
    scope = credentials.scope_of(row, actor)
    return Caller(
        account_id=row["id"],
        login=row["login"],
        name=row["name"],
        actor=actor,
        roles=frozenset(row["roles"]),
        scope=scope,
        engine=scoped(engine, scope),
        organisation_id=row["organisation_id"],
        organisation_kind=row["organisation_kind"],
        organisation_name=row["organisation_id"] and _name(row),
        person_id=row["person_id"],
        language=row["language"],
        must_change_password=row["must_change_password"],
        synthetic=row["synthetic"],
        session_id=row["session_id"],
        expires_at=row["expires_at"],
        csrf=csrf_of(secret) if row["session_id"] is not None else None,
    )


def _name(row: dict[str, Any]) -> dict[str, str]:
    return {"zh": row["name_zh"], "en": row["name_en"] or row["name_zh"]}


def _is_token(value: str) -> bool:
    return value.startswith(credentials.TOKEN_START)
