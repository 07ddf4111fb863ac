"""Drawing a plan of 5,000, 15,000 and 125,000 units: what it takes to load, a stroke, a tile.

The whole application in a process of its own, one planner who paints: operations and payloads over
HTTP, and with `--browser` strokes in Chromium, from the movement of the pointer to the figures on
the page. Writes bench/out/editor.json.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import mapbox_vector_tile
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bench.editor_data import SOUTH, STEP, WEST, fill, find_edges
from bench.tiles import serving
from gis.settings import Settings
from gis.store import migrate
from gis.store.cluster import create_database, ensure_database
from gis.store.cluster.database import normalised
from gis.store.engine import make_engine
from gis.store.expectations import count_expectations
from tiles.address import cell_of

OUT = Path(__file__).parent / "out" / "editor.json"
NAME = "wangge_bench_editor_v1"
SIZES = (5_000, 15_000, 125_000)
STROKE = 10  # units that a stroke takes from one grid to its neighbour
ZOOMS = (11, 12, 13, 14, 15)


def prepare(settings: Settings, units: int) -> tuple[str, int, dict[str, float]]:
    """The URL of the filled database, its draft, and what finding edges and counting took; filled
    once, then used again."""
    server = ensure_database(settings)
    name = f"{NAME}_{units}"
    create_database(server, name)
    url = make_url(normalised(server)).set(database=name).render_as_string(hide_password=False)
    migrate.upgrade(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        draft = connection.scalar(text("SELECT min(plan_id) FROM draft"))
        found = connection.scalar(text("SELECT EXISTS (SELECT FROM unit_edge)"))
    if draft is None:
        print(f"filling {name}", flush=True)
        draft = fill(url, units)
    taken = {}
    if not found:
        taken["find_edges_s"] = round(seconds(lambda: find_edges(url)), 2)
    with engine.begin() as connection:
        own = connection.execute(text("SELECT jurisdiction_id FROM plan LIMIT 1")).scalar_one()
        taken["count_incidents_s"] = round(seconds(lambda: count_expectations(connection, own)), 2)
    engine.dispose()
    return url, int(draft), taken


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def asked(http: httpx.Client, path: str, repeats: int = 3) -> dict[str, Any]:
    """One address: the first answer's time, the median of the others, and the bytes of one."""
    taken, body = [], b""
    for _ in range(repeats + 1):
        start = time.perf_counter()
        answer = http.get(path)
        taken.append(1000 * (time.perf_counter() - start))
        answer.raise_for_status()
        body = answer.content
    return {
        "first_ms": round(taken[0], 1), "ms": round(statistics.median(taken[1:]), 1),
        "bytes": len(body), "gzipped": len(gzip.compress(body, 1)),
    }  # fmt: skip


def payloads(http: httpx.Client, draft: int) -> dict[str, Any]:
    """What the page loads once, and what it asks for in between."""
    at = f"/api/v1/drafts/{draft}"
    found = {
        name: asked(http, f"{at}{path}")
        for name, path in (
            ("units", "/board?part=units"), ("edges", "/board?part=edges"),
            ("assignment", "/assignment"), ("figures", "/figures"), ("problems", "/problems"),
            ("draft", ""),
        )
    }  # fmt: skip
    tag = http.get(f"{at}/board?part=units").headers["etag"]
    start = time.perf_counter()
    same = http.get(f"{at}/board?part=units", headers={"If-None-Match": tag})
    found["units, unchanged"] = {
        "first_ms": round(1000 * (time.perf_counter() - start), 1), "ms": None,
        "bytes": len(same.content), "gzipped": None, "status": same.status_code,
    }  # fmt: skip
    return found


def strokes(http: httpx.Client, draft: int, count: int) -> dict[str, Any]:
    """Units painted from grid to grid, each stroke undone again: operations over HTTP, one at a
    time."""
    at = f"/api/v1/drafts/{draft}"
    table = pa.ipc.open_stream(io.BytesIO(http.get(f"{at}/assignment").content)).read_all()
    codes = json.loads(table.schema.metadata[b"grids"])
    version = int(table.schema.metadata[b"version"])
    unit, grid = table["unit"].to_pylist(), table["grid"].to_pylist()
    by_grid: dict[int, list[int]] = {}
    for one, of in zip(unit, grid, strict=True):
        by_grid.setdefault(of, []).append(one)
    order = sorted(by_grid, key=lambda of: codes[of])
    taken: dict[str, list[float]] = {"assign": [], "undo": []}
    for n in range(count):
        source, target = order[n % (len(order) - 1)], order[n % (len(order) - 1) + 1]
        painted = by_grid[source][-STROKE:]
        for kind, params in (
            (
                "assign",
                {"units": painted, "grid": codes[target], "before": [[codes[source], painted]]},
            ),
            ("undo", {}),
        ):
            given = {"key": str(uuid.uuid4()), "kind": kind, "params": params, "base": version}
            start = time.perf_counter()
            answer = http.post(f"{at}/operations", json=given)
            taken[kind].append(1000 * (time.perf_counter() - start))
            answer.raise_for_status()
            version = answer.json()["version"]
    return {kind: spread(values) for kind, values in taken.items()}


def cuts(http: httpx.Client, draft: int, count: int = 5) -> dict[str, Any]:
    """A unit cut in two and put together again: the operation, and what each open page then asks
    for instead of the whole board."""
    at = f"/api/v1/drafts/{draft}"
    table = pa.ipc.open_stream(io.BytesIO(http.get(f"{at}/board?part=units").content)).read_all()
    version = http.get(at).json()["version"]
    taken: dict[str, list[float]] = {"cut": [], "undo of a cut": [], "board after it": []}
    size = 0
    for n in range(count):
        row = (n + 1) * table.num_rows // (count + 1)
        unit, lon, lat = (table[name][row].as_py() for name in ("unit", "x", "y"))
        line = [[lon, lat - float(STEP[1])], [lon, lat + float(STEP[1])]]
        for name, kind, params in (
            ("cut", "cut", {"units": [unit], "line": line}), ("undo of a cut", "undo", {}),
        ):  # fmt: skip
            given = {"key": str(uuid.uuid4()), "kind": kind, "params": params, "base": version}
            answer, spent = timed(lambda given=given: http.post(f"{at}/operations", json=given))
            taken[name].append(spent)
            path = f"{at}/board/change?after={version}"
            change, spent = timed(lambda path=path: http.get(path))
            taken["board after it"].append(spent)
            size = max(size, len(change.content))
            version = answer.json()["version"]
    return {kind: spread(values) for kind, values in taken.items()} | {"bytes": size}


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    """An answer that is no failure, and the milliseconds that it took."""
    start = time.perf_counter()
    answer = ask()
    spent = 1000 * (time.perf_counter() - start)
    answer.raise_for_status()
    return answer, spent


def spread(values: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(values)
    return {
        "count": len(ordered), "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[min(len(ordered) - 1, len(ordered) * 95 // 100)], 1),
        "most_ms": round(ordered[-1], 1),
    }  # fmt: skip


def tiles(http: httpx.Client, draft: int, units: int) -> dict[str, Any]:
    """The tile in the middle at each zoom: how large, how many, how long when it is not kept and
    when it is."""
    side = units**0.5 / 2
    lon, lat = WEST + side * float(STEP[0]), SOUTH + side * float(STEP[1])
    found: dict[str, Any] = {}
    for layer in ("units", "unit_edges"):
        for zoom in ZOOMS:
            x, y = cell_of(lon, lat, zoom)
            path = f"/tiles/{layer}/{zoom}/{x}/{y}.mvt?plan={draft}"
            one = asked(http, path, repeats=2)
            body = http.get(path).content
            features = mapbox_vector_tile.decode(body)[layer]["features"] if body else []
            found[f"{layer} z{zoom}"] = one | {"features": len(features)}
    return found


def measure(settings: Settings, units: int, options: Any) -> dict[str, Any]:
    url, draft, taken = prepare(settings, units)
    environment = {"BENCH_URL": url}
    with serving(("bench.endpoints:served", "--factory"), environment) as (port, _):
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, timeout=120) as http:
            http.get("/api/v1/health").raise_for_status()
            found: dict[str, Any] = {
                "prepared": taken,
                "payloads": payloads(http, draft),
                "operations": strokes(http, draft, options.strokes),
                "cuts": cuts(http, draft),
                "tiles": tiles(http, draft, units),
            }
        if options.browser:
            from bench.editor_browser import painted

            found["browser"] = painted(base, draft, options.strokes)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--strokes", type=int, default=30)
    parser.add_argument("--browser", action="store_true", help="strokes in Chromium, too")
    options = parser.parse_args(arguments)
    # Sizes that are not asked for keep their last figures.
    result: dict[str, Any] = {"sizes": {}}
    if OUT.is_file():
        result = json.loads(OUT.read_text(encoding="utf-8"))
    for units in options.units:
        former = result["sizes"].get(str(units), {})
        found = measure(Settings(), units, options)
        found["prepared"] = former.get("prepared", {}) | found["prepared"]
        result["sizes"][str(units)] = former | found
        print(f"{units}: {json.dumps(found)}", flush=True)
    result["load_average_after"] = [round(one, 2) for one in os.getloadavg()]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
