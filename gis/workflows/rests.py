"""A parked case is taken up again by itself at the moment until which it was to rest."""

from __future__ import annotations

from dataclasses import replace

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from gis.errors import WanggeError
from gis.incidents.lifecycle import SYSTEM, Step
from gis.messages import translate
from gis.workflows.locators import Locators
from gis.workflows.steps import take_step

AT_ONCE = 200
OVER = """
SELECT id, version FROM incident WHERE parked_until <= clock_timestamp()
ORDER BY parked_until, id LIMIT :limit
"""
log = structlog.get_logger()


def end_rests(engine: Engine, locators: Locators, *, limit: int = AT_ONCE) -> int:
    """Take the step `resume` of cases whose rest is over; gives how many were resumed.

    Each once, however many workers look: of two the later one finds another version than it saw,
    and leaves the case to the next look. The clocks go on from the moment that was set, however
    late it is noticed.
    """
    with engine.connect() as connection:
        over = connection.execute(text(OVER), {"limit": limit}).all()
    step = Step(action="resume", reason=translate("rest-over", "zh-CN"))
    done = 0
    for row in over:
        try:
            doer = replace(SYSTEM, code="")
            take_step(engine, locators, row.id, step, doer=doer, version=row.version)
            done += 1
        except WanggeError as refused:
            log.info("a parked case is left as it is", incident=row.id, code=refused.code)
        except DBAPIError as fault:
            if isinstance(fault, OperationalError):
                raise
            # One that cannot be taken up keeps no other one waiting.
            log.exception("a parked case is not to be taken up", incident=row.id)
    return done
