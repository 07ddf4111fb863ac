"""Closure figures are those of the cases, and reproduce the published ones from data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.assessment.closure import NEVER, Cases, closure
from gis.errors import InputError

DAY = 86_400_000_000
MONTH = 30 * DAY


def cases(rows: list[tuple[int, int, int]], again: tuple[tuple[int, int], ...] = ()) -> Cases:
    table = np.array(rows, np.int64).reshape(-1, 3)
    reopened = np.array(again, np.int64).reshape(-1, 2)
    return Cases(
        reported=table[:, 0], due=table[:, 1], closed=table[:, 2],
        again_case=reopened[:, 0], again_at=reopened[:, 1],
    )  # fmt: skip


def whole(of: Cases, *, since: int = 0, until: int = MONTH, as_of: int = 2 * MONTH):
    return closure(of, np.zeros(len(of), int), 1, since=since, until=until, as_of=as_of)


def test_a_district_bulletin_from_its_cases() -> None:
    """Due 6,026, closed 5,912: closure rate 98.11 %; on-time closure rate 95.45 %."""
    due, closed, on_time = 6026, 5912, 5752
    rows = [(0, 10 * DAY, 10 * DAY if k < on_time else 11 * DAY) for k in range(closed)]
    rows += [(0, 10 * DAY, NEVER)] * (due - closed)
    found = whole(cases(rows))
    assert (found.due[0], found.closed[0], found.on_time[0]) == (due, closed, on_time)
    assert f"{found.closure_rate[0]:.2%}" == "98.11%"
    assert f"{found.on_time_rate[0]:.2%}" == "95.45%"
    assert found.overdue[0] == due - closed


def test_seven_key_areas_add_up_from_their_rows() -> None:
    """36/36, 220/219, 181/171, 209/207, 145/144, 1/1, 4/4 (found/solved) are 796/782, whatever
    total was printed."""
    table = [(36, 36), (220, 219), (181, 171), (209, 207), (145, 144), (1, 1), (4, 4)]
    rows, group = [], []
    for area, (found, solved) in enumerate(table):
        rows += [(DAY, 5 * DAY, 4 * DAY if k < solved else NEVER) for k in range(found)]
        group += [area] * found
    each = closure(cases(rows), group, 7, since=0, until=MONTH, as_of=MONTH)
    assert list(zip(each.found.tolist(), each.closed.tolist(), strict=True)) == table
    total = whole(cases(rows))
    assert (total.found[0], total.closed[0]) == (796, 782)
    assert f"{total.closure_rate[0]:.2%}" == "98.24%"


# (reported, due, closed), and what it counts as in the first month, known at the end of the second
LIVES = {
    "closed on time": ((1, 9, 8), {"found", "due", "closed", "on_time"}),
    "closed at the last moment": ((1, 9, 9), {"found", "due", "closed", "on_time"}),
    "closed late": ((1, 9, 20), {"found", "due", "closed"}),
    "closed in the month after": ((1, 9, 45), {"found", "due", "closed"}),
    "never closed": ((1, 9, None), {"found", "due", "overdue"}),
    "due the month after, closed at once": ((1, 40, 2), {"found"}),
    "without a deadline": ((1, None, 2), {"found"}),
    "reported before": ((-9, 5, 4), {"due", "closed", "on_time"}),
    "old and open": ((-90, -60, None), {"overdue"}),
    "reported after": ((35, 40, 38), set()),
}


@pytest.mark.parametrize("life", LIVES)
def test_what_a_case_counts_as(life: str) -> None:
    moments, counted = LIVES[life]
    row = tuple(NEVER if day is None else day * DAY for day in moments)
    figures = whole(cases([row]))  # type: ignore[list-item]
    names = ("found", "due", "closed", "on_time", "overdue", "reopened")
    assert {name for name in names if getattr(figures, name)[0]} == counted


def test_what_came_later_is_not_known() -> None:
    late = cases([(0, 5 * DAY, 20 * DAY), (0, 25 * DAY, NEVER)], ((0, 12 * DAY),))
    then = whole(late, as_of=10 * DAY)
    assert (then.due[0], then.closed[0], then.overdue[0], then.reopened[0]) == (1, 0, 1, 0)
    now = whole(late, as_of=26 * DAY)
    assert (now.due[0], now.closed[0], now.overdue[0], now.reopened[0]) == (2, 1, 1, 1)


@given(st.data())
def test_groups_add_up_and_rates_stay_rates(data: st.DataObject) -> None:
    moment = st.integers(-5, 70).map(lambda day: day * DAY)
    maybe = st.one_of(moment, st.just(NEVER))
    rows = [
        (reported, due, max(closed, reported))
        for reported, due, closed in data.draw(
            st.lists(st.tuples(moment, maybe, maybe), max_size=30)
        )
    ]
    group = data.draw(st.lists(st.integers(-1, 3), min_size=len(rows), max_size=len(rows)))
    of = cases(rows)
    each = closure(of, group, 4, since=0, until=MONTH, as_of=50 * DAY)
    kept = [row for row, one in zip(rows, group, strict=True) if one >= 0]
    total = whole(cases(kept), as_of=50 * DAY)
    for name in ("found", "due", "closed", "on_time", "overdue", "reopened"):
        assert getattr(each, name).sum() == getattr(total, name)[0]
    assert (each.on_time <= each.closed).all()
    assert (each.closed <= each.due).all()


@pytest.mark.parametrize(
    ("more", "code"),
    [({"since": MONTH, "until": MONTH}, "closure-window"), ({"group": [4]}, "closure-groups"),
     ({"group": [0, 0]}, "closure-groups")],
)  # fmt: skip
def test_what_is_no_question_is_refused(more: dict, code: str) -> None:
    asked = {"group": [0], "since": 0, "until": MONTH} | more
    with pytest.raises(InputError) as raised:
        closure(cases([(0, DAY, DAY)]), asked.pop("group"), 4, as_of=MONTH, **asked)
    assert raised.value.code == code
