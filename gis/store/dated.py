"""What rules, assets, duties and contacts share: they hold for a time and are ended, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg.errors import ExclusionViolation
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from gis.errors import ConflictError, InputError, NotFoundError
from gis.store.names import names

# Whoever changes these comes one after the other: rows that exclude each other, and the order of
# the rules, could else wait for one another.
GATE = "SELECT pg_advisory_xact_lock(hashtext('wangge rules'))"
# All that a transaction changes it changes at one moment, told once it has them to itself: between
# what it ends and what follows there is no time in which neither holds.
TELL = "SELECT set_config('wangge.moment', cast(clock_timestamp() AS text), true)"
NOW = """coalesce(cast(nullif(current_setting('wangge.moment', true), '') AS timestamptz),
  clock_timestamp())"""

# `t` is the table. A moment shows what held then; without one, what holds or is to come, and on
# request what has ended as well.
SHOWN = """
(CASE WHEN cast(:at AS timestamptz) IS NOT NULL THEN t.held @> cast(:at AS timestamptz)
      ELSE :ended OR NOT isempty(t.held) AND coalesce(upper(t.held) > clock_timestamp(), true) END)
"""
DATES = """
lower(t.planned) AS since, coalesce(upper(t.held), CASE WHEN isempty(t.held) THEN t.ended_at END)
  AS until,
CASE WHEN isempty(t.held) OR upper(t.held) <= clock_timestamp() THEN 'ended'
     WHEN lower(t.held) > clock_timestamp() THEN 'coming' ELSE 'current' END AS state,
t.reason, t.recorded_by, t.recorded_at, t.ended_by, t.ended_reason
"""


def one_after_the_other(connection: Connection) -> None:
    """Wait for whoever changes rules, assets, duties or contacts now."""
    connection.execute(text(GATE))
    connection.execute(text(TELL))


def add(
    connection: Connection,
    table: str,
    values: dict[str, Any],
    *,
    since: datetime | None,
    until: datetime | None,
    twice: str,
    **told: Any,
) -> int:
    """Insert a row that holds from `since` (now) to `until`; gives its id.

    Raises InputError `window-reversed`, ConflictError of the code `twice` with what is told.
    """
    since = since or connection.scalar(text(f"SELECT {NOW}"))
    if since is not None and until is not None and since >= until:
        raise InputError("window-reversed", field="until")
    columns = ", ".join(values)
    bound = ", ".join(
        "ST_GeomFromWKB(:geom, 4326)" if name == "geom" else f":{name}" for name in values
    )
    query = f"""INSERT INTO {table} ({columns}, planned)
      VALUES ({bound}, tstzrange(cast(:since AS timestamptz), cast(:until AS timestamptz)))
      RETURNING id"""
    try:
        with connection.begin_nested():
            made = connection.execute(text(query), {**values, "since": since, "until": until})
            return int(made.scalar_one())
    except IntegrityError as refused:
        if isinstance(refused.orig, ExclusionViolation):
            raise ConflictError(twice, **told) from refused
        raise


def end(connection: Connection, table: str, row_id: int, where: str, **values: Any) -> bool:
    """End a row now, or call it off before it begins; False if there is none to end."""
    query = f"""UPDATE {table} AS t SET ended_at = {NOW}
      WHERE id = :row AND ended_at IS NULL
        AND (upper_inf(planned) OR upper(planned) > clock_timestamp()) AND {where}"""
    return connection.execute(text(query), {"row": row_id, **values}).rowcount > 0


def organisation(row: dict[str, Any]) -> dict[str, Any] | None:
    """Take `organisation_…` out of a row (id, code, kind, zh, en): the organisation as shown."""
    found = {name: row.pop(f"organisation_{name}") for name in ("id", "code", "kind", "zh", "en")}
    if found["id"] is None:
        return None
    return {
        "id": found["id"],
        "code": found["code"],
        "kind": found["kind"],
        "name": names(found["zh"], found["en"]),
    }


ORGANISATION = """o.id AS organisation_id, o.code AS organisation_code,
  o.kind AS organisation_kind, o.name_zh AS organisation_zh, o.name_en AS organisation_en"""


def ended_or_refused(done: bool, code: str, row_id: int) -> None:
    """Raise NotFoundError of a code unless something was ended."""
    if not done:
        raise NotFoundError(code, id=row_id)
