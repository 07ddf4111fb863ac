"""An overdue case goes up one level by itself, in the name of the system."""

from __future__ import annotations

import structlog
from sqlalchemy import Engine, text

from gis.errors import WanggeError
from gis.incidents.lifecycle import Doer, Step
from gis.messages import translate
from gis.workflows.due import ACTOR
from gis.workflows.locators import Locators
from gis.workflows.steps import take_step

# How often a case that somebody changes at this very moment is looked at again.
TRIES = 5
# The clock as it was, the case still in the hand that was to be relieved.
WANTED = """
SELECT i.version FROM clock AS c JOIN incident AS i ON i.id = c.incident_id
WHERE c.id = :clock AND c.stopped_at IS NULL AND c.paused_at IS NULL AND c.round = :round
  AND (cast(:hand AS bigint) IS NULL
       OR EXISTS (SELECT FROM hand WHERE hand.id = :hand AND hand.until IS NULL))
"""
log = structlog.get_logger()


def escalate_overdue(
    engine: Engine,
    locators: Locators,
    *,
    incident_id: int,
    clock_id: int,
    round: int,
    step: int,
    hand_id: int | None = None,
) -> None:
    """Take the step `escalate` of an overdue case: exactly one level, however often this is called
    for the same `step` of a clock. Where nothing is left to be done, or somebody else has got the
    case meanwhile, nothing is; the clock is looked at again after the delay."""
    wanted = {"clock": clock_id, "round": round, "hand": hand_id}
    for _ in range(TRIES):
        with engine.connect() as connection:
            version = connection.scalar(text(WANTED), wanted)
        if version is None:
            return
        try:
            take_step(
                engine,
                locators,
                incident_id,
                Step(action="escalate", reason=translate("escalated-overdue", "zh-CN")),
                doer=Doer(actor=ACTOR, roles=frozenset({"system"}), code=""),
                version=version,
                key=f"overdue-{clock_id}-{round}-{step}",
            )
        except WanggeError as refused:
            if refused.code == "incident-changed":
                continue
            log.info("an overdue case stays where it is", incident=incident_id, code=refused.code)
        return
