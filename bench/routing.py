"""Points to grids: our locator against named peers, one run, one core, the same input for all.

    python -m bench.routing [--grids 60 1000 20000] [--points 5000000] [--database URL]

Every way starts from the coordinate arrays and ends with the array of owners; what depends on the
polygons alone is built beforehand and shown apart. Answers are compared point by point. Ratios are
of processor time, which other work on the machine does not lengthen (PostGIS: of wall time).
Writes bench/out/routing.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.routing_data import partition, points
from gis.routing.locator import Locator, warm

OUT = Path(__file__).parent / "out" / "routing.json"
POSTGIS_POINTS = 500_000


def smallest(number: int, point: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """The smallest grid of each point from pairs of both, -1 for none."""
    found = np.full(number, np.iinfo(np.int32).max, np.int32)
    np.minimum.at(found, point, grid.astype(np.int32))
    found[found == np.iinfo(np.int32).max] = -1
    return found


def timed(work: Callable[[], Any], times: int = 1) -> tuple[Any, float, float]:
    """The result with the least processor and wall seconds of so many runs."""
    best_cpu = best_wall = np.inf
    for _ in range(times):
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        best_cpu = min(best_cpu, time.process_time() - cpu)
        best_wall = min(best_wall, time.perf_counter() - wall)
    return result, best_cpu, best_wall


def by_sjoin(grids: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> Callable[[], np.ndarray]:
    """geopandas.sjoin of points with polygons, predicate `intersects`."""
    import geopandas as gpd

    right = gpd.GeoDataFrame({"grid": np.arange(len(grids))}, geometry=list(grids))
    right.sindex.query(shapely.Point(0, 0))

    def run() -> np.ndarray:
        left = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat))
        joined = gpd.sjoin(left, right, predicate="intersects")
        return smallest(len(lon), joined.index.to_numpy(), joined["grid"].to_numpy())

    return run


def by_sorted_points(
    grids: np.ndarray, lon: np.ndarray, lat: np.ndarray
) -> Callable[[], np.ndarray]:
    """The fastest exact peer that was found: points sorted by x, `intersects_xy` per polygon."""
    shapely.prepare(grids)
    boxes = shapely.bounds(grids)

    def run() -> np.ndarray:
        order = np.argsort(lon)
        x, y = lon[order], lat[order]
        first = np.searchsorted(x, boxes[:, 0], "left")
        last = np.searchsorted(x, boxes[:, 2], "right")
        found = np.full(len(x), -1, np.int32)
        for grid in range(len(grids) - 1, -1, -1):
            share = y[first[grid] : last[grid]]
            near = np.flatnonzero((share >= boxes[grid, 1]) & (share <= boxes[grid, 3]))
            near += first[grid]
            found[near[shapely.intersects_xy(grids[grid], x[near], y[near])]] = grid
        back = np.empty_like(found)
        back[order] = found
        return back

    return run


def by_postgis(
    url: str, grids: np.ndarray, lon: np.ndarray, lat: np.ndarray
) -> tuple[np.ndarray, float]:
    """PostGIS on points that are loaded already; seconds of the join alone, indexes warm."""
    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE g (id int, geom geometry)")
        cursor.execute("CREATE TEMP TABLE p (id int, lon float8, lat float8)")
        with cursor.copy("COPY g FROM STDIN") as copy:
            for k, shape in enumerate(shapely.to_wkb(grids, hex=True)):
                copy.write_row((k, shape))
        with cursor.copy("COPY p FROM STDIN") as copy:
            for k, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
                copy.write_row((k, x, y))
        cursor.execute("CREATE INDEX ON g USING gist (geom)")
        cursor.execute("ANALYZE g")
        cursor.execute("ANALYZE p")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        start = time.perf_counter()
        cursor.execute(
            "SELECT p.id, min(g.id) FROM p JOIN g ON ST_Intersects(g.geom, ST_Point(p.lon, p.lat))"
            " GROUP BY p.id"
        )
        pairs = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
        seconds = time.perf_counter() - start
    return smallest(len(lon), pairs[:, 0], pairs[:, 1]), seconds


def measure(number: int, point_count: int, url: str | None) -> dict[str, Any]:
    """All ways on one partition."""
    grids = partition(number, np.random.default_rng(1000 + number))
    lon, lat = points(point_count, grids, np.random.default_rng(7))
    codes = np.arange(len(grids))
    locator, build_cpu, build_wall = timed(lambda: Locator.build(grids, codes), 3)
    ours, cpu, wall = timed(lambda: locator.locate(lon, lat), 5)
    _, copy_cpu, _ = timed(lambda: (lon.copy(), lat.copy()), 9)
    row: dict[str, Any] = {
        "grids": len(grids),
        "vertices": int(shapely.get_num_coordinates(grids).sum()),
        "points": len(lon),
        "outside": int((ours < 0).sum()),
        "on_shared_boundary": int(locator.on_shared_boundary(lon, lat).sum()),
        "build_cpu_s": build_cpu,
        "build_wall_s": build_wall,
        "index_bytes": locator.nbytes,
        "ours": {"cpu_s": cpu, "wall_s": wall, "points_per_s": len(lon) / cpu},
        "copy": {"cpu_s": copy_cpu, "share_of_a_copy": copy_cpu / cpu},
        "peers": {},
    }
    sample = np.random.default_rng(0).choice(len(lon), 20_000).tolist()
    pairs = [(float(lon[k]), float(lat[k])) for k in sample]
    each = []
    for x, y in pairs:
        start = time.perf_counter()
        locator.locate_one(x, y)
        each.append(time.perf_counter() - start)
    row["one_point_median_us"] = float(np.median(each)) * 1e6
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, WHOLE)
    _, _, two = timed(lambda: locator.locate(lon, lat, threads=2), 5)
    row["two_threads_wall_s"] = two
    os.sched_setaffinity(0, cores)
    peers = {"geopandas.sjoin": by_sjoin, "sorted points, intersects_xy": by_sorted_points}
    for name, peer in peers.items():
        theirs, peer_cpu, peer_wall = timed(peer(grids, lon, lat))
        row["peers"][name] = {
            "cpu_s": peer_cpu,
            "wall_s": peer_wall,
            "ours_is_faster": peer_cpu / cpu,
            "disagreements": int((theirs != ours).sum()),
        }
    cold = row["peers"]["geopandas.sjoin"]
    cold["ours_cold_is_faster"] = cold["cpu_s"] / (cpu + build_cpu)
    if url is not None:
        few = slice(0, min(POSTGIS_POINTS, len(lon)))
        theirs, seconds = by_postgis(url, grids, lon[few], lat[few])
        row["peers"]["PostGIS"] = {
            "points": len(theirs),
            "wall_s": seconds,
            "ours_is_faster": seconds / len(theirs) * len(lon) / wall,
            "disagreements": int((theirs != ours[few]).sum()),
        }
    return row


def main() -> None:
    """Measure, print, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--grids", type=int, nargs="+", default=[60, 1000, 20000])
    parser.add_argument("--points", type=int, default=5_000_000)
    parser.add_argument("--database", help="URL of a database with PostGIS")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {min(WHOLE)})
    warm()
    rows = []
    for number in chosen.grids:
        rows.append(measure(number, chosen.points, chosen.database))
        print(json.dumps(rows[-1], indent=1))
    OUT.parent.mkdir(exist_ok=True)
    described = {"machine": platform.processor() or platform.machine(), "cores": len(WHOLE)}
    OUT.write_text(json.dumps({**described, "partitions": rows}, indent=1) + "\n", encoding="utf-8")


WHOLE = os.sched_getaffinity(0)

if __name__ == "__main__":
    main()
