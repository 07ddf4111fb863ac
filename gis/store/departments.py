"""Departments tied to communities (条块融合): stored, and read for showing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.store.names import pop_names
from gis.store.plan_writing import copy_rows

OF_COMMUNITY = """
SELECT o.id, o.code, o.name_zh, o.name_en, lower(tie.held) AS since
FROM department_tie AS tie JOIN organisation AS o ON o.id = tie.department_id
WHERE tie.grid_id = :grid_id AND tie.held @> coalesce(cast(:at AS timestamptz), now())
ORDER BY o.code
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TieRow:
    """A department's tie to a community to store, both named by code."""

    department_code: str
    grid_code: str
    since: datetime


def write_ties(
    connection: Connection,
    rows: Iterable[TieRow],
    organisations: Mapping[str, int],
    grids: Mapping[str, int],
) -> None:
    """Store ties that still hold; ids of organisations and of a plan's grids are given by code."""
    copy_rows(
        connection,
        "department_tie",
        ("department_id", "grid_id", "held"),
        (
            (
                organisations[row.department_code], grids[row.grid_code],
                f"[{row.since.isoformat()},)",
            )
            for row in rows
        ),
    )  # fmt: skip


def departments_of(
    connection: Connection, chain: Iterable[Mapping[str, Any]], at: datetime | None
) -> list[dict[str, Any]]:
    """The departments tied to the community of a chain (`gis.store.plans.chain`) at a moment.

    By code; `at` None is now; nothing for an empty chain, of a place outside all grids.
    """
    for link in chain:
        if link["level"] == 2:
            found = connection.execute(text(OF_COMMUNITY), {"grid_id": link["grid_id"], "at": at})
            return [{**row, "name": pop_names(row)} for row in map(dict, found.mappings())]
    return []
