"""A parked case is taken up again by itself at the moment until which it was to rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from gis.errors import WanggeError
from gis.incidents.lifecycle import SYSTEM, Step
from gis.workflows.locators import Locators
from gis.workflows.steps import take_step

AT_ONCE = 200
OVER = """
SELECT id, version, parked_until FROM incident
WHERE parked_until <= clock_timestamp()
  AND (cast(:until AS timestamptz) IS NULL OR (parked_until, id) > (:until, :last))
ORDER BY parked_until, id LIMIT :limit
"""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rests:
    """How many cases were taken up again, and how many were left as they are though their rest is
    over."""

    resumed: int
    left: int


def end_rests(engine: Engine, locators: Locators, *, limit: int = AT_ONCE) -> Rests:
    """Take the step `resume` of cases whose rest is over: of the first `limit` of them, or where
    none of these could be taken up, of those after them, and so on.

    Each once, however many workers look: of two the later one finds another version than it saw,
    and leaves the case to the next look. The clocks go on from the moment that was set, however
    late it is noticed. A case that cannot be taken up keeps no other one waiting. Raises
    OperationalError where the database is away.
    """
    resumed = left = 0
    after: dict[str, Any] = {"until": None, "last": None}
    while True:
        with engine.connect() as connection:
            over = connection.execute(text(OVER), {"limit": limit, **after}).all()
        for row in over:
            if _taken_up(engine, locators, row.id, row.version):
                resumed += 1
            else:
                left += 1
        if resumed or len(over) < limit:
            return Rests(resumed=resumed, left=left)
        after = {"until": over[-1].parked_until, "last": over[-1].id}


def _taken_up(engine: Engine, locators: Locators, incident_id: int, version: int) -> bool:
    step = Step(action="resume")
    doer = replace(SYSTEM, code="")
    try:
        take_step(engine, locators, incident_id, step, doer=doer, version=version)
    except OperationalError:
        raise
    except WanggeError as refused:
        log.info("a parked case is left as it is", incident=incident_id, code=refused.code)
        return False
    except Exception:
        log.exception("a parked case is not to be taken up", incident=incident_id)
        return False
    return True
