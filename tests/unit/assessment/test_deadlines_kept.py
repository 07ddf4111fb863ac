"""What was missed stays missed; what was moved in time is moved."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.assessment.deadlines_kept import Spell, judged, spells_of

START = datetime(2026, 3, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def turn(kind: str, at: float, due: float | None) -> dict[str, str | None]:
    return {
        "turn": kind,
        "at": day(at).isoformat(),
        "due_at": None if due is None else day(due).isoformat(),
    }


# What happened to the clocks, the deadline now (None: it rests), and what judges the case.
LIVES = {
    "nothing yet": ([[turn("start", 0, 10)]], 10, 10),
    "closed on time": ([[turn("start", 0, 10), turn("stop", 9, 10)]], 10, 10),
    "closed at its very deadline, and reopened": (
        [[turn("start", 0, 10), turn("stop", 10, 10), turn("start", 15, 15)]], 15, 15,
    ),
    "parked in time, resting": ([[turn("start", 0, 10), turn("pause", 5, None)]], None, None),
    "parked in time, and resumed": (
        [[turn("start", 0, 10), turn("pause", 5, None), turn("resume", 20, 25)]], 25, 25,
    ),
    "parked when overdue": ([[turn("start", 0, 10), turn("pause", 12, None)]], None, 10),
    "overdue, parked and resumed": (
        [[turn("start", 0, 10), turn("pause", 12, None), turn("resume", 30, 28)]], 28, 10,
    ),
    "more time asked for in time": ([[turn("start", 0, 10), turn("extend", 9, 20)]], 20, 20),
    "more time after the deadline": ([[turn("start", 0, 10), turn("extend", 11, 20)]], 20, 10),
    "the second deadline missed, too": (
        [[turn("start", 0, 10), turn("extend", 9, 20), turn("extend", 21, 40)]], 40, 20,
    ),
    "reopened with what was left": (
        [[turn("start", 0, 10), turn("stop", 9, 10), turn("start", 15, 16)]], 16, 16,
    ),
    "closed late, all time anew": (
        [[turn("start", 0, 10), turn("stop", 12, 10)], [turn("start", 15, 25)]], 25, 10,
    ),
}  # fmt: skip


@pytest.mark.parametrize("life", LIVES)
def test_which_deadline_judges(life: str) -> None:
    turns, present, expected = LIVES[life]
    found = judged(spells_of(turns), None if present is None else day(present))
    assert found == (None if expected is None else day(expected))


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 50)), max_size=8),
    st.integers(1, 60),
    st.integers(0, 8),
)
def test_nothing_that_comes_after_a_miss_changes_what_judges(
    steps: list[tuple[int, int]], present: int, kept: int
) -> None:
    spells, now = [], 0
    for length, due in steps:
        now += length
        spells.append(Spell(due=day(due), until=day(now)))
    before = judged(spells[:kept], None)
    if before is not None:
        assert judged(spells, day(present)) == before
    missed = [spell for spell in spells if spell.due < spell.until]
    assert judged(spells, day(present)) == (missed[0].due if missed else day(present))
