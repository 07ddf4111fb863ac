"""The boundaries between the units of a draft, as much of them as an operation asks for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, text

from gis.planning.editing.borders import Borders
from gis.store.boards import any_edges, units_without_edges
from gis.store.unit_edges import renew_edges

# Each pair once, whichever of the two is asked for; only what the draft has.
EDGES = """
SELECT e.left_id, e.right_id, e.length_m FROM unit_edge AS e
JOIN draft_unit AS l ON l.plan_id = :plan AND l.unit_id = e.left_id
LEFT JOIN draft_unit AS r ON r.plan_id = :plan AND r.unit_id = e.right_id
WHERE (e.right_id IS NULL OR r.unit_id IS NOT NULL) AND {which}
"""
ALL = EDGES.format(which="e.jurisdiction_id = :jurisdiction")
OF_UNITS = " UNION ".join(EDGES.format(which=f"e.{side} = ANY (:units)")
                          for side in ("left_id", "right_id"))  # fmt: skip


def borders_of(
    connection: Connection,
    plan_id: int,
    jurisdiction_id: int,
    units: Collection[int] | None = None,
) -> Borders:
    """The boundaries of some units of a draft with each other and with their neighbours; None: of
    all. Those that nobody has found yet are found, but for a read-only transaction."""
    values = {"plan": plan_id, "jurisdiction": jurisdiction_id}
    if units is None:
        rows = connection.execute(text(ALL), values)
    else:
        rows = connection.execute(text(OF_UNITS), {**values, "units": sorted(units)})
    inner, outer = [], []
    for left, right, length_m in rows:
        if right is None:
            outer.append(left)
        else:
            inner.append((left, right, length_m))
    return Borders.between(inner, outer)


def find_missing(connection: Connection, plan_id: int, jurisdiction_id: int) -> None:
    """Find the boundaries of a draft's units that nobody has found yet."""
    if not any_edges(connection, jurisdiction_id):
        renew_edges(connection, jurisdiction_id)
    missing = units_without_edges(connection, plan_id)
    if missing:
        renew_edges(connection, jurisdiction_id, missing)
