"""Drafts of plans: made, listed, changed by operations, discarded and taken back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import draft_schemas as schemas
from api.permissions import PLANNER
from api.routes.incidents import Key
from api.schemas import RowId
from api.services import CallerServices, Held, Reading
from gis.store import drafts as store
from gis.store import known, request_keys
from gis.store.drafts_arrow import assignment
from gis.store.engine import acting
from gis.store.names import names
from gis.workflows import drafts, drafts_editing
from gis.workflows.drafts_desk import Asked
from gis.workflows.drafts_problems import problems_of
from gis.workflows.practice import put_out
from gis.workflows.settling import settle

router = APIRouter(tags=["drafts"])
ARROW = "application/vnd.apache.arrow.stream"


@router.get("/drafts", response_model=schemas.Drafts)
def list_drafts(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """Drafts of a jurisdiction, discarded ones included, the one changed last first."""
    known.require(reading, jurisdiction)
    return {"items": store.drafts(reading, jurisdiction)}


@router.post("/drafts", response_model=schemas.Draft, status_code=201)
def make_draft(held: Held, given: schemas.NewDraft, idempotency_key: Key = None) -> dict[str, Any]:
    """Make a draft that begins as another plan is now, or, for practice, out of balance.

    The same under the same `Idempotency-Key` is the first draft again.
    """
    origin = given.from_
    with acting(held.engine, held.actor, action="create") as connection:

        def make() -> int:
            moved = put_out(connection, held.boards, origin.plan) if origin.practice else None
            return drafts.copy_plan(
                connection, origin.plan, jurisdiction_id=given.jurisdiction, name=given.name,
                note=given.note, actor=held.actor, account_id=held.caller.account_id, moved=moved,
            )  # fmt: skip

        plan_id = request_keys.once(
            connection, held.actor, idempotency_key, "draft", given.model_dump(), make
        )
    return _shown(held, plan_id)


@router.get("/drafts/{plan_id}", response_model=schemas.Draft)
def draft(held: Held, plan_id: RowId) -> dict[str, Any]:
    """One draft with its grids of all levels."""
    return _shown(held, plan_id)


@router.patch("/drafts/{plan_id}", response_model=schemas.Draft)
def change_draft(held: Held, plan_id: RowId, given: schemas.DraftChange) -> dict[str, Any]:
    """Change the name, the note, or what it is balanced by."""
    changed = given.model_dump(exclude_unset=True)
    required = {name for name, value in changed.items() if value is None and name != "note"}
    drafts.change_draft(
        held.engine, plan_id,
        {name: value for name, value in changed.items() if name not in required},
        actor=held.actor,
    )  # fmt: skip
    return _shown(held, plan_id)


@router.delete("/drafts/{plan_id}", status_code=204)
def discard_draft(held: Held, plan_id: RowId) -> Response:
    """Put a draft aside; it can be taken back. Again changes nothing."""
    drafts.discard_draft(held.engine, plan_id, actor=held.actor)
    return Response(status_code=204)


@router.post("/drafts/{plan_id}/take-back", status_code=204)
def take_back_draft(held: Held, plan_id: RowId) -> Response:
    """Bring a discarded draft back. Again changes nothing."""
    drafts.take_back_draft(held.engine, plan_id, actor=held.actor)
    return Response(status_code=204)


@router.get("/drafts/{plan_id}/assignment", response_class=Response)
def read_assignment(reading: Reading, plan_id: RowId) -> Response:
    """Which unit is in which basic grid: an Arrow stream of unit, grid, pinned, together.

    `grid` is a position in the metadata `grids`, a JSON list of codes; -1 is none. The metadata
    `version` is the number of the operation that it holds for.
    """
    return Response(assignment(reading, plan_id), media_type=ARROW)


@router.post("/drafts/{plan_id}/operations", response_model=schemas.Operated)
def operate(held: Held, plan_id: RowId, given: schemas.NewOperation) -> dict[str, Any]:
    """Do one operation. Sent again with the same `key` it is not done again.

    409 where somebody else was quicker (`draft-units-moved`, `draft-undo-overtaken`) or a lock or
    pin forbids it; `data` of the problem then names the units.
    """
    asked = Asked(
        key=given.key, kind=given.kind, params=given.params.model_dump(mode="json"),
        base=given.base, actor=held.actor, account_id=held.caller.account_id,
    )  # fmt: skip
    done = drafts_editing.operate(held.engine, plan_id, asked, boards=held.boards)
    return {"operation": done, "version": done["number"]}


@router.get("/drafts/{plan_id}/problems", response_model=schemas.Problems)
def problems(held: Held, plan_id: RowId) -> dict[str, Any]:
    """Units in no grid, parts that are cut off, holes, and grids without units, with where they
    are."""
    version, items = problems_of(held.engine, plan_id, held.boards)
    return {"version": version, "items": items}


@router.post("/drafts/{plan_id}/settle", response_model=schemas.Settled)
def settle_draft(held: Held, plan_id: RowId) -> dict[str, int]:
    """Derive the grids of a draft with their polygons and measures, if that is not done yet."""
    with acting(held.engine, held.actor) as connection:
        store.version(connection, plan_id)
        settle(connection, plan_id)
        return {"settled": store.draft(connection, plan_id)["settled"]}


@router.get("/drafts/{plan_id}/operations", response_model=schemas.Operations)
def operations(
    reading: Reading,
    plan_id: RowId,
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Operations behind `after` in their order; else those before `before`, the newest first."""
    store.version(reading, plan_id)
    return {"items": store.operations(reading, plan_id, limit=limit, after=after, before=before)}


def _shown(held: CallerServices, plan_id: int) -> dict[str, Any]:
    scope = held.caller.scope
    with held.engine.connect() as connection:
        found = store.draft(connection, plan_id)
        grids = store.grids_of(connection, plan_id)
    mine = PLANNER in scope.roles and found["status"] == "draft" and not found["discarded_at"]
    return {
        **found,
        "editable": (scope.below or "") if mine else None,
        "grids": [
            {
                "code": code,
                "level": len(code) // 3 - 2,
                "name": names(one.name_zh, one.name_en),
                "locked": one.locked,
                "organisation_id": one.organisation_id,
            }
            for code, one in grids.items()
        ],
    }
