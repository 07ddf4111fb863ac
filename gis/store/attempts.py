"""Tries to sign in, by login and by where they come from, whether or not there is such an account.

Where somebody comes from is a browser that has signed in to the account before, or else an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

# A browser or an address is known that an account was signed in from within this time.
KNOWN_FOR = "31 days"
# Refused within a day, since the last one from there that was accepted, or an unlocking.
OWN = """
SELECT count(*) AS tries, extract(epoch FROM clock_timestamp() - max(at))::float AS since_s
FROM sign_in_attempt AS a
WHERE login = :login AND outcome = 'refused' AND at > now() - interval '1 day'
  AND device IS NOT DISTINCT FROM cast(:device AS text)
  AND (:device IS NOT NULL OR address IS NOT DISTINCT FROM cast(:address AS text))
  AND id > coalesce((SELECT max(id) FROM sign_in_attempt AS o
                     WHERE o.login = :login AND (o.outcome = 'unlocked' OR o.outcome = 'accepted'
                       AND o.device IS NOT DISTINCT FROM cast(:device AS text)
                       AND (:device IS NOT NULL
                            OR o.address IS NOT DISTINCT FROM cast(:address AS text)))), 0)
"""
# The same of all from whom the account was never signed in to.
STRANGERS = f"""
SELECT count(*) AS tries, extract(epoch FROM clock_timestamp() - max(at))::float AS since_s
FROM sign_in_attempt AS a
WHERE login = :login AND outcome = 'refused' AND at > now() - interval '1 day' AND device IS NULL
  AND address NOT IN (SELECT address FROM sign_in_attempt AS o
                      WHERE o.login = :login AND o.outcome = 'accepted' AND o.address IS NOT NULL
                        AND o.at > now() - interval '{KNOWN_FOR}')
  AND id > coalesce((SELECT max(id) FROM sign_in_attempt
                     WHERE login = :login AND outcome = 'unlocked'), 0)
"""
KNOWN = f"""
SELECT EXISTS (SELECT FROM sign_in_attempt WHERE login = :login AND outcome = 'accepted'
               AND device = :device AND at > now() - interval '{KNOWN_FOR}') AS device,
       EXISTS (SELECT FROM sign_in_attempt WHERE login = :login AND outcome = 'accepted'
               AND address = :address AND at > now() - interval '{KNOWN_FOR}') AS address
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often somebody was refused in a row, and how long ago the last time was."""

    refused: int
    since_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a try comes from. `device`: a browser that has signed in to the account before;
    `known`: that, or an address from which somebody has."""

    address: str | None
    device: str | None = None
    known: bool = False


def hold(connection: Connection, login: str) -> None:
    """Let no other try of this login be counted until the transaction ends."""
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('sign-in ' || :login, 0))"),
        {"login": login},
    )


def origin(
    connection: Connection, login: str, *, address: str | None, device: str | None
) -> Origin:
    """Where a try of a login comes from, by its address and the mark of its browser."""
    values = {"login": login, "address": address, "device": device}
    known = connection.execute(text(KNOWN), values).one()
    return Origin(
        address=address,
        device=device if known.device else None,
        known=bool(known.device or known.address),
    )


def own_tries(connection: Connection, login: str, origin: Origin) -> Tries:
    """The tries of a login that were refused there since the last that was not."""
    values = {"login": login, "address": origin.address, "device": origin.device}
    return _tries(connection, OWN, values)


def tries_of_strangers(connection: Connection, login: str) -> Tries:
    """The tries of a login that were refused wherever nobody has signed in to it from."""
    return _tries(connection, STRANGERS, {"login": login})


def _tries(connection: Connection, query: str, values: dict[str, Any]) -> Tries:
    row = connection.execute(text(query), values).one()
    return Tries(refused=int(row.tries), since_s=float(row.since_s or 0.0))


def add(connection: Connection, login: str, outcome: str, origin: Origin | None = None) -> int:
    """Write down a try; gives its id. Forgets those of more than a month ago."""
    connection.execute(text("DELETE FROM sign_in_attempt WHERE at < now() - interval '31 days'"))
    added = connection.execute(
        text(
            "INSERT INTO sign_in_attempt (login, address, device, outcome)"
            " VALUES (:login, :address, :device, :outcome) RETURNING id"
        ),
        {
            "login": login, "address": origin and origin.address,
            "device": origin and origin.device, "outcome": outcome,
        },
    )  # fmt: skip
    return int(added.scalar_one())


def accept(connection: Connection, attempt_id: int, *, device: str | None = None) -> None:
    """The password of a try was right; from now on its browser is known by this mark."""
    connection.execute(
        text(
            "UPDATE sign_in_attempt SET outcome = 'accepted', device = coalesce(:device, device)"
            " WHERE id = :id"
        ),
        {"id": attempt_id, "device": device},
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
