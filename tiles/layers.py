"""The layers that exist, and what each shows: the only names that a request may choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

NUMBER, TEXT = "Number", "String"
GRID_FIELDS = {
    "id": NUMBER, "code": TEXT, "name": TEXT, "name_en": TEXT, "pop": NUMBER,
    "deviation": NUMBER, "hue": NUMBER,
}  # fmt: skip
POINT_FIELDS = {
    "id": NUMBER, "category": TEXT, "severity": NUMBER, "open": NUMBER, "reported": NUMBER,
    "count": NUMBER,
}  # fmt: skip
Kind = Literal["grids", "units", "edges", "shapes", "incidents"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One vector layer. `of_plan`: the request may name a plan, and the content depends on it."""

    name: str
    kind: Kind
    min_zoom: int
    max_zoom: int
    fields: dict[str, str] = field(default_factory=dict)
    level: int | None = None
    table: str | None = None
    kept: str = "true"
    open_only: bool = False

    @property
    def of_plan(self) -> bool:
        return self.kind in ("grids", "units", "edges")


# Basic grids and units below these zooms would be specks by the ten thousand.
LAYERS = {
    layer.name: layer
    for layer in (
        Layer(name="grids_1", kind="grids", min_zoom=5, max_zoom=16, level=1, fields=GRID_FIELDS),
        Layer(name="grids_2", kind="grids", min_zoom=8, max_zoom=16, level=2, fields=GRID_FIELDS),
        Layer(name="grids_3", kind="grids", min_zoom=11, max_zoom=16, level=3, fields=GRID_FIELDS),
        Layer(
            name="units", kind="units", min_zoom=11, max_zoom=16, table="unit",
            kept="retired_at IS NULL",
            fields={"id": NUMBER, "code": TEXT, "pop": NUMBER, "grid": TEXT},
        ),
        # Which units an edge parts, and what is in a draft's units, is told with the board.
        Layer(
            name="unit_edges", kind="edges", min_zoom=11, max_zoom=16, table="unit_edge",
            fields={"cls": NUMBER},
        ),
        Layer(
            name="streets", kind="shapes", min_zoom=8, max_zoom=16, table="street",
            kept="kind IN ('road', 'rail')",
            fields={"name": TEXT, "name_en": TEXT, "class": NUMBER, "kind": TEXT},
        ),
        Layer(
            name="buildings", kind="shapes", min_zoom=14, max_zoom=16, table="building",
            fields={"floors": NUMBER, "name": TEXT},
        ),
        Layer(
            name="water", kind="shapes", min_zoom=6, max_zoom=16, table="water",
            fields={"name": TEXT, "name_en": TEXT, "kind": TEXT},
        ),
        Layer(
            name="incidents", kind="incidents", min_zoom=5, max_zoom=18, fields=POINT_FIELDS
        ),
        Layer(
            name="incidents_open", kind="incidents", min_zoom=5, max_zoom=18, fields=POINT_FIELDS,
            kept="is_open", open_only=True,
        ),
    )
}  # fmt: skip

POINTS_FROM_ZOOM = 13  # below it, and where points are too many, one point for each cell
LEVELS = (6, 8, 10, 12)  # of the counts that the database keeps
STORED_TO_ZOOM = 13  # at zoom 13 the finest level still gives 8 by 8 cells
CELL_ZOOMS = 4  # a cell lies this many zooms below its tile: 16 cells a side
LOW_ZOOM = 12  # up to it grids are drawn from their simplified shape


def smallest_street_class(zoom: int) -> int:
    """The least class of road (0 to 6, 6 the greatest) worth drawing at a zoom."""
    return max(0, min(6, 15 - zoom)) if zoom < 14 else 0
