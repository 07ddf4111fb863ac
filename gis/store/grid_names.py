"""What grids are called, by their codes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from gis.store.names import names

NAMED = """
SELECT DISTINCT ON (code) code, grid.name_zh, grid.name_en FROM grid
JOIN plan ON plan.id = grid.plan_id
WHERE plan.jurisdiction_id = :id AND grid.code = ANY(:codes)
  AND plan.status IN ('published', 'superseded')
ORDER BY code, lower(plan.effective) DESC
"""


def grid_names(connection: Connection, jurisdiction_id: int, codes: list[str]) -> dict[str, Any]:
    """The latest names of grids that are or were in force, by code."""
    rows = connection.execute(text(NAMED), {"id": jurisdiction_id, "codes": codes}).all()
    return {code: names(zh, en) for code, zh, en in rows}
