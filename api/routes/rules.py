"""Rules that override or refine owners by place, their order and history, and the dry run."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api import rule_schemas as schemas
from api.errors import language_of
from api.schemas import Moment, RowId
from api.services import Held, Reading
from gis.messages import translate
from gis.store import known
from gis.store import rules as store
from gis.workflows import rules
from gis.workflows.dry_run import Draft, dry_run

router = APIRouter(tags=["rules"])


@router.get("/rules", response_model=schemas.Rules)
def list_rules(
    request: Request,
    reading: Reading,
    jurisdiction: RowId,
    at: Moment | None = None,
    ended: bool = False,
) -> dict[str, Any]:
    """Rules by position: those that hold or are to come, with `ended` all others behind them.

    With `at` those that held then, in the order of then.
    """
    items, version = rules.shown_rules(reading, jurisdiction, at=at, ended=ended)
    language = language_of(request)
    for item in items:
        item["problems"] = [
            {"code": code, "message": translate(code, language)} for code in item["problems"]
        ]
    return {"items": items, "version": version}


@router.post("/rules", response_model=schemas.Changed, status_code=201)
def record_rule(held: Held, given: schemas.NewRule) -> dict[str, int]:
    """Record a rule. 422 `rule-…` where it makes no sense; 409 `rules-changed` where somebody
    changed the rules since `version`."""
    rule, where = given.rule()
    made, version = rules.record_rule(
        held.engine, given.jurisdiction, rule, **where, version=given.version,
        reason=given.reason, actor=held.actor,
    )  # fmt: skip
    return {"id": made, "version": version}


@router.post("/rules/order", response_model=schemas.Version)
def order_rules(held: Held, given: schemas.NewOrder) -> dict[str, int]:
    """Put all rules in a new order. 409 `rules-changed` where they are others meanwhile."""
    version = rules.order_rules(
        held.engine, given.jurisdiction, given.ids, version=given.version, reason=given.reason,
        actor=held.actor,
    )  # fmt: skip
    return {"version": version}


@router.get("/rules/history", response_model=schemas.History)
def history(
    reading: Reading,
    jurisdiction: RowId,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId | None = None,
) -> dict[str, Any]:
    """Every change of the rules, the newest first: who, when, why, and the order from then on."""
    known.require(reading, jurisdiction)
    found = store.history(reading, jurisdiction, limit=limit + 1, before=before)
    items = found[:limit]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.post("/rules/dry-run", response_model=schemas.DryRun)
def try_rules(request: Request, held: Held, reading: Reading, given: schemas.Try) -> dict[str, Any]:
    """Whose a report would be, which rule won and why each other one did not. Nothing is stored."""
    values = given.model_dump(exclude={"draft"})
    draft = None
    if given.draft is not None:
        rule, where = given.draft.rule()
        draft = Draft(given=rule, **where)
    return dry_run(reading, held.locators, **values, draft=draft, language=language_of(request))


@router.post("/rules/{rule_id}/end", status_code=204)
def end_rule(held: Held, rule_id: RowId, given: schemas.End) -> None:
    """End a rule now, or call it off before it begins. What it decided stays as it was."""
    rules.end_rule(held.engine, given.jurisdiction, rule_id, reason=given.reason, actor=held.actor)
