"""Coverage of visits, and what patrols walked: golden figures and what cannot be."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.assessment.coverage import UNKNOWN, summed, visited_in
from gis.assessment.patrol import (
    PIECE_M,
    Cleaner,
    Stretch,
    cut_streets,
    packed,
    planned_days,
    seconds_inside,
    unpacked,
    walked_pieces,
)

GRID = shapely.box(0, 0, 1000, 1000)
MIDDLE = shapely.LineString([(0, 500), (1000, 500)])


def ints(*values):
    return np.array(values, dtype=np.int64)


def test_the_coverage_of_a_sub_district_is_its_sums():
    """The figure of 秦岭路 (98 %): of 11,000 households in three communities, 10,780 visited."""
    parts = visited_in(
        ints(4000, 5000, 2000, UNKNOWN), ints(3900, 1000, 1500, 9), ints(0, 3900, 480, 0)
    )
    whole = summed(parts, ints(0, 0, 0, 0), 1)
    assert whole.rate.tolist() == [0.98]
    assert (whole.households.tolist(), whole.visited.tolist()) == ([11000], [10780])
    assert (whole.unknown.tolist(), whole.claimed.tolist()) == ([1], [10789])
    # The mean of the parts' rates would be another figure.
    assert not np.isclose(np.nanmean(parts.rate), 0.98, atol=1e-4)


@given(
    st.lists(
        st.tuples(st.integers(-1, 50), st.integers(0, 90), st.integers(0, 90)),
        min_size=1,
        max_size=9,
    )
)
def test_nobody_visits_more_households_than_there_are(rows):
    table = np.array(rows, dtype=np.int64)
    parts = visited_in(*table.T)
    whole = summed(parts, np.zeros(len(rows), np.int64), 1)
    for one in (parts, whole):
        rate = one.rate[np.isfinite(one.rate)]
        assert ((rate >= 0) & (rate <= 1)).all()
        assert (one.named <= one.visited).all()
        assert (one.visited <= one.households).all()
    known = table[:, 0] != UNKNOWN
    assert (parts.visited + parts.over)[known].tolist() == table[known, 1:].sum(axis=1).tolist()


def walk(*places, speed=1.25):
    """Points a second apart along a line of places."""
    line = shapely.LineString(places)
    at = np.arange(0, line.length / speed + 1e-9, 1.0)
    return shapely.get_coordinates(shapely.line_interpolate_point(line, at * speed)), at


def test_four_hundred_metres_of_a_street_and_what_is_near_its_ends():
    xy, at = walk((300, 510), (700, 510))
    pieces = cut_streets([MIDDLE, shapely.LineString([(0, 100), (1000, 100)])], GRID)
    walked = walked_pieces(pieces, [Stretch(xy=xy, at=at)], within_m=20)
    assert pieces.total_m == pytest.approx(2000, abs=4)
    # 17.3 m beyond each end are within 20 m of a track 10 m beside; counted in whole pieces.
    assert pieces.length_m[walked].sum() == pytest.approx(434.6, abs=2 * PIECE_M)
    assert unpacked(packed(walked), len(pieces)).tolist() == walked.tolist()


def test_two_rounds_together_never_walk_more_than_each_and_never_less():
    pieces = cut_streets([MIDDLE], GRID)
    first, second = (
        Stretch(**dict(zip(("xy", "at"), walk((a, 500), (a + 300, 500)), strict=True)))
        for a in (100, 250)
    )
    one, two, both = (
        walked_pieces(pieces, given, 15) for given in ([first], [second], [first, second])
    )
    assert (both == (one | two)).all()
    assert pieces.length_m[both].sum() == pytest.approx(450 + 30, abs=2 * PIECE_M)


def test_a_street_on_the_boundary_belongs_to_both_grids_and_outside_to_none():
    edge = shapely.LineString([(0, 1000), (1000, 1000)])
    outside = shapely.LineString([(0, 1200), (1000, 1200)])
    for grid in (GRID, shapely.box(0, 1000, 1000, 1100)):
        assert cut_streets([edge, outside], grid).total_m == pytest.approx(1000, abs=3)
    assert len(cut_streets([outside], GRID)) == 0
    assert walked_pieces(cut_streets([outside], GRID), [], 20).shape == (0,)


def clean(xy, at, accuracy=None, block=7, most=2000):
    cleaner = Cleaner(most=most)
    accuracy = np.full(len(at), np.nan) if accuracy is None else accuracy
    found = []
    for k in range(0, len(at), block):
        found += cleaner.take(xy[k : k + block], at[k : k + block], accuracy[k : k + block])
    return cleaner, found + cleaner.end()


def test_jumps_and_doubtful_points_are_dropped_and_the_walk_stays():
    xy, at = walk((0, 0), (500, 0))
    length = float(np.hypot(*np.diff(xy, axis=0).T).sum())
    noisy, accuracy = xy.copy(), np.full(len(at), 8.0)
    noisy[[50, 120]] += 700.0
    accuracy[200], noisy[200] = 400.0, (0, 90)
    cleaner, found = clean(noisy, at, accuracy)
    assert (cleaner.dropped, len(found)) == (3, 1)
    assert found[0].length_m == pytest.approx(length, abs=0.01)
    assert (np.diff(found[0].at) > 0).all()


def test_a_pause_without_points_is_no_way_that_was_walked():
    xy, at = walk((0, 0), (100, 0))
    far, later = xy + np.array([900.0, 0.0]), at + at[-1] + 1000
    _, found = clean(np.vstack([xy, far]), np.concatenate([at, later]))
    assert len(found) == 2
    assert sum(one.length_m for one in found) == pytest.approx(2 * (len(at) - 1) * 1.25)


@given(st.integers(2, 40), st.integers(1, 30))
def test_blocks_and_parts_do_not_change_what_was_walked(most, block):
    xy, at = walk((0, 0), (80, 0), (80, 60))
    _, whole = clean(xy, at, block=len(at))
    _, parts = clean(xy, at, block=block, most=most)
    assert all(len(one.at) <= most for one in parts)
    assert sum(p.length_m for p in parts) == pytest.approx(sum(w.length_m for w in whole))


def test_time_in_the_grid_is_that_of_the_legs_inside_and_of_standing_there():
    xy, at = walk((-100, 500), (100, 500), speed=1.0)
    assert seconds_inside(Stretch(xy=xy, at=at), GRID) == pytest.approx(100)
    still = Stretch(xy=np.array([[5.0, 5.0]] * 3), at=np.array([0.0, 30.0, 90.0]))
    assert seconds_inside(still, GRID) == 90


@given(
    st.sets(st.integers(1, 7), min_size=1), st.integers(0, 40), st.integers(0, 40),
    st.one_of(st.none(), st.integers(0, 60)),
)  # fmt: skip
def test_planned_days_are_those_that_one_counts(weekdays, start, days, until):
    first = date(2026, 10, 1)
    since, last = first + timedelta(days=start - 20), first + timedelta(days=days)
    ends = None if until is None else since + timedelta(days=until)
    counted = sum(
        day.isoweekday() in weekdays and day >= since and (ends is None or day <= ends)
        for day in (first + timedelta(days=k) for k in range((last - first).days + 1))
    )
    assert planned_days(weekdays, since, ends, first, last) == counted
