"""Whistles stored and read: who was called where and by when, and what became of each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.incidents.whistles import Call, Whistle
from gis.store.names import pop_names
from gis.store.scope import beyond

ROW = """
SELECT w.id, w.jurisdiction_id, w.organisation_id, w.code, o.name_zh, o.name_en, w.incident_id,
       i.serial, i.title, ST_X(w.location) AS lon, ST_Y(w.location) AS lat, w.place, w.purpose,
       w.called_at, w.called_by, w.due_at, w.counted_at, w.ended_at, w.ended_by, w.ended_how,
       w.result
FROM whistle AS w JOIN organisation AS o ON o.id = w.organisation_id
LEFT JOIN incident AS i ON i.id = w.incident_id
"""
CALLS = """
SELECT c.id, c.whistle_id, c.organisation_id, o.code, o.name_zh, o.name_en, c.coming_at,
       c.coming_by, c.person, c.phone, c.arrived_at, c.arrived_by, c.absent_at
FROM whistle_call AS c JOIN organisation AS o ON o.id = c.organisation_id
WHERE c.whistle_id = ANY(:ids) ORDER BY c.whistle_id, o.code
"""
EVENTS = """
SELECT e.at, e.recorded_at, e.actor, e.action, e.person, e.reason, o.name_zh, o.name_en
FROM whistle_event AS e LEFT JOIN whistle_call AS c ON c.id = e.call_id
LEFT JOIN organisation AS o ON o.id = c.organisation_id
WHERE e.whistle_id = :id ORDER BY e.id
"""
DEPARTMENTS = """
SELECT o.id, o.kind, p.code AS above, coalesce(o.closed_at <= now(), false) AS closed
FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id WHERE o.id = ANY(:ids)
"""
# By how each stands now; those of cancelled whistles and of such as were over in time are not held
# against anybody.
COUNTS = """
SELECT o.id AS organisation_id, o.code, o.name_zh, o.name_en, count(*) AS called,
       count(*) FILTER (WHERE c.arrived_at <= w.due_at) AS arrived,
       count(*) FILTER (WHERE c.arrived_at > w.due_at) AS late,
       count(*) FILTER (WHERE c.arrived_at IS NULL AND c.absent_at IS NOT NULL) AS absent,
       count(*) FILTER (WHERE c.arrived_at IS NULL AND c.absent_at IS NULL
                        AND w.ended_at IS NOT NULL) AS released
FROM whistle AS w JOIN whistle_call AS c ON c.whistle_id = w.id
JOIN organisation AS o ON o.id = c.organisation_id
WHERE w.jurisdiction_id = :jurisdiction AND w.called_at >= :since AND w.called_at < :until
  AND w.ended_how IS DISTINCT FROM 'cancelled'
GROUP BY o.id ORDER BY absent DESC, late DESC, o.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWhistle:
    """A whistle as it is written; `lon`, `lat` in WGS 84."""

    jurisdiction_id: int
    organisation_id: int
    code: str
    incident_id: int | None
    lon: float
    lat: float
    place: str
    purpose: str
    called_at: datetime
    due_at: datetime
    caller: str
    key: str | None
    fingerprint: bytes | None


def insert(connection: Connection, new: NewWhistle, departments: Sequence[int]) -> int:
    """Write a whistle and the calls of it, in the name of who acts; gives its id."""
    made = connection.execute(
        text(
            "INSERT INTO whistle (jurisdiction_id, organisation_id, code, incident_id, location,"
            " place, purpose, called_at, called_by, caller, key, fingerprint, due_at)"
            " VALUES (:jurisdiction, :organisation, :code, :incident,"
            " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), :place, :purpose, :at,"
            " current_actor(), :caller, :key, :fingerprint, :due_at) RETURNING id"
        ),
        {
            "jurisdiction": new.jurisdiction_id, "organisation": new.organisation_id,
            "code": new.code, "incident": new.incident_id, "lon": new.lon, "lat": new.lat,
            "place": new.place, "purpose": new.purpose, "at": new.called_at, "key": new.key,
            "due_at": new.due_at, "caller": new.caller, "fingerprint": new.fingerprint,
        },
    ).scalar_one()  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO whistle_call (whistle_id, organisation_id)"
            " SELECT :id, unnest(cast(:departments AS bigint[]))"
        ),
        {"id": made, "departments": list(departments)},
    )
    return int(made)


def of_key(connection: Connection, caller: str, key: str) -> tuple[int, bytes] | None:
    """The whistle that a caller blew under a key, and the fingerprint of that request."""
    query = "SELECT id, fingerprint FROM whistle WHERE caller = :caller AND key = :key"
    with beyond(connection):  # whoever has moved since may not see it any more
        row = connection.execute(text(query), {"caller": caller, "key": key}).first()
    return None if row is None else (int(row.id), bytes(row.fingerprint))


def hold(connection: Connection, whistle_id: int) -> tuple[dict[str, Any], Whistle]:
    """A whistle held until the transaction ends: as it is shown, and as its steps see it.

    Raises NotFoundError `whistle-not-found` for one that the caller does not see.
    """
    # A department sees it and may not change it: it is held beyond its scope.
    query = text("SELECT FROM whistle WHERE id = :id")
    if connection.execute(query, {"id": whistle_id}).first() is not None:
        with beyond(connection):
            connection.execute(
                text("SELECT FROM whistle WHERE id = :id FOR UPDATE"), {"id": whistle_id}
            )
    found = one(connection, whistle_id)
    return found, state_of(found)


def one(connection: Connection, whistle_id: int) -> dict[str, Any]:
    """A whistle with its calls and its history. Raises NotFoundError `whistle-not-found`."""
    row = connection.execute(text(f"{ROW} WHERE w.id = :id"), {"id": whistle_id}).mappings().first()
    if row is None:
        raise NotFoundError("whistle-not-found", id=whistle_id)
    (found,) = _with_calls(connection, [row])
    found["history"] = [
        {**event, "organisation": pop_names(event) if event["name_zh"] else None}
        for event in map(dict, connection.execute(text(EVENTS), {"id": whistle_id}).mappings())
    ]
    return found


def listed(
    connection: Connection,
    *,
    jurisdiction_id: int | None = None,
    incident_id: int | None = None,
    only_open: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Whistles that the caller sees, with their calls, the newest first."""
    values = {
        "jurisdiction": jurisdiction_id, "incident": incident_id, "before": before, "limit": limit,
    }  # fmt: skip
    conditions = [
        *(["w.jurisdiction_id = :jurisdiction"] if jurisdiction_id is not None else []),
        *(["w.incident_id = :incident"] if incident_id is not None else []),
        *(["w.ended_at IS NULL"] if only_open else []),
        *(["w.id < :before"] if before is not None else []),
    ]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = connection.execute(text(f"{ROW} {where} ORDER BY w.id DESC LIMIT :limit"), values)
    return _with_calls(connection, list(rows.mappings()))


def _with_calls(connection: Connection, rows: Sequence[Mapping[Any, Any]]) -> list[dict[str, Any]]:
    found = {row["id"]: _shown(dict(row)) for row in rows}
    for call in connection.execute(text(CALLS), {"ids": list(found)}).mappings():
        told = dict(call)
        whistle = found[told.pop("whistle_id")]
        whistle["calls"].append(_with_organisation(told, "organisation"))
    return list(found.values())


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    incident = {
        "id": row.pop("incident_id"),
        "serial": row.pop("serial"),
        "title": row.pop("title"),
    }
    told = _with_organisation(row, "caller")
    return told | {"incident": incident if incident["serial"] else None, "calls": []}


def _with_organisation(row: dict[str, Any], field: str) -> dict[str, Any]:
    ids = {"id": row.pop("organisation_id"), "code": row.pop("code")}
    return row | {field: {**ids, "name": pop_names(row)}}


def state_of(shown: Mapping[str, Any]) -> Whistle:
    """A whistle as its steps see it."""
    return Whistle(
        code=shown["caller"]["code"],
        called_at=shown["called_at"],
        due_at=shown["due_at"],
        ended=shown["ended_how"],
        calls=tuple(
            Call(
                organisation_id=call["organisation"]["id"],
                person=call["person"],
                coming_at=call["coming_at"],
                arrived_at=call["arrived_at"],
                absent_at=call["absent_at"],
            )
            for call in shown["calls"]
        ),
    )


def coming(
    connection: Connection, whistle_id: int, organisation_id: int, *, person: str, phone: str | None
) -> None:
    """Record that a department comes, and whom it sends; the same said again is no news."""
    _answer(
        connection, whistle_id, organisation_id,
        "coming_at = clock_timestamp(), coming_by = current_actor(), person = :person,"
        " phone = :phone",
        " AND (coming_at IS NULL OR (person, phone) IS DISTINCT FROM"
        " (cast(:person AS text), cast(:phone AS text)))",
        person=person, phone=phone,
    )  # fmt: skip


def arrived(
    connection: Connection,
    whistle_id: int,
    organisation_id: int,
    *,
    person: str | None,
    phone: str | None,
    at: datetime,
) -> None:
    """Record that a department has arrived, and with whom if not as it said."""
    _answer(
        connection, whistle_id, organisation_id,
        "arrived_at = :at, arrived_by = current_actor(), person = coalesce(:person, person),"
        " phone = CASE WHEN cast(:person AS text) IS NULL OR :person = person"
        " THEN coalesce(:phone, phone) ELSE :phone END", person=person, phone=phone, at=at,
    )  # fmt: skip


def _answer(
    connection: Connection,
    whistle_id: int,
    organisation_id: int,
    sets: str,
    where: str = "",
    **values: Any,
) -> None:
    connection.execute(
        text(
            f"UPDATE whistle_call SET {sets} WHERE whistle_id = :whistle"
            f" AND organisation_id = :organisation{where}"
        ),
        {"whistle": whistle_id, "organisation": organisation_id, **values},
    )


def end(
    connection: Connection, whistle_id: int, how: str, result: str, *, at: datetime, counted: bool
) -> None:
    """End a whistle; `counted`: who is absent has been counted with it."""
    connection.execute(
        text(
            "UPDATE whistle SET ended_at = :at, ended_by = current_actor(), ended_how = :how,"
            " result = :result, counted_at = CASE WHEN :counted THEN coalesce(counted_at, :at)"
            " ELSE counted_at END WHERE id = :id"
        ),
        {"id": whistle_id, "how": how, "result": result, "at": at, "counted": counted},
    )


def count_absent(connection: Connection, whistle_id: int, *, at: datetime) -> list[int]:
    """Find those absent who have not arrived at a whistle and were not found so before; gives
    their organisations."""
    found = connection.scalars(
        text(
            "UPDATE whistle_call SET absent_at = :at WHERE whistle_id = :id"
            " AND arrived_at IS NULL AND absent_at IS NULL RETURNING organisation_id"
        ),
        {"id": whistle_id, "at": at},
    )
    return sorted(found)


def departments(connection: Connection, ids: Sequence[int]) -> list[Any]:
    """What there is of these organisations: id, kind, code of the one above, whether closed."""
    return list(connection.execute(text(DEPARTMENTS), {"ids": list(ids)}))


def called_already(
    connection: Connection, incident_id: int, organisation_ids: Sequence[int]
) -> list[int]:
    """Those of the organisations that an open whistle of a case calls already."""
    query = (
        "SELECT c.organisation_id FROM whistle AS w JOIN whistle_call AS c ON c.whistle_id = w.id"
        " WHERE w.incident_id = :incident AND w.ended_at IS NULL"
        " AND c.organisation_id = ANY(:ids) ORDER BY 1"
    )
    values = {"incident": incident_id, "ids": list(organisation_ids)}
    return list(connection.scalars(text(query), values))


def counts(
    connection: Connection, jurisdiction_id: int, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """How the departments called in a period came, those most often absent first."""
    values = {"jurisdiction": jurisdiction_id, "since": since, "until": until}
    rows = connection.execute(text(COUNTS), values).mappings()
    return [_with_organisation(dict(row), "organisation") for row in rows]
