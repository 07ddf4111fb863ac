"""Whom a step, a report and a clock concern, and what each of them is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from gis.incidents.lifecycle import Step
from gis.incidents.notices import Notice
from gis.incidents.transitions import DESK_TASKS, Transition
from gis.store import told
from gis.store.hand_over_notes import Move
from gis.store.hands import Found
from gis.workflows.notices import tell_all

# Of steps that give a case into another hand: what whoever gets it is told, where not just `sent`.
GIVEN = {"return": "returned", "escalate": "escalated", "reopen": "reopened"}
WORD_OF_END = {"reject": "rejected", "merge": "merged"}


def tell_of_step(
    connection: Connection, found: Found, row: Transition, step: Step, *, main: Found | None = None
) -> None:
    """Tell whomever a step concerns that has just been written; `found`: the case before it."""
    case = found.case
    now = told.open_hands(connection, [case["id"]])
    words = {"reason": step.reason} if step.reason else {}
    notices: list[Notice] = []
    if row.action in WORD_OF_END:
        notices = _ended(connection, found, WORD_OF_END[row.action], words, main)
    elif row.asks is not None:
        above = told.above(connection, case["id"])
        assert step.until is not None
        words |= {"asked": row.asks, "until": step.until.isoformat()}
        notices = [_notice(case, "approval_asked", words, organisations=above)]
    elif row.decides is not None:
        decision = "granted" if row.action.startswith("approve") else "refused"
        words |= {"asked": row.decides, "decision": decision}
        notices = [_to(case, "approval_decided", hand, words) for hand in now if hand["is_lead"]]
    elif row.action == "supervise":
        words |= {"until": step.until.isoformat()} if step.until else {}
        notices = [_to(case, "supervised", hand, words) for hand in now]
    elif row.action == "return_part":
        notices = [_to(case, "returned", hand, words) for hand in now if hand["is_lead"]]
    elif row.to_task is not None or row.action in ("redispatch", "split", "escalate"):
        kind = "returned" if row.verdict is False else GIVEN.get(row.action, "sent")
        before = {_who(one) for one in found.hands if one["until"] is None}
        notices = [
            _to(case, kind, hand, words | {"task": hand["task"]})
            for hand in now
            if (kind != "sent" or _hears(case["jurisdiction_id"], hand))
            and (kind == "reopened" or _who(hand) not in before)
        ]
    tell_all(connection, notices)


def tell_of_new(connection: Connection, incident_ids: Sequence[int]) -> None:
    """Tell the people to whom reports have gone that have just been written. A desk finds its own
    new cases in its queue, and is not told of each."""
    if not incident_ids:
        return
    tell_all(
        connection,
        [
            _to({"id": hand["incident_id"]}, "sent", hand, {"task": hand["task"]})
            for hand in told.open_hands(connection, incident_ids)
            if hand["person_id"] is not None and hand["organisation_id"] is None
        ],
    )


def tell_of_clocks(connection: Connection, kinds: Mapping[str, Iterable[int]]) -> None:
    """Tell whoever has cases in hand that these are due soon or overdue, or that the time of their
    supervision is over (ids by kind); but for due ones the desk of the jurisdiction and its leader,
    too."""
    notices = []
    for kind, ids in kinds.items():
        for hand in told.open_hands(connection, sorted(set(ids))):
            if not hand["is_lead"]:
                continue
            desk = [hand["jurisdiction_id"]] if kind != "due_soon" else []
            notices.append(
                Notice(
                    kind=kind,
                    incident_id=hand["incident_id"],
                    organisations=[*_organisations(hand), *desk],
                    persons=_persons(hand),
                )
            )
    tell_all(connection, notices)


def tell_of_handing_over(connection: Connection, moves: Iterable[Move]) -> None:
    """Tell people how many cases of somebody who leaves are theirs now, one notice to each."""
    counts = Counter(
        (move.to_person_id, move.from_person_id)
        for move in moves
        if move.to_person_id is not None and move.to_person_id != move.from_person_id
    )
    names = told.names(connection, {leaver for _, leaver in counts if leaver is not None})
    tell_all(
        connection,
        [
            Notice(
                kind="handed_over",
                persons=[person_id],
                params={"count": count, "from": names.get(leaver, "-")},
            )
            for (person_id, leaver), count in sorted(counts.items(), key=str)
        ],
    )


def _ended(
    connection: Connection, found: Found, kind: str, words: dict[str, Any], main: Found | None
) -> list[Notice]:
    """For whoever had the case or reported it; of one that was merged, whoever has the main one."""
    case = found.case
    had = [one for one in found.hands if one["until"] is None and _hears(0, one)]
    if main is not None:
        words = words | {"main": told.serial(connection, main.case["id"])}
    notices = [
        Notice(
            kind=kind,
            incident_id=case["id"],
            persons=[one for hand in had for one in _persons(hand)],
            organisations=[
                one
                for hand in had
                for one in _organisations(hand)
                if one != case["jurisdiction_id"]
            ],
            accounts=told.reporters(connection, case["id"]),
            params=words,
        )
    ]
    if main is not None and main.lead is not None:
        joined = words | {"main": told.serial(connection, case["id"]), "joined": True}
        if _hears(main.case["jurisdiction_id"], main.lead):
            notices.append(_to(main.case, kind, main.lead, joined))
    return notices


def _hears(jurisdiction_id: int, hand: Mapping[str, Any]) -> bool:
    """Whether whoever gets a task is told of it: the desk of the jurisdiction has its queue."""
    return not (
        hand["task"] in DESK_TASKS
        and hand["person_id"] is None
        and hand["organisation_id"] == jurisdiction_id
    )


def _who(hand: Mapping[str, Any]) -> tuple[Any, Any]:
    return hand["organisation_id"], hand["person_id"]


def _persons(hand: Mapping[str, Any]) -> list[int]:
    return [] if hand["person_id"] is None else [hand["person_id"]]


def _organisations(hand: Mapping[str, Any]) -> list[int]:
    return [] if hand["organisation_id"] is None else [hand["organisation_id"]]


def _to(
    case: Mapping[str, Any], kind: str, hand: Mapping[str, Any], params: Mapping[str, Any]
) -> Notice:
    return Notice(
        kind=kind,
        incident_id=case["id"],
        organisations=_organisations(hand),
        persons=_persons(hand),
        params=params,
    )


def _notice(
    case: Mapping[str, Any], kind: str, params: Mapping[str, Any], *, organisations: Sequence[int]
) -> Notice:
    return Notice(kind=kind, incident_id=case["id"], organisations=organisations, params=params)
