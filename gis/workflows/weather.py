"""Daily weather: imported from files with place, source and history, listed, and told in weeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.files.weather import read_weather
from gis.hotspots.weather import MEASURES, Weather, weekly_weather
from gis.report import Report
from gis.store import known
from gis.store import weather as store
from gis.workflows.base_data_files import FileRequest, refuse_any, take_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Which weather a forecast is told of: the place, what is known of it, `today` in the office;
    `version` changes with every row that is recorded."""

    place: str
    source: str
    first: date
    last: date
    today: date
    version: int
    records: store.Records

    def weeks(self, starts: Sequence[date], horizon: int) -> Weather:
        """Weather of weeks that begin on these Mondays, the last `horizon` of them to come."""
        return weekly_weather(
            self.records.day, self.records.issued, self.records.values,
            first=starts[0].toordinal(), weeks=len(starts) - horizon, horizon=horizon,
            today=self.today.toordinal(),
        )  # fmt: skip


def import_weather(
    engine: Engine,
    request: FileRequest,
    path: Path,
    *,
    place: str | None,
    source: str | None,
    today: date,
    report: Report,
    max_bytes: int | None = None,
) -> dict[str, Any]:
    """Import days from Excel or CSV: whole or not at all, the same content once.

    A day that is recorded in the same way is left alone; another word on it replaces it whole from
    now on, the former one stays in history. Gives `added`, `corrected` (of them) and `unchanged`.
    Raises what `take_in` and `read_weather` do, InputError `base-file-refused`.
    """

    def write(connection: Connection, job_id: int) -> dict[str, int]:
        known.require(connection, request.jurisdiction_id)
        rows = read_weather(
            path, place=place, source=source, today=today, zone=request.zone, report=report,
            max_bytes=max_bytes,
        )  # fmt: skip
        refuse_any(report)
        if rows.empty:
            raise InputError("weather-nothing", file=str(path))
        given: list[dict[str, Any]] = [
            {str(name): None if pd.isna(value) else value for name, value in row.items()}
            for row in rows.to_dict("records")
        ]
        former = store.present(
            connection, request.jurisdiction_id, min(row["day"] for row in given),
            max(row["day"] for row in given),
        )  # fmt: skip
        fresh, corrected = [], 0
        for row in given:
            there = former.get((row["place"], row["day"], row["issued_on"]))
            if there == (*(row[name] for name in MEASURES), row["source"]):
                continue
            corrected += there is not None
            fresh.append(row)
        store.write(connection, request.jurisdiction_id, fresh, job_id=job_id)
        return {"added": len(fresh), "corrected": corrected, "unchanged": len(given) - len(fresh)}

    return take_in(engine, request, path, kind="weather", report=report, write=write)


def places(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """Places whose weather is known, the one with the most days first. Raises NotFoundError
    `jurisdiction-not-found`."""
    known.require(connection, jurisdiction_id)
    return store.places(connection, jurisdiction_id)


def weather_of(
    connection: Connection, jurisdiction_id: int, place: str | None, today: date
) -> Told | None:
    """The weather of a place, by default of the one with the most days; None where nothing was
    observed. Raises InputError `weather-place-unknown`."""
    there = [one for one in store.places(connection, jurisdiction_id) if one["days"]]
    if place is not None and place not in {one["place"] for one in there}:
        listed = "、".join(one["place"] for one in there[:10]) or "–"
        raise InputError("weather-place-unknown", place=place, known=listed, field="weather_place")
    chosen = next((one for one in there if place in (None, one["place"])), None)
    if chosen is None:
        return None
    return Told(
        place=chosen["place"], source=chosen["source"], first=chosen["first"],
        last=chosen["last"], today=today, version=chosen["version"],
        records=store.records(connection, jurisdiction_id, chosen["place"]),
    )  # fmt: skip


def week_words(weather: Weather, ahead: int) -> dict[str, Any]:
    """What is expected of a coming week: its mean temperature, the rain that a forecast gives
    (normals are of its logarithm, which is no amount), None where not known."""
    now = dict(zip(weather.names, weather.expected[:, -1, ahead - 1].tolist(), strict=True))
    said = bool(weather.forecast[-1, ahead - 1])
    rain = now.get("rain") if said else None
    return {
        "forecast": said,
        "mean_c": None if "warmth" not in now else round(now["warmth"], 1),
        "rain_mm": None if rain is None else round(float(np.expm1(rain)), 1),
    }
