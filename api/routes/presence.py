"""Which case a page has open, so that two at one case know of each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.presence import say
from api.rule_schemas import Body, Id
from api.services import Held
from gis.store import known

router = APIRouter(tags=["system"])


class Present(Body):
    """`stream`: as the event `hello` names it. `incident`: the case that is open, if any."""

    stream: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    incident: Id | None = None


@router.put("/presence", status_code=204)
def present(held: Held, given: Present) -> None:
    """Say which case a page has open, again every five seconds; nothing is stored.

    Whoever has the same case open hears of it by the event `presence`.
    """
    if given.incident is not None:
        with held.engine.connect() as connection:
            known.require_incident(connection, given.incident)
    say(
        held.engine,
        given.stream,
        account_id=held.caller.account_id,
        name=held.caller.name,
        incident_id=given.incident,
    )
