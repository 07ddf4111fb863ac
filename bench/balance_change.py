"""How few people move: from a current plan to 1 %, against a bound found without our code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.balance_data import from_file
from bench.balance_run import run
from bench.balance_score import AGREE, Ground

TOLERANCE = 0.01
Labels = npt.NDArray[np.int64]


def least_flow(ground: Ground, now: Labels, k: int, tolerance: float) -> float:
    """The least flow of people between grids that touch now that brings all within tolerance.

    A linear programme in which people are divisible: no plan that moves units only to such
    neighbours moves fewer. One that also moves units to grids beyond may.
    """
    from scipy.optimize import linprog

    load = np.bincount(now, ground.pop, k)
    mean = load.sum() / k
    pairs = np.unique(np.sort(np.stack([now[ground.left], now[ground.right]]), axis=0), axis=1)
    a, b = pairs[:, pairs[0] != pairs[1]]
    arcs = np.concatenate([np.stack([a, b]), np.stack([b, a])], axis=1)
    net = np.zeros((k, arcs.shape[1]))
    np.add.at(net, (arcs[0], np.arange(arcs.shape[1])), -1.0)
    np.add.at(net, (arcs[1], np.arange(arcs.shape[1])), 1.0)
    bounds = np.concatenate([mean * (1 + tolerance) - load, load - mean * (1 - tolerance)])
    return float(linprog(np.ones(arcs.shape[1]), np.concatenate([net, -net]), bounds).fun)


def change(path: Path, column: str, *, problems: list[str]) -> dict[str, Any]:
    """One file with its current plan in `column`: people moved, bound, steps, compactness."""
    case = from_file(path, grids=1)
    ids, now = np.unique(case.units[column].astype(str).to_numpy(), return_inverse=True)
    ground, k = Ground.survey(case.units), len(ids)
    before = ground.judge(now, k)
    bound = least_flow(ground, now, k, TOLERANCE)
    print(f"{case.name}: {k} grids, now {before['max_deviation']:.1%}, compactness "
          f"{before['compactness']:.3f}, flow {bound:,.0f} people", flush=True)  # fmt: skip
    done = run(
        "bench.balance_ours:changed", case.units, now.astype(np.int64), TOLERANCE, limit_s=600
    )
    if done.ended != "finished":
        problems.append(f"{case.name}: {done.ended}")
    rows = []
    for plan in done.plans:
        labels = plan.given["labels"]
        measures = ground.judge(labels, k, current=now)
        chained = plan.given["chained"]
        if measures["max_deviation"] <= TOLERANCE and abs(chained - bound) > AGREE * bound:
            problems.append(f"{case.name}: our bound {chained}, by another programme {bound}")
        wrong = on_the_way(ground, now, labels, k, plan.given["steps"])
        problems += [f"{case.name}, {plan.made_by}: {word}" for word in wrong]
        rows.append(
            {
                "made_by": plan.made_by, "wrong": wrong, "steps": len(plan.given["steps"] or ()),
                "times_bound": measures["people_moved"] / bound,
                "cpu_s": round(plan.given["cpu_s"], 2), **measures,
            }
        )  # fmt: skip
        print(f"  {plan.made_by}: {rows[-1]}", flush=True)
    return {
        "outside": case.outside, "units": len(case.units), "grids": k, "tolerance": TOLERANCE,
        "before": before, "bound": bound, "rows": rows,
    }  # fmt: skip


def on_the_way(
    ground: Ground, now: Labels, after: Labels, k: int, steps: list[tuple[Any, int, float]] | None
) -> list[str]:
    """What is wrong with the steps (units, new grid, largest deviation said) from a plan to
    another: each must leave contiguous grids."""
    if steps is None:
        return ["there is no order of moves"]
    wrong, labels = [], now.copy()
    apart = ground.glance(labels, k)[2]
    for number, (units, grid, said) in enumerate(steps, 1):
        labels[units] = grid
        worst, _, pieces = ground.glance(labels, k)
        if pieces > apart:
            wrong.append(f"step {number} leaves grids in pieces")
        if abs(worst - said) > AGREE:
            wrong.append(f"step {number} leaves {worst:.4%}, not {said:.4%}")
        apart = pieces
    if (labels != after).any() or apart:
        wrong.append("the steps do not lead to the plan")
    return wrong
