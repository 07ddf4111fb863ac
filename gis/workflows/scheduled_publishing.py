"""Approved drafts come into force at the moment that was set, once, whichever worker is there."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from gis.errors import ConflictError, WanggeError
from gis.store import reviews
from gis.store.engine import acting, speak_as
from gis.workflows import publishing
from gis.workflows.reviews import tell_failed, tell_published

DUE_AS = "system"
# Whoever keeps reports from waiting, such as an import, may do so for a while.
AGAIN_S, MOST_TRIES = 60.0, 30
log = structlog.get_logger()


def publish_what_is_due(engine: Engine) -> int:
    """Publish what is due, for the worker, on the owner's engine; gives how many came into force.

    Each in one transaction that also ends its set time, so that a worker that dies has published
    all of it or nothing, and none publishes what another has. One that cannot be published stands
    in nobody's way: its draft stays approved, and planners are told what was wrong.
    """
    with engine.connect() as connection:
        found = reviews.due(connection)
    return sum(_publish(engine, schedule_id, plan_id) for schedule_id, plan_id in found)


def seconds_to_next(engine: Engine) -> float | None:
    """How long until the next set time; None: there is none."""
    with engine.connect() as connection:
        return reviews.seconds_to_next(connection)


def _publish(engine: Engine, schedule_id: int, plan_id: int) -> bool:
    try:
        with acting(engine, DUE_AS, action="publish") as connection:
            due = reviews.take_due(connection, schedule_id, plan_id)
            if due is None:
                return False
            speak_as(connection, due["set_by"], action="publish")
            publishing.publish_approved(connection, plan_id, instead_of=due["instead_of_id"])
            speak_as(connection, DUE_AS)  # whoever set the time is told as well
            tell_published(connection, plan_id, "on_time")
            return True
    except ConflictError as fault:
        if fault.code == "publish-busy":
            return _later(engine, schedule_id, plan_id, fault)
        _failed(engine, schedule_id, plan_id, fault)
    except OperationalError as fault:
        # The database is away, or somebody stood in the way for a moment: a deadlock, a full disk.
        if fault.connection_invalidated:
            raise
        return _later(engine, schedule_id, plan_id, fault)
    except Exception as fault:
        _failed(engine, schedule_id, plan_id, fault)
    return False


def _later(engine: Engine, schedule_id: int, plan_id: int, fault: Exception) -> bool:
    with acting(engine, DUE_AS) as connection:
        if reviews.take_due(connection, schedule_id, plan_id) is None:
            return False
        tries = reviews.try_later(connection, schedule_id, AGAIN_S)
    if tries >= MOST_TRIES:
        _failed(engine, schedule_id, plan_id, fault)
    return False


def _failed(engine: Engine, schedule_id: int, plan_id: int, fault: Exception) -> None:
    log.error("a plan could not be published on time", plan=plan_id, exc_info=fault)
    known = fault if isinstance(fault, WanggeError) else WanggeError("schedule-failed")
    with acting(engine, DUE_AS, action="schedule-fail") as connection:
        reviews.plan(connection, plan_id, hold=True)
        open_one: dict[str, Any] | None = reviews.last_schedule(connection, plan_id)
        if open_one is None or open_one["id"] != schedule_id or open_one["ended_at"] is not None:
            return
        reviews.end_schedule(
            connection, schedule_id, "failed", actor=DUE_AS,
            fault={"code": known.code, "params": known.params},
        )  # fmt: skip
        tell_failed(connection, plan_id, open_one, known)
