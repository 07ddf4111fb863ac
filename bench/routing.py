"""Points to grids: our locator against named peers, one run, one core, the same input for all.

    python -m bench.routing [--grids 60 1000 20000] [--points 5000000] [--database URL]
                            [--without-hard]

Every way starts from the coordinate arrays and ends with the array of owners; what depends on the
polygons alone is built beforehand and shown apart. Answers are compared point by point, and where
a peer differs rational arithmetic says who is right. Times are of the processor, which other work
on the machine lengthens less than the clock; ours is the median of several runs, a peer's the one
that it has. Writes bench/out/routing.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import shapely

from bench.routing_data import partition, points
from bench.routing_hard import beside_edges, coast, crooked_lattice, halved
from bench.routing_peers import IN_MEMORY, postgis
from gis.routing.locator import Locator, warm
from gis.routing.nearest import nearest_other
from gis.routing.overlap import covers_rationally

OUT = Path(__file__).parent / "out" / "routing.json"
POSTGIS_POINTS = 500_000
SINGLE_POINTS = 20_000
JUDGED = 300
NEAR_M = 20.0


def timed(work: Callable[[], Any], times: int = 1) -> tuple[Any, float]:
    """The result, and the median of the processor seconds of so many runs."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        result = work()
        taken.append(time.process_time() - start)
    return result, median(taken)


def wrong(
    grids: np.ndarray, lon: np.ndarray, lat: np.ndarray, owners: np.ndarray, at: np.ndarray
) -> int:
    """How many owners at some points are not the smallest grid that touches them, exactly."""
    tree = shapely.STRtree(grids)
    count = 0
    for k in at.tolist():
        x, y = float(lon[k]), float(lat[k])
        touching = [
            grid
            for grid in tree.query(shapely.Point(x, y).buffer(1e-7)).tolist()
            if covers_rationally(x, y, _edges(grids[grid]))
        ]
        count += int(owners[k]) != min(touching, default=-1)
    return count


def _edges(polygon: Any) -> np.ndarray:
    corners, ring = shapely.get_coordinates(
        shapely.get_rings(shapely.get_parts(polygon)), return_index=True
    )
    return np.hstack((corners[:-1], corners[1:]))[ring[1:] == ring[:-1]]


def compared(
    grids: np.ndarray,
    lon: np.ndarray,
    lat: np.ndarray,
    ours: np.ndarray,
    theirs: np.ndarray,
) -> dict[str, int]:
    """Where two answers differ, and who is wrong there, of the first few."""
    differ = np.flatnonzero(ours != theirs)
    judged = differ[:JUDGED]
    return {
        "disagreements": len(differ),
        "judged": len(judged),
        "ours_wrong": wrong(grids, lon, lat, ours, judged),
        "theirs_wrong": wrong(grids, lon, lat, theirs, judged),
    }


def ours_on(grids: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> tuple[Locator, Any, dict]:
    """Our locator on some input: its answers, and its times beside a copy of the coordinates."""
    codes = np.arange(len(grids))
    locator, build_s = timed(lambda: Locator.build(grids, codes), 3 if len(grids) < 10**5 else 1)
    owners, locate_s = timed(lambda: locator.locate(lon, lat), 7)
    _, copy_s = timed(lambda: (lon.copy(), lat.copy()), 15)
    return (
        locator,
        owners,
        {
            "grids": len(grids),
            "vertices": int(shapely.get_num_coordinates(grids).sum()),
            "points": len(lon),
            "outside": int((owners < 0).sum()),
            "build_cpu_s": build_s,
            "index_bytes": locator.nbytes,
            "cpu_s": locate_s,
            "points_per_s": len(lon) / locate_s,
            "copy_cpu_s": copy_s,
            "share_of_a_copy": copy_s / locate_s,
        },
    )


def singly(locator: Locator, lon: np.ndarray, lat: np.ndarray) -> dict[str, float]:
    """Microseconds of one place at a time: its owner, and who is next to it."""
    chosen = np.random.default_rng(0).choice(len(lon), SINGLE_POINTS)
    pairs = [(float(lon[k]), float(lat[k])) for k in chosen.tolist()]
    owner_ns, near_ns = [], []
    for x, y in pairs:
        start = time.perf_counter_ns()
        owner = locator.locate_one(x, y)
        middle = time.perf_counter_ns()
        nearest_other(locator, [x], [y], [owner], within_m=NEAR_M)
        near_ns.append(time.perf_counter_ns() - middle)
        owner_ns.append(middle - start)
    return {
        "one_point_median_us": median(owner_ns) / 1e3,
        "one_nearest_median_us": median(near_ns) / 1e3,
    }


def on_two_cores(locator: Locator, lon: np.ndarray, lat: np.ndarray) -> float | None:
    """How many times faster two threads are by the clock, the best of several turns each."""
    if len(WHOLE) < 2:
        return None
    os.sched_setaffinity(0, WHOLE)
    best = {1: np.inf, 2: np.inf}
    for turn in range(30):
        threads = 1 + turn % 2
        start = time.perf_counter()
        locator.locate(lon, lat, threads=threads)
        best[threads] = min(best[threads], time.perf_counter() - start)
    os.sched_setaffinity(0, {min(WHOLE)})
    return float(best[1] / best[2])


def edits(locator: Locator, grids: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> dict[str, Any]:
    """Milliseconds to move ground between two neighbours, and whether it equals a new build."""
    grids = grids.copy()
    taken = []
    for change in halved(grids, 41, np.random.default_rng(3)):
        start = time.process_time()
        locator = locator.edited(change)
        taken.append((time.process_time() - start) * 1e3)
        for position, shape in change.items():
            grids[position] = shape
    anew = Locator.build(grids, locator.codes)
    differ = int((anew.locate(lon, lat) != locator.locate(lon, lat)).sum())
    return {"edit_median_ms": median(taken), "edits": len(taken), "edit_differs": differ}


def measure(number: int, point_count: int, url: str | None) -> dict[str, Any]:
    """All ways on one partition."""
    grids = partition(number, np.random.default_rng(1000 + number))
    lon, lat = points(point_count, grids, np.random.default_rng(7))
    locator, ours, row = ours_on(grids, lon, lat)
    row["on_shared_boundary"] = int(locator.on_shared_boundary(lon, lat).sum())
    near, near_s = timed(lambda: nearest_other(locator, lon, lat, ours, within_m=NEAR_M))
    row |= {"nearest_points_per_s": len(lon) / near_s, "near": int((near.grids >= 0).sum())}
    row |= singly(locator, lon, lat) | edits(locator, grids, lon, lat)
    row["two_cores_are_faster"] = on_two_cores(locator, lon, lat)
    row["peers"] = {}
    for name, peer in IN_MEMORY.items():
        run, build_s = timed(lambda peer=peer: peer(grids))
        theirs, seconds = timed(lambda run=run: run(lon, lat))
        row["peers"][name] = {
            "build_cpu_s": build_s,
            "cpu_s": seconds,
            "ours_is_faster": seconds / row["cpu_s"],
            "ours_cold_is_faster": (build_s + seconds) / (row["cpu_s"] + row["build_cpu_s"]),
            **compared(grids, lon, lat, ours, theirs),
        }
        print(number, name, json.dumps(row["peers"][name]), flush=True)
    if url is not None:
        few = slice(0, min(POSTGIS_POINTS, len(lon)))
        theirs, seconds = postgis(url, grids, lon[few], lat[few])
        row["peers"]["PostGIS"] = {
            "points": len(theirs),
            "cpu_s": seconds,
            "ours_is_faster": seconds / len(theirs) * len(lon) / row["cpu_s"],
            **compared(grids, lon[few], lat[few], ours[few], theirs),
        }
    return row


def hard(point_count: int, partitions: list[int]) -> dict[str, Any]:
    """Where it hurts, each against the fastest exact peer but for the million grids."""
    rng = np.random.default_rng(11)
    few = max(point_count // 5, 1)
    found: dict[str, Any] = {}

    def add(name: str, grids: np.ndarray, lon: np.ndarray, lat: np.ndarray, peer: bool) -> None:
        _, ours, row = ours_on(grids, lon, lat)
        if peer:
            run = IN_MEMORY["sorted points, intersects_xy"](grids)
            theirs, seconds = timed(lambda: run(lon, lat))
            row["ours_is_faster"] = seconds / row["cpu_s"]
            row |= compared(grids, lon, lat, ours, theirs)
        found[name] = row
        print(name, json.dumps(row), flush=True)

    for number in partitions:
        grids = partition(number, np.random.default_rng(1000 + number))
        name = f"all points within 20 m of a boundary, {number:,} grids"
        add(name, grids, *beside_edges(point_count, grids, NEAR_M, rng), True)
    bay = coast(100_000, rng)
    add("a grid of 100,000 vertices", bay, *points(few, bay, rng), True)
    name = "the same, all points within 20 m of a boundary"
    add(name, bay, *beside_edges(few, bay, NEAR_M, rng), True)
    million = crooked_lattice(1000, rng)
    add("a million grids", million, *points(point_count, million, rng), False)
    return found


def main() -> None:
    """Measure, print, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grids", type=int, nargs="+", default=[60, 1000, 20000])
    parser.add_argument("--points", type=int, default=5_000_000)
    parser.add_argument("--database", help="how to connect to a database with PostGIS")
    parser.add_argument("--without-hard", action="store_true", help="leave out the hard input")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {min(WHOLE)})
    warm()
    square = np.array([shapely.box(0, 0, 1, 1)], object)
    for peer in IN_MEMORY.values():  # what loading and first use take is nobody's time
        peer(square)(np.array([0.5]), np.array([0.5]))
    found: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(),
        "cores": len(WHOLE),
        "partitions": [],
    }
    for number in chosen.grids:
        found["partitions"].append(measure(number, chosen.points, chosen.database))
        print(json.dumps(found["partitions"][-1], indent=1), flush=True)
        keep(found)
    if not chosen.without_hard:
        found["hard"] = hard(chosen.points, [it for it in chosen.grids if it <= 1000])
        found["hard_load_average"] = os.getloadavg()[0]
        keep(found)


def keep(found: dict[str, Any]) -> None:
    """Write what has been measured so far, and how busy the machine is with it all."""
    found["load_average"] = os.getloadavg()[0]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


WHOLE = os.sched_getaffinity(0)

if __name__ == "__main__":
    main()
