"""What a running process holds: made once by the factory, closed when it stops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine

from api.events import LiveEvents
from gis.settings import Settings
from gis.workflows.analysis import LeaderView
from gis.workflows.intake_queue import IntakeQueue
from gis.workflows.locators import Locators
from gis.workflows.previews import Previews
from tiles.service import TileService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    settings: Settings
    engine: Engine
    locators: Locators
    intake: IntakeQueue
    events: LiveEvents
    tiles: TileService
    leader: LeaderView
    previews: Previews


async def services(request: Request) -> Services:
    """The services of this application."""  # async: a plain function would go to a thread
    return cast("Services", request.app.state.services)


def reading(given: Annotated[Services, Depends(services)]) -> Iterator[Connection]:
    """A read-only transaction, closed before the answer is sent, with a bound on its time."""
    with given.engine.connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '20s'")
        yield connection


Held = Annotated[Services, Depends(services)]
Reading = Annotated[Connection, Depends(reading, scope="function")]
