"""Rules of routing and their order: read to decide by, listed, added, ended, put in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.routing.rule_set import Order, Rule
from gis.store import dated
from gis.store.names import names, pop_names

CONDITIONS = (
    "categories", "severities", "sources", "grid_prefix", "asset_code", "asset_kind", "within_m",
    "street_code", "street_side", "street_within_m",
)  # fmt: skip
VALUES = (
    "name_zh", "name_en", "effect", *CONDITIONS,
    "target_organisation_id", "target_grid_code", "target_role",
)  # fmt: skip

# Whoever called a rule off before it began has it hold for no moment: it decides nothing.
HELD = f"""
SELECT id AS rule_id, effect, {", ".join(CONDITIONS)},
       target_organisation_id AS organisation_id, target_grid_code AS grid_code,
       target_role AS role, lower(held) AS since, upper(held) AS until
FROM routing_rule WHERE jurisdiction_id = :id AND NOT isempty(held) ORDER BY id
"""
ORDERS = "SELECT at, ids FROM rule_order WHERE jurisdiction_id = :id ORDER BY id"
LATEST = """
SELECT id, ids FROM rule_order
WHERE jurisdiction_id = :id AND (cast(:at AS timestamptz) IS NULL OR at <= :at)
ORDER BY id DESC LIMIT 1
"""
LISTED = f"""
SELECT t.id, t.name_zh, t.name_en, t.effect, {", ".join(f"t.{name}" for name in CONDITIONS)},
       {dated.ORGANISATION}, t.target_role AS role, t.target_grid_code AS grid_code,
       g.name_zh AS grid_zh, g.name_en AS grid_en, {dated.DATES}
FROM routing_rule AS t LEFT JOIN organisation AS o ON o.id = t.target_organisation_id
LEFT JOIN plan ON plan.jurisdiction_id = t.jurisdiction_id AND plan.status = 'published'
  AND plan.effective @> now()
LEFT JOIN grid AS g ON g.plan_id = plan.id AND g.code = t.target_grid_code
WHERE t.jurisdiction_id = :id AND {dated.SHOWN} ORDER BY t.id
"""
HISTORY = """
SELECT h.id, h.at, h.actor, h.action, h.reason, h.ids, h.rule_id, r.name_zh, r.name_en
FROM rule_order AS h LEFT JOIN routing_rule AS r ON r.id = h.rule_id
WHERE h.jurisdiction_id = :id AND (cast(:before AS bigint) IS NULL OR h.id < :before)
ORDER BY h.id DESC LIMIT :limit
"""


def routing_version(connection: Connection) -> int:
    """The number that every committed change of rules, assets, duties and contacts counts up."""
    return int(connection.execute(text("SELECT version FROM routing_version")).scalar_one())


def rules_of(connection: Connection, jurisdiction_id: int) -> list[Rule]:
    """All rules of a jurisdiction, of any moment."""
    rows = connection.execute(text(HELD), {"id": jurisdiction_id}).mappings()
    return [
        Rule(
            **dict(row)
            | {name: tuple(row[name]) for name in ("categories", "severities", "sources")}
            | {name: row[name] or 0.0 for name in ("within_m", "street_within_m")}
        )
        for row in rows
    ]


def orders_of(connection: Connection, jurisdiction_id: int) -> list[Order]:
    """The orders that the rules of a jurisdiction have had."""
    rows = connection.execute(text(ORDERS), {"id": jurisdiction_id})
    return [Order(since=row.at, ids=tuple(row.ids)) for row in rows]


def latest_order(
    connection: Connection, jurisdiction_id: int, at: datetime | None = None
) -> tuple[int, list[int]]:
    """The number of the latest change of the rules (0: never any) and the order of their ids."""
    row = connection.execute(text(LATEST), {"id": jurisdiction_id, "at": at}).first()
    return (row.id, list(row.ids)) if row is not None else (0, [])


def list_rules(
    connection: Connection,
    jurisdiction_id: int,
    *,
    at: datetime | None = None,
    ended: bool = False,
) -> list[dict[str, Any]]:
    """Rules as they are shown, in their order; those that have ended come last."""
    values = {"id": jurisdiction_id, "at": at, "ended": ended}
    _, ids = latest_order(connection, jurisdiction_id, at)
    place = {rule_id: number for number, rule_id in enumerate(ids)}
    rows = [_shown(dict(row)) for row in connection.execute(text(LISTED), values).mappings()]
    rows.sort(
        key=lambda row: (
            at is None and row["state"] == "ended", place.get(row["id"], len(place)), row["id"],
        )
    )  # fmt: skip
    for number, row in enumerate(rows, start=1):
        row["position"] = number if at is not None or row["state"] != "ended" else None
    return rows


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    grid_name = names(row.pop("grid_zh"), row.pop("grid_en"))
    code = row.pop("grid_code")
    return {
        "id": row.pop("id"),
        "name": pop_names(row),
        "effect": row.pop("effect"),
        "conditions": {name: row.pop(name) for name in CONDITIONS},
        "target": {
            "organisation": dated.organisation(row),
            "grid": code and {"code": code, "name": grid_name if grid_name["zh"] else None},
            "role": row.pop("role"),
        },
        **row,
    }


def decided_by(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Rules with their names, effects and the roles that they name, by id."""
    rows = connection.execute(
        text(
            "SELECT id, name_zh, name_en, effect, target_role AS role FROM routing_rule"
            " WHERE id = ANY(:ids)"
        ),
        {"ids": list(ids)},
    )
    return {
        row.id: {
            "id": row.id,
            "name": names(row.name_zh, row.name_en),
            "effect": row.effect,
            "role": row.role,
        }
        for row in rows
    }


def add_rule(
    connection: Connection,
    jurisdiction_id: int,
    values: dict[str, Any],
    *,
    since: datetime | None,
    until: datetime | None,
    reason: str,
) -> int:
    """Insert a rule with each of VALUES; gives its id. Its place in the order is not yet told."""
    row = {"jurisdiction_id": jurisdiction_id, **values, "reason": reason}
    return dated.add(
        connection, "routing_rule", row, since=since, until=until, twice="rules-changed"
    )


def end_rule(connection: Connection, jurisdiction_id: int, rule_id: int) -> None:
    """End a rule now, or call it off. Raises NotFoundError `rule-not-found`."""
    where = "jurisdiction_id = :jurisdiction"
    done = dated.end(connection, "routing_rule", rule_id, where, jurisdiction=jurisdiction_id)
    dated.ended_or_refused(done, "rule-not-found", rule_id)


def living(connection: Connection, jurisdiction_id: int) -> list[int]:
    """The ids of the rules that hold or are to come, in their order."""
    return [row["id"] for row in list_rules(connection, jurisdiction_id) if row["state"] != "ended"]


def record_order(
    connection: Connection,
    jurisdiction_id: int,
    ids: Sequence[int],
    *,
    action: str,
    rule_id: int | None,
    reason: str | None,
) -> int:
    """Record the order from now on and what brought it about; gives the number of the change."""
    return int(
        connection.execute(
            text(
                "INSERT INTO rule_order (jurisdiction_id, at, action, rule_id, reason, ids)"
                f" VALUES (:id, {dated.NOW}, :action, :rule, :reason, cast(:ids AS bigint[]))"
                " RETURNING id"
            ),
            {
                "id": jurisdiction_id, "action": action, "rule": rule_id, "reason": reason,
                "ids": list(ids),
            },
        ).scalar_one()
    )  # fmt: skip


def history(
    connection: Connection, jurisdiction_id: int, *, limit: int, before: int | None = None
) -> list[dict[str, Any]]:
    """The changes of a jurisdiction's rules, the newest first."""
    values = {"id": jurisdiction_id, "limit": limit, "before": before}
    rows = []
    for found in connection.execute(text(HISTORY), values).mappings():
        row = dict(found)
        rule_id, name = row.pop("rule_id"), pop_names(row)
        row["rule"] = {"id": rule_id, "name": name} if rule_id is not None else None
        rows.append(row)
    return rows


def require_rule(connection: Connection, jurisdiction_id: int, rule_id: int) -> None:
    """Let pass a rule that has not ended. Raises NotFoundError `rule-not-found`."""
    if rule_id not in living(connection, jurisdiction_id):
        raise NotFoundError("rule-not-found", id=rule_id)
