"""What a running process holds: made once by the factory, closed when it stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from api.caller import Caller, Callers
from api.events import LiveEvents
from api.rate_limit import Limiter
from gis.errors import UnauthorisedError
from gis.settings import Settings
from gis.store import scope
from gis.workflows.analysis import LeaderView
from gis.workflows.boards import Boards
from gis.workflows.closure import ClosureView
from gis.workflows.intake_queue import IntakeQueue
from gis.workflows.locators import Locators
from gis.workflows.previews import Previews
from tiles.service import TileService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    settings: Settings
    engine: Engine
    callers: Callers
    locators: Locators
    intake: IntakeQueue
    events: LiveEvents
    tiles: TileService
    leader: LeaderView
    closure: ClosureView
    previews: Previews
    boards: Boards
    tries: Limiter
    tests: Limiter
    jurisdictions: set[int]  # known to have plans: none loses its last one


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerServices(Services):
    """The services as a caller sees them: `engine` reads and writes what the caller may."""

    caller: Caller

    @property
    def actor(self) -> str:
        """In whose name the caller acts, as every history shows it."""
        return self.caller.actor


async def services(request: Request) -> Services:
    """The services of this application."""  # async: a plain function would go to a thread
    return cast("Services", request.app.state.services)


async def services_of_caller(
    request: Request, given: Annotated[Services, Depends(services)]
) -> CallerServices:
    """The services as whoever is signed in sees them. Raises UnauthorisedError without anybody."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        raise UnauthorisedError("sign-in-needed")
    parts = {field.name: getattr(given, field.name) for field in fields(Services)}
    return CallerServices(**parts | {"engine": caller.engine, "caller": caller})


def reading(held: Annotated[CallerServices, Depends(services_of_caller)]) -> Iterator[Connection]:
    """What the caller may see, in a read-only transaction, closed before the answer is sent, with
    a bound on its time."""
    with scope.reading(held.engine) as connection:
        yield connection


def open_reading(given: Annotated[Services, Depends(services)]) -> Iterator[Connection]:
    """The same for the few addresses that nobody has to sign in for; it sees everything."""
    with scope.reading(given.engine) as connection:
        yield connection


Held = Annotated[CallerServices, Depends(services_of_caller)]
Reading = Annotated[Connection, Depends(reading, scope="function")]
OpenHeld = Annotated[Services, Depends(services)]
OpenReading = Annotated[Connection, Depends(open_reading, scope="function")]
