"""How few people move: from a current plan to 1 %, against a bound found without our code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.balance_data import from_file
from bench.balance_ours import Ask
from bench.balance_run import run
from bench.balance_score import Ground, disagreements

TOLERANCE = 0.01
KEEPS = (1.0, 3.0, 10.0)


def fewest_moved(ground: Ground, now: npt.NDArray[np.int64], k: int, tolerance: float) -> float:
    """The least people that must cross between touching grids to bring all within tolerance.

    A linear programme of flows along the pairs of grids that touch now: people are divisible
    in it, so no plan that moves people between those neighbours needs fewer.
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
    """One file with its current plan in `column`: people moved, bound, compactness."""
    case = from_file(path, grids=1)
    names = case.units[column].astype(str).to_numpy()
    ids, now = np.unique(names, return_inverse=True)
    ground, k = Ground.survey(case.units), len(ids)
    before = ground.judge(now, k)
    bound = fewest_moved(ground, now, k, TOLERANCE)
    asks = [Ask(tolerance=TOLERANCE, keep=keep, budget_s=30) for keep in KEEPS]
    done = run("bench.balance_ours:plans", case.units, k, asks, None, names, limit_s=600)
    print(f"{case.name}: {k} grids, now {before['max_deviation']:.1%}, compactness "
          f"{before['compactness']:.3f}, {bound:,.0f} people must move", flush=True)  # fmt: skip
    rows = []
    for plan in done.plans:
        given = plan.given
        place = {name: number for number, name in enumerate(ids.tolist())}
        number = np.array([place.get(name, -1) for name in given["grid_ids"]])
        labels = number[given["labels"]]
        measures = ground.judge(given["labels"], k)
        wrong = disagreements(measures, given["certificate"])
        problems += [f"{case.name}, {plan.made_by}: {word}" for word in wrong]
        away = labels != now
        rows.append(
            {
                "keep": given["ask"].keep, "max_deviation": measures["max_deviation"],
                "people_moved": float(ground.pop[away].sum()), "units_moved": int(away.sum()),
                "times_bound": float(ground.pop[away].sum()) / bound,
                "compactness": measures["compactness"], "boundary_m": measures["boundary_m"],
                "not_contiguous": measures["not_contiguous"], "cpu_s": round(given["cpu_s"], 2),
            }
        )  # fmt: skip
        print(f"  keep {rows[-1]['keep']:g}: {rows[-1]}", flush=True)
    if len(rows) < len(asks):
        problems.append(f"{case.name}: {done.ended}")
    return {
        "outside": True, "units": len(case.units), "grids": k, "tolerance": TOLERANCE,
        "before": before, "bound": bound, "rows": rows,
    }  # fmt: skip
