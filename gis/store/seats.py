"""Organisations and seats that a step may send a case to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

LEVEL = "organisation_level(o.kind, p.kind)"
# Not closed by now; the end of one that is to be closed may be known long before.
OPEN = "coalesce(o.closed_at > now(), true)"
ORGANISATION = f"""
SELECT o.id, o.code, o.kind, {LEVEL} AS level
FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
"""
# A jurisdiction's own, all below it, those above it, and the departments of all of these.
KNOWN = f"""
WITH RECURSIVE below AS (
  SELECT id FROM organisation WHERE id = :jurisdiction
  UNION SELECT o.id FROM organisation AS o JOIN below ON o.parent_id = below.id
), above AS (
  SELECT id, parent_id FROM organisation WHERE id = :jurisdiction
  UNION SELECT o.id, o.parent_id FROM organisation AS o JOIN above ON above.parent_id = o.id
)
SELECT EXISTS (SELECT FROM organisation AS o WHERE o.id = :id
  AND {OPEN} AND (
  o.id IN (SELECT id FROM below) OR o.id IN (SELECT id FROM above)
  OR o.kind = 'department' AND o.parent_id IN (SELECT id FROM above)))
"""
POST_OF = """
SELECT post.id AS post_id, post.person_id, grid.level, grid.code
FROM post JOIN grid ON grid.id = post.grid_id
JOIN plan ON plan.id = grid.plan_id
WHERE plan.jurisdiction_id = :jurisdiction AND plan.status = 'published'
  AND post.person_id = :person AND post.held @> cast(:at AS timestamptz)
ORDER BY grid.level DESC, post.id LIMIT 1
"""


# The post of now in the grid of the same code: of the same person, or else of whoever sits there.
HELD_NOW = """
SELECT DISTINCT ON (held.id) held.id AS former_id, is_now.id AS post_id, is_now.person_id,
       is_in.level, is_in.code
FROM post AS held JOIN grid AS was_in ON was_in.id = held.grid_id
JOIN grid AS is_in ON is_in.code = was_in.code AND is_in.plan_id = :plan
JOIN post AS is_now ON is_now.grid_id = is_in.id AND is_now.role = held.role
  AND (is_now.seat = held.seat OR is_now.person_id = held.person_id)
  AND is_now.held @> cast(:at AS timestamptz)
WHERE held.id = ANY(:posts)
ORDER BY held.id, (is_now.person_id = held.person_id) DESC, is_now.seat
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A post by its id, its level and the code of its grid, and who holds it."""

    post_id: int
    person_id: int
    level: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An organisation; `level` as of a hand."""

    organisation_id: int
    code: str
    kind: str
    level: int


def organisation(connection: Connection, organisation_id: int) -> Known:
    """An organisation that there is."""
    row = connection.execute(text(f"{ORGANISATION} WHERE o.id = :id"), {"id": organisation_id})
    found = row.one()
    return Known(organisation_id=found.id, code=found.code, kind=found.kind, level=found.level)


def is_known(connection: Connection, jurisdiction_id: int, organisation_id: int) -> bool:
    """Whether a jurisdiction may send cases to an organisation: not to one that is closed."""
    return bool(
        connection.scalar(text(KNOWN), {"jurisdiction": jurisdiction_id, "id": organisation_id})
    )


def minding(connection: Connection, code: str) -> Known | None:
    """The organisation of the platform with a code, or else the nearest one above that is open."""
    codes = [code[:length] for length in (12, 9, 6, 4) if length <= len(code)]
    query = f"""{ORGANISATION} WHERE o.kind <> 'department' AND o.code = ANY(:codes)
      AND {OPEN}
      ORDER BY length(o.code) DESC LIMIT 1"""
    found = connection.execute(text(query), {"codes": codes}).first()
    if found is None:
        return None
    return Known(organisation_id=found.id, code=found.code, kind=found.kind, level=found.level)


def existing(connection: Connection, codes: Sequence[str]) -> list[str]:
    """Those of the codes of districts and cities above some places that open organisations have."""
    wanted = sorted({code[:length] for code in codes for length in (6, 4)})
    query = f"""SELECT code FROM organisation AS o WHERE kind <> 'department'
      AND code = ANY(:codes) AND {OPEN}"""
    return list(connection.scalars(text(query), {"codes": wanted}))


def post_of(
    connection: Connection, jurisdiction_id: int, person_id: int, at: datetime
) -> Seat | None:
    """The post nearest to the ground that a person holds in a jurisdiction's plan at a moment."""
    values = {"jurisdiction": jurisdiction_id, "person": person_id, "at": at}
    found = connection.execute(text(POST_OF), values).mappings().first()
    return None if found is None else Seat(**found)


def held_now(
    connection: Connection, plan_id: int, post_ids: Sequence[int], at: datetime
) -> dict[int, Seat]:
    """What became of posts in a plan: the same seat with whoever holds it at a moment, by the id
    of the former post. The same person goes before the same number of the seat."""
    values = {"plan": plan_id, "posts": sorted(set(post_ids)), "at": at}
    found: dict[int, Seat] = {}
    for row in connection.execute(text(HELD_NOW), values).mappings():
        told = dict(row)
        former = told.pop("former_id")
        found[former] = Seat(**told)
    return found


def contact(connection: Connection, organisation_id: int) -> tuple[int, int] | None:
    """The contact of an organisation now, and its person."""
    query = """SELECT id, person_id FROM contact WHERE organisation_id = :id
      AND held @> clock_timestamp()"""
    found = connection.execute(text(query), {"id": organisation_id}).first()
    return None if found is None else (found.id, found.person_id)
