"""Closure figures of a window: by whom, where or when; and the cases behind every one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.assessment.closure import NEVER, Cases, Flags, Marks, marks
from gis.assessment.ranking import ranked
from gis.errors import NotFoundError
from gis.hotspots.columns import EPOCH, MOMENT, Chosen, Columns, Sieve
from gis.incidents.sources import SOURCES
from gis.store.incident_filter import Among
from gis.workflows.analysis import Recent
from gis.workflows.boundaries import Boundaries, Counted, Today, on_today, today_of
from gis.workflows.closure_columns import LiveCases
from gis.workflows.closure_groups import By, answer
from gis.workflows.locators import Locators

Ints = npt.NDArray[np.int64]
# What a case can be listed for. `missed`: due and not closed on time; `unclosed`: due in the window
# and still open, which a period tells as its overdue ones; `resting`: parked before its deadline;
# `undated`: reported in the window, with no deadline; the last two were dismissed.
Measure = Literal[
    "found", "due", "closed", "on_time", "missed", "unclosed", "reopened", "overdue", "resting",
    "undated", "rejected", "merged",
]  # fmt: skip
MEASURES: tuple[str, ...] = get_args(Measure)
DISMISSED = frozenset({"rejected", "merged"})
KEPT_ANSWERS = 128
KEPT_CASES = 4_000_000  # of lists, 16 bytes each
ROWS_OF_ONE = 100  # an answer of 20,000 grids takes the room of 200 others


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which cases, in which window, known as of which moment (now); None is any.

    `person_id` answers for a case, `department_id` is in charge beside the grid, `body_id` is the
    organisation that answers; 0 is nobody. `category` and `grid_code` are beginnings of codes,
    unless the category is `exact`.
    """

    jurisdiction_id: int
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    boundaries: Boundaries = "then"
    category: str | None = None
    exact: bool = False
    severity: int | None = None
    source: str | None = None
    grid_code: str | None = None
    queue_only: bool = False
    person_id: int | None = None
    department_id: int | None = None
    body_id: int | None = None

    @property
    def window(self) -> tuple[int, int]:
        """From when to before when, in microseconds since 1970."""
        since = 0 if self.since is None else _us(self.since)
        return since, NEVER if self.until is None else _us(self.until)

    def sieve(self) -> Sieve:
        """The same but for the window and for who answers."""
        return Sieve(
            category=self.category,
            severity=self.severity,
            source=None if self.source is None else SOURCES.index(self.source),
            grid=self.grid_code,
            queue_only=self.queue_only,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Picked:
    """The cases that were asked for, held for the length of a block."""

    counted: Counted
    chosen: Sequence[Chosen]

    def column(self, name: str) -> npt.NDArray[Any]:
        """A field of all of them."""
        parts = zip(self.counted.parts, self.chosen, strict=True)
        found = [part.column(name)[chosen] for part, chosen in parts]
        return found[0] if len(found) == 1 else np.concatenate([*found, np.zeros(0, np.int64)])

    def cases(self) -> Cases:
        """What figures are counted from. Of reopenings the columns know that, not when."""
        again = np.flatnonzero(self.column("again"))
        return Cases(
            reported=self.column("at"),
            due=self.column("due"),
            closed=self.column("closed"),
            again_case=again,
            again_at=np.zeros(len(again), np.int64),
        )


class ClosureView:
    """What a process keeps ready for closure figures: all cases, and the last answers."""

    def __init__(self, locators: Locators | None = None) -> None:
        self.locators = locators or Locators()
        self.today: Today | None = None
        self.live = LiveCases()
        self.answers = Recent(KEPT_ANSWERS)
        self.lists = Recent(KEPT_CASES)

    def warm(self, engine: Engine) -> None:
        """Load before the first question; what the database refuses is loaded by that."""
        self.live.warm(engine)
        ranked([[1], [0]], [[2], [1]], rng=np.random.default_rng(0))  # scipy takes a second to come
        try:
            with engine.connect() as connection:
                self.today = today_of(connection, self.locators, self.today)
                with self.live.all(connection) as held:
                    for part in held.values():
                        if self.today is not None:
                            part.on_today(self.today.find)
        except SQLAlchemyError:
            return

    @contextmanager
    def picked(
        self, connection: Connection, asked: Asked, *, per_grid: bool = False
    ) -> Iterator[tuple[Counted, Counted]]:
        """The cases of a jurisdiction that count, and those that were dismissed, both locked.

        Boundaries mean what they do for `LeaderView.counted`. Raises NotFoundError
        `no-published-plan` for those of now where there are none.
        """
        here = asked.jurisdiction_id
        today = None
        if asked.boundaries == "now":
            self.today = today = today_of(connection, self.locators, self.today)
            if today is None or today.block(here) is None:
                raise NotFoundError("no-published-plan", id=here)
        with self.live.all(connection) as held:
            counting = {key: part for key, part in held.items() if key > 0}
            dismissed = {-key: part for key, part in held.items() if key < 0}
            yield (
                _counted(counting, today, asked, per_grid=per_grid),
                _counted(dismissed, today, asked, per_grid=per_grid),
            )


def closure_figures(
    connection: Connection, view: ClosureView, asked: Asked, *, by: By, time_zone: str
) -> dict[str, Any]:
    """The figures of a window, of each of `by` and of all together; and beside them the cases
    that are in none (`beside`).

    Sums are always those of the rows. An answer is kept for as long as it stays true: until a case
    changes, or falls due. Raises InputError `closure-window`, `closure-periods`, NotFoundError
    `no-published-plan`.
    """
    asked = _known_by_now(asked)
    with view.picked(connection, asked, per_grid=by.startswith("level")) as (counted, dismissed):
        now = _us(asked.as_of or datetime.now(UTC))
        moment = asked.as_of
        key = (replace(asked, as_of=moment), by, time_zone, counted.key, dismissed.key)
        kept = view.answers.find(key)
        if kept is not None and (moment is not None or kept["as_of_us"] <= now < kept["until_us"]):
            told: dict[str, Any] = kept["answer"]
            return told
        of = pick(counted, asked)
        since, until = asked.window
        cases = of.cases()
        marked = marks(cases, since=since, until=until, as_of=now)
        told = answer(
            connection, of, cases, marked, asked, by=by, zone=ZoneInfo(time_zone), now=now
        )
        told["beside"] = _beside(of, cases, marked, pick(dismissed, asked), asked, now)
        told["as_of"] = EPOCH + now * MOMENT
        falls_due = cases.due[cases.due >= now]
        next_us = min(int(falls_due.min(initial=NEVER - 1)) + 1, until if until > now else NEVER)
        kept = {"answer": told, "as_of_us": now, "until_us": next_us}
        view.answers.keep(key, kept, weight=1 + len(told["items"]) // ROWS_OF_ONE)
    return told


def cases_behind(
    connection: Connection, view: ClosureView, asked: Asked, measure: Measure
) -> Among:
    """The cases that a figure counts, the newest first: as many as it says."""
    asked = _known_by_now(asked)
    with view.picked(connection, asked) as pair:
        now = _us(asked.as_of or datetime.now(UTC))
        counted = pair[measure in DISMISSED]
        second = now // 1_000_000 if asked.as_of is None else now
        key = (asked, measure, second, pair[0].key, pair[1].key)
        kept: Among | None = view.lists.find(key)
        if kept is not None:
            return kept
        of = pick(counted, asked)
        mask = _behind(of, asked, measure, now)
        ids, at = of.column("id")[mask], of.column("at")[mask]
    order = np.lexsort((ids, at))[::-1]
    among = Among(ids=ids[order], at_us=at[order])
    view.lists.keep(key, among, weight=1 + len(among.ids))
    return among


def _known_by_now(asked: Asked) -> Asked:
    """As of a moment to come nothing is known: what is not due yet would be overdue by then."""
    ahead = asked.as_of is not None and asked.as_of > datetime.now(UTC)
    return replace(asked, as_of=None) if ahead else asked


def _behind(of: Picked, asked: Asked, measure: Measure, now: int) -> Flags:
    cases = of.cases()
    since, until = asked.window
    marked = marks(cases, since=since, until=until, as_of=now)
    if measure == "missed":
        return marked.due & ~marked.on_time
    if measure == "unclosed":
        return marked.due & ~marked.closed
    if measure == "resting":
        return np.asarray(of.column("rests"))
    if measure == "undated":
        return _undated(of, cases, marked)
    if measure in DISMISSED:
        of_kind: Flags = of.column("merged") == (measure == "merged")
        return (marked.found | marked.due) & of_kind
    chosen: Flags = getattr(marked, measure)
    return chosen


def _beside(
    of: Picked, cases: Cases, marked: Marks, dismissed: Picked, asked: Asked, now: int
) -> dict[str, int]:
    """What no rate counts: told beside them, so that nothing disappears by being put aside."""
    since, until = asked.window
    put_aside = dismissed.cases()
    gone = marks(put_aside, since=since, until=until, as_of=now)
    seen, merged = gone.found | gone.due, dismissed.column("merged").astype(np.bool_)
    return {
        "resting": int(of.column("rests").sum()),
        "undated": int(_undated(of, cases, marked).sum()),
        "rejected": int((seen & ~merged).sum()),
        "merged": int((seen & merged).sum()),
        "dismissed_late": int((seen & gone.due & ~gone.on_time).sum()),
    }


def _undated(of: Picked, cases: Cases, marked: Marks) -> Flags:
    rests: Flags = of.column("rests").astype(np.bool_)
    undated: Flags = marked.found & (cases.due == NEVER) & ~rests
    return undated


def _counted(
    held: Mapping[int, Columns], today: Today | None, asked: Asked, *, per_grid: bool
) -> Counted:
    if today is not None:
        return on_today(held, today, asked.jurisdiction_id, asked.sieve(), per_grid=per_grid)
    own = held.get(asked.jurisdiction_id)
    return Counted(parts=[] if own is None else [own], sieve=asked.sieve())


def pick(counted: Counted, asked: Asked) -> Picked:
    """The cases of a question, narrowed by who answers, too."""
    chosen = []
    for part in counted.parts:
        rows: Any = part.choose(counted.sieve)
        exact = int(f"1{asked.category}") if asked.exact and asked.category else None
        for name, wanted in (
            ("person", asked.person_id),
            ("department", asked.department_id),
            ("body", asked.body_id),
            ("category", exact),
        ):
            if wanted is not None:
                test = part.column(name) == wanted
                rows = test if isinstance(rows, slice) else rows & test
        chosen.append(rows)
    return Picked(counted=counted, chosen=chosen)


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // MOMENT
