"""An overdue case goes up one level by itself, in the name of the system."""

from __future__ import annotations

import structlog
from sqlalchemy import Engine, text

from gis.errors import WanggeError
from gis.incidents.lifecycle import Doer, Step
from gis.messages import translate
from gis.store.engine import acting
from gis.workflows.due import ACTOR
from gis.workflows.locators import Locators
from gis.workflows.steps import take_step

AT_TOP = "step-at-top"
WANTED = """
SELECT stopped_at IS NULL AND paused_at IS NULL AND round = :round AS wanted
FROM clock WHERE id = :clock
"""
log = structlog.get_logger()


def escalate_overdue(
    engine: Engine, locators: Locators, *, incident_id: int, clock_id: int, round: int, step: int
) -> None:
    """Take the step `escalate` of an overdue case: exactly one level, however often this is called
    for the same `step` of a clock. Where nothing is left to be done, nothing is."""
    with engine.connect() as connection:
        standing = connection.execute(
            text(WANTED), {"clock": clock_id, "round": round}
        ).one_or_none()
    if standing is None or not standing.wanted:
        return
    try:
        take_step(
            engine,
            locators,
            incident_id,
            Step(action="escalate", reason=translate("escalated-overdue", "zh-CN")),
            doer=Doer(actor=ACTOR, roles=frozenset({"system"}), code=""),
            version=None,
            key=f"overdue-{clock_id}-{round}-{step}",
        )
    except WanggeError as refused:
        log.info("an overdue case stays where it is", incident=incident_id, code=refused.code)
        if refused.code == AT_TOP:
            _end(engine, clock_id)


def _end(engine: Engine, clock_id: int) -> None:
    """There is no level above: nothing is left to wait for."""
    with acting(engine, ACTOR, action="due") as connection:
        connection.execute(text("UPDATE clock SET next_at = NULL WHERE id = :id"), {"id": clock_id})
