"""Who reported: name and number, for those who have to ask back, each time with a reason."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from api.case_schemas import Reason
from api.schemas import RowId
from api.services import Held
from gis.workflows.reporters import reveal_incident, reveal_unlocated

router = APIRouter(tags=["incidents"])


class Why(BaseModel):
    """What the name and the number are needed for: it is written into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class FurtherReporter(BaseModel):
    id: int
    name: str | None
    phone: str | None


class Revealed(BaseModel):
    """As it was told; `supplements`: of those who reported the same again."""

    name: str | None
    phone: str | None
    supplements: list[FurtherReporter]


@router.post("/incidents/{incident_id}/reporter", response_model=Revealed)
def reveal(held: Held, incident_id: RowId, given: Why) -> dict[str, Any]:
    """Who reported a case, without masks. The audit trail says who asked, and why."""
    return reveal_incident(held.engine, incident_id, reason=given.reason, actor=held.actor)


@router.post("/unlocated-reports/{report_id}/reporter", response_model=Revealed)
def reveal_of_unlocated(held: Held, report_id: RowId, given: Why) -> dict[str, Any]:
    """The same of a report that waits for a place: nobody else knows where it is."""
    return reveal_unlocated(held.engine, report_id, reason=given.reason, actor=held.actor)
