"""Which case or draft a page has open, so that two at one know of each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.permissions import DRAWING, allows
from api.presence import say
from api.rule_schemas import Body, Id
from api.schemas import GridCode
from api.services import Held
from gis.errors import NotFoundError
from gis.store import drafts, known

router = APIRouter(tags=["system"])


class Present(Body):
    """`stream`: as the event `hello` names it. `incident`: the case that is open, if any; or
    `plan`: the draft, and `grid` where in it its user is at work."""

    stream: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    incident: Id | None = None
    plan: Id | None = None
    grid: GridCode | None = None


@router.put("/presence", status_code=204)
def present(held: Held, given: Present) -> None:
    """Say which case or draft a page has open, again every five seconds; nothing is stored.

    Whoever has the same case open hears of it by the event `presence`, the same draft by
    `drafters`.
    """
    with held.engine.connect() as connection:
        if given.incident is not None:
            known.require_incident(connection, given.incident)
        if given.plan is not None:
            if not allows(DRAWING, held.caller.roles):
                raise NotFoundError("draft-not-found", id=given.plan)
            drafts.version(connection, given.plan)
    say(
        held.engine,
        given.stream,
        account_id=held.caller.account_id,
        name=held.caller.name,
        incident_id=given.incident,
        plan_id=given.plan,
        grid=given.grid,
    )
