"""Tracks of patrols as files: no line is left out unsaid."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from gis.errors import InputError
from gis.files.tracks import read_track

LINES = [[[113.6, 34.75], [113.6001, 34.75]], [[113.7, 34.76], [113.71, 34.76]]]
TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:05Z"]


@pytest.mark.parametrize(("times", "known"), [([TIMES], 2), ([TIMES, TIMES], 4)])
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


def test_lines_without_any_time_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "轨迹.geojson"
    told = json.dumps(
        {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": LINES}}
    )
    path.write_text(told, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        list(read_track(path, ZoneInfo("Asia/Shanghai")))
    assert refused.value.code == "track-no-times"
