"""What a heatmap asks of millions of incidents: how many of a category lie in each square of the
city within a window. Ours in memory, beside PostGIS, DuckDB and datashader; answers are compared.

`python -m bench.heatmap_views --incidents 20000000` for more than 2 million. "Uncached": another
window each time. "Page": counts, test of hotspots and the whole HTML page, as the server makes them
apart from names and boundaries; "kept": the page that was made before. PostGIS, DuckDB and
datashader keep no answers: theirs is the same question again, with all data in memory. Medians of
wall time. Writes bench/out/heatmap_views.json.
"""

from __future__ import annotations

import argparse
import atexit
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.hotspots.assets import FoliumAssets
from gis.hotspots.columns import EPOCH, MOMENT, PIXELS, Columns, Sieve, degrees
from gis.hotspots.density import Lattice, suggest_cell_m
from gis.hotspots.heatmap import HeatmapRequest, render_heatmap
from gis.hotspots.significance import getis_ord, hotspots
from gis.workflows.analysis import Recent

OUT = Path(__file__).parent / "out" / "heatmap_views.json"
CITY = (113.45, 34.65, 113.80, 34.90)
DAYS, CHUNK = 730, 1_000_000
START = datetime(2024, 11, 1, tzinfo=UTC)
CATEGORIES = np.array([10100 + n for n in range(1, 6)] + [10300 + n for n in range(1, 6)], np.int16)
Rows = dict[str, npt.NDArray[Any]]


def chunk(rng: np.random.Generator, first: int, count: int) -> Rows:
    """Incidents in and around 400 centres, as the database gives them."""
    centres = np.random.default_rng(1).uniform((CITY[0], CITY[1]), (CITY[2], CITY[3]), (400, 2))
    of = rng.integers(0, 400, count)
    lon = np.clip(centres[of, 0] + rng.normal(0, 0.006, count), CITY[0], CITY[2])
    lat = np.clip(centres[of, 1] + rng.normal(0, 0.005, count), CITY[1], CITY[3])
    since = (START - EPOCH) // MOMENT
    sine = np.sin(np.radians(lat))
    row = 0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)
    return {
        "id": np.arange(first, first + count),
        "at": since + rng.integers(0, DAYS * 86_400_000_000, count),
        "px": ((lon + 180) / 360 * PIXELS).astype(np.int32),
        "py": (row * PIXELS).astype(np.int32),
        "lon": lon,
        "lat": lat,
        "grid": 410102004001001 + of,
        "category": rng.choice(CATEGORIES, count),
        "severity": rng.integers(1, 5, count).astype(np.int8),
        "source": rng.integers(0, 6, count).astype(np.int8),
        "open": rng.random(count) < 0.1,
    }


def window(turn: int) -> tuple[datetime, datetime]:
    """Half a year, another one each time."""
    since = START + timedelta(days=200 + turn, seconds=turn)
    return since, since + timedelta(days=182)


def median_ms(ask: Callable[[int], Any], times: int = 7) -> float:
    ask(0)
    taken = []
    for turn in range(1, times + 1):
        start = time.perf_counter()
        ask(turn)
        taken.append(1000 * (time.perf_counter() - start))
    return round(statistics.median(taken), 2)


def peers(columns: Columns, lattice: Lattice) -> dict[str, Callable[[int], npt.NDArray[Any]]]:
    """The same question of each: counts (rows, columns) of squares, of category 03 in a window."""
    import duckdb
    import pandas as pd
    import pyproj

    carry = pyproj.Transformer.from_crs(4326, lattice.crs, always_xy=True)
    x, y = carry.transform(*degrees(columns.column("px"), columns.column("py")))
    size = lattice.cell_m
    west, south = int(lattice.col.min()), int(lattice.row.min())
    wide, high = int(lattice.col.max()) - west + 1, int(lattice.row.max()) - south + 1
    frame = pd.DataFrame({"x": x, "y": y, "moment": columns.column("at"),
                          "category": columns.column("category")})  # fmt: skip

    def placed(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
        table = np.zeros((high, wide), np.int64)
        col, row, count = rows.T.astype(np.int64)
        keep = (col >= west) & (col < west + wide) & (row >= south) & (row < south + high)
        table[row[keep] - south, col[keep] - west] = count[keep]
        return table

    def span(turn: int) -> tuple[int, int]:
        since, until = window(turn)
        return (since - EPOCH) // MOMENT, (until - EPOCH) // MOMENT

    quack = duckdb.connect()
    quack.execute("CREATE TABLE incident AS SELECT * FROM frame")
    cut = (f"SELECT floor(x / {size})::int AS col, floor(y / {size})::int AS row, count(*)"
           " FROM incident WHERE category >= 10300 AND category < 10400 AND moment >= {0}"
           " AND moment < {1}"
           " GROUP BY 1, 2")  # fmt: skip

    def ask_duckdb(turn: int) -> npt.NDArray[Any]:
        found = quack.execute(cut.format(*span(turn))).fetchnumpy()
        return placed(np.column_stack([np.asarray(one) for one in found.values()]))

    asked: dict[str, Callable[[int], npt.NDArray[Any]]] = {"DuckDB": ask_duckdb}
    asked["PostGIS"] = postgis(frame, size, span, placed)
    try:
        import datashader
    except ImportError:
        return asked
    canvas = datashader.Canvas(
        wide, high, x_range=(west * size, (west + wide) * size),
        y_range=(south * size, (south + high) * size),
    )  # fmt: skip

    def ask_datashader(turn: int) -> npt.NDArray[Any]:
        since, until = span(turn)
        kind, at = frame["category"].to_numpy(), frame["moment"].to_numpy()
        passing = frame[(kind >= 10300) & (kind < 10400) & (at >= since) & (at < until)]
        return np.asarray(canvas.points(passing, "x", "y", datashader.count()).to_numpy())

    return asked | {"datashader": ask_datashader}


def postgis(frame: Any, size: float, span: Any, placed: Any) -> Callable[[int], npt.NDArray[Any]]:
    """A lean table of its own with indexes on time and place, in a cluster of its own."""
    import psycopg

    from gis.settings import Settings
    from gis.store.cluster.database import cluster_of, connection_string, ensure_database

    folder = Path(tempfile.mkdtemp(prefix="wangge-bench-"))
    folder.chmod(0o755)  # for the account that PostgreSQL runs under
    settings = Settings(data_dir=folder)
    url = ensure_database(settings)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(cluster_of(settings).stop)
    connection = psycopg.connect(connection_string(url), autocommit=True)
    connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    connection.execute(
        "CREATE UNLOGGED TABLE points (geom geometry(Point), at bigint, category smallint)"
    )
    connection.execute("CREATE TEMP TABLE given (x float8, y float8, at bigint, category smallint)")
    for first in range(0, len(frame), CHUNK):
        part = frame.iloc[first : first + CHUNK]
        with connection.cursor().copy("COPY given FROM STDIN") as copy:
            copy.write(part.to_csv(index=False, header=False, sep="\t"))
        connection.execute(
            "INSERT INTO points SELECT ST_MakePoint(x, y), at, category FROM given; TRUNCATE given"
        )
    connection.execute("CREATE INDEX ON points (category, at)")
    connection.execute("CREATE INDEX ON points USING gist (geom)")
    connection.execute("VACUUM ANALYZE points")
    query = (
        f"SELECT floor(ST_X(geom) / {size})::int, floor(ST_Y(geom) / {size})::int, count(*)"
        " FROM points WHERE category >= 10300 AND category < 10400 AND at >= %s AND at < %s"
        " GROUP BY 1, 2"
    )
    return lambda turn: placed(np.array(connection.execute(query, span(turn)).fetchall()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--incidents", type=int, default=2_000_000)
    count = parser.parse_args().incidents
    rng, columns = np.random.default_rng(0), Columns()
    for first in range(0, count, CHUNK):
        columns.merge(chunk(rng, first + 1, min(CHUNK, count - first)))
    held = sum(columns.column(name).nbytes for name in
               ("id", "at", "px", "py", "lon", "lat", "grid", "category", "severity", "source",
                "open"))  # fmt: skip
    lattice = Lattice.of(CITY, suggest_cell_m(CITY, at_most=2000), "square")

    def sieve(turn: int) -> Sieve:
        since, until = window(turn)
        return Sieve(category="03", since=since, until=until)

    def ours(turn: int) -> npt.NDArray[Any]:
        return columns.cells(columns.choose(sieve(turn)), lattice)[1:]

    columns.on_lattice(lattice)
    assets = FoliumAssets(paths={"leaflet": "l.js", "leaflet_css": "l.css"})
    kept = Recent(64)

    def page(turn: int) -> str:
        since, until = window(turn)
        key = (turn, columns.changes)
        found: str | None = kept.find(key)
        if found is None:
            chosen = columns.choose(sieve(turn))
            cells = lattice.cells(columns.cells(chosen, lattice)[1:], 0.0)
            spots, beyond = columns.spots(chosen, CITY, 20_000)
            named = hotspots(cells, getis_ord(cells, 2 * lattice.cell_m))
            request = HeatmapRequest(
                language="en", place="City", since=since, until=until, bbox=CITY, lon=spots.lon,
                lat=spots.lat, weight=spots.weight, beyond=beyond, cells=cells, hotspots=named,
            )  # fmt: skip
            found = render_heatmap(request, assets)
            kept.keep(key, found)
        return found

    asked = peers(columns, lattice)
    table = np.zeros((int(np.ptp(lattice.row)) + 1, int(np.ptp(lattice.col)) + 1), np.int64)
    table[lattice.row - lattice.row.min(), lattice.col - lattice.col.min()] = ours(3)
    moved = {
        name: int(np.abs(ask(3)[table > 0] - table[table > 0]).sum() // 2)
        for name, ask in asked.items()
    }
    ours_ms = median_ms(ours)
    result = {
        "incidents": count,
        "held_mb": round(held / 1e6),
        "squares": len(lattice),
        "counted": int(table.sum()),
        "ours_ms": ours_ms,
        "page_ms": median_ms(page),
        "page_kept_ms": median_ms(lambda _: page(1)),
        "peers": {
            name: {"ms": (spent := median_ms(ask)), "times_ours": round(spent / ours_ms, 1),
                   "counted_elsewhere": moved[name]}
            for name, ask in asked.items()
        },
        "load_average": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    OUT.parent.mkdir(exist_ok=True)
    before = json.loads(OUT.read_text(encoding="utf-8")) if OUT.is_file() else {"runs": []}
    runs = [run for run in before["runs"] if run["incidents"] != count] + [result]
    runs.sort(key=lambda run: run["incidents"])
    OUT.write_text(json.dumps({"runs": runs}, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
