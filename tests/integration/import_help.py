"""Files of reports, how they are imported, and what the numbers in the database must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import text

from gis.report import Report
from gis.workflows.import_rows import ImportRequest
from gis.workflows.imports import import_file
from gis.workflows.locators import Locators
from tests.factories import SOUTH, STEP, WEST

ZONE = "Asia/Shanghai"


def rows(count, *, reference="W", today=False, outside=0, seed=1):
    """Reports with and without reference numbers, some of them off the town."""
    rng = np.random.default_rng(seed)
    lon, lat = (low + rng.uniform(0, 4 * STEP, count) for low in (WEST, SOUTH))
    lon[:outside] += 4 * STEP + rng.uniform(0, 0.02, outside)
    at = datetime.now(UTC) - timedelta(minutes=1) if today else datetime(2026, 1, 2, tzinfo=UTC)
    frame = pd.DataFrame({"经度": lon, "纬度": lat, "类别": "0101", "上报时间": at.isoformat()})
    frame["标题"] = [f"第{i}件" for i in range(count)]
    if reference:
        frame["来源编号"] = [f"{reference}{i}" for i in range(count)]
    return frame


def saved(frame, path: Path) -> Path:
    frame.to_csv(path, index=False, encoding="gb18030")
    return path


def taken_in(engine, town, path, *, progress=lambda step, fraction: None, **changed):
    report = Report(source=path.name)
    asked = {"crs": "EPSG:4326", "time_zone": ZONE, "actor": "张三"} | changed
    written = import_file(
        engine,
        Locators(),
        ImportRequest(jurisdiction_id=town.jurisdiction_id, file_name=path.name, **asked),
        path,
        report=report,
        progress=progress,
    )
    return written, report


def one(engine, query, **values):
    with engine.connect() as connection:
        return connection.scalar(text(query), values)


def count(engine):
    return one(engine, "SELECT count(*) FROM incident")


def numbers(engine):
    """The numbers of all serials, day by day, in their order."""
    with engine.connect() as connection:
        found = [
            row.rsplit("-", 1) for row in connection.scalars(text("SELECT serial FROM incident"))
        ]
    days = sorted({day for day, _ in found})
    return {day: sorted(int(number) for its, number in found if its == day) for day in days}


def assert_gapless(engine):
    for found in numbers(engine).values():
        assert found == list(range(1, len(found) + 1))


def codes(report):
    return {finding.code for finding in report.findings}
