"""Tracks of patrols as files: no line is left out unsaid."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gis.files.tracks import read_track

LINES = [[[113.6, 34.75], [113.6001, 34.75]], [[113.7, 34.76], [113.71, 34.76]]]
TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"]


@pytest.mark.parametrize(("times", "known"), [([TIMES], 2), ([], 0), ([TIMES, TIMES], 4)])
def test_lines_without_times_are_read_as_points_without_a_time(
    tmp_path: Path, times: list[list[str]], known: int
) -> None:
    path = tmp_path / "轨迹.geojson"
    shape = {"type": "MultiLineString", "coordinates": LINES}
    told = {"type": "Feature", "properties": {"coordTimes": times}, "geometry": shape}
    path.write_text(json.dumps(told), encoding="utf-8")
    (points,) = read_track(path, ZoneInfo("Asia/Shanghai"))
    assert points.lon.tolist() == [113.6, 113.6001, 113.7, 113.71]
    assert np.isfinite(points.at).sum() == known
