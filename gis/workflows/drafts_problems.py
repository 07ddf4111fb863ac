"""What is wrong with a draft as it is now, each with where to look."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from gis.planning.editing.problems import problems
from gis.store import drafts
from gis.store.boards import board_plan
from gis.workflows.boards import Boards, drawn


def problems_of(
    engine: Engine, plan_id: int, boards: Boards | None = None
) -> tuple[int, list[dict[str, Any]]]:
    """The version of a draft and its problems (see `gis.planning.editing.problems`), each with the
    people that it concerns and the box around it in WGS 84. Raises NotFoundError `draft-not-found`.
    """
    with engine.begin() as connection:
        drafts.version(connection, plan_id)
        plan = board_plan(connection, plan_id)
        board = (boards or Boards()).board(connection, plan)
        grid, basic, above = drawn(connection, plan, board)
        found = problems(board, grid, basic, above)
        boxes = drafts.boxes(connection, [one.units for one in found])
    items = [
        {
            "kind": one.kind, "grid": one.grid, "within": one.within, "units": list(one.units),
            "people": int(board.pop[board.positions(one.units)].sum()), "bbox": box,
            "mendable": one.mendable,
        }
        for one, box in zip(found, boxes, strict=True)
    ]  # fmt: skip
    return plan.version, items
