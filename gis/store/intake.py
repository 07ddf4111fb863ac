"""Steps of an incident's life that are known as well as its creation, written at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import psycopg
from sqlalchemy import Connection

from gis.store.scope import beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of an incident's life that is known as well as its creation."""

    incident_id: int
    at: datetime
    action: str
    from_stage: str
    to_stage: str


def write_steps(connection: Connection, actor: str, steps: Iterable[Step]) -> None:
    """Add steps to the history, in the order given."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    statement = (
        "COPY incident_event (incident_id, at, actor, action, from_stage, to_stage) FROM STDIN"
    )
    # No COPY goes into a table with row security: the incidents themselves have passed it.
    with beyond(connection), driver.cursor() as cursor, cursor.copy(statement) as sink:
        for step in steps:
            sink.write_row(
                (step.incident_id, step.at, actor, step.action, step.from_stage, step.to_stage)
            )
