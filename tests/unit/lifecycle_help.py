"""Cases and people on which the table of the life of a case is tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gis.errors import ConflictError, ForbiddenError
from gis.incidents.lifecycle import SYSTEM, CaseState, Doer, Holding, Step, Target, check
from gis.incidents.transitions import DESK_TASKS

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=3)
CODE = "410102004001001"

DOERS = {
    "D": Doer(actor="d", roles=frozenset({"dispatcher"}), organisation_id=1,
              organisation_kind="district", code="410102"),
    "L": Doer(actor="l", roles=frozenset({"leader"}), organisation_id=1,
              organisation_kind="district", code="410102"),
    "G": Doer(actor="g", roles=frozenset({"grid_worker"}), person_id=7, organisation_id=2,
              organisation_kind="sub_district", code="410102004"),
    "g": Doer(actor="o", roles=frozenset({"grid_worker"}), person_id=8, organisation_id=2,
              organisation_kind="sub_district", code="410102004"),
    "P": Doer(actor="p", roles=frozenset({"department"}), organisation_id=30,
              organisation_kind="department", code="410102"),
    "p": Doer(actor="q", roles=frozenset({"department"}), organisation_id=31,
              organisation_kind="department", code="410102"),
    "T": Doer(actor="t", roles=frozenset({"department"}), organisation_id=32,
              organisation_kind="department", code="410102"),
    "E": Doer(actor="e", roles=frozenset({"leader"}), person_id=9, organisation_id=2,
              organisation_kind="sub_district", code="410102004"),
    "e": Doer(actor="x", roles=frozenset({"leader"}), organisation_id=2,
              organisation_kind="sub_district", code="410102004"),
    "R": Doer(actor="r", roles=frozenset({"reporter"})),
    "S": SYSTEM,
}  # fmt: skip
EVERYTHING = Step(
    action="", reason="理由", result="办结", verdict=True, satisfaction="fair", until=LATER,
    target=Target(organisation_id=5, incident_id=6, assisting=(9,)), photo_ids=(1,),
)  # fmt: skip


def person(task: str, **more: object) -> Holding:
    return Holding(hand_id=1, task=task, level=3, code=CODE, person_id=7, **more)  # type: ignore[arg-type]


def department(task: str) -> Holding:
    return Holding(hand_id=1, task=task, level=1, code="410102", organisation_id=30)


def case(task: str, *, by_department: bool = False, **more: object) -> CaseState:
    """A case whose next task is this, in the usual hands."""
    lead: Holding | None = person(task)
    if task in DESK_TASKS:
        lead = Holding(hand_id=1, task=task, level=0, code="410102", organisation_id=1)
    elif by_department:
        lead = department(task)
    elif task in ("evaluate", "rest"):
        lead = None
    told = {"handlers": frozenset({"g"}), "handler_people": frozenset({7})}
    return CaseState(task=task, lead=lead, **{**told, **more})  # type: ignore[arg-type]


def may(state: CaseState, doer: Doer, action: str, **given: object) -> bool:
    step = replace(EVERYTHING, action=action, **given)  # type: ignore[arg-type]
    try:
        check(state, doer, step, now=NOW)
    except (ConflictError, ForbiddenError):
        return False
    return True
