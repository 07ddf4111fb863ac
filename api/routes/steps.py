"""Steps in the life of cases: one case, several at once, and the trace of what became of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from api import case_schemas, step_schemas
from api.doers import doer_of
from api.errors import language_of, problem_body
from api.routes.incidents import Key
from api.schemas import RowId
from api.services import Held, Reading
from gis.errors import ConflictError, NotFoundError, WanggeError
from gis.messages import translate
from gis.store import hands, known
from gis.store.engine import acting
from gis.store.hands import StepSetting
from gis.workflows.case_view import whole_case
from gis.workflows.steps import Wanted, take_step, take_steps
from gis.workflows.trace import case_trace

router = APIRouter(tags=["steps"])


@router.post(
    "/incidents/{incident_id}/steps",
    response_model=case_schemas.Case,
    responses={
        204: {"description": "Taken, and the case is not the caller's to see any more"},
        409: {"model": step_schemas.StepConflict, "description": "The case is another by now"},
    },
)
def step(
    request: Request,
    held: Held,
    incident_id: RowId,
    given: step_schemas.NewStep,
    idempotency_key: Key = None,
) -> Any:
    """Take a step of a case, one of its `actions`; answers with the case as it is then.

    403 for a step that is not the caller's, 409 for one that is not possible now, and
    `incident-changed` with the present `case` if somebody changed it since `version`; 422 if
    something is missing. A repeat with the same `Idempotency-Key` and the same body answers the
    same and changes nothing.
    """
    doer = doer_of(held.caller)
    try:
        take_step(
            held.engine, held.locators, incident_id, given.step(), doer=doer,
            version=given.version, key=idempotency_key,
        )  # fmt: skip
    except ConflictError as conflict:
        if conflict.code != "incident-changed":
            raise
        return _changed(request, held, incident_id, conflict)
    with held.engine.connect() as connection:
        try:
            found = whole_case(connection, held.locators, incident_id, doer)
        except NotFoundError:
            return Response(status_code=204)
    held.tiles.touch(found["lon"], found["lat"])
    return found


def _changed(request: Request, held: Held, incident_id: int, conflict: ConflictError) -> Response:
    """The conflict, and beside it the case as it is now."""
    with held.engine.connect() as connection:
        found = whole_case(connection, held.locators, incident_id, doer_of(held.caller))
    shown = case_schemas.Case.model_validate(found).model_dump(mode="json")
    body = problem_body(request, 409, conflict.code, conflict.params)
    return JSONResponse(
        body | {"case": shown}, status_code=409, media_type="application/problem+json"
    )


@router.post("/steps", response_model=step_schemas.StepOutcomes)
def steps(
    request: Request, held: Held, given: step_schemas.NewSteps, idempotency_key: Key = None
) -> dict[str, Any]:
    """Take the same step of several cases; each has its own outcome, in the order given."""
    wanted = [Wanted(incident_id=one.id, version=one.version) for one in given.cases]
    done = take_steps(
        held.engine, held.locators, wanted, given.step(), doer=doer_of(held.caller),
        key=idempotency_key,
    )  # fmt: skip
    language = language_of(request)
    return {
        "items": [
            {
                "id": one.incident_id,
                "taken": False,
                "code": outcome.code,
                "detail": translate(outcome.code, language, outcome.params),
            }
            if isinstance(outcome, WanggeError)
            else {"id": one.incident_id, "taken": True}
            for one, outcome in zip(wanted, done, strict=True)
        ]
    }


@router.get("/incidents/{incident_id}/trace", response_model=step_schemas.Trace)
def trace(reading: Reading, incident_id: RowId) -> dict[str, Any]:
    """Every hand that a case passed, how long each held it, and where time was lost."""
    return case_trace(reading, incident_id)


@router.get("/jurisdictions/{jurisdiction_id}/steps", response_model=step_schemas.StepSetting)
def step_setting(reading: Reading, jurisdiction_id: RowId) -> StepSetting:
    """What a jurisdiction wants of steps."""
    known.require(reading, jurisdiction_id)
    return hands.settings_of(reading, [jurisdiction_id])[jurisdiction_id]


@router.put("/jurisdictions/{jurisdiction_id}/steps", response_model=step_schemas.StepSetting)
def set_step_setting(
    held: Held, jurisdiction_id: RowId, given: step_schemas.StepSetting
) -> step_schemas.StepSetting:
    """Change what a jurisdiction wants of steps, from now on; the former setting is kept."""
    setting = StepSetting(
        checked_sources=tuple(given.checked_sources), photo_categories=tuple(given.photo_categories)
    )
    with acting(held.engine, held.actor, action="step-setting") as connection:
        known.require(connection, jurisdiction_id)
        hands.set_setting(connection, jurisdiction_id, setting)
    return given
