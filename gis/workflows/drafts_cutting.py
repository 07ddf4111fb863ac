"""A drawn line through the units of a draft: their pieces, and the grid that it parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely

from gis.errors import ConflictError, InputError
from gis.planning.editing import cut as lines
from gis.planning.editing import operations as pure
from gis.planning.editing.rules import check_ground
from gis.planning.editing.working import COMMUNITY_DIGITS, GridState, Working
from gis.store import drafts_cutting as store
from gis.store.drafts_cutting import Piece, UnitToCut
from gis.workflows.drafts_desk import Change, CutUnits, Desk, Params
from gis.workflows.drafts_kinds import named, next_code


def cut(desk: Desk, params: Params) -> Change:
    """Cut the units that are named, or those of a grid that the line crosses; of a grid, what lies
    on the side with fewer people becomes a new grid of the same community.

    Raises InputError `draft-line-invalid`, `draft-line-cuts-nothing`.
    """
    line = lines.line_of(params["line"])
    grid = params.get("grid")
    units: Sequence[int] = params.get("units") or ()
    if grid is not None:
        desk.require_seen({grid})
    working = desk.part(units=units, codes=[] if grid is None else [grid])
    # Whether it may be cut at all is said before geometry is touched.
    _require_free(desk, working, units, grid)
    store.hold_cutting(desk.connection, desk.held.jurisdiction_id)
    wanted = {*units, *(() if grid is None else working.members({grid}))}
    found = store.units_to_cut(desk.connection, desk.plan_id, wanted, line)
    named_units = set(units) or wanted
    pieces, corners = pieces_by(desk, [u for u in found if u.crossed and u.id in named_units], line)
    by_unit: dict[int, list[int]] = {}
    for piece in pieces:
        by_unit.setdefault(piece.of, []).append(piece.id)
    done = CutUnits(pieces=pieces, corners=corners)
    if grid is None:
        if not pieces:
            raise InputError("draft-line-cuts-nothing")
        return Change(working=working, delta=pure.cut(working, by_unit), cut=done)
    apart = _smaller_side([u for u in found if u.id in working.members({grid})], pieces, line)
    code = next_code(desk, grid[:COMMUNITY_DIGITS])
    zh, en = named(code, params.get("name_zh"), params.get("name_en"))
    delta = pure.cut(working, by_unit, apart=apart, into=(code, GridState(name_zh=zh, name_en=en)))
    return Change(working=working, delta=delta, cut=done)


def _require_free(desk: Desk, working: Working, units: Sequence[int], grid: str | None) -> None:
    """As the rules will say of the pieces."""
    if grid is not None:
        pure.know_grids(working, {grid})
    concerned = {*units, *(() if grid is None else working.members({grid}))}
    pieces: dict[int, list[int]] = {unit: [] for unit in concerned}
    try:
        check_ground(working, pure.cut(working, pieces), below=desk.below)
    except ConflictError as error:
        raise (desk.told_by_whom(error) if "data" in error.params else error) from None


def pieces_by(
    desk: Desk,
    units: Sequence[UnitToCut],
    line: Any,
    worth: Callable[[Sequence[Any]], bool] = lambda parts: True,
) -> tuple[list[Piece], lines.Floats]:
    """The pieces of those units that the line does cut, with numbers of their own, and the corners
    (k, 2) that they bring. `worth`: whether a unit is to be cut into these pieces."""
    if not units:
        return [], np.zeros((0, 2))
    found = lines.pieces_of(np.array([unit.polygon for unit in units], object), line)
    cut_units = [
        (unit, parts) for unit, parts in zip(units, found, strict=True)
        if len(parts) > 1 and worth(parts)
    ]  # fmt: skip
    if not cut_units:
        return [], np.zeros((0, 2))
    housing = store.housing(desk.connection, [unit.id for unit, _ in cut_units])
    ids = store.new_ids(desk.connection, sum(len(parts) for _, parts in cut_units))
    pieces: list[Piece] = []
    corners = [np.zeros((0, 2))]
    for unit, parts in cut_units:
        counts = lines.counts_of(
            parts, housing[unit.id], population=unit.population, households=unit.households,
            area_m2=unit.area_m2,
        )  # fmt: skip
        corners.append(lines.new_corners(unit.polygon, parts))
        for number, part in enumerate(parts):
            pieces.append(
                Piece(
                    id=ids[len(pieces)], of=unit.id, polygon=part,
                    code=f"{unit.code}-{unit.pieces + number + 1}",
                    population=int(counts.population[number]),
                    households=int(counts.households[number]),
                    area_m2=float(counts.area_m2[number]),
                )
            )  # fmt: skip
    return pieces, np.unique(np.concatenate(corners), axis=0)


def _smaller_side(
    units: Sequence[UnitToCut], pieces: Sequence[Piece], line: shapely.LineString
) -> list[int]:
    """The units and pieces of a grid on the side of the line with fewer people; of as many, the
    smaller one."""
    gone = {piece.of for piece in pieces}
    parts: list[Any] = [*(unit for unit in units if unit.id not in gone), *pieces]
    other = lines.sides_of(np.array([part.polygon for part in parts], object), line)
    if not other.any() or other.all():
        raise InputError("draft-line-cuts-nothing")
    weight = [
        (sum(parts[at].population for at in side), sum(parts[at].area_m2 for at in side))
        for side in (np.flatnonzero(~other), np.flatnonzero(other))
    ]
    smaller = other if weight[1] <= weight[0] else ~other
    return [part.id for part, aside in zip(parts, smaller, strict=True) if aside]
