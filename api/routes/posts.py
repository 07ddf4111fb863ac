"""Who is there: vacant posts, leave and substitutes, duty rosters, and what counts as near."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.case_schemas import Reason
from api.schemas import GridCode, Moment, Person, PersonRef, PlaceRef, PlainText, RowId
from api.services import Held, Reading
from gis.store import absences as store
from gis.store import known
from gis.store import people as store_people
from gis.store.choices import RoutingSetting, routing_settings
from gis.workflows import absences
from gis.workflows.vacancies import vacant_posts

router = APIRouter(tags=["posts"])

Id = Annotated[RowId, Field(strict=True)]
After = Annotated[int, Query(ge=0, le=2**63 - 1)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Metres = Annotated[float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Vacancy(BaseModel):
    """A post that nobody fills: `vacant`, or its holder is `away` and nobody stands in.

    `since` is null if it was never held; `last` held it, or holds it and is away.
    """

    grid: PlaceRef
    level: int
    role: str
    seat: int
    kind: Literal["vacant", "away"]
    since: datetime | None
    last: PersonRef | None
    answers: Person | None
    answers_level: int | None


class Vacancies(BaseModel):
    items: list[Vacancy]
    next: str | None


class NewAbsence(_Body):
    """Leave. Without `until`, until it is ended; without a substitute the next level up answers."""

    jurisdiction: Id
    person_id: Id
    substitute_id: Id | None = None
    since: Moment
    until: Moment | None = None
    reason: Reason


class NewDuty(_Body):
    """A shift: the person answers for the grid, and all within it, before anybody on a post."""

    jurisdiction: Id
    grid_code: GridCode
    person_id: Id
    since: Moment
    until: Moment
    reason: Reason | None = None


class End(_Body):
    jurisdiction: Id
    reason: Reason


class Dated(BaseModel):
    id: int
    person: PersonRef
    since: datetime
    until: datetime | None
    reason: str | None
    recorded_by: str
    recorded_at: datetime


class Absence(Dated):
    substitute: PersonRef | None


class Duty(Dated):
    grid_code: str


class Absences(BaseModel):
    """By id; `next` is what to send as `after`, null on the last page."""

    items: list[Absence]
    next: int | None


class Duties(BaseModel):
    """By id; `next` is what to send as `after`, null on the last page."""

    items: list[Duty]
    next: int | None


class Somebody(Person):
    """A person, and a post that they hold now, the nearest to the ground."""

    role: str | None
    grid: PlaceRef | None


class People(BaseModel):
    items: list[Somebody]


class Recorded(BaseModel):
    id: int


class Near(_Body):
    """Metres. `near_edge_m`: up to here a dispatcher may choose the next grid.

    `nearest_within_m`: up to here a place off all grids belongs to the nearest one.
    """

    near_edge_m: Metres
    nearest_within_m: Metres


@router.get("/people", response_model=People)
def people(
    reading: Reading,
    jurisdiction: RowId,
    q: Annotated[PlainText, Query(max_length=100)] = "",
    person: RowId | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> dict[str, Any]:
    """People on posts or in organisations of the jurisdiction whose name or number holds `q`."""
    known.require(reading, jurisdiction)
    found = store_people.people(reading, jurisdiction, words=q, person_id=person, limit=limit)
    return {"items": found}


@router.get("/vacancies", response_model=Vacancies)
def vacancies(
    reading: Reading,
    jurisdiction: RowId,
    at: Moment | None = None,
    limit: Limit = 1000,
    after: Annotated[str | None, Query(max_length=20)] = None,
) -> dict[str, Any]:
    """The posts that nobody fills now, or did at a moment, and who answers meanwhile.

    `next` is what to send as `after`; null on the last page. A page may hold fewer than `limit`.
    """
    known.require(reading, jurisdiction)
    items, following = vacant_posts(reading, jurisdiction, at=at, limit=limit, after=after)
    return {"items": items, "next": following}


@router.get("/absences", response_model=Absences)
def list_absences(
    reading: Reading,
    jurisdiction: RowId,
    since: Moment | None = None,
    limit: Limit = 200,
    after: After = 0,
) -> dict[str, Any]:
    """Leave of the jurisdiction's people that lasts at `since` (now) or begins later."""
    known.require(reading, jurisdiction)
    moment = since or datetime.now(UTC)
    return _page(store.absences(reading, jurisdiction, moment, limit=limit + 1, after=after), limit)


@router.post("/absences", response_model=Recorded, status_code=201)
def record_absence(held: Held, given: NewAbsence) -> dict[str, int]:
    """Record leave. 409 `absence-twice` if the person is away already in that time."""
    values = given.model_dump()
    of = values.pop("jurisdiction")
    return {"id": absences.record_absence(held.engine, of, actor=held.actor, **values)}


@router.post("/absences/{absence_id}/end", status_code=204)
def end_absence(held: Held, absence_id: RowId, given: End) -> None:
    """End leave now, or call it off. What happened during it stays as it was."""
    absences.end_absence(
        held.engine, given.jurisdiction, absence_id, reason=given.reason, actor=held.actor
    )


@router.get("/duties", response_model=Duties)
def list_duties(
    reading: Reading,
    jurisdiction: RowId,
    since: Moment | None = None,
    limit: Limit = 200,
    after: After = 0,
) -> dict[str, Any]:
    """The jurisdiction's shifts that last at `since` (now) or begin later."""
    known.require(reading, jurisdiction)
    moment = since or datetime.now(UTC)
    return _page(store.duties(reading, jurisdiction, moment, limit=limit + 1, after=after), limit)


@router.post("/duties", response_model=Recorded, status_code=201)
def record_duty(held: Held, given: NewDuty) -> dict[str, int]:
    """Record a shift. 409 `duty-twice` if somebody is on duty for the grid already in that time."""
    values = given.model_dump()
    of = values.pop("jurisdiction")
    return {"id": absences.record_duty(held.engine, of, actor=held.actor, **values)}


@router.post("/duties/{duty_id}/end", status_code=204)
def end_duty(held: Held, duty_id: RowId, given: End) -> None:
    """End a shift now, or call it off."""
    absences.end_duty(
        held.engine, given.jurisdiction, duty_id, reason=given.reason, actor=held.actor
    )


@router.get("/jurisdictions/{jurisdiction_id}/near", response_model=Near)
def near(reading: Reading, jurisdiction_id: RowId) -> dict[str, float]:
    """What counts as near an edge in a jurisdiction."""
    known.require(reading, jurisdiction_id)
    found = routing_settings(reading, [jurisdiction_id])[jurisdiction_id]
    return {"near_edge_m": found.near_edge_m, "nearest_within_m": found.nearest_within_m}


@router.put("/jurisdictions/{jurisdiction_id}/near", response_model=Near)
def set_near(held: Held, jurisdiction_id: RowId, given: Near) -> Near:
    """Set it from now on; what was set before is kept."""
    setting = RoutingSetting(**given.model_dump())
    absences.set_near(held.engine, jurisdiction_id, setting, actor=held.actor)
    return given


def _page(found: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    items = found[:limit]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}
