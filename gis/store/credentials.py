"""What a caller shows: the cookie of a session, or a token. Only SHA-256 digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from gis.store.scope import Scope

TOKEN_START = "wg_"  # noqa: S105 - how a token begins, so that scanners of leaks know it
SEEN_EVERY = timedelta(minutes=1)

# Jurisdictions: the cities and districts of the own tree, and whoever else in it has plans; where
# there are none, those that the own tree is a part of.
WHO = """
SELECT account.id, account.login, account.name, account.language, account.must_change_password,
       account.person_id, account.synthetic, organisation.id AS organisation_id,
       organisation.kind AS organisation_kind, organisation.name_zh, organisation.name_en,
       platform.code AS prefix,
       ARRAY(SELECT role FROM account_role WHERE account_id = account.id ORDER BY role) AS roles,
       ARRAY(SELECT DISTINCT grid.code FROM post JOIN grid ON grid.id = post.grid_id
             WHERE post.person_id = account.person_id AND post.held @> now()
               AND starts_with(grid.code, coalesce(platform.code, ''))
             ORDER BY grid.code) AS grid_codes,
       ARRAY(SELECT id FROM organisation AS o
             WHERE o.is_platform
               AND starts_with(o.code, CASE WHEN account.organisation_id IS NULL THEN ''
                                            ELSE platform.code END)
               AND (o.kind IN ('city', 'district')
                    OR EXISTS (SELECT FROM plan WHERE jurisdiction_id = o.id))
             ORDER BY id) AS within,
       ARRAY(SELECT id FROM organisation AS o
             WHERE o.is_platform AND o.kind IN ('city', 'district')
               AND starts_with(platform.code, o.code)
             ORDER BY id) AS above,
"""
FROM = """
LEFT JOIN organisation ON organisation.id = account.organisation_id
LEFT JOIN organisation AS platform
       ON platform.id = CASE WHEN organisation.is_platform THEN organisation.id
                             ELSE organisation.parent_id END
"""
SESSION = f"""{WHO} session.id AS session_id, NULL::bigint AS token_id, session.expires_at,
       session.seen_at < now() - :seen_every AS stale
FROM session JOIN account ON account.id = session.account_id
{FROM}WHERE session.token_hash = :digest AND session.revoked_at IS NULL
  AND session.expires_at > now() AND session.seen_at > now() - :idle AND account.disabled_at IS NULL
"""
TOKEN = f"""{WHO} NULL::bigint AS session_id, api_token.id AS token_id, api_token.expires_at,
       api_token.used_at IS NULL OR api_token.used_at < now() - :seen_every AS stale
FROM api_token JOIN account ON account.id = api_token.account_id
{FROM}WHERE api_token.token_hash = :digest AND api_token.revoked_at IS NULL
  AND (api_token.expires_at IS NULL OR api_token.expires_at > now())
  AND account.disabled_at IS NULL
"""
ACCOUNT = f"""{WHO} NULL::bigint AS session_id
FROM account
{FROM}WHERE account.id = :id AND account.disabled_at IS NULL
"""


def new_secret() -> str:
    """256 bits that nobody guesses, as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> bytes:
    """What is kept of a secret. It is random already, so one round is enough."""
    return hashlib.sha256(secret.encode()).digest()


def holder(
    connection: Connection, secret: str, *, idle: timedelta, used: bool = True
) -> dict[str, Any] | None:
    """Whose a secret is, with roles, organisation and posts; None if it is nobody's, has expired,
    was revoked, or its account is disabled.

    Notes once a minute that it was `used`. A session that was idle longer than `idle` has ended.
    """
    values: dict[str, Any] = {"digest": digest_of(secret), "seen_every": SEEN_EVERY}
    if secret.startswith(TOKEN_START):
        query, note = TOKEN, "UPDATE api_token SET used_at = now() WHERE id = :token_id"
    else:
        query, note = SESSION, "UPDATE session SET seen_at = now() WHERE id = :session_id"
        values["idle"] = idle
    row = connection.execute(text(query), values).mappings().one_or_none()
    if row is None:
        return None
    if row["stale"] and used:
        connection.execute(text(note), dict(row))
    return dict(row)


def scope_of_account(connection: Connection, account_id: int) -> Scope | None:
    """What an account may see at this moment, for what is done in its name while nobody is there;
    None where it is disabled."""
    found = connection.execute(text(ACCOUNT), {"id": account_id}).mappings().one_or_none()
    return None if found is None else scope_of(dict(found), f"{found['name']} ({found['login']})")


def scope_of(row: dict[str, Any], actor: str) -> Scope:
    """The scope of a holder, as `holder` gives it.

    Without an organisation: the whole installation, of which only desks see anything.
    """
    department = row["organisation_kind"] == "department"
    return Scope(
        account_id=row["id"],
        actor=actor,
        roles=frozenset(row["roles"]),
        organisation_id=row["organisation_id"],
        organisation_kind=row["organisation_kind"],
        prefix="" if row["organisation_id"] is None else row["prefix"],
        department_ids=(row["organisation_id"],) if department else (),
        person_id=row["person_id"],
        grid_codes=tuple(row["grid_codes"]),
        jurisdiction_ids=tuple(row["within"] or row["above"]),
    )


def open_session(
    connection: Connection,
    account_id: int,
    *,
    lasts: timedelta,
    user_agent: str | None,
    address: str | None,
) -> str:
    """Begin a session; gives the value of its cookie. Always a new one: none is taken over."""
    secret = new_secret()
    connection.execute(
        text(
            "INSERT INTO session (account_id, token_hash, expires_at, user_agent, address)"
            " VALUES (:account, :digest, now() + :lasts, :agent, :address)"
        ),
        {
            "account": account_id,
            "digest": digest_of(secret),
            "lasts": lasts,
            "agent": user_agent and user_agent[:300],
            "address": address,
        },
    )
    return secret


def close_session(connection: Connection, session_id: int) -> None:
    """End one session now."""
    connection.execute(
        text("UPDATE session SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL"),
        {"id": session_id},
    )


def close_sessions(connection: Connection, account_id: int, *, but: int | None = None) -> int:
    """End all sessions of an account now, but for one that may stay; gives how many ended."""
    return connection.execute(
        text(
            "UPDATE session SET revoked_at = now() WHERE account_id = :account"
            " AND revoked_at IS NULL AND expires_at > now() AND id IS DISTINCT FROM :but"
        ),
        {"account": account_id, "but": but},
    ).rowcount


def issue_token(
    connection: Connection, account_id: int, name: str, *, lasts: timedelta | None
) -> tuple[int, str]:
    """A new token, in the name of who acts: its id, and the token itself, which nothing keeps."""
    secret = TOKEN_START + new_secret()
    number = connection.execute(
        text(
            "INSERT INTO api_token (account_id, name, token_hash, created_by, expires_at)"
            " VALUES (:account, :name, :digest, current_actor(), now() + :lasts) RETURNING id"
        ),
        {"account": account_id, "name": name, "digest": digest_of(secret), "lasts": lasts},
    ).scalar_one()
    return int(number), secret
