"""The quick sign is the sign in rational numbers, whichever stage gives it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.routing.predicates import _orient_exactly, orient, orient_rationally

# Near one another (differences are exact), and of any size and sign (they are rounded).
near = st.floats(113.5, 114.0) | st.integers(113 * 10**7, 114 * 10**7).map(lambda k: k / 10**7)
anywhere = st.floats(-1e9, 1e9).filter(lambda v: v == 0 or abs(v) > 1e-100)


def check(a, b, c):
    expected = orient_rationally(a, b, c)
    assert orient(*a, *b, *c) == expected
    assert _orient_exactly(*a, *b, *c) == expected


@settings(deadline=None, max_examples=300)
@given(
    points=st.lists(st.tuples(near, near) | st.tuples(anywhere, anywhere), min_size=3, max_size=3)
)
def test_any_three_points(points):
    check(*points)


@settings(deadline=None, max_examples=300)
@given(
    ends=st.tuples(near, near, near, near) | st.tuples(anywhere, anywhere, anywhere, anywhere),
    share=st.floats(0, 1),
    steps=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
)
def test_a_point_on_a_line_but_for_a_few_doubles(ends, share, steps):
    ax, ay, bx, by = ends
    c = [ax + (bx - ax) * share, ay + (by - ay) * share]
    for axis, count in enumerate(steps):
        for _ in range(abs(count)):
            c[axis] = float(np.nextafter(c[axis], count * np.inf))
    if any(0 < abs(value) < 1e-100 for value in c):
        return
    check((ax, ay), (bx, by), (c[0], c[1]))
    check((c[0], c[1]), (ax, ay), (bx, by))
    check((ax, ay), (bx, by), (bx, by))
