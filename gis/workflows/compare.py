"""Two plans of a jurisdiction side by side: who and what is in another grid, and in which."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import Connection

from gis.planning.adjacency.graph import sums
from gis.planning.change.matched import CommonGround, common_ground, successors
from gis.planning.coverage import union_by_label
from gis.store import comparison
from gis.store.comparison import PlanOf

Floats = npt.NDArray[np.float64]
DIGITS = {1: 9, 2: 12, 3: 15}
PEOPLE, HOUSEHOLDS, AREA = 0, 1, 2
MOST_MOVES = 500  # pairs of grids that are told; their sums are of all


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The common ground of two plans at one level: the code of each piece before and after, the
    code that the former goes on under (`goes_on`), figures of each piece (people, households,
    area in m²), and which of them are in another grid."""

    pieces: CommonGround
    before: tuple[str | None, ...]
    after: tuple[str | None, ...]
    goes_on: Mapping[str, str]
    figures: Floats
    moved: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two plans compared at a level. `grids`: one row for each grid of either plan; `moves`: by
    pair of grids, the most people first. `renumbered`: people whose grid goes on under another
    code, who are not counted as moved."""

    a: Mapping[str, Any]
    b: Mapping[str, Any]
    level: int
    units: int
    units_moved: int
    people: int
    people_moved: int
    households_moved: int
    area_moved_m2: float
    renumbered: int
    counts: Mapping[str, int]
    grids: Sequence[Mapping[str, Any]]
    moves: Sequence[Mapping[str, Any]]
    more_moves: int


def compare(connection: Connection, a: int, b: int, *, level: int = 3) -> Comparison:
    """What plan `b` has otherwise than plan `a`, of whatever state; drafts must be settled.

    Of a part of the jurisdiction for whoever sees a part. Raises NotFoundError `plan-not-found`;
    InputError `compare-other-jurisdiction`.
    """
    before, after = comparison.plans(connection, (a, b))
    below = comparison.below(connection)
    ground = ground_of(connection, before, after, level=level, below=below)
    rows = [
        comparison.grids(connection, plan.plan_id, level, below=below) for plan in (before, after)
    ]
    table = _table(ground, *rows)
    moves = _moves(ground)
    moved = ground.figures[ground.moved].sum(axis=0)
    changed = [x != y for x, y in zip(ground.before, ground.after, strict=True)]
    renumbered = np.array(changed, bool) & ~ground.moved
    counts = {"same": 0, "reshaped": 0, "new": 0, "gone": 0, "renumbered": 0}
    for row in table:
        counts[row["change"]] += 1
    return Comparison(
        a=before.shown,
        b=after.shown,
        level=level,
        units=len(np.unique(ground.pieces.units)),
        units_moved=len(np.unique(ground.pieces.units[ground.moved])),
        people=round(float(ground.figures[:, PEOPLE].sum())),
        people_moved=round(float(moved[PEOPLE])),
        households_moved=round(float(moved[HOUSEHOLDS])),
        area_moved_m2=float(moved[AREA]),
        renumbered=round(float(ground.figures[renumbered, PEOPLE].sum())),
        counts=counts,
        grids=table,
        moves=moves[:MOST_MOVES],
        more_moves=max(len(moves) - MOST_MOVES, 0),
    )


def ground_of(connection: Connection, a: PlanOf, b: PlanOf, *, level: int, below: str) -> Ground:
    """The land of two plans in pieces that lie in one grid of each."""
    before, after = (comparison.grid_of_unit(connection, plan) for plan in (a, b))
    apart = sorted(before.keys() ^ after.keys())
    pieces = common_ground(
        before,
        after,
        comparison.lineage(connection, apart),
        lambda ids: comparison.polygons(connection, ids),
    )
    ids, table = comparison.unit_figures(connection, np.unique(pieces.units).tolist())
    figures = table[np.searchsorted(ids, pieces.units)] * pieces.share[:, None]
    digits = DIGITS[level]
    x_codes, y_codes = (
        tuple(None if code is None else code[:digits] for code in side)
        for side in (pieces.before, pieces.after)
    )
    weight = figures[:, PEOPLE] + figures[:, AREA] * 1e-9
    goes_on = successors(x_codes, y_codes, weight)
    moved = np.array(
        [
            (None if x is None else goes_on.get(x)) != y
            and any(code is not None and code.startswith(below) for code in (x, y))
            for x, y in zip(x_codes, y_codes, strict=True)
        ],
        bool,
    )
    return Ground(
        pieces=pieces, before=x_codes, after=y_codes, goes_on=goes_on, figures=figures,
        moved=moved,
    )  # fmt: skip


def moved_land(connection: Connection, a: int, b: int, *, level: int = 3) -> str:
    """The land that is in another grid, in one polygon for each pair of grids, as GeoJSON."""
    before, after = comparison.plans(connection, (a, b))
    below = comparison.below(connection)
    ground = ground_of(connection, before, after, level=level, below=below)
    places = np.flatnonzero(ground.moved)
    if not len(places):
        return '{"type": "FeatureCollection", "features": []}'
    units = ground.pieces.units[places]
    shapes = _shapes(connection, units, ground.pieces.other[places])
    pairs, label = _pairs(ground, places)
    joined = union_by_label(shapes, label, len(pairs))
    features = []
    for number, (x, y) in enumerate(pairs):
        inside = places[label == number]
        told = json.dumps({"from": x, "to": y, **_sum(ground, inside)})
        shape = shapely.to_geojson(shapely.set_precision(joined[number], 1e-7))
        features.append(f'{{"type": "Feature", "geometry": {shape}, "properties": {told}}}')
    return f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'


def _shapes(
    connection: Connection, units: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
) -> npt.NDArray[Any]:
    shapes = comparison.polygons(connection, units.tolist())
    laid = np.flatnonzero(other >= 0)
    if len(laid):
        shapes[laid] = shapely.intersection(
            shapes[laid], comparison.polygons(connection, other[laid].tolist())
        )
    return shapes


def _pairs(
    ground: Ground, places: npt.NDArray[np.int64]
) -> tuple[list[tuple[str | None, str | None]], npt.NDArray[np.int64]]:
    """The pairs of grids between which these pieces went, in order, and which each is of."""
    named = [(ground.before[place], ground.after[place]) for place in places.tolist()]
    pairs = sorted(set(named), key=lambda pair: (pair[0] or "", pair[1] or ""))
    number = {pair: place for place, pair in enumerate(pairs)}
    return pairs, np.array([number[pair] for pair in named], np.int64)


def _sum(ground: Ground, places: npt.NDArray[np.int64]) -> dict[str, Any]:
    total = ground.figures[places].sum(axis=0)
    return {
        "units": len(np.unique(ground.pieces.units[places])),
        "people": round(float(total[PEOPLE])),
        "area_m2": float(total[AREA]),
    }


def _moves(ground: Ground) -> list[dict[str, Any]]:
    places = np.flatnonzero(ground.moved)
    pairs, label = _pairs(ground, places)
    order = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[order], np.arange(len(pairs) + 1))
    moves = [
        {"from": x, "to": y, **_sum(ground, places[order[bounds[k] : bounds[k + 1]]])}
        for k, (x, y) in enumerate(pairs)
    ]
    return sorted(moves, key=lambda one: (-one["people"], -one["units"]))


def _table(
    ground: Ground, before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """One row for each grid that is or was: under which code it goes on, and what came and went."""
    comes_from = {new: old for old, new in ground.goes_on.items()}
    moved = np.flatnonzero(ground.moved)
    flows: dict[str, dict[str, Floats]] = {}
    for side, codes in (("out", ground.before), ("in", ground.after)):
        named = [codes[place] or "" for place in moved.tolist()]
        known, which = np.unique(np.array(named, str), return_inverse=True)
        columns = [np.ones(len(moved)), *ground.figures[moved].T]
        total = np.array([sums(which, column, len(known)) for column in columns]).T
        flows[side] = dict(zip(known.tolist(), total, strict=True))
    none = np.zeros(4)
    rows = []
    pairs: list[tuple[str | None, str | None]]
    pairs = [(old, ground.goes_on.get(old)) for old in sorted(before)]
    pairs += [(None, new) for new in sorted(after) if comes_from.get(new) not in before]
    for old, new in pairs:
        out, into = flows["out"].get(old or "", none), flows["in"].get(new or "", none)
        x, y = before.get(old or ""), after.get(new or "")
        rows.append(
            {
                "code": old or new,
                "code_after": new if y is not None else None,
                "name": (x or y or {})["name"],
                "change": _change(old, new if y is not None else None, float(out[0] + into[0])),
                "renamed": x is not None and y is not None and x["name"] != y["name"],
                "before": x,
                "after": y,
                "units_in": round(float(into[0])),
                "units_out": round(float(out[0])),
                "people_in": round(float(into[1])),
                "people_out": round(float(out[1])),
                "area_in_m2": float(into[3]),
                "area_out_m2": float(out[3]),
            }
        )
    return rows


def _change(old: str | None, new: str | None, moved: float) -> str:
    if old is None:
        return "new"
    if new is None:
        return "gone"
    if old != new:
        return "renumbered"
    return "reshaped" if moved else "same"
