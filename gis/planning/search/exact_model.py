"""Small divisions solved exactly: a mixed-integer program whose parts must be connected.

The program has x[i, p] = 1 where node i is in part p, and y[e, p] >= x[i, p] - x[j, p] for the
pairs e = (i, j): the y of a pair add up to 1 where it is cut. Connection is asked for only where
it is missing: a solution with a piece S of part p apart from its main piece M is answered by the
cuts x[a, p] + x[b, p] - x[C, p] <= 1 for a in S and b in M, where C is a smallest set of nodes
that separates them; then the program is solved again. Boundary cost favours whole parts, so that
few rounds are needed.

Oehrlein and Haunert (2017), A cutting-plane method for contiguity-constrained spatial aggregation;
Fischetti et al. (2017), Thinning out Steiner trees (smallest separators); Validi and Buchanan
(2022), Political districting to minimize cut edges. The solver is HiGHS, Huangfu and Hall (2018).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.planning.adjacency.graph import components, sums

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Loads are in thousandths of a part's: the solver's tolerance is then 1e-9 of a part.
LOAD_UNIT = 1000.0
# What is better by less than this is not better.
LEAST_GAIN = 1e-6
# Rounds of cuts; far more than was ever seen.
ROUNDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """n nodes to be divided into k connected parts.

    Pairs `left`, `right` (each once) with the `cost` of a boundary between them; `load` (n, c) and
    its bands `low`, `high` (k, c), and `scale` (k, c) by which load outside them is measured;
    `allowed` (n, k) says where a node may be, `away` (n, k) what that costs. `root` (k,) is a node
    that is in the part in any case, or -1. Costs are in a unit in which a pair's is about 1.
    """

    left: Ints
    right: Ints
    cost: Floats
    load: Floats
    low: Floats
    high: Floats
    scale: Floats
    allowed: Bools
    away: Floats
    root: Ints

    def outside(self, part: Ints) -> Floats:
        """Load outside the bands per part, in parts' loads, over all criteria."""
        loads = np.zeros_like(self.low)
        np.add.at(loads, part, self.load)
        beyond = np.maximum(np.maximum(self.low - loads, loads - self.high), 0)
        return np.asarray(np.round(beyond / self.scale, 9).sum(axis=1), np.float64)

    def worth(self, part: Ints) -> tuple[float, float]:
        """What to minimise: load outside the bands, then the cost of boundary and of places."""
        cut = self.cost[part[self.left] != part[self.right]].sum()
        return float(self.outside(part).sum()), float(cut + self.away[range(len(part)), part].sum())

    def pieces(self, part: Ints) -> Ints:
        """The connected piece of each node."""
        same = part[self.left] == part[self.right]
        return components(len(part), self.left[same], self.right[same])


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How far to search: nodes of the search tree and relative gap per program, a seed, and a
    clock (`time.monotonic`) that may end it."""

    nodes: int = 1_000_000
    gap: float = 0.0
    seed: int = 0
    deadline: float | None = None

    def seconds(self) -> float:
        return float("inf") if self.deadline is None else self.deadline - time.monotonic()


class Program:
    """A division as a mixed-integer program, with the cuts found so far."""

    def __init__(self, division: Division, *, hard: bool) -> None:
        """With `hard`, no load may be outside the bands."""
        import highspy

        self.division, self.hard = division, hard
        free = division.allowed.sum(axis=1) > 1
        self._sure = division.allowed & ~free[:, None]
        self._column: Ints = np.full(division.allowed.shape, -1, np.int64)
        choice = np.nonzero(division.allowed & free[:, None])
        self._choices = len(choice[0])
        self._column[choice] = np.arange(self._choices)
        self._start, self._neighbour = _adjacency(division)
        rows = _Rows()
        one = np.ones(self._choices)
        rows.add(choice[0], np.arange(self._choices), one, np.where(free, 1.0, -np.inf), 1.0)
        boundary, self._offset = self._pairs(rows)
        boundary[: self._choices] += division.away[choice]
        self._offset += float(division.away[~free][self._sure[~free]].sum())
        spare = len(boundary) + np.arange(2 * division.low.size).reshape(2, *division.low.shape)
        self._loads(rows, spare)
        self._presence(rows)
        self._boundary = np.concatenate([boundary, np.zeros(spare.size)])
        self._outside = np.zeros(len(self._boundary))
        self._outside[spare] = np.broadcast_to(1.0, spare.shape)

        make: Any = highspy.Highs
        self._solver = make()
        for option, value in (("output_flag", False), ("threads", 1), ("mip_abs_gap", 1e-7)):
            self._solver.setOptionValue(option, value)
        upper = np.ones(len(self._boundary))
        upper[spare] = 0.0 if hard else np.inf
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(upper), len(rows.low)
        nothing = np.zeros(len(upper))
        model.col_cost_, model.col_lower_, model.col_upper_ = nothing, nothing, upper
        model.row_lower_, model.row_upper_ = np.array(rows.low), np.array(rows.high)
        kinds = highspy.HighsVarType
        model.integrality_ = [kinds.kInteger] * self._choices + [kinds.kContinuous] * (
            len(upper) - self._choices
        )
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.compressed()
        self._solver.passModel(model)

    def search(
        self, bound: float, patience: Patience, *, outside: float = 0.0, boundary: float = 1.0
    ) -> tuple[Ints | None, bool]:
        """The division of least `outside` x load outside + `boundary` x cost, if that is below
        `bound`; and whether that is proven (if not found: that there is none)."""
        from highspy import HighsModelStatus, SolutionStatus

        solver = self._solver
        cost = outside * self._outside + boundary * self._boundary
        solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        solver.changeObjectiveOffset(boundary * self._offset)
        solver.setOptionValue("objective_bound", bound - LEAST_GAIN)
        solver.setOptionValue("mip_max_nodes", patience.nodes)
        solver.setOptionValue("mip_rel_gap", patience.gap)
        solver.setOptionValue("random_seed", patience.seed % 2**31)
        for _ in range(ROUNDS):
            seconds = patience.seconds()
            if seconds <= 0:
                break
            solver.setOptionValue("time_limit", solver.getRunTime() + seconds)
            solver.run()
            status = solver.getModelStatus()
            info = solver.getInfo()
            if info.primal_solution_status != SolutionStatus.kSolutionStatusFeasible:
                return None, status == HighsModelStatus.kInfeasible
            part = self._read(np.asarray(solver.getSolution().col_value))
            if info.objective_function_value >= bound - LEAST_GAIN:
                return None, status == HighsModelStatus.kOptimal
            if not self._refuse(part):
                return part, status == HighsModelStatus.kOptimal
        return None, False

    def limit_outside(self, most: float) -> None:
        """From now on at most so much load outside the bands."""
        used = np.flatnonzero(self._outside).astype(np.int32)
        self._solver.addRow(-np.inf, most + 1e-9, len(used), used, self._outside[used])

    def order(self, nodes: Ints) -> None:
        """Where all parts are alike: the nodes, one after another, open parts in their order."""
        k = self._column.shape[1]
        for at, node in enumerate(nodes.tolist()):
            for p in range(1, k):
                terms = [(1.0, node, p)] + [(-1.0, int(other), p - 1) for other in nodes[:at]]
                self._at_most(terms, 0.0)

    def _read(self, values: Floats) -> Ints:
        chosen = np.where(self._column >= 0, values[self._column], self._sure)
        return np.asarray(chosen.argmax(axis=1), np.int64)

    def _pairs(self, rows: _Rows) -> tuple[Floats, float]:
        """The rows of the pairs; the cost of all columns so far, and of what is sure."""
        left, right = self.division.left, self.division.right
        a, b = self._column[left], self._column[right]
        here, there = self._sure[left], self._sure[right]
        cost = np.broadcast_to(self.division.cost[:, None], a.shape)
        both = (a >= 0) & (b >= 0)
        count = int(both.sum())
        y = self._choices + np.arange(count)
        rows.add(
            np.tile(np.arange(count), 3),
            np.concatenate([a[both], b[both], y]),
            np.repeat([1.0, -1.0, -1.0], count),
            np.full(count, -np.inf),
            0.0,
        )
        beside = (a >= 0) & (b < 0) & ~there
        across = here & (b >= 0)
        total = sums(a[beside], cost[beside], self._choices)
        total -= sums(b[across], cost[across], self._choices)
        return np.concatenate([total, cost[both]]), float(cost[here & ~there].sum())

    def _loads(self, rows: _Rows, spare: Ints) -> None:
        """low <= load + missing - excess <= high, in thousandths of a part's load."""
        division = self.division
        k = self._column.shape[1]
        node, part = np.nonzero(self._column >= 0)
        sure_node, sure_part = np.nonzero(self._sure)
        zero, one = np.zeros(k, np.int64), np.arange(k)
        for c in range(division.load.shape[1]):
            unit = LOAD_UNIT / division.scale[:, c]
            fixed = sums(sure_part, division.load[sure_node, c], k)
            rows.add(
                np.concatenate([part, one, one]),
                np.concatenate([self._column[node, part], spare[0, :, c], spare[1, :, c]]),
                np.concatenate(
                    [division.load[node, c] * unit[part], zero + LOAD_UNIT, zero - LOAD_UNIT]
                ),
                (division.low[:, c] - fixed) * unit,
                (division.high[:, c] - fixed) * unit,
            )

    def _presence(self, rows: _Rows) -> None:
        """No part is empty; no node is alone in a part that must have others."""
        division = self.division
        size, k = self._column.shape
        rooted = division.root >= 0
        node, part = np.nonzero((self._column >= 0) & ~rooted)
        rows.add(
            part,
            self._column[node, part],
            np.ones(len(node)),
            np.where(rooted | self._sure.any(axis=0), -np.inf, 1.0),
            np.inf,
        )
        alone = np.zeros((size, k), bool)
        if self.hard:
            alone |= (division.load[:, None, :] < division.low[None]).any(axis=2)
        alone[:, rooted] = True
        alone[division.root[rooted], np.flatnonzero(rooted)] = False
        wanted = alone & ((self._column >= 0) | self._sure)
        source = np.repeat(np.arange(size), np.diff(self._start))
        beside = np.zeros((size, k), np.int64)
        np.add.at(beside, source, self._sure[self._neighbour])
        wanted &= beside == 0
        number = np.full((size, k), -1, np.int64)
        number[wanted] = np.arange(wanted.sum())
        mine = wanted & (self._column >= 0)
        pair, at = np.nonzero((number[source] >= 0) & (self._column[self._neighbour] >= 0))
        rows.add(
            np.concatenate([number[mine], number[source[pair], at]]),
            np.concatenate([self._column[mine], self._column[self._neighbour[pair], at]]),
            np.concatenate([np.ones(mine.sum()), -np.ones(len(pair))]),
            np.full(wanted.sum(), -np.inf),
            np.where(self._sure[wanted], -1.0, 0.0),
        )

    def _refuse(self, part: Ints) -> bool:
        """Add the cuts that a solution breaks; whether there were any."""
        division = self.division
        piece = division.pieces(part)
        broken = False
        for p in range(len(division.root)):
            mine = np.flatnonzero(part == p)
            root = int(division.root[p])
            if root < 0:
                weight = sums(piece[mine], division.load[mine, 0] + 1e-9, int(piece.max()) + 1)
                root = int(mine[piece[mine] == weight.argmax()][0])
            for stray in np.unique(piece[mine][piece[mine] != piece[root]]):
                inside = piece == stray
                wall = self._wall(inside, root)
                # Without roots the cut holds in every part, and parts are often exchanged.
                for q in range(len(division.root)) if division.root[p] < 0 else (p,):
                    for node in np.flatnonzero(inside).tolist():
                        terms = [(1.0, node, q), (1.0, root, q)]
                        self._at_most(terms + [(-1.0, other, q) for other in wall], 1.0)
                broken = True
            if not broken and self.hard and division.outside(part)[p] > 0:
                # Within the solver's tolerance, not within ours: anything but this.
                terms = [(1.0 if part[i] == p else -1.0, i, p) for i in range(len(part))]
                self._at_most(terms, len(mine) - 1.0)
                broken = True
        return broken

    def _wall(self, inside: Bools, root: int) -> list[int]:
        """The neighbours of a piece that can be reached from `root` around it, sorted."""
        edge = np.zeros(len(inside), bool)
        for node in np.flatnonzero(inside).tolist():
            edge[self._around(node)] = True
        edge &= ~inside
        wall, seen, stack = set(), {root}, [root]
        while stack:
            for other in self._around(stack.pop()).tolist():
                if edge[other]:
                    wall.add(other)
                elif other not in seen:
                    seen.add(other)
                    stack.append(other)
        return sorted(wall)

    def _around(self, node: int) -> Ints:
        return self._neighbour[self._start[node] : self._start[node + 1]]

    def _at_most(self, terms: Iterable[tuple[float, int, int]], most: float) -> None:
        """Add the row: the sum of factor x[node, part] over (factor, node, part) is at most so."""
        columns, values = [], []
        for factor, node, p in terms:
            if self._sure[node, p]:
                most -= factor
            elif self._column[node, p] >= 0:
                columns.append(int(self._column[node, p]))
                values.append(factor)
        self._solver.addRow(
            -np.inf, most, len(columns), np.array(columns, np.int32), np.array(values)
        )


class _Rows:
    """Rows of the matrix, gathered block by block as triplets."""

    def __init__(self) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self._triplets: list[tuple[Ints, Ints, Floats]] = []

    def add(
        self, row: Ints, column: Ints, value: Floats, low: Floats, high: Floats | float
    ) -> None:
        """Rows with bounds `low`, `high` and entries at (row in this block, column)."""
        self._triplets.append((row + len(self.low), column, value))
        self.low.extend(low.tolist())
        self.high.extend(np.broadcast_to(high, low.shape).tolist())

    def compressed(self) -> tuple[Ints, Ints, Floats]:
        row, column, value = (np.concatenate(part) for part in zip(*self._triplets, strict=True))
        order = np.lexsort((column, row))
        start = np.zeros(len(self.low) + 1, np.int64)
        np.cumsum(np.bincount(row, minlength=len(self.low)), out=start[1:])
        return start, column[order], value[order]


def _adjacency(division: Division) -> tuple[Ints, Ints]:
    """Start and neighbours of each node, as compressed rows."""
    source = np.concatenate([division.left, division.right])
    target = np.concatenate([division.right, division.left])
    start = np.zeros(len(division.load) + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=len(division.load)), out=start[1:])
    return start, target[np.lexsort((target, source))]
