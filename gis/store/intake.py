"""Incidents written: serial numbers without gaps, inserts that retries cannot double, COPY."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, text

COLUMNS = (
    "serial", "jurisdiction_id", "category_code", "severity", "source", "source_ref", "title",
    "description", "address", "reporter_name", "reporter_phone", "reported_at", "stage", "due_at",
    "closed_at", "plan_id", "grid_id", "grid_code", "queue_id", "post_id", "person_id",
    "responsible_level", "route_rule", "synthetic",
)  # fmt: skip


def take_serials(
    connection: Connection, jurisdiction_id: int, counts: Mapping[date, int]
) -> dict[date, int]:
    """Reserve so many serial numbers a day; gives the first of each. Days are locked in order."""
    first = {}
    for day in sorted(counts):
        last = connection.execute(
            text(
                "INSERT INTO serial_counter (jurisdiction_id, day, last) VALUES (:id, :day, :n)"
                " ON CONFLICT (jurisdiction_id, day)"
                " DO UPDATE SET last = serial_counter.last + excluded.last RETURNING last"
            ),
            {"id": jurisdiction_id, "day": day, "n": counts[day]},
        ).scalar_one()
        first[day] = last - counts[day] + 1
    return first


def serial(code: str, day: date, number: int) -> str:
    """The readable serial number: jurisdiction, day, and the number within both."""
    return f"{code}-{day:%Y%m%d}-{number:05d}"


def insert(connection: Connection, row: Mapping[str, Any], lon: float, lat: float) -> int:
    """Insert one incident and give its id. Raises IntegrityError when `source_ref` is known."""
    columns = [name for name in COLUMNS if name in row]
    query = (
        f"INSERT INTO incident ({', '.join(columns)}, location)"
        f" VALUES ({', '.join(':' + name for name in columns)},"
        " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326)) RETURNING id"
    )
    return int(connection.execute(text(query), {**row, "lon": lon, "lat": lat}).scalar_one())


def known(connection: Connection, source: str, source_ref: str) -> int | None:
    """The incident that came in under this reference before, if any."""
    return cast(
        "int | None",
        connection.execute(
            text("SELECT id FROM incident WHERE source = :source AND source_ref = :ref"),
            {"source": source, "ref": source_ref},
        ).scalar(),
    )


def known_among(connection: Connection, pairs: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (source, source_ref) pairs came in before."""
    found = connection.execute(
        text(
            "SELECT source, source_ref FROM incident JOIN unnest(cast(:sources AS text[]),"
            " cast(:refs AS text[])) AS wanted (s, r) ON source = s AND source_ref = r"
        ),
        {"sources": [pair[0] for pair in pairs], "refs": [pair[1] for pair in pairs]},
    )
    return {(row.source, row.source_ref) for row in found}


def copy(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """COPY incidents inside the running transaction. Each row is COLUMNS, then lon and lat."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    statement = f"COPY incident ({', '.join(COLUMNS)}, location) FROM STDIN"
    with driver.cursor() as cursor, cursor.copy(statement) as sink:
        for row in rows:
            sink.write_row((*row[:-2], f"SRID=4326;POINT({row[-2]!r} {row[-1]!r})"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of an incident's life that is known as well as its creation."""

    incident_id: int
    at: datetime
    action: str
    from_stage: str
    to_stage: str


def write_steps(connection: Connection, actor: str, steps: Iterable[Step]) -> None:
    """Add steps to the history, in the order given."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    statement = (
        "COPY incident_event (incident_id, at, actor, action, from_stage, to_stage) FROM STDIN"
    )
    with driver.cursor() as cursor, cursor.copy(statement) as sink:
        for step in steps:
            sink.write_row(
                (step.incident_id, step.at, actor, step.action, step.from_stage, step.to_stage)
            )


def ids_by_reference(connection: Connection, jurisdiction_id: int, prefix: str) -> dict[str, int]:
    """Ids of the incidents of a jurisdiction whose `source_ref` starts so, by `source_ref`."""
    rows = connection.execute(
        text(
            "SELECT source_ref, id FROM incident"
            " WHERE jurisdiction_id = :id AND starts_with(source_ref, :prefix)"
        ),
        {"id": jurisdiction_id, "prefix": prefix},
    )
    return {row.source_ref: row.id for row in rows}
