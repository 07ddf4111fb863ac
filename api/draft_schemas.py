"""Drafts, their operations and their problems as HTTP carries them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.rule_schemas import Body, Id, Name
from api.schemas import Bbox, GridCode, Names, Text

Version = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
BasicCode = Annotated[str, Field(pattern=r"^\d{15}$")]
CommunityCode = Annotated[str, Field(pattern=r"^\d{12}$")]
Units = Annotated[list[Id], Field(min_length=1, max_length=200_000)]
Grids = Annotated[list[GridCode], Field(min_length=1, max_length=5_000)]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]
Note = Annotated[Text, Field(max_length=2000)]
DraftName = Annotated[Name, Field(max_length=100)]
Tolerance = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]


class From(Body):
    """`practice`: some of its grids are put out of balance, for somebody who learns to even out."""

    plan: Id
    practice: Annotated[bool, Field(strict=True)] = False


class NewDraft(Body):
    """`from`: the plan, in force, superseded or a draft, that the new one begins as."""

    jurisdiction: Id
    name: DraftName
    note: Note | None = None
    from_: Annotated[From, Field(alias="from")]


class DraftChange(Body):
    """What is left out stays as it is."""

    name: DraftName | None = None
    note: Note | None = None
    tolerance: Tolerance | None = None
    balance: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class Assign(Body):
    """`before`: where the sender believes units to be: [[code or null, [unit…]]…]."""

    units: Units
    grid: BasicCode | None
    before: Annotated[
        list[tuple[BasicCode | None, list[Id]]], Field(max_length=5_000, default_factory=list)
    ]


class Cut(Body):
    """Cuts `units`, or those of `grid` that the line crosses; with `grid` what lies on the side
    with fewer people becomes a new grid."""

    line: Annotated[list[tuple[Lon, Lat]], Field(min_length=2, max_length=2_000)]
    units: Annotated[list[Id], Field(max_length=2_000, default_factory=list)]
    grid: BasicCode | None = None
    name_zh: Name | None = None
    name_en: Name | None = None


class Pull(Body):
    """What `shape`, a ring of places, covers of `grid` goes to `into`; units that its outline
    crosses are cut."""

    shape: Annotated[list[tuple[Lon, Lat]], Field(min_length=3, max_length=500)]
    grid: BasicCode
    into: BasicCode


class Merge(Body):
    grids: Annotated[list[BasicCode], Field(min_length=1, max_length=500)]
    into: BasicCode


class NewGrid(Body):
    units: Units
    parent: CommunityCode
    name_zh: Name | None = None
    name_en: Name | None = None


class OneGrid(Body):
    grid: GridCode


class Repair(Body):
    """Without `grids`: all that are the caller's."""

    grids: Annotated[list[BasicCode], Field(min_length=1, max_length=5_000)] | None = None


class Lock(Body):
    grids: Grids
    locked: Annotated[bool, Field(strict=True)]


class Pin(Body):
    units: Units
    pinned: Annotated[bool, Field(strict=True)]


class Together(Body):
    """The number of a group, "new" for another one, null for each by itself."""

    units: Units
    together: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | Literal["new"] | None


class Rename(Body):
    grid: GridCode
    name_zh: Name
    name_en: Name | None = None


class Restore(Body):
    to: Version


class Take(Body):
    """`choice`: the place of an alternative in the list of the job's result."""

    job: Id
    choice: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = None


class Empty(Body):
    pass


class Sent(Body):
    """`key`: of this operation alone, so that it is done once however often it is sent. `base`: the
    version of the draft that the sender had before them."""

    key: UUID
    base: Version


class DoAssign(Sent):
    kind: Literal["assign"]
    params: Assign


class DoCut(Sent):
    kind: Literal["cut"]
    params: Cut


class DoPull(Sent):
    kind: Literal["pull"]
    params: Pull


class DoMerge(Sent):
    kind: Literal["merge"]
    params: Merge


class DoNewGrid(Sent):
    kind: Literal["new_grid"]
    params: NewGrid


class DoDeleteGrid(Sent):
    kind: Literal["delete_grid"]
    params: OneGrid


class DoRepair(Sent):
    kind: Literal["repair"]
    params: Repair


class DoLock(Sent):
    kind: Literal["lock"]
    params: Lock


class DoPin(Sent):
    kind: Literal["pin"]
    params: Pin


class DoTogether(Sent):
    kind: Literal["together"]
    params: Together


class DoRename(Sent):
    kind: Literal["rename"]
    params: Rename


class DoRestore(Sent):
    kind: Literal["restore"]
    params: Restore


class DoTake(Sent):
    kind: Literal["take"]
    params: Take


class DoStep(Sent):
    kind: Literal["undo", "redo"]
    params: Empty = Empty()


NewOperation = Annotated[
    DoAssign | DoCut | DoPull | DoMerge | DoNewGrid | DoDeleteGrid | DoRepair | DoLock | DoPin
    | DoTogether | DoRename | DoRestore | DoTake | DoStep,
    Field(discriminator="kind"),
]  # fmt: skip


class Operation(BaseModel):
    """`delta`: {"units": [[before, after, [unit…]]…], "marks", "grids", "cuts"}, see the guide.

    `undoes` names the operation that an undo took back, or the undo that a redo did; `undone_by`
    the undo that holds now.
    """

    number: int
    at: datetime
    actor: str
    account_id: int | None
    kind: str
    params: dict[str, Any]
    delta: dict[str, Any]
    undoes: int | None
    undone_by: int | None


class Operated(BaseModel):
    operation: Operation
    version: int


class Problem(BaseModel):
    """`unassigned`: units in no grid. `island`: a part cut off from the rest of `grid`. `hole`: the
    same, or a whole grid, wholly within the grid `within`. `empty`: a grid without units.
    `mendable`: the operation `repair` of the grid mends it."""

    kind: Literal["unassigned", "island", "hole", "empty"]
    grid: str | None
    within: str | None
    units: list[int]
    people: int
    bbox: Bbox | None
    mendable: bool


class Problems(BaseModel):
    """Of the draft as it was at `version`."""

    version: int
    items: list[Problem]


class Settled(BaseModel):
    settled: int


class Operations(BaseModel):
    items: list[Operation]


class DraftSummary(BaseModel):
    """`measures`: of the grids as they were derived at operation `settled` (-1: never)."""

    plan_id: int
    jurisdiction_id: int
    name: str
    note: str | None
    author: str
    status: str
    version: int
    settled: int
    board: str
    balance: str
    tolerance: float
    created_at: datetime
    changed_at: datetime
    changed_by: str
    based_on: int | None
    origin: dict[str, Any]
    discarded_at: datetime | None
    discarded_by: str | None
    measures: dict[str, Any]


class Drafts(BaseModel):
    items: list[DraftSummary]


class DraftGrid(BaseModel):
    code: str
    level: int
    name: Names
    locked: bool
    organisation_id: int | None


class Draft(DraftSummary):
    """`board` is another text whenever the set of units is another. `editable`: what the caller's
    grids begin with; null where nothing may be changed."""

    editable: str | None
    grids: list[DraftGrid]
