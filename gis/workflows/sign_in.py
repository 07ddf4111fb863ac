"""Signing in and out, and changing one's password. A login that does not exist is treated like one
that does: as slow, as often, with the same words. What was typed as one is kept nowhere, because
people type passwords there.

Whoever guesses waits, and keeps nobody else from signing in: refused tries count where they come
from. Guesses from many places slow down all places that the account was never signed in from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.errors import BusyError, ForbiddenError, InputError, UnauthorisedError
from gis.incidents.seals import short_mark
from gis.store import attempts, audit, credentials
from gis.store.attempts import Origin, Tries
from gis.store.engine import acting, speak_as
from gis.workflows import passwords

NOBODY = "sign-in"  # in whose name a try is noted that has not shown who it is
FREE_TRIES = 5  # of one browser or address
FREE_TRIES_OF_STRANGERS = 30  # of all together from whom an account was never signed in to
FIRST_WAIT_S, LONGEST_WAIT_S = 30, 3600
LONGEST_LOGIN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a try comes from, and how long its session lasts.

    `device`: the secret that the browser was given when somebody first signed in with it.
    """

    address: str | None
    device: str | None = None
    user_agent: str | None
    lasts: timedelta
    language: str | None = None


def wait_s(tries: Tries, *, free: int = FREE_TRIES) -> int:
    """How long one must wait still: nothing for the first refusals in a row, then half a minute,
    doubled by each further one up to an hour."""
    if tries.refused < free:
        return 0
    # 2 ** 20 half minutes are more than an hour: no number grows without bound
    doubled = FIRST_WAIT_S * 2 ** min(tries.refused - free, 20)
    left: int = math.ceil(min(doubled, LONGEST_WAIT_S) - tries.since_s)
    return max(0, left)


def sign_in(engine: Engine, login: str, password: str, visitor: Visitor, *, key: bytes) -> str:
    """Begin a session; gives the value of its cookie. `key`: the office's.

    Raises UnauthorisedError `sign-in-wrong` (whatever was wrong), BusyError `sign-in-locked` with
    the `seconds` to wait, ForbiddenError `account-disabled` to whoever knows its password.
    """
    asked = login.strip().lower()[:LONGEST_LOGIN]
    account, attempt_id = _judged(engine, asked, password, visitor, key)
    actor = f"{account.name} ({account.login})"
    with acting(engine, actor) as connection:
        # Read again under a lock: whoever disables the account meanwhile comes before or after.
        held = connection.execute(
            text("SELECT disabled_at, password_hash FROM account WHERE id = :id FOR UPDATE"),
            {"id": account.id},
        ).one()
        if held.password_hash != account.password_hash:  # changed a moment ago
            raise UnauthorisedError("sign-in-wrong")
        if held.disabled_at is None:
            attempts.accept(connection, attempt_id, device=_device(visitor))
            secret = open_session(connection, account.id, visitor)
            audit.record(
                connection,
                "sign-in",
                f"account {account.id}",
                {"how": "password", "address": visitor.address},
            )
            return secret
    with acting(engine, NOBODY) as connection:
        _note_refusal(connection, account.login, account.login, visitor, "disabled")
    raise ForbiddenError("account-disabled")


def sign_in_vouched(
    engine: Engine, *, issuer: str, subject: str, login: str | None, visitor: Visitor
) -> str:
    """Begin a session for somebody whom the office's issuer vouches for; gives its cookie.

    The account is the one that the subject signed in to before, or else the one of that login that
    has no password of its owner's yet (never used, or reset by an administrator), because whoever
    can choose his name at the issuer must not get somebody else's. From then on it is that
    subject's. None is made.
    Raises UnauthorisedError `oidc-no-account`, ForbiddenError `account-disabled`.
    """
    named = {"issuer": issuer, "subject": subject, "login": login}
    with acting(engine, NOBODY) as connection:
        account = connection.execute(
            text(
                "SELECT id, login, name, disabled_at, oidc_subject FROM account"
                " WHERE (oidc_issuer, oidc_subject) = (:issuer, :subject)"
                "    OR (oidc_subject IS NULL AND login = :login"
                "        AND (password_hash IS NULL OR must_change_password))"
                " ORDER BY oidc_subject NULLS LAST LIMIT 1 FOR UPDATE"
            ),
            named,
        ).one_or_none()
        if account is not None and account.disabled_at is None:
            speak_as(connection, f"{account.name} ({account.login})")
            if account.oidc_subject is None:
                connection.execute(
                    text(
                        "UPDATE account SET oidc_issuer = :issuer, oidc_subject = :subject,"
                        " must_change_password = false"
                        " WHERE id = :id"
                    ),
                    {**named, "id": account.id},
                )
            secret = open_session(connection, account.id, visitor)
            detail = {"how": issuer, "subject": subject, "address": visitor.address}
            audit.record(connection, "sign-in", f"account {account.id}", detail)
            return secret
        audit.record(
            connection,
            "sign-in-refused",
            f"login {login or subject}",
            {"why": "disabled" if account else "unknown", "how": issuer, "subject": subject},
        )
    if account is None:
        raise UnauthorisedError("oidc-no-account")
    raise ForbiddenError("account-disabled")


def open_session(connection: Connection, account_id: int, visitor: Visitor) -> str:
    """A new session of an account that has shown who it is."""
    connection.execute(
        text(
            "UPDATE account SET signed_in_at = now(),"
            " language = coalesce(:language, language) WHERE id = :id"
        ),
        {"id": account_id, "language": visitor.language},
    )
    return credentials.open_session(
        connection,
        account_id,
        lasts=visitor.lasts,
        user_agent=visitor.user_agent,
        address=visitor.address,
    )


def sign_out(engine: Engine, account_id: int, session_id: int | None, *, actor: str) -> None:
    """End one session, or with None all sessions of the account. Its tokens stay."""
    with acting(engine, actor) as connection:
        if session_id is not None:
            credentials.close_session(connection, session_id)
            audit.record(connection, "sign-out", f"account {account_id}")
        else:
            ended = credentials.close_sessions(connection, account_id)
            audit.record(
                connection, "sign-out-everywhere", f"account {account_id}", {"sessions": ended}
            )


def change_password(
    engine: Engine, login: str, *, former: str, password: str, visitor: Visitor, actor: str
) -> str:
    """Change one's own password. All sessions end; gives the cookie of a new one.

    Raises InputError `password-wrong` for the former one, or what is wrong with the new one, and
    BusyError `sign-in-locked`: a stolen session must not be a way to guess on. What is guessed here
    keeps nobody from signing in.
    """
    with engine.begin() as connection:
        account = attempts.by_login(connection, login)
        assert account is not None  # it is signed in
        counted = f"password of account {account.id}"  # a space: no login
        here = Origin(address=None)
        attempts.hold(connection, counted)
        left = wait_s(attempts.own_tries(connection, counted, here))
        if left > 0:
            raise BusyError("sign-in-locked", seconds=left)
        attempt_id = attempts.add(connection, counted, "refused", here)
    if not passwords.is_right(former, account.password_hash):
        with acting(engine, actor) as connection:
            audit.record(
                connection, "password-refused", f"account {account.id}",
                {"address": visitor.address},
            )  # fmt: skip
        raise InputError("password-wrong", field="former")
    passwords.require_good(
        password, login=account.login, name=account.name, former=account.password_hash
    )
    kept = passwords.hash_of(password)
    with acting(engine, actor) as connection:
        changed = connection.execute(
            text(
                "UPDATE account SET password_hash = :kept, must_change_password = false"
                " WHERE id = :id AND disabled_at IS NULL AND password_hash = :former"
            ),
            {"id": account.id, "kept": kept, "former": account.password_hash},
        )
        if changed.rowcount == 0:  # disabled, or changed by somebody else a moment ago
            raise InputError("password-wrong", field="former")
        attempts.accept(connection, attempt_id)
        credentials.close_sessions(connection, account.id)
        secret = open_session(connection, account.id, visitor)
        audit.record(connection, "password-change", f"account {account.id}")
    return secret


def _judged(
    engine: Engine, login: str, password: str, visitor: Visitor, key: bytes
) -> tuple[Any, int]:
    """The account whose password this is, and the try. Each try counts as refused beforehand, so
    that many at once are no more than so many one after another."""
    with engine.begin() as connection:
        account = attempts.by_login(connection, login)
        counted = login if account is not None else f"? {short_mark(key, 'login', login)}"
        attempts.hold(connection, counted)
        origin = _origin(connection, counted, visitor)
        left = _left_s(connection, counted, origin)
        if left > 0:
            raise BusyError("sign-in-locked", seconds=left)
        attempt_id = attempts.add(connection, counted, "refused", origin)
    if passwords.is_right(password, account and account.password_hash):
        assert account is not None
        return account, attempt_id
    with acting(engine, NOBODY) as connection:
        shown = "?" if account is None else login
        _note_refusal(connection, counted, shown, visitor, "wrong")
    raise UnauthorisedError("sign-in-wrong")


def _origin(connection: Connection, counted: str, visitor: Visitor) -> Origin:
    return attempts.origin(connection, counted, address=visitor.address, device=_device(visitor))


def _device(visitor: Visitor) -> str | None:
    """What is kept of a browser's secret."""
    return visitor.device and credentials.digest_of(visitor.device).hex()


def _left_s(connection: Connection, counted: str, origin: Origin) -> int:
    """How long whoever is there must wait still."""
    own = wait_s(attempts.own_tries(connection, counted, origin))
    if origin.known:
        return own
    others = attempts.tries_of_strangers(connection, counted)
    return max(own, wait_s(others, free=FREE_TRIES_OF_STRANGERS))


def _note_refusal(
    connection: Connection, counted: str, shown: str, visitor: Visitor, why: str
) -> None:
    left = _left_s(connection, counted, _origin(connection, counted, visitor))
    audit.record(
        connection,
        "sign-in-locked" if left > 0 else "sign-in-refused",
        f"login {shown}",
        {"why": why, "address": visitor.address, "wait_s": left},
    )
