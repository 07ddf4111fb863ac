"""Incidents taken in: bulk import with routing, and reports one by one over HTTP, all durable."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
from sqlalchemy import text

from gis.report import Report
from gis.settings import Settings
from gis.store.cluster import Cluster, create_database, find_server, prepare
from gis.store.engine import make_engine
from gis.store.migrate import upgrade
from gis.workflows.demo import DemoRequest, load_demo
from gis.workflows.import_rows import ImportRequest
from gis.workflows.imports import import_file
from gis.workflows.locators import Locators
from tests.server import serving

ROWS = 100_000
REPORTS = 1_500
CONNECTIONS = 16
OUT = Path(__file__).parent / "out" / "intake.json"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wangge-bench-") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(
            Path(folder), Path(folder) / "s", server=find_server(Settings()), durable=True
        )
        cluster.start()
        try:
            create_database(cluster.url_of("postgres"), "wangge")
            prepare(cluster.url)
            upgrade(cluster.url)
            figures = measure(cluster.url, Path(folder))
        finally:
            cluster.stop()
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1))
    print(json.dumps(figures, indent=1))


def measure(url: str, folder: Path) -> dict[str, object]:
    engine = make_engine(url)
    started = time.perf_counter()
    summary = load_demo(engine, DemoRequest(until=datetime(2026, 11, 1, tzinfo=UTC)))
    demo_s = time.perf_counter() - started
    with engine.connect() as connection:
        jurisdiction = connection.scalar(text("SELECT jurisdiction_id FROM plan"))
        bbox = connection.execute(
            text("SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
                 " FROM (SELECT ST_Extent(geom) AS e FROM grid) AS g")
        ).one()  # fmt: skip
    rng = np.random.default_rng(1)
    lon, lat = (rng.uniform(bbox[i], bbox[i + 2], ROWS) for i in (0, 1))
    first = datetime(2026, 1, 1, tzinfo=UTC)
    table = pd.DataFrame(
        {
            "lon": lon, "lat": lat, "category": "0301", "title": "搭建棚屋",
            "source": "patrol", "source_ref": [f"bench-{i}" for i in range(ROWS)],
            "reported_at": [first + timedelta(minutes=2 * i) for i in range(ROWS)],
        }
    )  # fmt: skip
    path = folder / "reports.csv"
    table.to_csv(path, index=False)
    locators = Locators()
    locators.warm(engine)
    started = time.perf_counter()
    written = import_file(
        engine, locators,
        ImportRequest(jurisdiction_id=jurisdiction, file_name=path.name, crs="EPSG:4326",
                      actor="bench"),
        path, report=Report(source=path.name),
    )  # fmt: skip
    bulk_s = time.perf_counter() - started
    assert written == ROWS
    with serving(url, folder / "data") as base:
        taken_s, latencies = post_many(base, lon, lat)
    engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "demo_seconds": round(demo_s, 1),
        "demo_incidents": summary.incidents,
        "bulk_rows": ROWS,
        "bulk_rows_per_s": round(ROWS / bulk_s),
        "reports": REPORTS,
        "connections": CONNECTIONS,
        "reports_per_s": round(REPORTS / taken_s, 1),
        "report_p50_ms": round(float(np.percentile(latencies, 50)), 1),
        "report_p99_ms": round(float(np.percentile(latencies, 99)), 1),
        "peak_memory_mb": round(peak),
    }


def post_many(base: str, lon: np.ndarray, lat: np.ndarray) -> tuple[float, list[float]]:
    with httpx.Client(base_url=base, timeout=60) as client:

        def send(i: int) -> float:
            started = time.perf_counter()
            answer = client.post(
                "/api/v1/incidents",
                json={"category": "0301", "title": "搭建棚屋", "source": "patrol",
                      "lon": lon[i], "lat": lat[i]},
            )  # fmt: skip
            assert answer.status_code == 201
            return (time.perf_counter() - started) * 1000

        send(0)
        started = time.perf_counter()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            latencies = list(pool.map(send, range(1, REPORTS + 1)))
        return time.perf_counter() - started, latencies


if __name__ == "__main__":
    main()
