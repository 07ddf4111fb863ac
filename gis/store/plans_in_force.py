"""Which plan is or was in force: at a moment of the past, and held for the next to follow.

Those that reports are routed by: `store.responsibility`.
"""

from __future__ import annotations

from datetime import datetime

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from gis.errors import ConflictError
from gis.store.responsibility import PLANS_GATE, PlanInForce

PATIENCE_S = 10

AT = """
SELECT plan.id AS plan_id, plan.jurisdiction_id, organisation.code, organisation.synthetic,
       lower(plan.effective) AS since
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
            since=row.since,
        )
        for row in connection.execute(text(AT), {"at": at})
    ]


def hold_in_force(connection: Connection, jurisdiction_id: int) -> int | None:
    """Let nobody route by a plan in force, nor publish, until this transaction ends.

    Reports wait from here on, and all that were under way have been stored. Gives the plan in
    force of a jurisdiction, None before the first. Raises ConflictError `publish-busy` if somebody
    goes on routing for too long, such as an import: reports must not wait behind a publisher.
    """
    try:
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_S}s'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({PLANS_GATE})"))
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise ConflictError("publish-busy", seconds=PATIENCE_S) from error
        raise
    return in_force(connection, jurisdiction_id)


def in_force(connection: Connection, jurisdiction_id: int) -> int | None:
    """The plan of a jurisdiction that the next one will follow; None before the first."""
    query = "SELECT id FROM plan WHERE jurisdiction_id = :id AND status = 'published'"
    found: int | None = connection.scalar(text(query), {"id": jurisdiction_id})
    return found


def as_if_in_force(connection: Connection, plan_id: int, since: datetime) -> PlanInForce:
    """A plan of any status as those that route, from a moment on."""
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
        since=since,
    )
