"""Tries to sign in, by login, whether or not there is such an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

# Of the last day the refused tries since the last one that was accepted, or was unlocked.
REFUSED = """
SELECT count(*) AS tries,
       extract(epoch FROM clock_timestamp() - max(at))::float AS since_s
FROM sign_in_attempt AS a
WHERE login = :login AND outcome = 'refused' AND at > now() - interval '1 day'
  AND id > coalesce((SELECT max(id) FROM sign_in_attempt
                     WHERE login = :login AND outcome <> 'refused'), 0)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often a login was refused in a row, and how long ago the last time was."""

    refused: int
    since_s: float


def hold(connection: Connection, login: str) -> None:
    """Let no other try of this login be counted until the transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('sign-in ' || :login, 0))"),
        {"login": login},
    )


def tries(connection: Connection, login: str) -> Tries:
    """The tries of a login that were refused since the last that was not."""
    row = connection.execute(text(REFUSED), {"login": login}).one()
    return Tries(refused=int(row.tries), since_s=float(row.since_s or 0.0))


def add(connection: Connection, login: str, outcome: str, address: str | None = None) -> int:
    """Write down a try; gives its id. Forgets those of more than a month ago."""
    connection.execute(text("DELETE FROM sign_in_attempt WHERE at < now() - interval '31 days'"))
    added = connection.execute(
        text(
            "INSERT INTO sign_in_attempt (login, address, outcome)"
            " VALUES (:login, :address, :outcome) RETURNING id"
        ),
        {"login": login, "address": address, "outcome": outcome},
    )
    return int(added.scalar_one())


def accept(connection: Connection, attempt_id: int) -> None:
    """The password of a try was right."""
    connection.execute(
        text("UPDATE sign_in_attempt SET outcome = 'accepted' WHERE id = :id"), {"id": attempt_id}
    )


def by_login(connection: Connection, login: str) -> Any | None:
    """What signing in needs of an account: id, login, name, password_hash, disabled_at,
    must_change_password, language."""
    return connection.execute(
        text(
            "SELECT id, login, name, password_hash, disabled_at, must_change_password, language"
            " FROM account WHERE login = :login"
        ),
        {"login": login},
    ).one_or_none()
