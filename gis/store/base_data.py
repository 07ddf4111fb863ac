"""What a jurisdiction starts from: organisations, categories, the base map, people and posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.incidents.categories import Category
from gis.store.plan_writing import copy_rows, ewkb


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """An organisation to store; its parent is named by code and comes before it."""

    code: str
    kind: str
    name_zh: str
    name_en: str | None
    parent_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person to store, known to the posts by `key`."""

    key: str
    name: str
    phone: str | None
    organisation_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRow:
    """A post to store. `until` None means still held."""

    person_key: str
    grid_code: str
    level: int
    role: str
    seat: int
    since: datetime
    until: datetime | None


def write_organisations(
    connection: Connection, rows: Iterable[OrganisationRow], *, synthetic: bool
) -> dict[str, int]:
    """Store organisations, parents first; gives ids by code. Known codes are kept as they are."""
    for row in rows:
        connection.execute(
            text(
                "INSERT INTO organisation (code, kind, name_zh, name_en, parent_id, synthetic)"
                " VALUES (:code, :kind, :name_zh, :name_en,"
                " (SELECT id FROM organisation WHERE code = :parent_code), :synthetic)"
                " ON CONFLICT (code) DO NOTHING"
            ),
            {
                "code": row.code,
                "kind": row.kind,
                "name_zh": row.name_zh,
                "name_en": row.name_en,
                "parent_code": row.parent_code,
                "synthetic": synthetic,
            },
        )
    found = connection.execute(text("SELECT code, id FROM organisation"))
    return {row.code: row.id for row in found}


def write_categories(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Store categories that are not there yet, parents first."""
    for row in sorted(rows, key=lambda row: (len(row["code"]), row["code"])):
        connection.execute(
            text(
                "INSERT INTO category (code, name_zh, name_en, severity, colour, glyph, position)"
                " VALUES (:code, :name_zh, :name_en, :severity, :colour, :glyph, :position)"
                " ON CONFLICT (code) DO NOTHING"
            ),
            dict(row),
        )


def write_default_categories(connection: Connection, tree: Iterable[Category]) -> None:
    """Store the default tree where it is not there yet."""
    write_categories(
        connection,
        (
            {
                "code": category.code,
                "name_zh": category.name,
                "name_en": category.name_en,
                "severity": category.severity,
                "colour": category.colour,
                "glyph": category.glyph,
                "position": category.position,
            }
            for category in tree
        ),
    )


def write_base_map(
    connection: Connection,
    jurisdiction_id: int,
    *,
    streets: Iterable[Sequence[Any]],
    buildings: Iterable[Sequence[Any]],
    water: Iterable[Sequence[Any]],
) -> None:
    """Store the base map, geometries in WGS 84.

    streets: kind, class 0–6, name_zh, name_en, line. buildings: code, compound, name_zh, name_en,
    floors, population, households, polygon. water: kind, name_zh, name_en, multipolygon.
    """
    tables = (
        ("street", ("kind", "cls", "name_zh", "name_en"), streets),
        (
            "building",
            ("code", "compound", "name_zh", "name_en", "floors", "population", "households"),
            buildings,
        ),
        ("water", ("kind", "name_zh", "name_en"), water),
    )
    for table, columns, rows in tables:
        given = list(rows)
        copy_rows(
            connection,
            table,
            ("jurisdiction_id", *columns, "geom"),
            (
                (jurisdiction_id, *row[:-1], geom)
                for row, geom in zip(given, ewkb([row[-1] for row in given], 4326), strict=True)
            ),
        )


def write_people(
    connection: Connection,
    rows: Sequence[PersonRow],
    organisations: Mapping[str, int],
    *,
    synthetic: bool,
) -> dict[str, int]:
    """Store people; gives ids by key."""
    if not rows:
        return {}
    first = connection.execute(
        text("SELECT nextval(pg_get_serial_sequence('person', 'id')) FROM generate_series(1, :n)"),
        {"n": len(rows)},
    )
    ids = [int(value) for value in first.scalars()]
    copy_rows(
        connection,
        "person",
        ("id", "name", "phone", "organisation_id", "synthetic"),
        (
            (number, row.name, row.phone, organisations.get(row.organisation_code or ""), synthetic)
            for number, row in zip(ids, rows, strict=True)
        ),
    )
    return {row.key: number for number, row in zip(ids, rows, strict=True)}


def write_posts(
    connection: Connection,
    rows: Iterable[PostRow],
    people: Mapping[str, int],
    grids: Mapping[str, int],
    *,
    recorded_by: str,
    reason: str,
) -> None:
    """Store posts of a plan's grids."""
    copy_rows(
        connection,
        "post",
        ("person_id", "grid_id", "grid_level", "role", "seat", "held", "recorded_by", "reason",
         "ended_by"),
        (
            (
                people[row.person_key], grids[row.grid_code], row.level, row.role, row.seat,
                f"[{row.since.isoformat()},{row.until.isoformat() if row.until else ''})",
                recorded_by, reason, recorded_by if row.until else None,
            )
            for row in rows
        ),
    )  # fmt: skip


def write_queue(
    connection: Connection,
    jurisdiction_id: int,
    *,
    code: str,
    name_zh: str,
    name_en: str,
    person_id: int,
) -> None:
    """Store the fallback queue of a jurisdiction with the person in charge of it."""
    connection.execute(
        text(
            "INSERT INTO queue (jurisdiction_id, code, name_zh, name_en, person_id)"
            " VALUES (:jurisdiction_id, :code, :name_zh, :name_en, :person_id)"
        ),
        {
            "jurisdiction_id": jurisdiction_id,
            "code": code,
            "name_zh": name_zh,
            "name_en": name_en,
            "person_id": person_id,
        },
    )


def keep_queue(
    connection: Connection,
    jurisdiction_id: int,
    duty: PersonRow,
    organisations: Mapping[str, int],
) -> None:
    """Make sure that a jurisdiction has a fallback queue; one that it has is kept as it is."""
    known = connection.scalar(
        text("SELECT id FROM queue WHERE jurisdiction_id = :id LIMIT 1"), {"id": jurisdiction_id}
    )
    if known is None:
        people = write_people(connection, [duty], organisations, synthetic=False)
        write_queue(
            connection,
            jurisdiction_id,
            code="outside",
            name_zh="兜底队列",
            name_en="Fallback queue",
            person_id=people[duty.key],
        )
