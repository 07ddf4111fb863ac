"""A case, a point, and what a dispatcher may decide about their owner, as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas import (
    Beside,
    Coordinate,
    Department,
    InCharge,
    Incident,
    Line,
    Link,
    Person,
    PlaceRef,
    Responsible,
    RoutingRule,
    not_blank,
)
from api.step_schemas import Life


class Other(BaseModel):
    """A grid that is not the owner, how far off it is, and who answers there."""

    distance_m: float
    grid: PlaceRef
    person: Person | None


class Edge(Other):
    """The nearest of them.

    `near`: close enough, by the jurisdiction's setting, for a dispatcher to choose it instead.
    """

    near: bool


class Reported(Incident):
    """A report as it was registered. `near`: the grids close enough to be chosen instead, nearest
    first, at most eight; `edge` the first of them."""

    edge: Edge | None
    near: list[Other]


class Route(BaseModel):
    """What would own a point, or owned it, under the plan of that moment. `edge` is looked for up
    to a kilometre off; `near` are the grids close enough to be chosen instead, nearest first."""

    lon: float
    lat: float
    plan_id: int
    rule: str
    grid: PlaceRef | None
    queue: PlaceRef | None
    chain: list[Link]
    departments: list[Department]
    responsible: Responsible | None
    routing_rule: RoutingRule | None
    department: InCharge | None
    beside: list[Beside]
    edge: Edge | None
    near: list[Other]


class Choice(BaseModel):
    """A dispatcher's choice between grids near a boundary."""

    at: datetime
    actor: str
    reason: str
    was_grid_code: str | None
    chosen_grid_code: str
    distance_m: float


class MaskedReporter(BaseModel):
    """Who reported, as far as it may be told: 王**, 139****5678; null for all but those who have
    to ask back."""

    name: str | None
    phone: str | None


class Case(Incident, Life):
    """An incident with the departments of its community: now, or when it was closed.

    `edge` and `near`, the grids that may be chosen instead, are told while the case is open;
    `actions` are the steps that the caller may take now.
    """

    departments: list[Department]
    beside: list[Beside]
    edge: Edge | None
    near: list[Other]
    choices: list[Choice]
    reporter: MaskedReporter | None = None


Reason = Annotated[Line, AfterValidator(not_blank), Field(max_length=500)]
Version = Annotated[int, Field(strict=True, ge=1)]


class ChooseOwner(BaseModel):
    """The grid that a case near a boundary is given to, why, and the version that was looked at."""

    model_config = ConfigDict(extra="forbid")

    grid_code: Annotated[str, Field(pattern=r"^\d{15}$")]
    reason: Reason
    version: Version


class MovePin(BaseModel):
    """Where a case really is, in `crs`, why, and the version that was looked at."""

    model_config = ConfigDict(extra="forbid")

    lon: Annotated[Coordinate, Field(strict=True)]
    lat: Annotated[Coordinate, Field(strict=True)]
    crs: Annotated[str, Field(max_length=40)] = "EPSG:4326"
    reason: Reason
    version: Version
