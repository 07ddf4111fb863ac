"""What is wrong with a draft as it is now, each with where to look."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from gis.planning.editing.problems import problems
from gis.store import drafts
from gis.store.drafts_borders import borders_of, find_missing


def problems_of(engine: Engine, plan_id: int) -> tuple[int, list[dict[str, Any]]]:
    """The version of a draft and its problems (see `gis.planning.editing.problems`), each with the
    people that it concerns and the box around it in WGS 84. Raises NotFoundError `draft-not-found`.
    """
    with engine.begin() as connection:
        draft = drafts.draft(connection, plan_id)
        find_missing(connection, plan_id, draft["jurisdiction_id"])
        working = drafts.whole(connection, plan_id)
        borders = borders_of(connection, plan_id, draft["jurisdiction_id"])
        people = drafts.populations(connection, list(working.units))
        found = problems(working, borders, people)
        boxes = drafts.boxes(connection, [one.units for one in found])
    items = [
        {
            "kind": one.kind, "grid": one.grid, "within": one.within, "units": list(one.units),
            "people": sum(people[unit] for unit in one.units), "bbox": box,
            "mendable": one.mendable,
        }
        for one, box in zip(found, boxes, strict=True)
    ]  # fmt: skip
    return draft["version"], items
