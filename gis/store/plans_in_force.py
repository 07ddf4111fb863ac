"""Which plan is or was in force: at a moment of the past, and held for the next to follow.

Those that reports are routed by: `store.responsibility`.
"""

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


def hold_in_force(connection: Connection, jurisdiction_id: int) -> int | None:
    """Keep the plan in force of a jurisdiction from being superseded until this transaction ends.

    Reports wait from here on, and all that were routed by it have been stored. None before the
    first plan.
    """
    while True:
        # Whoever had to wait for another publisher holds nothing: the plan that came is another.
        held = _published(connection, jurisdiction_id, "FOR UPDATE")
        if held == _published(connection, jurisdiction_id, ""):
            return held


def in_force(connection: Connection, jurisdiction_id: int) -> int | None:
    """The plan of a jurisdiction that the next one will follow; None before the first."""
    return _published(connection, jurisdiction_id, "")


def as_if_in_force(connection: Connection, plan_id: int) -> PlanInForce:
    """A plan of any status as those that route."""
    row = connection.execute(
        text(
            "SELECT plan.jurisdiction_id, organisation.code, organisation.synthetic FROM plan"
            " JOIN organisation ON organisation.id = plan.jurisdiction_id WHERE plan.id = :id"
        ),
        {"id": plan_id},
    ).one()
    return PlanInForce(
        plan_id=plan_id,
        jurisdiction_id=row.jurisdiction_id,
        jurisdiction_code=row.code,
        synthetic=row.synthetic,
    )


def _published(connection: Connection, jurisdiction_id: int, how: str) -> int | None:
    query = f"SELECT id FROM plan WHERE jurisdiction_id = :id AND status = 'published' {how}"
    found: int | None = connection.scalar(text(query), {"id": jurisdiction_id})
    return found
