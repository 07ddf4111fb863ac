"""A case for showing, as whoever looks may go on with it: steps, hands, what was asked, flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection

from gis.errors import NotFoundError
from gis.incidents.lifecycle import Doer, allowed
from gis.store import hand_views, hands, reporters
from gis.workflows import case_state
from gis.workflows.locators import Locators
from gis.workflows.points import shown_case


def whole_case(
    connection: Connection, locators: Locators, incident_id: int, doer: Doer
) -> dict[str, Any]:
    """A case as `shown_case` gives it, with what `life` tells of it to a doer, and under masks who
    reported it.

    Raises NotFoundError `incident-not-found`.
    """
    whole = shown_case(connection, locators, incident_id) | life(connection, incident_id, doer)
    told = reporters.reporter(connection, "incident", incident_id)
    return whole | {"reporter": reporters.masked(told, doer.roles)}


def life(connection: Connection, incident_id: int, doer: Doer) -> dict[str, Any]:
    """The steps that somebody may take with a case now, who has and had it, and its flags.

    `task`: what is to be done next. `approval`: what was asked and is not decided.
    `duplicates`: the cases merged into this one. Raises NotFoundError `incident-not-found`.
    """
    found = hands.find_cases(connection, [incident_id], lock=False).get(incident_id)
    if found is None:
        raise NotFoundError("incident-not-found", id=incident_id)
    state = case_state.states(connection, {incident_id: found})[incident_id]
    doer = case_state.placed(connection, doer)
    approvals = hand_views.approvals(connection, incident_id)
    return {
        "task": state.task,
        "actions": [
            {"action": one.action, "needs": list(one.needs), "primary": one.primary}
            for one in allowed(state, doer)
        ],
        "hands": hand_views.hands(connection, incident_id),
        "approvals": approvals,
        "approval": next((one for one in approvals if one["decision"] is None), None),
        "flags": flags(found.case, found.hands, approvals),
        "merged_into": hand_views.reference(connection, found.case["merged_into"]),
        "duplicates": hand_views.duplicates(connection, incident_id),
    }


def flags(
    case: Mapping[str, Any],
    all_hands: Sequence[Mapping[str, Any]],
    approvals: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What is out of the ordinary with a case."""
    returns = [one for one in all_hands if one["ended_how"] == "returned" and one["is_lead"]]
    return {
        "dismissed": case["dismissed"],
        "parked_until": case["parked_until"],
        "supervised_until": case["supervised_until"],
        "satisfaction": case["satisfaction"],
        "escalated": sum(one["ended_how"] == "escalated" for one in all_hands),
        "returned": len(returns),
        "reopened": _rounds(all_hands),
        "extended": sum(
            one["kind"] == "extend" and one["decision"] == "granted" for one in approvals
        ),
    }


def _rounds(all_hands: Sequence[Mapping[str, Any]]) -> int:
    """How often a case was taken up again: the gaps in which no lead hand was open."""
    leads = [one for one in all_hands if one["is_lead"]]
    return sum(
        before["until"] is not None and before["until"] < after["since"]
        for before, after in pairwise(leads)
    )
