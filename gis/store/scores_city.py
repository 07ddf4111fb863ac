"""The districts of a city, which are ranked together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from gis.store.names import names, pop_names

# A district counts where its boundaries are in force: only then there is anything to count.
DISTRICTS = """
SELECT o.id, o.code, o.name_zh, o.name_en,
       (SELECT sum(g.population) FROM grid AS g WHERE g.plan_id = plan.id AND g.level = 1)::bigint
         AS people
FROM organisation AS o JOIN plan ON plan.jurisdiction_id = o.id AND plan.effective @> now()
WHERE o.kind = 'district' AND o.parent_id = :city AND coalesce(o.closed_at > now(), true)
ORDER BY o.code
"""
CITY = """
SELECT c.id, c.code, c.name_zh, c.name_en
FROM organisation AS o JOIN organisation AS c ON c.id = CASE o.kind WHEN 'city' THEN o.id
                                                       WHEN 'district' THEN o.parent_id END
WHERE o.id = :id AND c.kind = 'city'
"""
CITIES = """
SELECT DISTINCT parent_id FROM organisation
WHERE id = ANY(:ids) AND kind = 'district' AND parent_id IS NOT NULL ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A city and its districts: rows with id, code, name, people."""

    id: int
    code: str
    name: dict[str, str]
    districts: list[dict[str, Any]]


def city_of(connection: Connection, organisation_id: int) -> City | None:
    """The city that an organisation is, or a district is of; None where there is no other district
    to compare it with."""
    row = connection.execute(text(CITY), {"id": organisation_id}).one_or_none()
    if row is None:
        return None
    found = connection.execute(text(DISTRICTS), {"city": row.id}).mappings()
    districts = [{**told, "name": pop_names(told)} for told in map(dict, found)]
    if len(districts) < 2:
        return None
    return City(id=row.id, code=row.code, name=names(row.name_zh, row.name_en), districts=districts)


def cities_of(connection: Connection, offices: Iterable[int]) -> list[int]:
    """The cities of which any of some offices is a district."""
    return list(connection.scalars(text(CITIES), {"ids": list(offices)}))
