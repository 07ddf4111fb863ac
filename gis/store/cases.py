"""Whole cases: what happened, where, whose it is, who answers, and every step since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.routing.owner import vacant_levels
from gis.store.contacts import contact_people
from gis.store.departments import departments_of
from gis.store.incidents import ROW, list_row
from gis.store.names import names
from gis.store.plans import chains

HISTORY = """
SELECT incident_id, at, recorded_at, actor, action, from_stage, to_stage, reason,
       data - '{reporter_name,reporter_phone}'::text[] AS data
FROM incident_event WHERE incident_id = ANY(:ids) ORDER BY at, id
"""
# Steps that many incidents share. `first`: when the first of those asked for was recorded.
CARRIED = """
SELECT i.id AS incident_id, c.at, c.at AS recorded_at, c.actor, c.action, c.reason,
       jsonb_build_object('plan_id', jsonb_build_array(from_plan_id, to_plan_id)) AS data
FROM carried_over AS c JOIN incident AS i ON i.id = ANY(:ids) AND i.id = ANY(c.incident_ids)
WHERE c.at >= :first ORDER BY c.at, c.id
"""


def case(connection: Connection, incident_id: int) -> dict[str, Any]:
    """One whole case, with the departments of its community: now, or when it was closed.

    Raises NotFoundError `incident-not-found`.
    """
    found = cases(connection, [incident_id]).get(incident_id)
    if found is None:
        raise NotFoundError("incident-not-found", id=incident_id)
    found["departments"] = departments_of(connection, found["chain"], found["closed_at"])
    return found


def cases(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Whole cases by id: row, chain and history.

    The chain is as it was at the report, or when a later plan gave the case to its present owner.
    """
    items = connection.execute(text(f"{ROW} WHERE i.id = ANY(:ids)"), {"ids": list(ids)})
    found: dict[int, dict[str, Any]] = {}
    in_grids = []
    for item in items.mappings():
        found[item["id"]] = {
            **list_row(item),
            "description": item["description"],
            "source": item["source"],
            "version": item["version"],
            "chain": [],
            "responsible": _responsible(item),
            "routing_rule": item["rule_id"]
            and {
                "id": item["rule_id"],
                "name": names(item["rule_zh"], item["rule_en"]),
                "effect": item["rule_effect"],
            },
            "department": _department(item),
            "history": [],
        }
        if item["plan_id"] is not None:
            in_grids.append((item["id"], (item["plan_id"], item["grid_code"], item["owned_since"])))
    links = chains(connection, [wanted for _, wanted in in_grids])
    for (incident_id, _), chain in zip(in_grids, links, strict=True):
        found[incident_id]["chain"] = chain
    in_charge = [case["department"] for case in found.values() if case["department"]]
    if in_charge:
        people = contact_people(connection, [one["id"] for one in in_charge])
        for department in in_charge:
            department["person"] = people.get(department["id"])
    for step in connection.execute(text(HISTORY), {"ids": list(found)}).mappings():
        told = dict(step)
        found[told.pop("incident_id")]["history"].append(told)
    _add_carried(connection, found)
    return found


def _add_carried(connection: Connection, found: Mapping[int, dict[str, Any]]) -> None:
    """Put the publications that left cases with their owners among the steps of their history."""
    known = [one["history"][0]["recorded_at"] for one in found.values() if one["history"]]
    if not known:
        return
    values = {"ids": list(found), "first": min(known)}
    for step in connection.execute(text(CARRIED), values).mappings():
        told = dict(step)
        history = found[told.pop("incident_id")]["history"]
        place = max(1, bisect_right(history, told["at"], key=itemgetter("at")))
        stage = history[place - 1]["to_stage"]
        history.insert(place, {**told, "from_stage": stage, "to_stage": stage})


def _department(item: Mapping[Any, Any]) -> dict[str, Any] | None:
    """The first department in charge, and whether its contact answers for the case."""
    if item["department_id"] is None:
        return None
    return {
        "id": item["department_id"],
        "code": item["department_code"],
        "name": names(item["department_zh"], item["department_en"]),
        "answers": item["contact_id"] is not None,
    }


def _responsible(item: Mapping[Any, Any]) -> dict[str, Any] | None:
    if item["person_id"] is None:
        return None
    level, role = item["responsible_level"], item["role"]
    return {
        "person": {
            "id": item["person_id"],
            "name": item["person_name"],
            "phone": item["person_phone"],
        },
        "role": role,
        "level": level,
        # Whoever a rule lets answer for a role passes nobody over.
        "vacant_levels": list(vacant_levels(level, role))
        if level is not None and role != item["rule_role"]
        else [],
        # Whoever held the post, where somebody on duty or a substitute answered.
        "stands_in_for": item["holder_id"]
        and {"id": item["holder_id"], "name": item["holder_name"], "phone": item["holder_phone"]},
    }
