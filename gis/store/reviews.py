"""Reviews of drafts and the moments that publishing is set for, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.store.names import names
from gis.store.scope import beyond, scope_on

# `of` locks: whoever changes a draft holds these rows, too.
PLAN = """
SELECT plan.id, plan.jurisdiction_id, plan.name, plan.status, plan.created_by, plan.tolerance,
       plan.based_on_id, coalesce(draft.version, 0) AS version,
       coalesce(draft.settled, 0) AS settled, draft.plan_id IS NOT NULL AS has_copy,
       draft.discarded_at, (draft.origin ->> 'account')::bigint AS maker_id
FROM plan LEFT JOIN draft ON draft.plan_id = plan.id WHERE plan.id = :id
"""

REVIEW = """
SELECT id, plan_id, version, sent_at, sent_by, sent_account_id, note, approved_at, approved_by,
       approved_account_id, remark, ended_at, ended_by, ended_how, reason
FROM plan_review WHERE plan_id = :id ORDER BY id DESC LIMIT 1
"""

SCHEDULE = """
SELECT id, plan_id, review_id, due_at, next_at, tries, instead_of_id, set_at, set_by, account_id,
       ended_at, ended_by, ended_how, fault
FROM plan_schedule WHERE plan_id = :id ORDER BY id DESC LIMIT 1
"""

# Whoever drew a draft, or one that it was copied from before that was decided upon.
EDITORS = """
WITH RECURSIVE line AS (
  SELECT id, created_by, based_on_id FROM plan WHERE id = :id
  UNION
  SELECT plan.id, plan.created_by, plan.based_on_id FROM plan
  JOIN line ON plan.id = line.based_on_id
  WHERE plan.status IN ('draft', 'in_review')
)
SELECT EXISTS (
  SELECT FROM draft_operation AS o JOIN line ON line.id = o.plan_id
  WHERE o.account_id = :account OR login_of(o.actor) = login_of(:actor) OR o.actor = :actor
  UNION ALL
  SELECT FROM line WHERE login_of(created_by) = login_of(:actor) OR created_by = :actor
)
"""

DUE = """
SELECT id, plan_id FROM plan_schedule
WHERE ended_at IS NULL AND next_at <= clock_timestamp() ORDER BY next_at, id
"""

NEXT = """
SELECT extract(epoch FROM min(next_at) - clock_timestamp()) FROM plan_schedule
WHERE ended_at IS NULL
"""

EVENTS = """
SELECT id, at, actor, action, from_status, to_status, reason, data FROM plan_event
WHERE plan_id = :id AND (cast(:before AS bigint) IS NULL OR id < :before)
ORDER BY id DESC LIMIT :limit
"""


def plan(connection: Connection, plan_id: int, *, hold: bool = False) -> dict[str, Any]:
    """A plan that the caller may ask about, with the version of its working copy; with `hold`
    nobody else changes it until this transaction ends. Raises NotFoundError `plan-not-found`."""
    if hold:
        # Holding is a change to the policies: who may take which step is asked by the workflow.
        with beyond(connection):
            for table, column in (("plan", "id"), ("draft", "plan_id")):
                connection.execute(
                    text(f"SELECT FROM {table} WHERE {column} = :id FOR UPDATE"), {"id": plan_id}
                )
    row = connection.execute(text(PLAN), {"id": plan_id}).mappings().first()
    scope = scope_on(connection)
    if row is None or (scope is not None and not scope.acts_in(row["jurisdiction_id"])):
        raise NotFoundError("plan-not-found", id=plan_id)
    return dict(row)


def last_review(connection: Connection, plan_id: int) -> dict[str, Any] | None:
    """The open review of a plan, or else the last one."""
    row = connection.execute(text(REVIEW), {"id": plan_id}).mappings().first()
    return None if row is None else dict(row)


def last_schedule(connection: Connection, plan_id: int) -> dict[str, Any] | None:
    """The open set time of a plan, or else the last one."""
    row = connection.execute(text(SCHEDULE), {"id": plan_id}).mappings().first()
    return None if row is None else dict(row)


def edited(connection: Connection, plan_id: int, *, actor: str, account_id: int | None) -> bool:
    """Whether somebody made a draft, changed it, or did so to the draft that it was copied from."""
    given = {"id": plan_id, "actor": actor, "account": account_id}
    with beyond(connection):
        return bool(connection.scalar(text(EDITORS), given))


def send(
    connection: Connection, plan_id: int, *, version: int, actor: str, account_id: int | None,
    note: str | None,
) -> int:  # fmt: skip
    """Open a review of a held draft and let the draft rest."""
    review_id = connection.execute(
        text(
            "INSERT INTO plan_review (plan_id, version, sent_by, sent_account_id, note)"
            " VALUES (:plan, :version, :actor, :account, :note) RETURNING id"
        ),
        {"plan": plan_id, "version": version, "actor": actor, "account": account_id, "note": note},
    ).scalar_one()
    _set_status(connection, plan_id, "in_review")
    return int(review_id)


def approve(
    connection: Connection, review_id: int, *, actor: str, account_id: int | None,
    remark: str | None,
) -> None:  # fmt: skip
    """Approve an open review."""
    connection.execute(
        text(
            "UPDATE plan_review SET approved_at = clock_timestamp(), approved_by = :actor,"
            " approved_account_id = :account, remark = :remark WHERE id = :id"
        ),
        {"id": review_id, "actor": actor, "account": account_id, "remark": remark},
    )


def end(
    connection: Connection, review: Mapping[str, Any], how: str, *, actor: str, reason: str | None
) -> None:
    """End an open review; a draft that was not published goes on as one."""
    connection.execute(
        text(
            "UPDATE plan_review SET ended_at = clock_timestamp(), ended_by = :actor,"
            " ended_how = :how, reason = :reason WHERE id = :id"
        ),
        {"id": review["id"], "actor": actor, "how": how, "reason": reason},
    )
    if how != "published":
        _set_status(connection, review["plan_id"], "draft")


def schedule(
    connection: Connection, review: Mapping[str, Any], *, due_at: datetime,
    instead_of: int | None, actor: str, account_id: int | None,
) -> int:  # fmt: skip
    """Set the moment at which an approved draft is published instead of the plan in force."""
    return int(
        connection.execute(
            text(
                "INSERT INTO plan_schedule (plan_id, review_id, due_at, next_at, instead_of_id,"
                " set_by, account_id)"
                " VALUES (:plan, :review, :at, :at, :former, :actor, :account) RETURNING id"
            ),
            {
                "plan": review["plan_id"], "review": review["id"], "at": due_at,
                "former": instead_of, "actor": actor, "account": account_id,
            },
        ).scalar_one()
    )  # fmt: skip


def end_schedule(
    connection: Connection,
    schedule_id: int,
    how: str,
    *,
    actor: str,
    fault: Mapping[str, Any] | None = None,
) -> None:
    """End an open set time: published, cancelled, or failed with its fault."""
    connection.execute(
        text(
            "UPDATE plan_schedule SET ended_at = clock_timestamp(), ended_by = :actor,"
            " ended_how = :how, fault = cast(:fault AS jsonb) WHERE id = :id AND ended_at IS NULL"
        ),
        {
            "id": schedule_id, "actor": actor, "how": how,
            "fault": None if fault is None else json.dumps(dict(fault), default=str),
        },
    )  # fmt: skip


def close(connection: Connection, plan_id: int) -> int | None:
    """End what is open of a plan that was just published, in the name of who acts; gives the id of
    the approved review that it was published by, if it was."""
    for table in ("plan_schedule", "plan_review"):
        connection.execute(
            text(
                f"UPDATE {table} SET ended_at = clock_timestamp(), ended_by = current_actor(),"
                " ended_how = 'published' WHERE plan_id = :id AND ended_at IS NULL"
            ),
            {"id": plan_id},
        )
    query = (
        "SELECT id FROM plan_review WHERE plan_id = :id AND ended_how = 'published'"
        " AND approved_at IS NOT NULL"
    )
    found: int | None = connection.scalar(text(query), {"id": plan_id})
    return found


def try_later(connection: Connection, schedule_id: int, seconds: float) -> int:
    """Try a set time again after some seconds; gives how often it was tried."""
    tried: int = connection.execute(
        text(
            "UPDATE plan_schedule SET tries = tries + 1,"
            " next_at = clock_timestamp() + make_interval(secs => :seconds)"
            " WHERE id = :id RETURNING tries"
        ),
        {"id": schedule_id, "seconds": seconds},
    ).scalar_one()
    return tried


def due(connection: Connection) -> list[tuple[int, int]]:
    """Set times that have come, with their plans, the earliest first."""
    return [(row.id, row.plan_id) for row in connection.execute(text(DUE))]


def take_due(connection: Connection, schedule_id: int, plan_id: int) -> dict[str, Any] | None:
    """Hold a plan and the set time of it that has come; None if somebody is at it or was."""
    held = connection.execute(
        text("SELECT id FROM plan WHERE id = :id FOR UPDATE SKIP LOCKED"), {"id": plan_id}
    ).first()
    if held is None:
        return None
    row = connection.execute(
        text(
            "SELECT * FROM plan_schedule WHERE id = :id AND ended_at IS NULL"
            " AND next_at <= clock_timestamp() FOR UPDATE"
        ),
        {"id": schedule_id},
    )
    found = row.mappings().first()
    return None if found is None else dict(found)


def seconds_to_next(connection: Connection) -> float | None:
    """How long until the next set time; None: none is set."""
    found = connection.scalar(text(NEXT))
    return None if found is None else float(found)


def ever_in_force(connection: Connection, jurisdiction_id: int) -> bool:
    """Whether a jurisdiction has or had a plan in force."""
    query = "SELECT EXISTS (SELECT FROM plan WHERE jurisdiction_id = :id AND effective IS NOT NULL)"
    return bool(connection.scalar(text(query), {"id": jurisdiction_id}))


def events(
    connection: Connection, plan_id: int, *, limit: int, before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Steps in the life of a plan, the newest first, and what to send as `before` for more."""
    given = {"id": plan_id, "limit": limit + 1, "before": before}
    rows = [dict(row) for row in connection.execute(text(EVENTS), given).mappings()]
    return rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None


def jurisdiction_names(connection: Connection, jurisdiction_id: int) -> dict[str, str]:
    """The name of a jurisdiction, by language."""
    row = connection.execute(
        text("SELECT name_zh, name_en FROM organisation WHERE id = :id"), {"id": jurisdiction_id}
    ).one()
    return names(row.name_zh, row.name_en)


def _set_status(connection: Connection, plan_id: int, status: str) -> None:
    # A planner of a part sends a draft of the whole: allowed to by the workflow.
    with beyond(connection):
        connection.execute(
            text("UPDATE plan SET status = :status WHERE id = :id"),
            {"id": plan_id, "status": status},
        )
