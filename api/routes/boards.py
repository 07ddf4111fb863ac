"""What the editor draws on: the units and edges of a plan, and the figures of its grids."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from sqlalchemy import Connection

from api import board_schemas as schemas
from api.schemas import RowId
from api.services import OpenHeld, Reading, Services
from gis.store.boards import BoardPlan, board_plan
from gis.workflows.boards_arrow import Part, board_change, board_stream

router = APIRouter(tags=["drafts"])
ARROW = "application/vnd.apache.arrow.stream"
After = Annotated[int, Query(ge=0, le=2**31 - 1)]


@router.get(
    "/drafts/{plan_id}/board",
    response_class=Response,
    responses={
        200: {"content": {ARROW: {"schema": {"type": "string", "format": "binary"}}}},
        304: {"description": "The board is the one that If-None-Match names"},
    },
)
def board(
    whole: OpenHeld,
    reading: Reading,
    plan_id: RowId,
    part: Part,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The units of a plan, or the edges between them, as an Arrow IPC stream.

    units: unit, code, x, y (a place inside, WGS 84), pop, households, area_m2, load, incidents
    (expected a year), perimeter_m, compounds (numbers of those with buildings there). edges: edge,
    left, right (positions among the units; -1: none), length_m, cls (class of what runs along it;
    -1: nothing). Another ETag says that units were cut or put together, or counted anew.
    """
    plan = _prepared(whole, reading, plan_id)
    headers = {"ETag": f'"{plan.mark}"', "Cache-Control": "private, no-cache"}
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if headers["ETag"] in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    found = whole.boards.board(reading, plan)
    return Response(board_stream(found, part, plan), media_type=ARROW, headers=headers)


@router.get("/drafts/{plan_id}/board/change", response_model=schemas.BoardChange)
def board_changed(
    whole: OpenHeld, reading: Reading, plan_id: RowId, after: After
) -> dict[str, Any]:
    """What became of a draft's board since an operation: `gone` units, and those that came with
    their edges, named as in the streams; the sides of edges are units by id.

    `board` is the draft's; `version` the operation that it holds for. Other `terms` than those in
    the metadata of the streams say that the whole board is to be read anew.
    """
    plan = _prepared(whole, reading, plan_id)
    return board_change(reading, whole.boards, plan, after)


@router.get("/drafts/{plan_id}/figures", response_model=schemas.Figures)
def figures(whole: OpenHeld, reading: Reading, plan_id: RowId) -> dict[str, Any]:
    """What each grid of a plan holds and how far the plan is balanced, as it is drawn now."""
    plan = _prepared(whole, reading, plan_id)
    return {"version": plan.version, **whole.boards.figures(reading, plan).as_json()}


def _prepared(whole: Services, reading: Connection, plan_id: int) -> BoardPlan:
    """A plan that the caller may ask about, with all that its board is made from."""
    plan = board_plan(reading, plan_id)
    if whole.boards.is_ready(reading, plan):
        return plan
    whole.boards.prepare(whole.engine, plan_id)
    return board_plan(reading, plan_id)
