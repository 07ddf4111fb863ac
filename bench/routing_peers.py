"""The named peers of the routing benchmark: each from coordinate arrays to the array of owners.

Every function takes polygons, builds beforehand what depends on them alone, and gives what a run
does. All use one thread, closed semantics (a boundary belongs to the polygon), and the smallest
number where several polygons touch a point.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely

Run = Callable[[np.ndarray, np.ndarray], np.ndarray]


def smallest(number: int, point: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """The smallest grid of each point from pairs of both, -1 for none."""
    found = np.full(number, -1, np.int32)
    grid = grid.astype(np.int32, copy=False)
    found[point] = grid
    several = found[point] != grid
    if several.any():
        np.minimum.at(found, point[several], grid[several])
    return found


def geopandas_sjoin(grids: np.ndarray) -> Run:
    """geopandas.sjoin of points with polygons, predicate `intersects`."""
    import geopandas as gpd

    right = gpd.GeoDataFrame({"grid": np.arange(len(grids))}, geometry=list(grids))
    right.sindex.query(shapely.Point(0, 0))

    def run(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        left = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat))
        joined = gpd.sjoin(left, right, predicate="intersects")
        return smallest(len(lon), joined.index.to_numpy(), joined["grid"].to_numpy())

    return run


def sorted_points(grids: np.ndarray) -> Run:
    """The fastest exact peer that was found: points sorted by x, `intersects_xy` per polygon."""
    shapely.prepare(grids)
    boxes = shapely.bounds(grids)

    def run(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
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


def _polygon_table(grids: np.ndarray) -> Any:
    import pyarrow as pa

    wkb = pa.array(list(shapely.to_wkb(grids)), pa.binary())
    return pa.table({"grid": np.arange(len(grids), dtype=np.int32), "wkb": wkb})


def _point_table(lon: np.ndarray, lat: np.ndarray) -> Any:
    import pyarrow as pa

    return pa.table({"point": np.arange(len(lon), dtype=np.int32), "lon": lon, "lat": lat})


def duckdb_spatial(grids: np.ndarray) -> Run:
    """DuckDB's spatial join, on an Arrow table of the points."""
    import duckdb
    from duckdb_extensions import import_extension

    connection = duckdb.connect(config={"threads": 1})
    import_extension("spatial", con=connection)
    connection.sql("LOAD spatial")
    polygons = _polygon_table(grids)
    connection.register("polygons", polygons)
    connection.sql("CREATE TABLE g AS SELECT grid, ST_GeomFromWKB(wkb) AS geom FROM polygons")

    def run(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        connection.register("p", _point_table(lon, lat))
        found = connection.sql(
            "SELECT p.point, g.grid FROM p JOIN g ON ST_Intersects(g.geom, ST_Point(lon, lat))"
        ).fetchnumpy()
        return smallest(len(lon), found["point"], found["grid"])

    return run


def sedonadb(grids: np.ndarray) -> Run:
    """SedonaDB's spatial join, on an Arrow table of the points."""
    import pyarrow as pa
    import sedonadb as sedona

    context = sedona.connect()
    context.sql("SET datafusion.execution.target_partitions = 1").execute()
    context.create_data_frame(_polygon_table(grids)).to_view("polygons")
    read = context.sql("SELECT grid, ST_GeomFromWKB(wkb) AS geom FROM polygons")
    read.to_memtable().to_view("g")

    def run(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        context.create_data_frame(_point_table(lon, lat)).to_view("p", overwrite=True)
        found = pa.table(
            context.sql(
                "SELECT p.point, g.grid FROM p"
                " JOIN g ON ST_Intersects(g.geom, ST_Point(p.lon, p.lat))"
            )
        )
        return smallest(len(lon), found["point"].to_numpy(), found["grid"].to_numpy())

    return run


IN_MEMORY: dict[str, Callable[[np.ndarray], Run]] = {
    "sorted points, intersects_xy": sorted_points,
    "SedonaDB": sedonadb,
    "geopandas.sjoin": geopandas_sjoin,
    "DuckDB spatial": duckdb_spatial,
}


def postgis(
    url: str, grids: np.ndarray, lon: np.ndarray, lat: np.ndarray
) -> tuple[np.ndarray, float]:
    """PostGIS on points that are loaded already: owners, and seconds of the join alone.

    Of the server's processor time, read from /proc, if it runs here; otherwise of the clock.
    """
    import time

    import psycopg

    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE g (id int, geom geometry)")
        cursor.execute("CREATE TEMP TABLE p (id int, geom geometry)")
        for table, shapes in (("g", grids), ("p", shapely.points(lon, lat))):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for k, shape in enumerate(shapely.to_wkb(shapes, hex=True)):
                    copy.write_row((k, shape))
        cursor.execute("CREATE INDEX ON g USING gist (geom)")
        cursor.execute("ANALYZE g")
        cursor.execute("ANALYZE p")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        statistics = Path(f"/proc/{connection.info.backend_pid}/stat")

        def clock() -> float:
            if not url.startswith("host=/") or not statistics.exists():
                return time.perf_counter()
            fields = statistics.read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        start = clock()
        cursor.execute(
            "SELECT p.id, min(g.id) FROM p JOIN g ON ST_Intersects(g.geom, p.geom) GROUP BY p.id"
        )
        seconds = clock() - start
        pairs = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    return smallest(len(lon), pairs[:, 0], pairs[:, 1]), seconds
