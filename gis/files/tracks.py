"""Tracks of patrols: GPX, GeoJSON and CSV, read block by block; never a whole file of points."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from xml.parsers import expat
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import InputError, TooLargeError
from gis.files.columns import need_column
from gis.files.grid_facts import one_of
from gis.files.posts import moment_of
from gis.files.tables import csv_shape
from gis.report import Report

BLOCK = 50_000
MOST_POINTS = 2_000_000
MOST_GEOJSON_BYTES = 20_000_000  # it has to be read whole
READ = 1 << 20
EARLIEST_S, LATEST_S = 946_684_800.0, 7_258_118_400.0  # 2000 and 2200: what clocks of devices tell
TIME = ("time", "at", "timestamp", "时间", "定位时间", "采集时间")
ACCURACY = ("accuracy", "accuracy_m", "精度", "定位精度", "hdop_m")

Floats = npt.NDArray[np.float64]
# What readers raise of files that are no tracks; brackets without end are a RecursionError.
FAULTS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, expat.ExpatError)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """A block of a track: degrees as written, seconds since 1970, metres (NaN: not told)."""

    lon: Floats
    lat: Floats
    at: Floats
    accuracy_m: Floats


def points_of(rows: list[tuple[float, float, float, float]]) -> Points:
    """A block of rows of lon, lat, moment, accuracy."""
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    at = np.where((table[:, 2] >= EARLIEST_S) & (table[:, 2] <= LATEST_S), table[:, 2], np.nan)
    return Points(lon=table[:, 0], lat=table[:, 1], at=at, accuracy_m=table[:, 3])


def read_track(path: str | Path, zone: ZoneInfo) -> Iterator[Points]:
    """The points of a track in the order of the file, some ten thousand at a time.

    Times without an offset are those of `zone`. Raises InputError `track-unreadable`,
    `track-no-times`, `column-missing`; TooLargeError `track-too-long`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    reader = {".gpx": _gpx, ".geojson": _geojson, ".json": _geojson, ".csv": _csv, ".txt": _csv}
    if suffix not in reader:
        raise InputError("track-unreadable", file=str(path))
    count = 0
    try:
        for block in reader[suffix](path, zone):
            count += len(block.at)
            if count > MOST_POINTS:
                raise TooLargeError("track-too-long", limit=MOST_POINTS)
            if np.isnan(block.at).all():
                raise InputError("track-no-times", file=str(path))
            yield block
    except FAULTS as error:
        raise InputError("track-unreadable", file=str(path)) from error


def seconds_of(value: Any, zone: ZoneInfo) -> float:
    """A moment as seconds since 1970; NaN for what is none, and for what no device can have told:
    before it knew the time, or centuries ahead."""
    if value is None or value == "":
        return float("nan")
    try:
        found = datetime.fromisoformat(str(value))
        seconds = found.replace(tzinfo=found.tzinfo or zone).timestamp()
    except ValueError:
        told = moment_of(value, zone)
        seconds = float("nan") if told is None else told[0].timestamp()
    return seconds if EARLIEST_S <= seconds <= LATEST_S else float("nan")


class _GpxReader:
    """Collects the points of tracks while a parser runs through a file."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.rows: list[tuple[float, float, float, float]] = []
        self.place: tuple[float, float] | None = None
        self.text: str | None = None
        self.time = float("nan")
        self.parser = expat.ParserCreate(namespace_separator="|")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.said
        self.parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_: Any) -> None:
        raise ValueError("a track needs no document type")

    def start(self, name: str, given: dict[str, str]) -> None:
        local = name.rpartition("|")[2]
        if local == "trkpt":
            self.place = float(given["lon"]), float(given["lat"])
            self.time = float("nan")
        elif local == "time" and self.place is not None:
            self.text = ""

    def said(self, text: str) -> None:
        if self.text is not None:
            self.text = (self.text + text)[:60]

    def end(self, name: str) -> None:
        local = name.rpartition("|")[2]
        if local == "time" and self.text is not None:
            self.time, self.text = seconds_of(self.text.strip(), self.zone), None
        elif local == "trkpt" and self.place is not None:
            self.rows.append((*self.place, self.time, float("nan")))
            self.place = None


def _gpx(path: Path, zone: ZoneInfo) -> Iterator[Points]:
    reader = _GpxReader(zone)
    with path.open("rb") as stream:
        while block := stream.read(READ):
            reader.parser.Parse(block, False)
            while len(reader.rows) >= BLOCK:
                yield points_of(reader.rows[:BLOCK])
                del reader.rows[:BLOCK]
        reader.parser.Parse(b"", True)
    if reader.rows:
        yield points_of(reader.rows)


def _geojson(path: Path, zone: ZoneInfo) -> Iterator[Points]:
    """Lines with `coordTimes` or `times` beside them, or points with `time`."""
    if path.stat().st_size > MOST_GEOJSON_BYTES:
        raise TooLargeError("base-file-too-large", limit=MOST_GEOJSON_BYTES // 1_000_000)
    told = json.loads(path.read_text(encoding="utf-8-sig"))
    rows: list[tuple[float, float, float, float]] = []
    for feature in told["features"] if told["type"] == "FeatureCollection" else [told]:
        about, shape = feature.get("properties") or {}, feature["geometry"]
        places = shape["coordinates"]
        if shape["type"] == "Point":
            accuracy = about.get("accuracy")
            at = seconds_of(about.get("time"), zone)
            sure = float("nan") if accuracy is None else float(accuracy)
            rows.append((float(places[0]), float(places[1]), at, sure))
            continue
        times = about.get("coordTimes") or about.get("times") or []
        single = shape["type"] == "LineString"
        lines, moments_of = ([places], [times]) if single else (places, times)
        # Points of a line without times are told of as those without a time are, not left out.
        for line, moments in zip_longest(lines, moments_of[: len(lines)], fillvalue=()):
            at_each = [*moments, *[None] * (len(line) - len(moments))]
            rows += [
                (float(p[0]), float(p[1]), seconds_of(t, zone), float("nan"))
                for p, t in zip(line, at_each, strict=False)
            ]
    for start in range(0, len(rows), BLOCK):
        yield points_of(rows[start : start + BLOCK])


def _csv(path: Path, zone: ZoneInfo) -> Iterator[Points]:
    shape = csv_shape(path, report=Report())
    lon = need_column(shape.names, "lon", file=str(path))
    lat = need_column(shape.names, "lat", file=str(path))
    time, accuracy = one_of(shape.names, TIME), one_of(shape.names, ACCURACY)
    if time is None:
        raise InputError("track-no-times", file=str(path))
    with path.open("rb") as stream:
        stream.seek(shape.start)
        for table in pd.read_csv(
            stream, encoding=shape.encoding, sep=shape.delimiter, dtype=str, chunksize=BLOCK
        ):
            number = {
                name: pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)
                for name in (lon, lat, accuracy)
                if name is not None
            }
            at = table[time].fillna("").map(lambda text: seconds_of(text, zone))
            yield Points(
                lon=number[lon], lat=number[lat], at=at.to_numpy(np.float64),
                accuracy_m=number[accuracy] if accuracy else np.full(len(table), np.nan),
            )  # fmt: skip
