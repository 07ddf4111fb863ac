"""Plans of patrols, and what is set for them: made, corrected by a new one, ended."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field

from api.case_schemas import Reason
from api.routes.grid_facts import AfterCode, BasicCode, today_of
from api.routes.visits import LAST_ID, Made
from api.rule_schemas import Body, Id, Role
from api.schemas import Coordinate, Line, RowId, not_blank
from api.services import Held, Reading
from gis.store import grid_facts, known, patrol_settings
from gis.store import patrol_plans as store
from gis.workflows import patrol_plans

router = APIRouter(tags=["base data"])

Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]
Duty = Annotated[Line, AfterValidator(not_blank), Field(max_length=200)]
Place = tuple[Coordinate, Coordinate]
PlanVersion = Annotated[int, Field(strict=True, ge=1, le=3)] | None


class Planned(Body):
    """`weekdays`: 1 is Monday; `times`: rounds on each of these days. A post's role or a person.
    `route`: the way to take, as longitudes and latitudes in WGS 84."""

    grid_code: BasicCode
    duty: Duty
    role: Role | None = None
    person_id: Id | None = None
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    begins: time
    ends: time
    times: Annotated[int, Field(strict=True, ge=1, le=24)] = 1
    since: date | None = None
    until: date | None = None
    reason: Reason | None = None
    route: Annotated[list[Place], Field(min_length=2, max_length=500)] | None = None


class NewPlan(Planned):
    """A plan of a jurisdiction."""

    jurisdiction: Id


class Correction(Planned):
    """`version`: the one that the sender has seen."""

    version: PlanVersion = None
    reason: Reason


class Plan(BaseModel):
    """`version`: 1 holds, 2 was ended, 3 has another one (`replaced_by`) in its place."""

    id: int
    grid_code: str
    duty: str
    role: str | None
    person_id: int | None
    person_name: str | None
    weekdays: list[int]
    begins: time
    ends: time
    times: int
    since: date
    until: date | None
    reason: str | None
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None
    ended_by: str | None
    ended_reason: str | None
    replaces_id: int | None
    replaced_by: int | None
    route: list[tuple[float, float]] | None
    version: int


class Plans(BaseModel):
    items: list[Plan]
    next: int | None


class End(Body):
    reason: Reason
    version: PlanVersion = None


class Setting(BaseModel):
    """Tracks are deleted after `keep_days`; a street is walked within `within_m` of a track.
    `remind`: whoever leads a grid is told when its diary of a working day is missing."""

    version: int
    keep_days: int
    within_m: float
    remind: bool
    recorded_at: datetime | None
    recorded_by: str | None


class Settings(BaseModel):
    items: list[Setting]


class NewSetting(Body):
    """`remind` null: as it is. `version`: the one that the sender has seen, 0 for none."""

    jurisdiction: Id
    keep_days: Annotated[int, Field(strict=True, ge=1, le=3650)]
    within_m: Annotated[float, Field(ge=1, le=200, allow_inf_nan=False)]
    remind: bool | None = None
    version: Annotated[int, Field(strict=True, ge=0, le=LAST_ID)] | None = None


@router.get("/patrol-plans", response_model=Plans)
def plans(
    reading: Reading,
    jurisdiction: RowId,
    grid: AfterCode = "",
    ended: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
    after: Annotated[int, Query(ge=0, le=LAST_ID)] = 0,
) -> dict[str, Any]:
    """Patrol plans in a grid of any level; with `ended` those that are over as well."""
    known.require(reading, jurisdiction)
    within = grid_facts.span([grid])
    rows = store.plans(reading, jurisdiction, within, ended=ended, limit=limit + 1, after=after)
    items = rows[:limit]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.post("/patrol-plans", response_model=Made, status_code=201)
def add_plan(held: Held, given: NewPlan) -> dict[str, Any]:
    """Plan patrols of a basic grid, from today where no day is said."""
    values = given.model_dump(exclude={"jurisdiction"})
    values["since"] = given.since or today_of(held)
    return {"id": patrol_plans.add_plan(held.engine, given.jurisdiction, values, actor=held.actor)}


@router.post("/patrol-plans/{patrol_plan_id}/correct", response_model=Made, status_code=201)
def correct_plan(held: Held, patrol_plan_id: RowId, given: Correction) -> dict[str, Any]:
    """Put another plan in its place, from its first day on, or take an ended one up again. The
    former stays in the list. 409 `patrol-plan-changed` where somebody was first."""
    values = given.model_dump(exclude={"version"})
    values["since"] = given.since or today_of(held)
    made = patrol_plans.correct_plan(
        held.engine, patrol_plan_id, values, version=given.version, actor=held.actor
    )
    return {"id": made}


@router.post("/patrol-plans/{patrol_plan_id}/end", status_code=204)
def end_plan(held: Held, patrol_plan_id: RowId, given: End) -> None:
    """End a plan now. What was walked by it stays. 409 `patrol-plan-changed` where it has ended."""
    patrol_plans.end_plan(
        held.engine, patrol_plan_id, version=given.version, reason=given.reason, actor=held.actor
    )


@router.get("/patrols/setting", response_model=Setting)
def setting(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """How long tracks are kept, how near is walked, and whether missing diaries are told of."""
    known.require(reading, jurisdiction)
    return patrol_settings.setting(reading, jurisdiction)


@router.get("/patrols/setting/history", response_model=Settings)
def setting_history(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """What was set before, the newest first."""
    known.require(reading, jurisdiction)
    return {"items": patrol_settings.settings(reading, jurisdiction, 100)}


@router.put("/patrols/setting", response_model=Setting)
def set_setting(held: Held, given: NewSetting) -> dict[str, Any]:
    """Say it anew: tracks that are older are deleted within an hour; figures stay as they are. 409
    `patrol-setting-changed` where somebody was first."""
    return patrol_plans.set_setting(
        held.engine, given.jurisdiction, keep_days=given.keep_days, within_m=given.within_m,
        remind=given.remind, version=given.version, actor=held.actor,
    )  # fmt: skip
