"""A draft's road to publishing: check, review, comments, a set time; and back to a former plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api import publishing_schemas
from api import review_schemas as schemas
from api.errors import language_of
from api.routes.incidents import Key
from api.routes.publishing import told
from api.schemas import RowId
from api.services import CallerServices, Held, Reading
from gis.errors import ConflictError
from gis.messages import translate
from gis.store import comments as store
from gis.store import request_keys
from gis.store import reviews as rows
from gis.store.engine import acting
from gis.store.scope import reading
from gis.workflows import draft_check, reviews

router = APIRouter(tags=["reviews"])


@router.get("/drafts/{plan_id}/check", response_model=schemas.Check)
def check(request: Request, held: Held, plan_id: RowId) -> dict[str, Any]:
    """What stands against a draft: errors keep it from review, the rest is to be known."""
    found = draft_check.check_draft(held.engine, plan_id, actor=held.actor)
    language = language_of(request)
    return {
        "items": [one.as_dict(language) for one in found],
        "errors": sum(one.severity == "error" for one in found),
    }


@router.get("/drafts/{plan_id}/review", response_model=schemas.Standing)
def standing(request: Request, held: Held, plan_id: RowId) -> dict[str, Any]:
    """Where a plan is on its road to publishing, and which steps the caller may take."""
    return _standing(request, held, plan_id)


@router.post("/drafts/{plan_id}/review", response_model=schemas.Standing)
def take_step(
    request: Request, held: Held, plan_id: RowId, wanted: schemas.ReviewStep
) -> dict[str, Any]:
    """Send a draft for review, approve, return or withdraw it.

    While it is in review it does not change. It is approved by somebody who neither sent nor made
    nor edited it. 409 `draft-check-failed` where the check finds errors.
    """
    reviews.take_step(
        held.engine, plan_id, wanted.step, actor=held.actor, reason=wanted.reason,
        of=wanted.review,
    )  # fmt: skip
    return _standing(request, held, plan_id)


@router.post("/drafts/{plan_id}/schedule", response_model=schemas.Standing)
def schedule(
    request: Request, held: Held, plan_id: RowId, wanted: schemas.SetTime
) -> dict[str, Any]:
    """Set the moment at which an approved draft comes into force; anew, or cancelled with null.

    The worker publishes it then, once. If another plan is in force by then, or anything else stands
    against it, it is not, and planners are told why.
    """
    reviews.schedule(
        held.engine, plan_id, wanted.at, instead_of=wanted.instead_of, actor=held.actor
    )
    return _standing(request, held, plan_id)


@router.get("/drafts/{plan_id}/comments", response_model=schemas.Comments)
def comments(reading: Reading, plan_id: RowId) -> dict[str, Any]:
    """The comments on a draft, the oldest first, each with its answers."""
    rows.plan(reading, plan_id)
    return {"items": store.of_plan(reading, plan_id)}


@router.post("/drafts/{plan_id}/comments", response_model=schemas.Comments, status_code=201)
def comment(
    held: Held, plan_id: RowId, given: schemas.NewComment, idempotency_key: Key = None
) -> dict[str, Any]:
    """Write a comment, pinned to a place, to a grid, or to the whole draft; or answer one.

    The same under the same `Idempotency-Key` is written once.
    """
    with acting(held.engine, held.actor, action="comment") as connection:
        _require_draft(rows.plan(connection, plan_id))
        request_keys.once(
            connection, held.actor, idempotency_key, "comment", [plan_id, given.model_dump()],
            lambda: store.add(
                connection, plan_id, words=given.text, actor=held.actor,
                account_id=held.caller.account_id, place=given.place,
                grid_code=given.grid_code, answers_id=given.answers_id,
            ),
        )  # fmt: skip
        return {"items": store.of_plan(connection, plan_id)}


@router.post("/drafts/{plan_id}/comments/{comment_id}/resolve", response_model=schemas.Comments)
def resolve(
    held: Held, plan_id: RowId, comment_id: RowId, given: schemas.Resolve
) -> dict[str, Any]:
    """Mark a comment as resolved, or open it again. Again changes nothing."""
    with acting(held.engine, held.actor, action="comment") as connection:
        _require_draft(rows.plan(connection, plan_id))
        store.resolve(connection, plan_id, comment_id, resolved=given.resolved, actor=held.actor)
        return {"items": store.of_plan(connection, plan_id)}


@router.post("/plans/{plan_id}/roll-back", response_model=publishing_schemas.Publication)
def roll_back(
    request: Request, held: Held, plan_id: RowId, wanted: schemas.RollBack
) -> dict[str, Any]:
    """Publish the plan before the one in force again, as a new plan with the same codes.

    Posts and open incidents are handed over, and posts that ended for want of a grid go on. 409
    `roll-back-not-former` for any other plan: that takes a draft and a review.
    """
    done = reviews.go_back(
        held.engine, plan_id, name=wanted.name, reason=wanted.reason,
        instead_of=wanted.instead_of, actor=held.actor,
    )  # fmt: skip
    return told(done, language_of(request))


@router.get("/plans/{plan_id}/history", response_model=schemas.PlanEvents)
def history(
    reading: Reading,
    plan_id: RowId,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId | None = None,
) -> dict[str, Any]:
    """Steps in the life of a plan, the newest first: who made, reviewed and published it, when."""
    rows.plan(reading, plan_id)
    items, following = rows.events(reading, plan_id, limit=limit, before=before)
    return {"items": items, "next": following}


def _standing(request: Request, held: CallerServices, plan_id: int) -> dict[str, Any]:
    with reading(held.engine) as connection:
        found = asdict(reviews.standing(connection, plan_id, actor=held.actor))
    if found["schedule"] is not None:
        fault = found["schedule"]["fault"]
        found["schedule"]["fault"] = fault and translate(
            fault["code"], language_of(request), fault["params"]
        )
    return found


def _require_draft(plan: dict[str, Any]) -> None:
    if plan["status"] not in ("draft", "in_review"):
        raise ConflictError("comment-draft-closed", id=plan["id"])
