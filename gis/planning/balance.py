"""The load that grids share out: one column, or a weighted mix such as `load=0.6*pop+0.4*area`.

A column alone is taken as it is. In a mix each column is first divided by its own total, so that
the weights say how much each criterion matters whatever its unit; the mix is then expressed in
the unit of its first column (people, where that is `pop`).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import InfeasibleError, InputError

Floats = npt.NDArray[np.float64]
LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A parsed expression: the name of the load, and a positive weight per column."""

    name: str
    weights: Mapping[str, float]

    def load(self, columns: Mapping[str, Floats]) -> Floats:
        """The load of each unit. Raises InputError `balance-column-unknown` and InfeasibleError
        `balance-total-zero` where a column sums to nothing."""
        shares: list[Floats] = []
        scale = 0.0
        for name, weight in self.weights.items():
            if name not in columns:
                raise InputError(
                    "balance-column-unknown", column=name, known=", ".join(sorted(columns))
                )
            values = np.asarray(columns[name], float)
            total = float(values.sum())
            if total <= 0:
                raise InfeasibleError("balance-total-zero", column=name)
            if len(self.weights) == 1:
                return values
            scale = scale or total
            shares.append(weight * values / total)
        return np.asarray(np.sum(shares, axis=0) * (scale / sum(self.weights.values())))


def parse_balance(expression: str) -> Balance:
    """Parse `pop`, `area`, or `name=0.6*pop+0.4*area`: sums of columns with positive weights.

    Nothing is evaluated: the text is read as a syntax tree in which only names, numbers, `+`
    and `*` may occur. Raises InputError `balance-syntax` or `balance-weight`.
    """
    if len(expression) > LONGEST:
        raise InputError("balance-syntax", expression=expression[:40] + "…")
    name, equals, body = expression.rpartition("=")
    try:
        tree = ast.parse(body.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise InputError("balance-syntax", expression=expression) from None
    weights: dict[str, float] = {}
    for weight, column in _terms(tree, expression):
        if not (math.isfinite(weight) and weight > 0):
            raise InputError("balance-weight", expression=expression, column=column)
        weights[column] = weights.get(column, 0.0) + weight
    if equals and not name.strip().isidentifier():
        raise InputError("balance-syntax", expression=expression)
    return Balance(
        name=name.strip() or (body.strip() if len(weights) == 1 else "load"), weights=weights
    )


def _terms(node: ast.expr, expression: str) -> list[tuple[float, str]]:
    """The weighted columns of a sum, read from the left."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _terms(node.left, expression) + _terms(node.right, expression)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for factor, column in ((node.left, node.right), (node.right, node.left)):
            weight = _number(factor)
            if weight is not None and isinstance(column, ast.Name):
                return [(weight, column.id)]
    if isinstance(node, ast.Name):
        return [(1.0, node.id)]
    raise InputError("balance-syntax", expression=expression)


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _number(node.operand)
        return None if value is None else -value
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        return float(node.value)
    return None
