"""On which side of a line a point lies, without any rounding error.

The plain double-precision determinant decides when it is farther from zero than its own error
bound. Otherwise, if the differences of coordinates are exact, as those of places in one city are
(within a factor of 2 there is no rounding), the errors of the two products settle it; if not, the
six products of coordinates are expanded without error and summed exactly.

Source: J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
Predicates", Discrete & Computational Geometry 18 (1997), 305-363: error bound of stage A, the
idea of stage B, TWO-SUM, TWO-DIFF, SPLIT, TWO-PRODUCT, GROW-EXPANSION.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gis.kernels import compiled, inlined

# (3 + 16 u) u with u = 2^-53: the determinant's rounding error relative to its two products.
ERROR_BOUND = 3.3306690738754716e-16
# Products of coordinates within these bounds have no error term below the smallest double.
SMALLEST = 2.0**-480
LARGEST = 2.0**400


@inlined
def _two_sum(a: float, b: float) -> tuple[float, float]:
    total = a + b
    b_part = total - a
    return total, (a - (total - b_part)) + (b - b_part)


@inlined
def _is_exact(a: float, b: float, difference: float) -> bool:
    """Whether a - b was rounded to itself: TWO-DIFF has no tail."""
    b_part = a - difference
    return (a - (difference + b_part)) + (b_part - b) == 0.0


@inlined
def _split(a: float) -> tuple[float, float]:
    scaled = 134217729.0 * a  # 2^27 + 1
    high = scaled - (scaled - a)
    return high, a - high


@inlined
def _two_product(a: float, b: float) -> tuple[float, float]:
    product = a * b
    a_high, a_low = _split(a)
    b_high, b_low = _split(b)
    error = ((product - a_high * b_high) - a_low * b_high) - a_high * b_low
    return product, a_low * b_low - error


@inlined
def _sign_of_sum(a: float, b: float, c: float, d: float) -> int:
    """The sign of a + b + c + d, exactly."""
    high, one = _two_sum(a, b)
    carry, one = _two_sum(c, one)
    high, two = _two_sum(carry, high)
    carry, one = _two_sum(d, one)
    carry, two = _two_sum(carry, two)
    high, three = _two_sum(carry, high)
    for part in (high, three, two, one):
        if part != 0.0:
            return 1 if part > 0.0 else -1
    return 0


@compiled
def _orient_exactly(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    dx, dy, ex, ey = bx - ax, by - ay, cx - ax, cy - ay
    if (
        _is_exact(bx, ax, dx)
        and _is_exact(by, ay, dy)
        and _is_exact(cx, ax, ex)
        and _is_exact(cy, ay, ey)
    ):
        left, left_error = _two_product(dx, ey)
        right, right_error = _two_product(dy, ex)
        return _sign_of_sum(left, -right, left_error, -right_error)
    terms = np.empty(12)
    terms[0], terms[1] = _two_product(bx, cy)
    terms[2], terms[3] = _two_product(-bx, ay)
    terms[4], terms[5] = _two_product(-ax, cy)
    terms[6], terms[7] = _two_product(-by, cx)
    terms[8], terms[9] = _two_product(by, ax)
    terms[10], terms[11] = _two_product(ay, cx)
    expansion = np.zeros(12)  # its parts do not overlap: the last one that is not 0 has the sign
    for k in range(12):
        carry = terms[k]
        for i in range(k):
            carry, expansion[i] = _two_sum(carry, expansion[i])
        expansion[k] = carry
    for i in range(11, -1, -1):
        if expansion[i] > 0.0:
            return 1
        if expansion[i] < 0.0:
            return -1
    return 0


@inlined
def orient(ax: float, ay: float, bx: float, by: float, cx: float, cy: float) -> int:
    """1 if c lies left of the line from a to b, -1 right of it, 0 on it. Exact.

    Every coordinate must be 0 or between SMALLEST and LARGEST in magnitude.
    """
    left = (bx - ax) * (cy - ay)
    right = (by - ay) * (cx - ax)
    determinant = left - right
    bound = ERROR_BOUND * (abs(left) + abs(right))
    if determinant > bound:
        return 1
    if determinant < -bound:
        return -1
    return _orient_exactly(ax, ay, bx, by, cx, cy)


def orient_rationally(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> int:
    """The same sign for any finite coordinates, in rational numbers; some thousand times slower."""
    ax, ay, bx, by, cx, cy = (Fraction(value) for value in (*a, *b, *c))
    determinant = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    return (determinant > 0) - (determinant < 0)
