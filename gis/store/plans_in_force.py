"""Which plans were in force at a moment of the past. Those of now: `store.responsibility`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, text

from gis.store.responsibility import PlanInForce

AT = """
SELECT plan.id AS plan_id, plan.jurisdiction_id, organisation.code, organisation.synthetic
FROM plan JOIN organisation ON organisation.id = plan.jurisdiction_id
WHERE plan.status IN ('published', 'superseded')
  AND plan.effective @> cast(:at AS timestamptz)
ORDER BY length(organisation.code) DESC, organisation.code
"""


def plans_at(connection: Connection, at: datetime) -> list[PlanInForce]:
    """The plans in force at a moment, one per jurisdiction, the most local jurisdiction first.

    A plan is in force from the moment of its publication, which belongs to it, to that of the
    next. For a moment to come: the plans that will be in force if none is published before.
    """
    return [
        PlanInForce(
            plan_id=row.plan_id,
            jurisdiction_id=row.jurisdiction_id,
            jurisdiction_code=row.code,
            synthetic=row.synthetic,
        )
        for row in connection.execute(text(AT), {"at": at})
    ]
