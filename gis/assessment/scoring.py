"""What of a case's or a whistle's history is worth points, and for whom: facts, before any rule.

A fact is named by the step that it comes from, so that it is the same fact however often the
history is read. A step that undoes another (a rejected case, a closing that did not hold, a return
that was right) makes a reversing fact; what was written before is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gis.assessment.deadlines_kept import Spell, judged, spells_of

# What can be scored, in the order of the page. The last three are entered by hand.
KINDS = (
    "patrol_found", "patrol_valid", "public_reported", "closed_on_time", "closed_late", "overdue",
    "returned", "rework", "reopened", "whistle_on_time", "whistle_late", "whistle_absent",
    "satisfied", "fair", "dissatisfied", "media_exposed", "commended", "by_hand",
)  # fmt: skip
BY_HAND = frozenset({"media_exposed", "commended", "by_hand"})
WHISTLED = frozenset({"whistle_on_time", "whistle_late", "whistle_absent"})
CLOSED = ("closed_on_time", "closed_late", "closed")
ANSWERS = ("satisfied", "fair", "dissatisfied")
SUBJECTS = ("person", "community", "sub_district", "department")
PUBLIC = frozenset({"public_report", "hotline_12345", "hotline_110"})
SENT = frozenset({"dispatch", "redispatch", "split"})
KEPT = (
    "grid_code", "person_id", "department_id", "category_code", "severity", "source", "due_at",
    "satisfaction",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of a history. data: what it changed, `[before, after]` by column, and `step`.

    finder_id: the person of the account that reported a case.
    """

    id: int
    at: datetime
    action: str
    data: Mapping[str, Any]
    finder_id: int | None = None
    by_system: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who had the case to handle since when, in order; `returned`: it was sent back."""

    since: datetime
    organisation_id: int | None
    department: bool
    person_id: int | None
    returned: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseHistory:
    """A case as it is now (the columns of `KEPT`), its steps by id, and who had it to handle.

    turns: what happened to each clock of the whole case (`deadlines_kept.spells_of`).
    """

    incident_id: int
    now: Mapping[str, Any]
    steps: Sequence[Step]
    holdings: Sequence[Holding] = ()
    turns: Sequence[Sequence[dict[str, str | None]]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened to a case, with the place and the people as they were then.

    of_event: 0, or the step whose fact of the same kind this one takes back.
    """

    kind: str
    event_id: int
    of_event: int = 0
    at: datetime
    incident_id: int | None
    grid_code: str | None
    person_id: int | None
    department_id: int | None
    category_code: str | None
    severity: int | None
    channel: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A department's call by a whistle: due, and its steps."""

    department_id: int
    due_at: datetime
    incident_id: int | None
    code: str
    steps: Sequence[Step]


def facts_of_case(history: CaseHistory) -> list[Fact]:
    """All facts of a case. The same history, the same facts; what happens later adds to them and
    takes none away."""
    return _Case(history).facts()


def facts_of_call(call: Call) -> list[Fact]:
    """How a department answered a whistle: in time, late, or absent.

    An arrival in time that is recorded only after it was counted absent takes the absence back; a
    later one does not. Cancelling takes back whatever was counted.
    """
    found: list[Fact] = []

    def tell(kind: str, step: Step, of_event: int = 0) -> None:
        found.append(
            Fact(
                kind=kind, event_id=step.id, of_event=of_event, at=step.at,
                incident_id=call.incident_id, grid_code=call.code, person_id=None,
                department_id=call.department_id, category_code=None, severity=None, channel=None,
            )
        )  # fmt: skip

    absent: Step | None = None
    for step in call.steps:
        if step.action == "absent" and absent is None:
            absent = step
            tell("whistle_absent", step)
        elif step.action == "arrive":
            if step.at <= call.due_at:
                tell("whistle_on_time", step)
                if absent is not None:
                    tell("whistle_absent", step, absent.id)
            elif absent is None:
                tell("whistle_late", step)
        elif step.action == "cancel":
            for one in [one for one in found if one.of_event == 0]:
                tell(one.kind, step, one.event_id)
    return found


class _Case:
    """One walk through a history."""

    def __init__(self, history: CaseHistory) -> None:
        self.history = history
        self.states = _states(history)
        self.told: list[Fact] = []
        # Facts that stand, by what a later step would take back: the found ones, the last closing,
        # the last return.
        self.found: list[Fact] = []
        self.rejected: list[Fact] = []
        self.closing: Fact | None = None
        self.returned: tuple[Fact, int] | None = None
        self.returns = 0
        self.spells = spells_of(history.turns)

    def facts(self) -> list[Fact]:
        for step, state in zip(self.history.steps, self.states, strict=True):
            self._read(step, state)
        self._older_answer()
        return self.told

    def _read(self, step: Step, state: Mapping[str, Any]) -> None:
        match step.action:
            case "report":
                self._reported(step, state)
            case "register" if state["source"] == "patrol" and not self._has("patrol_valid"):
                self.found.append(self._tell("patrol_valid", step, state, self._finder()))
            case "reject" | "merge":
                self.rejected = [self._undo(one, step) for one in self.found]
                self.found = []
            case "close":
                self.closing = self._closed(step, state)
            case "reopen":
                self._reopened(step, state)
            case "return":
                self._returned(step, state)
            case "verify_result" if _told(step, "verdict") is False:
                self._tell("rework", step, state)
            case "escalate" if step.by_system:
                self._tell("overdue", step, state)
            case "evaluate" if _told(step, "satisfaction") in ANSWERS:
                self._tell(_told(step, "satisfaction"), step, state)
        if step.action in SENT:
            self._sent(step)

    def _reported(self, step: Step, state: Mapping[str, Any]) -> None:
        if state["source"] == "patrol":
            self.found.append(self._tell("patrol_found", step, state, step.finder_id))
        elif state["source"] in PUBLIC:
            self.found.append(self._tell("public_reported", step, state))

    def _closed(self, step: Step, state: Mapping[str, Any]) -> Fact:
        due = self._judged(step, state["due_at"])
        # The department that handled it, rather than one that is only named beside the grid.
        held = [one for one in self.history.holdings if one.since <= step.at]
        if held and held[-1].department:
            state = {**state, "department_id": held[-1].organisation_id}
        if due is None:
            return self._tell("closed", step, state)
        return self._tell("closed_on_time" if step.at <= due else "closed_late", step, state)

    def _judged(self, step: Step, due: datetime | None) -> datetime | None:
        """The deadline that a closing is judged by: the one that the case missed first, as closure
        figures do. More time, or all of it anew after a reopening, heals nothing that was late."""
        found = judged([one for one in self.spells if one.until <= step.at], due)
        if due is not None:
            self.spells.append(Spell(due=due, until=step.at))
        return found

    def _reopened(self, step: Step, state: Mapping[str, Any]) -> None:
        if self.rejected:
            # It was a case after all: what was taken back is given again.
            self.found = [self._undo(one, step) for one in self.rejected]
            self.rejected = []
        elif self.closing is not None:
            self._undo(self.closing, step)
            self.closing = None
            self._tell("reopened", step, state)

    def _returned(self, step: Step, state: Mapping[str, Any]) -> None:
        numbered = [k for k, one in enumerate(self.history.holdings) if one.returned]
        place = numbered[self.returns] if self.returns < len(numbered) else None
        self.returns += 1
        if place is None:
            return
        held = self.history.holdings[place]
        if held.department:
            department, grid, person = held.organisation_id, None, held.person_id
        else:
            department, grid, person = None, state["grid_code"], held.person_id
        fact = replace(
            self._tell("returned", step, state), department_id=department, grid_code=grid,
            person_id=person,
        )  # fmt: skip
        self.told[-1] = fact
        self.returned = (fact, place)

    def _sent(self, step: Step) -> None:
        """Sent to somebody else after a return, the case was not theirs: the return was right."""
        if self.returned is None:
            return
        fact, place = self.returned
        self.returned = None
        later = self.history.holdings[place + 1 : place + 2]
        held = self.history.holdings[place]
        if later and _whose(later[0]) != _whose(held):
            self._undo(fact, step)

    def _older_answer(self) -> None:
        """An answer that came with an archive has no step of its own: it goes with the closing."""
        answer = self.states[0]["satisfaction"] if self.states else None
        closed = [one for one in self.told if one.kind in CLOSED and not one.of_event]
        if answer in ANSWERS and closed:
            self.told.append(replace(closed[0], kind=str(answer)))

    def _finder(self) -> int | None:
        return next((one.person_id for one in self.found if one.kind == "patrol_found"), None)

    def _has(self, kind: str) -> bool:
        return any(one.kind == kind for one in self.found)

    def _tell(
        self, kind: str, step: Step, state: Mapping[str, Any], person_id: int | None = None
    ) -> Fact:
        fact = Fact(
            kind=kind, event_id=step.id, at=step.at, incident_id=self.history.incident_id,
            grid_code=state["grid_code"],
            person_id=state["person_id"] if person_id is None else person_id,
            department_id=state["department_id"], category_code=state["category_code"],
            severity=state["severity"], channel=state["source"],
        )  # fmt: skip
        self.told.append(fact)
        return fact

    def _undo(self, fact: Fact, step: Step) -> Fact:
        undone = replace(fact, event_id=step.id, of_event=fact.event_id, at=step.at)
        self.told.append(undone)
        return undone


def _states(history: CaseHistory) -> list[dict[str, Any]]:
    """The case as each step left it, walked back from how it is now."""
    state = {name: history.now.get(name) for name in KEPT}
    state["due_at"] = _moment(state["due_at"])
    states: list[dict[str, Any]] = []
    for step in reversed(history.steps):
        states.append(dict(state))
        for name in KEPT:
            change = step.data.get(name)
            if isinstance(change, list) and len(change) == 2:
                state[name] = _moment(change[0]) if name == "due_at" else change[0]
    states.reverse()
    return states


def _moment(given: Any) -> Any:
    return datetime.fromisoformat(given) if isinstance(given, str) else given


def _told(step: Step, name: str) -> Any:
    return (step.data.get("step") or {}).get(name)


def _whose(held: Holding) -> tuple[int | None, int | None]:
    """A department is the same whoever of it; in the grids it is the person."""
    return (held.organisation_id, None) if held.department else (None, held.person_id)
