"""Whistles: a sub-district calls departments to report in; they come, arrive, or are absent."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import whistle_schemas as schemas
from api.doers import doer_of
from api.routes.incidents import Key
from api.schemas import Moment, RowId
from api.services import Held, Reading
from gis.errors import InputError
from gis.store import known
from gis.store import whistles as store
from gis.workflows import whistles

router = APIRouter(tags=["whistles"])
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/whistles", response_model=schemas.Whistles)
def listed(
    held: Held,
    reading: Reading,
    jurisdiction: RowId | None = None,
    incident: RowId | None = None,
    open: bool = False,
    before: RowId | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Whistles that the caller has blown, sees from above, or is called by, the newest first."""
    if jurisdiction is not None:
        known.require(reading, jurisdiction)
    if incident is not None:
        known.require_incident(reading, incident)
    doer = doer_of(held.caller)
    rows = store.listed(
        reading, jurisdiction_id=jurisdiction, incident_id=incident, only_open=open,
        before=before, limit=limit + 1,
    )  # fmt: skip
    return {
        "items": whistles.shown(reading, rows[:limit], doer),
        "next": rows[limit - 1]["id"] if len(rows) > limit else None,
        "may_call": whistles.may_blow(reading, doer, incident_id=incident),
    }


@router.get("/whistles/attendance", response_model=schemas.Attendances)
def attendance(
    reading: Reading, jurisdiction: RowId, since: Moment, until: Moment
) -> dict[str, Any]:
    """How often each department was called in a period, came in time, late, or was absent.

    Of whistles blown since `since` and before `until`; those cancelled do not count.
    """
    if since >= until:
        raise InputError("window-reversed", field="until")
    known.require(reading, jurisdiction)
    items = store.counts(reading, jurisdiction, since, until)
    return {"since": since, "until": until, "items": items}


@router.get("/whistles/{whistle_id}", response_model=schemas.WholeWhistle)
def one(held: Held, reading: Reading, whistle_id: RowId) -> dict[str, Any]:
    """A whistle with every step of it."""
    return whistles.whistle(reading, whistle_id, doer_of(held.caller))


@router.post("/whistles", response_model=schemas.WholeWhistle, status_code=201)
def blow(held: Held, given: schemas.NewWhistle, idempotency_key: Key = None) -> dict[str, Any]:
    """Call departments to report in. The same `Idempotency-Key` again calls nobody again;
    with another body it is refused (`idempotency-key-reused`)."""
    doer = doer_of(held.caller)
    made = whistles.blow(
        held.engine, held.locators, given.wanted(), doer=doer,
        time_zone=held.settings.time_zone, key=idempotency_key,
    )  # fmt: skip
    with held.engine.connect() as connection:
        return whistles.whistle(connection, made, doer)


@router.post("/whistles/{whistle_id}/steps", response_model=schemas.WholeWhistle)
def step(held: Held, whistle_id: RowId, given: schemas.WhistleStepGiven) -> dict[str, Any]:
    """Say that a department comes or has arrived; end or cancel the whistle. Answers with it."""
    doer = doer_of(held.caller)
    whistles.take(held.engine, whistle_id, given.step(), doer=doer)
    with held.engine.connect() as connection:
        return whistles.whistle(connection, whistle_id, doer)
