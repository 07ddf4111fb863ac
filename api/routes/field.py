"""The grid worker's own: the cases that are theirs to do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.schemas import IncidentRow
from api.services import Held, Reading
from gis.store import my_cases as store

router = APIRouter(prefix="/my", tags=["field"])


class Task(BaseModel):
    """What is to be done of a case now; `mine`: by the caller, not by somebody else."""

    name: str
    mine: bool
    accepted: bool


class MyCase(IncidentRow):
    version: int
    task: Task | None


class MyCases(BaseModel):
    items: list[MyCase]
    next: str | None


@router.get("/cases", response_model=MyCases)
def my_cases(
    held: Held,
    reading: Reading,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """The open cases that the caller has in hand or answers for, what is due first on top.

    An account that is nobody's own (a desk, a token) has none.
    """
    person_id = held.caller.person_id
    if person_id is None:
        return {"items": [], "next": None}
    items, following = store.my_cases(reading, person_id, limit=limit, cursor=cursor)
    return {"items": items, "next": following}
