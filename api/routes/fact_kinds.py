"""Kinds of counts of a jurisdiction's own: made, corrected, retired and taken up again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from api.case_schemas import Reason
from api.routes.grid_facts import Group
from api.rule_schemas import Body, Id
from api.schemas import Line, Names, RowId, not_blank
from api.services import Held, Reading
from gis.store import fact_kinds, known
from gis.store.engine import acting

router = APIRouter(prefix="/grid-facts/kinds", tags=["base data"])

NameZh = Annotated[Line, AfterValidator(not_blank), Field(max_length=60)]
NameEn = Annotated[Line, Field(max_length=60)] | None
MaxAge = Annotated[int, Field(strict=True, ge=1, le=36500)]
Version = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)] | None


class OwnKind(BaseModel):
    """`version`: one more with every change; who made the last one, and when."""

    id: int
    code: str
    group: Group
    name: Names
    max_age_days: int
    retired: bool
    counted: bool
    version: int
    recorded_at: datetime
    recorded_by: str


class OwnKinds(BaseModel):
    items: list[OwnKind]


class KindVersion(BaseModel):
    version: int
    name_zh: str
    name_en: str | None
    max_age_days: int
    retired: bool
    reason: str | None
    recorded_at: datetime
    recorded_by: str


class KindVersions(BaseModel):
    items: list[KindVersion]


class NewKind(Body):
    jurisdiction: Id
    group: Group
    name_zh: NameZh
    name_en: NameEn = None
    max_age_days: MaxAge = 365


class MadeKind(BaseModel):
    code: str


class ChangedKind(Body):
    """`version`: the one that the sender has seen."""

    version: Version = None
    name_zh: NameZh
    name_en: NameEn = None
    max_age_days: MaxAge
    reason: Reason | None = None


class Use(Body):
    version: Version = None
    reason: Reason | None = None


@router.get("", response_model=OwnKinds)
def listed(reading: Reading, jurisdiction: RowId) -> dict[str, Any]:
    """The kinds of the jurisdiction's own, retired ones as well."""
    known.require(reading, jurisdiction)
    return {"items": fact_kinds.own_kinds(reading, jurisdiction)}


@router.get("/{kind_id}/history", response_model=KindVersions)
def history(reading: Reading, kind_id: RowId) -> dict[str, Any]:
    """What a kind was in each of its versions, the newest first."""
    return {"items": fact_kinds.changes(reading, kind_id)}


@router.post("", response_model=MadeKind, status_code=201)
def add(held: Held, given: NewKind) -> dict[str, Any]:
    """A further kind of this jurisdiction; gets the next free code of its group from …50 on."""
    with acting(held.engine, held.actor, action="fact-kind") as connection:
        known.require(connection, given.jurisdiction)
        code = fact_kinds.add_kind(
            connection, given.jurisdiction, group=given.group, name_zh=given.name_zh,
            name_en=given.name_en or None, max_age_days=given.max_age_days,
        )  # fmt: skip
    return {"code": code}


@router.put("/{kind_id}", status_code=204)
def change(held: Held, kind_id: RowId, given: ChangedKind) -> None:
    """Give it other names or another age. 409 `fact-kind-changed` where somebody was first."""
    with acting(held.engine, held.actor, action="fact-kind", reason=given.reason) as connection:
        fact_kinds.change_kind(
            connection, kind_id, version=given.version, name_zh=given.name_zh,
            name_en=given.name_en or None, max_age_days=given.max_age_days,
        )  # fmt: skip


@router.post("/{kind_id}/retire", status_code=204)
def retire(held: Held, kind_id: RowId, given: Use | None = None) -> None:
    """Ask for a kind of the jurisdiction's own no more; what was counted stays."""
    _use(held, kind_id, given or Use(), retired=True)


@router.post("/{kind_id}/restore", status_code=204)
def restore(held: Held, kind_id: RowId, given: Use | None = None) -> None:
    """Ask for a retired kind again, with all that was counted."""
    _use(held, kind_id, given or Use(), retired=False)


def _use(held: Held, kind_id: int, given: Use, *, retired: bool) -> None:
    with acting(held.engine, held.actor, action="fact-kind", reason=given.reason) as connection:
        fact_kinds.change_kind(connection, kind_id, version=given.version, retired=retired)
