"""A shared boundary that is pulled to another place: the units that it crosses there are cut."""

from __future__ import annotations

from collections import defaultdict

import shapely

from gis.errors import ConflictError, InputError
from gis.planning.editing import cut as lines
from gis.planning.editing import operations as pure
from gis.planning.editing.delta import Delta
from gis.planning.editing.rules import check_ground
from gis.planning.editing.working import Working
from gis.store import drafts_cutting as store
from gis.store.drafts_cutting import Piece, UnitToCut
from gis.workflows.drafts_cutting import pieces_by
from gis.workflows.drafts_desk import Change, CutUnits, Desk, Params


def pull(desk: Desk, params: Params) -> Change:
    """What a shape covers of a grid goes to the grid beside it: units whole, or cut where the new
    boundary crosses them. What is pinned stays, and what is kept together goes only as a whole.

    Raises InputError `draft-line-invalid`, `draft-pull-takes-nothing`.
    """
    shape = lines.shape_of(params["shape"])
    grid, into = params["grid"], params["into"]
    desk.require_seen({grid, into})
    working = desk.part(codes=[grid], grids=[into])
    pure.know_grids(working, {grid, into})
    members = working.members({grid})
    _require_free(desk, working, members, grid, into)
    store.hold_cutting(desk.connection, desk.held.jurisdiction_id)
    outline = shapely.LineString(shape.exterior.coords)
    found = store.units_to_cut(desk.connection, desk.plan_id, members, outline)
    pieces, corners = pieces_by(
        desk, [unit for unit in found if unit.crossed and pure.is_loose(working, unit.id)], outline,
        worth=lambda parts: len(set(lines.are_within(parts, shape).tolist())) == 2,
    )  # fmt: skip
    by_unit: defaultdict[int, list[int]] = defaultdict(list)
    for piece in pieces:
        by_unit[piece.of].append(piece.id)
    parts: list[Piece | UnitToCut] = [*pieces, *(unit for unit in found if unit.id not in by_unit)]
    inside = lines.are_within([part.polygon for part in parts], shape)
    covered = {part.id for part, within in zip(parts, inside, strict=True) if within}
    delta = pure.pull(working, grid, into, by_unit, covered)
    if not delta:
        raise InputError("draft-pull-takes-nothing")
    return Change(working=working, delta=delta, cut=CutUnits(pieces=pieces, corners=corners))


def _require_free(desk: Desk, working: Working, members: list[int], grid: str, into: str) -> None:
    """As the rules will say of what moves."""
    moves = Delta(moves=dict.fromkeys(members, (grid, into)))
    try:
        check_ground(working, moves, below=desk.below)
    except ConflictError as error:
        raise (desk.told_by_whom(error) if "data" in error.params else error) from None
