"""The trace of a case: every hand that it passed, how long each held it, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, text

from gis.errors import NotFoundError
from gis.incidents.lifecycle import first_task
from gis.incidents.trace import HandSpan, Held, Span, StageClock, trace
from gis.incidents.transitions import DESK_TASKS, TASK_STAGE
from gis.store import hand_views, hands, seats
from gis.store.deadlines import calendar_in_force, calendars
from gis.workflows.whistles import whistles_of

CLOCKS = """
SELECT kind, started_at, due_at, stopped_at, calendar_id FROM clock
WHERE incident_id = :id ORDER BY id
"""
EVENTS = """
SELECT at, actor, action, from_stage, to_stage, reason, data FROM incident_event
WHERE incident_id = :id ORDER BY at, id
"""
PEOPLE = "SELECT id, name, phone FROM person WHERE id = ANY(:ids)"
WHOLE = "case"


def case_trace(connection: Connection, incident_id: int) -> dict[str, Any]:
    """Every hand of a case in order with `held_s`, `worked_s` (office hours by the calendar of its
    clocks, null without one), `parked_s` and `over_s` (beyond the deadline of the stage, or else of
    the whole case; null without either); `lost` and `longest` name hands by their place.

    A case that came in with a history but without hands (`derived`) is traced by its stages.
    Raises NotFoundError `incident-not-found`.
    """
    found = hands.find_cases(connection, [incident_id], lock=False).get(incident_id)
    if found is None:
        raise NotFoundError("incident-not-found", id=incident_id)
    now = hands.moment(connection)
    listed = hand_views.hands(connection, incident_id)
    derived = not listed
    if derived:
        listed = _by_stages(connection, found.case)
    clocks = connection.execute(text(CLOCKS), {"id": incident_id}).all()
    rests = [
        Span(since=one["decided_at"], until=one["resumed_at"])
        for one in hand_views.approvals(connection, incident_id)
        if one["kind"] == "park" and one["decision"] == "granted"
    ]
    calendar = _calendar(connection, found.case["jurisdiction_id"], clocks)
    told = trace(
        [
            HandSpan(
                since=one["since"], until=one["until"], lead=one["is_lead"],
                stage=TASK_STAGE[one["task"]],
            )
            for one in listed
        ],
        rests=rests,
        clocks=[
            StageClock(
                since=one.started_at, until=one.stopped_at, due_at=one.due_at,
                stage=None if one.kind == WHOLE else one.kind,
            )
            for one in clocks
        ],
        calendar=calendar,
        now=now,
    )  # fmt: skip
    return {
        "incident_id": incident_id,
        "reported_at": found.case["reported_at"],
        "closed_at": found.case["closed_at"],
        "now": now,
        "due_at": found.case["due_at"],
        "derived": derived,
        "hands": [
            {**one, "stage": TASK_STAGE[one["task"]], **_seconds(held)}
            for one, held in zip(listed, told.hands, strict=True)
        ],
        "whistles": whistles_of(connection, incident_id),
        "rests": [{"since": rest.since, "until": rest.until} for rest in rests],
        "lost": told.lost,
        "longest": told.longest,
    }


def _seconds(held: Held) -> dict[str, float | None]:
    def seconds(given: timedelta | None) -> float | None:
        return None if given is None else given.total_seconds()

    return {
        "held_s": seconds(held.held),
        "worked_s": seconds(held.worked),
        "parked_s": seconds(held.parked),
        "over_s": seconds(held.over),
    }


def _calendar(connection: Connection, jurisdiction_id: int, clocks: Sequence[Any]) -> Any:
    """The calendar that the case's clocks count by, or else the one in force."""
    if clocks:
        wanted = clocks[0].calendar_id
        return calendars(connection, [wanted])[wanted]
    found = calendar_in_force(connection, jurisdiction_id)
    return found[1] if found is not None else None


def _by_stages(connection: Connection, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Hands as the history tells them: one for each stage, with whoever answered then."""
    events = connection.execute(text(EVENTS), {"id": case["id"]}).mappings().all()
    turns = [events[0]] if events else []
    turns += [one for one in events[1:] if one["to_stage"] != one["from_stage"]]
    answering = _answering(case, events)
    people = {
        row.id: {"id": row.id, "name": row.name, "phone": row.phone}
        for row in connection.execute(
            text(PEOPLE), {"ids": [person for person, _ in answering.values() if person]}
        )
    }
    desk = _desk(connection, case["jurisdiction_id"])
    made = []
    last: datetime | None = case["closed_at"]
    for number, (turn, after) in enumerate(pairwise([*turns, None])):
        assert turn is not None
        stage = turn["to_stage"]
        if stage in ("closed", "evaluated"):
            continue
        until = after["at"] if after is not None else last
        task = "register" if stage == "collected" and after is not None else first_task(stage)
        at_desk = task in DESK_TASKS
        person_id, level = answering.get(turn["at"], (None, None))
        made.append({
            "id": -number - 1, "task": task, "is_lead": True,
            "level": desk["level"] if at_desk or level is None else level, "since": turn["at"],
            "until": until, "given_by": turn["actor"], "reason": turn["reason"],
            "accepted_at": None, "accepted_by": None,
            "ended_by": after["actor"] if after is not None else None,
            "ended_how": "done" if until is not None else None, "role": None,
            "person": None if at_desk else people.get(person_id),
            "organisation": desk["organisation"] if at_desk else None, "grid": None,
        })  # fmt: skip
    return made


def _desk(connection: Connection, jurisdiction_id: int) -> dict[str, Any]:
    """The desk of a jurisdiction as hands show it, and its level."""
    level = seats.organisation(connection, jurisdiction_id).level
    return {"level": level, "organisation": hand_views.organisation(connection, jurisdiction_id)}


def _answering(
    case: Mapping[str, Any], events: Sequence[Mapping[Any, Any]]
) -> dict[datetime, tuple[int | None, int | None]]:
    """Who answered, and at which level, at the moment of each event."""
    person, level = case["person_id"], case["responsible_level"]
    told: dict[datetime, tuple[int | None, int | None]] = {}
    for event in reversed(events):
        told[event["at"]] = (person, level)
        data = event["data"] or {}
        if isinstance(data.get("person_id"), list):
            person = data["person_id"][0]
        if isinstance(data.get("responsible_level"), list):
            level = data["responsible_level"][0]
    return told
