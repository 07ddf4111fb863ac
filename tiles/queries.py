"""The SQL of each layer: from files, completed from allow-lists only, every value bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from psycopg import sql

from gis.store.scope import Scope
from tiles.address import EXTENT, PIXEL_ZOOM, TileAddress
from tiles.layers import (
    CELL_ZOOMS,
    LEVELS,
    LOW_ZOOM,
    STORED_TO_ZOOM,
    Layer,
    smallest_street_class,
)

FOLDER = Path(__file__).parent / "sql"
MARGIN_UNITS = 64  # how far polygons and lines reach beyond the tile, as ST_AsMVTGeom clips them


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """Which plans a request sees. `covered`: jurisdictions whose plan has units. `drawn`: it is one
    that is being drawn, so that its units are those of its working copy."""

    plans: list[int]
    covered: list[int]
    jurisdiction: int | None
    drawn: bool
    until: float  # a time of the event loop's clock
    size: int = 500


Query = tuple[bytes, dict[str, Any]]

CATEGORIES: Query = (
    b"SELECT coalesce(array_agg(code ORDER BY code), '{}') FROM category WHERE length(code) = 2",
    {},
)

JURISDICTIONS: Query = (
    b"SELECT coalesce(array_agg(DISTINCT jurisdiction_id), '{}') FROM plan",
    {},
)


@cache
def _text(name: str, **parts: str) -> bytes:
    """A file of tiles/sql with its gaps filled. Parts are words of this package, never input."""
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(text).format(**{k: sql.SQL(v) for k, v in parts.items()}).as_bytes(None)


def plans(plan: int | None) -> Query:
    """The plan asked for, or all in force."""
    return _text("plans"), {"plan": plan}


def shapes(layer: Layer, tile: TileAddress, view: PlanView | None, limit: int) -> Query:
    """Polygons or lines: one row of tile, features drawn at most, features found."""
    west, south, east, north = tile.bounds_3857
    values: dict[str, Any] = {
        "layer": layer.name, "west": west, "south": south, "east": east, "north": north,
        "margin": tile.unit_m * MARGIN_UNITS, "unit_m": tile.unit_m, "limit": limit,
        "level": layer.level, "smallest": smallest_street_class(tile.zoom),
    }  # fmt: skip
    if view is not None:
        values |= {
            "plans": view.plans, "covered": view.covered, "jurisdiction": view.jurisdiction
        }  # fmt: skip
    if layer.kind == "grids":
        shape = "geom_3857_low" if tile.zoom <= LOW_ZOOM else "geom_3857"
        return _text("grids", shape=shape), values
    if layer.kind == "edges" and view is not None:
        return _text("unit_edges", member=_members(view)), values
    if layer.kind == "units" and view is not None and view.drawn:
        return _text("draft_units"), values
    return _text(layer.name), values


def _members(view: PlanView) -> str:
    """The table that says which units the plans have."""
    return "draft_unit" if view.drawn else "grid_unit"


# Row security hides the rest; told so, the database looks where the rest is not.
OWN = """id IN (
  SELECT id FROM incident WHERE grid_code = ANY (%(grids)s::text[])
  UNION ALL SELECT id FROM incident WHERE person_id = %(person)s::bigint
  UNION ALL SELECT id FROM incident WHERE department_id = ANY (%(departments)s::bigint[])
  UNION ALL SELECT incident_id FROM hand WHERE until IS NULL AND person_id = %(person)s::bigint
  UNION ALL SELECT incident_id FROM hand WHERE organisation_id = ANY (%(departments)s::bigint[]))
"""


def _seen(scope: Scope | None) -> tuple[str, dict[str, Any]]:
    """Which incidents a scope sees: a condition of this package, and the values bound to it."""
    if scope is None:
        return "true", {}
    if scope.whole:
        jurisdictions = list(scope.jurisdiction_ids)
        return "jurisdiction_id = ANY (%(seen)s::bigint[])", {"seen": jurisdictions}
    if scope.below is not None:
        return "grid_code ^@ %(seen)s", {"seen": scope.below}
    grids = list(scope.grid_codes) if scope.person is not None else []
    return OWN, {"grids": grids, "person": scope.person, "departments": list(scope.departments)}


def points(layer: Layer, tile: TileAddress, limit: int, scope: Scope | None = None) -> Query:
    """Single incidents: one row of tile, features drawn, features found (at most limit + 1)."""
    first, after = tile.keys(PIXEL_ZOOM)
    values = {"layer": layer.name, "first": first, "after": after, "limit": limit,
              "shift": _shift(tile)}  # fmt: skip
    seen, bound = _seen(scope)
    return _text("points", kept=layer.kept, seen=seen), values | bound


def counts(
    layer: Layer, tile: TileAddress, codes: Sequence[str], scope: Scope | None = None
) -> Query:
    """Incidents summed by cell, from the kept counts as long as these are fine enough. The kept
    ones are of everybody: for a scope all are counted."""
    stored = tile.zoom <= STORED_TO_ZOOM and scope is None
    level = next((one for one in LEVELS if one >= tile.zoom), LEVELS[-1])
    zoom = level + CELL_ZOOMS if stored else PIXEL_ZOOM  # of the keys that are read
    first, after = tile.keys(zoom)
    values = {
        "layer": layer.name, "first": first, "after": after, "shift": _shift(tile),
        "level": level, "cell_shift": 2 * max(0, zoom - tile.zoom - CELL_ZOOMS),
    }  # fmt: skip
    seen, bound = _seen(scope)
    return _counts(stored, layer.open_only, tuple(codes), seen), values | bound


def bounds(layer: Layer, view: PlanView | None, scope: Scope | None = None) -> Query:
    """The box around a layer's data: metres of EPSG:3857, for incidents pixels."""
    if layer.kind == "incidents" and scope is not None:
        seen, bound = _seen(scope)
        return _text("bounds_seen", kept=layer.kept, seen=seen), bound
    if layer.kind == "incidents":
        return _text("bounds_incidents", **_columns(layer.open_only)), {}
    table, kept = layer.table, layer.kept
    if layer.kind == "grids":
        table, kept = "grid", "plan_id = ANY (%(plans)s::bigint[]) AND level = %(level)s"
    elif layer.kind in ("units", "edges"):
        kept += " AND jurisdiction_id = coalesce(%(jurisdiction)s, jurisdiction_id)"
    statement = _text("bounds_shapes", table=str(table), kept=kept)
    return statement, {
        "plans": view.plans if view else [],
        "level": layer.level,
        "jurisdiction": view.jurisdiction if view else None,
    }


def _shift(tile: TileAddress) -> int:
    """By how many bits a pixel of zoom 30 is finer than a unit of the tile."""
    return PIXEL_ZOOM - tile.zoom - EXTENT.bit_length() + 1


def _columns(open_only: bool) -> dict[str, str]:
    """The columns of incident_cell that hold number and summed pixels of what a layer shows."""
    names = ("open", "open_sum_px", "open_sum_py") if open_only else ("found", "sum_px", "sum_py")
    return dict(zip(("n", "px", "py"), names, strict=True))


@cache
def _counts(stored: bool, open_only: bool, codes: tuple[str, ...], seen: str) -> bytes:
    if stored:
        source = _text("stored_cells", **_columns(open_only))
    else:
        source = _text("counted_cells", kept="is_open" if open_only else "true", seen=seen)
    names = [sql.Identifier(f"c{code}") for code in codes]
    pairs = list(zip(map(sql.Literal, codes), names, strict=True))
    each = "coalesce(sum(n) FILTER (WHERE category = {}), 0)::integer AS {}"
    counted = [sql.SQL(each).format(code, name) for code, name in pairs]
    chosen = [sql.SQL("WHEN {} THEN {}").format(name, code) for code, name in pairs]
    return _text(
        "counts",
        counts=sql.SQL(", ").join(counted).as_string(None),
        commonest=sql.SQL("CASE greatest({}) {} END")
        .format(sql.SQL(", ").join(names), sql.SQL(" ").join(chosen))
        .as_string(None),
        codes=sql.SQL(", ").join(names).as_string(None),
        source=source.decode(),
    )
