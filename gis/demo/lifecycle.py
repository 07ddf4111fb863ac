"""How the demo's incidents went on: through the seven stages, most of them to the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.demo.kinds import FOUND, SOLVED

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STAGES = ("collected", "registered", "dispatched", "handled", "fed_back", "closed", "evaluated")
DAY = 86_400
_TIMES = ("registered_at", "dispatched_at", "handled_at", "fed_back_at", "closed_at")
# Where open cases stand: most wait for those who handle them.
_OPEN_STAGES = (0.04, 0.08, 0.66, 0.12, 0.10)
YOUNG_DAYS = 14


def lives(
    tops: npt.NDArray[Any], days: Floats, reported: Ints, until: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Stage and times of incidents with key area `tops`, handled in `days` at the median.

    `reported` and `until` are in seconds (UTC). Each key area has as many open cases as the
    report leaves open in proportion, most of them recent; where it leaves none, only cases of
    the last two weeks may still be open.
    """
    count = len(reported)
    steps = np.column_stack([
        rng.lognormal(np.log(1500), 0.9, count),
        rng.lognormal(np.log(1100), 0.8, count),
        days * DAY * rng.lognormal(0, 0.75, count),
        rng.lognormal(np.log(7000), 0.8, count),
        rng.lognormal(np.log(20_000), 0.9, count),
    ])  # fmt: skip
    age = np.maximum(until - reported, 1).astype(float)
    still_open = np.zeros(count, bool)
    for top, found in FOUND.items():
        here = np.flatnonzero(tops == top)
        left = round(len(here) * (1 - SOLVED[top] / found))
        if found == SOLVED[top]:
            young = here[age[here] < YOUNG_DAYS * DAY]
            still_open[young] = steps[young].sum(axis=1) > age[young]
        elif left:
            old = age[here] / DAY
            weight = np.log(np.exp(-old / 22) + 0.004 * np.exp(-old / 200))
            keys = weight + rng.gumbel(size=len(here))
            still_open[here[np.argsort(-keys, kind="stable")[:left]]] = True
    reached = np.where(
        still_open,
        rng.choice(5, count, p=_OPEN_STAGES),
        np.where((age > 21 * DAY) & (rng.random(count) < 0.6), 6, 5),
    )
    reached[still_open & (age < 1800)] = 0
    reached[still_open & (reached == 0) & (age > DAY)] = 2
    cumulated = np.cumsum(steps, axis=1)
    passed = np.minimum(reached, 5)
    done = np.where(passed > 0, cumulated[np.arange(count), passed - 1], 0.0)
    squeeze = np.minimum(1.0, 0.97 * age / np.maximum(done, 1.0))
    columns: dict[str, Any] = {
        "stage": pd.Categorical.from_codes(reached, pd.Index(STAGES)),
        "reported_at": pd.to_datetime(reported, unit="s", utc=True),
    }
    for k, name in enumerate(_TIMES):
        moment = reported + np.floor(cumulated[:, k] * squeeze).astype(np.int64)
        times = pd.Series(pd.to_datetime(moment, unit="s", utc=True))
        columns[name] = times.where(passed > k)
    # Whoever was not satisfied had the case taken up again.
    judged = pd.Series(rng.choice(["satisfied", "fair"], count, p=[0.78, 0.22]))
    columns["satisfaction"] = judged.where(reached == 6)
    return columns
