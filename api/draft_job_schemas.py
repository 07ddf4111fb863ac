"""Long work on drafts, and suggestions, as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from api.draft_schemas import BasicCode, DraftName, Note, Tolerance
from api.rule_schemas import Body, Id

Within = Literal["sub_district", "community"]
Seconds = Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)]
Seed = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]
AreaCode = Annotated[str, Field(pattern=r"^\d{9}(\d{3})?$")]


class Search(Body):
    """Which grids may change: `grids`, or the `worst` so many with those around them, or all.

    `tolerance`: else the draft's. `keep`: from 1 on as few people as possible move; below, change
    is weighed against clear boundaries. `within`: what units never leave. `clarity` weighs streets.
    The time says how much is searched, up to three times as long on a busy machine; `effort` says
    it instead (1: as the command line does), so that the same `seed` gives the same proposal
    everywhere.
    """

    grids: Annotated[list[BasicCode], Field(max_length=5_000)] | None = None
    worst: Annotated[int, Field(strict=True, ge=1, le=5_000)] | None = None
    tolerance: Tolerance | None = None
    keep: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 1.0
    within: Within = "sub_district"
    clarity: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 1.0
    seed: Seed = 0
    effort: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] | None = None


class Rebalance(Search):
    kind: Literal["rebalance"]
    seconds: Seconds = 15.0


class Alternatives(Search):
    kind: Literal["alternatives"]
    count: Annotated[int, Field(strict=True, ge=1, le=20)] = 6
    seconds: Seconds = 60.0


NewJob = Annotated[Rebalance | Alternatives, Field(discriminator="kind")]


class Counts(Body):
    """How many communities and basic grids; what is left out is as today."""

    communities: Count | None = None
    grids: Count | None = None


class Generation(Body):
    """`base`: the plan whose units and codes it begins with; else the one in force.

    `communities`: kept as they are, or drawn anew as well. `areas`: the sub-districts that are
    drawn, else all; the others stay as they are. `counts` by code of a sub-district or of a kept
    community.
    """

    name: DraftName
    note: Note | None = None
    base: Id | None = None
    communities: Literal["kept", "drawn"] = "kept"
    areas: Annotated[list[Annotated[str, Field(pattern=r"^\d{9}$")]], Field(max_length=2_000)] | (
        None
    ) = None
    counts: Annotated[dict[AreaCode, Counts], Field(max_length=5_000, default_factory=dict)]
    balance: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    tolerance: Tolerance | None = None
    seconds: Seconds = 30.0
    seed: Seed = 0


class Fit(BaseModel):
    """How much of a proposal fits the draft at `version`: units that would move, those that are
    there already, and those that stay, by why."""

    version: int
    units: int
    arrived: int
    dropped: dict[str, list[int]]


class Job(BaseModel):
    """`step` and `fraction`: how far it is. `error`: {code, detail by language}. `ended_by`: who
    cancelled it. `tidied_at`: when its proposals were let go of, a month after they were made."""

    id: int
    jurisdiction_id: int
    plan_id: int | None
    made_plan_id: int | None
    kind: Literal["rebalance", "alternatives", "generate"]
    request: dict[str, Any]
    base_version: int | None
    status: Literal["waiting", "running", "done", "failed", "cancelled"]
    step: str | None
    fraction: float
    error: dict[str, Any] | None
    created_at: datetime
    created_by: str
    started_at: datetime | None
    finished_at: datetime | None
    ended_by: str | None
    tidied_at: datetime | None


class JobWithResult(Job):
    """`result` of a rebalance: a proposal (moves [[before, after, [unit…]]…], steps, grids, figures
    before and after); of alternatives: `items`, each a proposal with its `lean` and `measures`,
    and the measures `now`; of a generation: what the new draft has. `fits`: of each proposal."""

    result: dict[str, Any] | None
    fits: list[Fit] | None


class Jobs(BaseModel):
    items: list[Job]


class Suggestion(BaseModel):
    """Units that go from one grid (null: from none) to another; deviations before and after."""

    units: list[int]
    from_: Annotated[str | None, Field(alias="from")]
    to: str
    people: int
    load: float
    deviation_from: tuple[float, float] | None
    deviation_to: tuple[float, float]
    largest: tuple[float, float]


class Suggestions(BaseModel):
    """Moves in their order, each on top of those before it. `outside`: grids that are outside the
    tolerance at `version`."""

    version: int
    outside: int
    items: list[Suggestion]
