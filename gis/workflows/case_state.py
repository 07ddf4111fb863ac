"""A stored case as the table of steps sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from gis.incidents.lifecycle import Asked, CaseState, Doer, Holding, first_task, key_of
from gis.store import hands, seats
from gis.store.hands import Found, StepSetting
from gis.workflows.holders import has_above

HANDLING = ("handle", "feed_back")


def states(connection: Connection, found: Mapping[int, Found]) -> dict[int, CaseState]:
    """What steps depend on, of stored cases, by id."""
    cases = [one.case for one in found.values()]
    settings = hands.settings_of(connection, sorted({case["jurisdiction_id"] for case in cases}))
    codes = seats.existing(connection, [_place(case) for case in cases])
    return {
        one: _state(case, settings[case.case["jurisdiction_id"]], codes)
        for one, case in found.items()
    }


def placed(connection: Connection, doer: Doer) -> Doer:
    """Whoever takes a step, with their place in the tree of organisations."""
    if doer.code is not None or (doer.rank == 0 and doer.organisation_id is None):
        return doer
    if doer.organisation_id is None:
        return replace(doer, code="")
    return replace(doer, code=hands.place_in_tree(connection, doer.organisation_id))


def _state(found: Found, setting: StepSetting, codes: Sequence[str]) -> CaseState:
    case, lead = found.case, found.lead
    checks = [one for one in found.hands if one["task"] == "verify_report" and one["ended_how"]]
    worked = [one for one in found.hands if one["task"] in HANDLING]
    told = [one for one in worked if one["ended_how"] == "done"]
    asked = found.asked
    return CaseState(
        task=lead["task"] if lead else first_task(case["stage"]),
        lead=_holding(lead, raised=_raised(found)) if lead else None,
        assisting=tuple(_holding(one) for one in found.assisting),
        parked=case["parked_until"] is not None,
        dismissed=case["dismissed"] is not None,
        refuted=bool(checks) and checks[-1]["ended_how"] == "failed",
        photo_wanted=setting.wants_photo(case["category_code"]),
        at_top=lead is None or not has_above(lead["level"], _place(case), codes),
        main_open=case["main_open"],
        handlers=frozenset(key_of(one["ended_account_id"], one["ended_by"]) for one in told)
        | frozenset(
            key_of(one["accepted_account_id"], one["accepted_by"])
            for one in worked if one["accepted_by"]
        ),
        handler_people=frozenset(one["person_id"] for one in told if one["person_id"]),
        asked=Asked(
            kind=asked["kind"], asked_by=key_of(asked["asked_account_id"], asked["asked_by"]),
            code=asked["code"], rank=asked["rank"], until=asked["until"], past=asked["past"],
        )
        if asked
        else None,
    )  # fmt: skip


def _place(case: Mapping[str, Any]) -> str:
    return str(case["grid_code"] or case["jurisdiction_code"])


def _raised(found: Found) -> bool:
    """Whether the case was escalated to whoever has it, and has been there since."""
    raised, before = False, None
    for one in found.hands:
        if not one["is_lead"]:
            continue
        if before is not None:
            whose = "organisation_id" if one["organisation_id"] is not None else "person_id"
            same = one[whose] == before[whose]
            raised = before["ended_how"] == "escalated" or (raised and same)
        before = one
    return raised


def _holding(hand: Mapping[str, Any], *, raised: bool = False) -> Holding:
    return Holding(
        hand_id=hand["id"],
        task=hand["task"],
        level=hand["level"],
        code=hand["code"],
        organisation_id=hand["organisation_id"],
        person_id=hand["person_id"],
        accepted=hand["accepted_at"] is not None,
        raised=raised,
    )
