"""Help for a draft: searches and their proposals, next moves, and new drafts out of a search."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Response

from api import draft_job_schemas as schemas
from api.schemas import RowId
from api.services import Held, OpenHeld, Reading
from gis.store.boards import board_plan
from gis.workflows import draft_jobs
from gis.workflows.generate_draft import start_generation

router = APIRouter(tags=["draft help"])


@router.post("/drafts/{plan_id}/jobs", response_model=schemas.Job, status_code=202)
def start(held: Held, plan_id: RowId, given: schemas.NewJob) -> dict[str, Any]:
    """Begin a search from where the draft stands; nothing of the draft is changed by it.

    One at a time of each person and draft: else 409 `draft-job-at-work` with the `id` of the other.
    Locked grids, pinned units and groups stay; of a part of the jurisdiction only that part moves.
    """
    job = draft_jobs.start_search(
        held.engine, plan_id, given.kind, given.model_dump(mode="json", exclude={"kind"}),
        actor=held.actor, account_id=held.caller.account_id,
    )  # fmt: skip
    with held.engine.connect() as connection:
        return draft_jobs.job(connection, job)


@router.get("/drafts/{plan_id}/jobs", response_model=schemas.Jobs)
def jobs(reading: Reading, plan_id: RowId) -> dict[str, Any]:
    """The last searches on a draft, the newest first, without what came of them."""
    return {"items": draft_jobs.jobs_of_draft(reading, plan_id)}


@router.post(
    "/jurisdictions/{jurisdiction_id}/generated-drafts",
    response_model=schemas.Job,
    status_code=202,
)
def generate(held: Held, jurisdiction_id: RowId, given: schemas.Generation) -> dict[str, Any]:
    """Begin to draw a new draft; `made_plan_id` of the job names it once it is done."""
    job = start_generation(
        held.engine, jurisdiction_id, given.model_dump(mode="json"), actor=held.actor,
        account_id=held.caller.account_id,
    )  # fmt: skip
    with held.engine.connect() as connection:
        return draft_jobs.job(connection, job)


@router.get("/draft-jobs/{draft_job_id}", response_model=schemas.JobWithResult)
def job(whole: OpenHeld, reading: Reading, draft_job_id: RowId) -> dict[str, Any]:
    """How far a search is; once it is done, its proposals and how much of each fits the draft now.

    A proposal is taken by the operation `take` of the draft.
    """
    found = draft_jobs.job(reading, draft_job_id)
    if found["status"] == "done" and found["plan_id"] is not None:
        whole.boards.prepare(whole.engine, found["plan_id"])
    return {**found, "fits": draft_jobs.fits(reading, whole.boards, found)}


@router.delete("/draft-jobs/{draft_job_id}", status_code=204)
def cancel(held: Held, draft_job_id: RowId) -> Response:
    """End a search before it is done. What has ended stays as it is."""
    draft_jobs.cancel(held.engine, draft_job_id, actor=held.actor)
    return Response(status_code=204)


@router.get("/drafts/{plan_id}/suggestions", response_model=schemas.Suggestions)
def suggestions(
    whole: OpenHeld,
    reading: Reading,
    plan_id: RowId,
    count: Annotated[int, Query(ge=1, le=50)] = 5,
) -> dict[str, Any]:
    """What to move next, in order: each move is found on top of those before it."""
    board_plan(reading, plan_id)
    whole.boards.prepare(whole.engine, plan_id)
    draft, items = draft_jobs.suggestions(reading, whole.boards, plan_id, count)
    off = np.abs(draft.desk.deviation(draft.desk.grid))
    outside = int((off > draft.desk.tolerance + 1e-12).sum())
    return {"version": draft.version, "outside": outside, "items": items}
