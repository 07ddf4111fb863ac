"""Gi* on 5,000 and 50,000 cells against esda, trend tests on 12,000 against pymannkendall: how many
times faster, and how far apart.

Gi*: both get the same cells and the same neighbours; the clock runs over the scores and their
analytic p-values. Building the neighbours is timed apart. Trends: 104 weeks of counts; the peer
tests one row at a time, and is timed on some of them. Medians of repeated runs in one process.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymannkendall
from esda import G_Local
from libpysal.weights import WSP
from scipy import stats

from gis.hotspots.density import Cells, aggregate, suggest_cell_m
from gis.hotspots.significance import getis_ord, getis_ord_z, hotspots, neighbours
from gis.hotspots.trends import mann_kendall, sen_slopes

OUT = Path(__file__).parent / "out" / "hotspots.json"
CITY = (113.60, 34.70, 113.80, 34.90)
CELL_M = 97.3
BAND_M = 2 * CELL_M
FEWER_M = 309.0  # cells for a tenth of them
TREND_ROWS, TREND_WEEKS, TREND_PEER_ROWS = 12_000, 104, 400
POINTS = 300_000
H3_POINTS = 200_000


def median_s(run: Callable[[], Any], times: int) -> float:
    """The median processor time of some runs, after one that warms up: other work on the machine
    does not lengthen it."""
    run()
    taken = []
    for _ in range(times):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def ours(count: Any, weights: Any) -> tuple[Any, Any]:
    z = getis_ord_z(count, weights)
    return z, stats.norm.sf(z)


def beside_esda(cells: Cells) -> dict[str, Any]:
    weights = neighbours(cells, 2 * cells.cell_m)
    theirs = WSP(weights).to_W(silence_warnings=True)
    theirs.transform = "B"

    def esda() -> Any:
        return G_Local(cells.count, theirs, transform="B", star=True, permutations=0)

    our_s = median_s(lambda: ours(cells.count, weights), 15)
    esda_s = median_s(esda, 5)
    apart = np.abs(esda().Zs - getis_ord_z(cells.count, weights)).max()
    return {
        "cells": len(cells),
        "neighbour_pairs": int(weights.nnz),
        "ours_ms": round(1000 * our_s, 2),
        "esda_ms": round(1000 * esda_s, 2),
        "times_esda": round(esda_s / our_s, 1),
        "largest_difference_of_z": float(apart),
    }


def trends(rng: np.random.Generator) -> dict[str, Any]:
    rows = rng.poisson(rng.gamma(1, 3, TREND_ROWS)[:, None], (TREND_ROWS, TREND_WEEKS)).astype(
        float
    )
    our_s = median_s(lambda: mann_kendall(rows), 5)
    some = rows[:TREND_PEER_ROWS]
    peer_s = median_s(lambda: [pymannkendall.original_test(row) for row in some], 3)
    peer_s *= TREND_ROWS / TREND_PEER_ROWS
    found = mann_kendall(some)
    apart = max(
        abs(found.p[at] - pymannkendall.original_test(row).p) for at, row in enumerate(some)
    )
    return {
        "rows": TREND_ROWS,
        "weeks": TREND_WEEKS,
        "ours_s": round(our_s, 3),
        "slopes_s": round(median_s(lambda: sen_slopes(rows), 3), 2),
        "peer_rows": TREND_PEER_ROWS,
        "pymannkendall_s": round(peer_s, 1),
        "times_pymannkendall": round(peer_s / our_s),
        "largest_difference_of_p": float(apart),
    }


def h3_points_per_s(lon: Any, lat: Any) -> float:
    import h3.api.basic_int as h3

    places = list(zip(lat[:H3_POINTS].tolist(), lon[:H3_POINTS].tolist(), strict=True))
    seconds = median_s(lambda: [h3.latlng_to_cell(y, x, 10) for y, x in places], 3)
    return len(places) / seconds


def main() -> None:
    rng = np.random.default_rng(0)
    lon = rng.uniform(CITY[0], CITY[2], POINTS)
    lat = rng.uniform(CITY[1], CITY[3], POINTS)
    for _ in range(40):
        x, y = rng.uniform(CITY[0], CITY[2]), rng.uniform(CITY[1], CITY[3])
        lon = np.concatenate([lon, rng.normal(x, 0.0008, 400)])
        lat = np.concatenate([lat, rng.normal(y, 0.0008, 400)])
    cells = aggregate(lon, lat, area=CITY, cell_m=CELL_M)
    gi_star = [beside_esda(aggregate(lon, lat, area=CITY, cell_m=FEWER_M)), beside_esda(cells)]
    many = np.tile(lon, 6), np.tile(lat, 6)
    found = hotspots(cells, getis_ord(cells, BAND_M))
    result = {
        "machine": {"python": platform.python_version(), "numpy": np.__version__},
        "gi_star": gi_star,
        "trends": trends(rng),
        "neighbours_ms": round(1000 * median_s(lambda: neighbours(cells, BAND_M), 5), 1),
        "from_counts_to_hotspots_ms": round(
            1000 * median_s(lambda: hotspots(cells, getis_ord(cells, BAND_M)), 5), 1
        ),
        "hotspots_planted": 40,
        "hotspots_found": len(found),
        "aggregate_points_per_s": round(
            len(many[0]) / median_s(lambda: aggregate(*many, area=CITY, cell_m=CELL_M), 3)
        ),
        "h3_points_per_s": round(h3_points_per_s(lon, lat)),
        "suggested_cell_m": suggest_cell_m(CITY),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
