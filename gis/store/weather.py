"""Daily weather by place: recorded, listed, and as arrays for forecasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from gis.hotspots.weather import MEASURES, OBSERVED

BLOCK = 5_000  # rows of one INSERT
COLUMNS = ", ".join(MEASURES)
# Of several rows for a place, a day and a day of issue the one recorded last counts.
NOW = f"""
SELECT DISTINCT ON (place, day, issued_on) id, place, day, issued_on, {COLUMNS}, source
FROM weather_day WHERE jurisdiction_id = :of AND {{where}}
ORDER BY place, day, issued_on, id DESC
"""
PLACES = f"""
SELECT place, count(*) FILTER (WHERE issued_on IS NULL) AS days,
       min(day) FILTER (WHERE issued_on IS NULL) AS first,
       max(day) FILTER (WHERE issued_on IS NULL) AS last,
       max(day) FILTER (WHERE issued_on IS NOT NULL) AS forecast_to,
       (array_agg(source ORDER BY id DESC))[1] AS source, min(source) <> max(source) AS sources,
       max(id) AS version
FROM ({NOW.format(where="true")}) AS now GROUP BY place ORDER BY days DESC, place
"""
HISTORY = f"""
SELECT w.issued_on, {", ".join(f"w.{name}" for name in MEASURES)}, w.source, w.recorded_at,
       w.recorded_by, job.file_name AS file
FROM weather_day AS w LEFT JOIN import_job AS job ON job.id = w.import_job_id
WHERE w.jurisdiction_id = :of AND w.place = :place AND w.day = :day
ORDER BY w.issued_on DESC NULLS FIRST, w.id DESC LIMIT :limit
"""
TYPES = {"place": "text", "day": "date", "issued_on": "date", "source": "text"} | dict.fromkeys(
    MEASURES, "float8"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """What is known of a place: day numbers (`date.toordinal`), of issue too (OBSERVED: the day
    was observed), and rows (n, 6) of measures, NaN where not measured."""

    day: npt.NDArray[np.int64]
    issued: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]


def places(connection: Connection, jurisdiction_id: int) -> list[dict[str, Any]]:
    """Places with how many days were observed, from when to when, to where a forecast reaches, by
    whom; the one with the most days first. `version` grows with every row."""
    rows = connection.execute(text(PLACES), {"of": jurisdiction_id}).mappings()
    return [dict(row) for row in rows]


def records(connection: Connection, jurisdiction_id: int, place: str) -> Records:
    """All that is known of a place, observed and forecast."""
    query = NOW.format(where="place = :place")
    rows = connection.execute(text(query), {"of": jurisdiction_id, "place": place}).all()
    issued = [OBSERVED if row.issued_on is None else row.issued_on.toordinal() for row in rows]
    values = [[getattr(row, name) for name in MEASURES] for row in rows]
    return Records(
        day=np.array([row.day.toordinal() for row in rows], np.int64),
        issued=np.array(issued, np.int64),
        values=np.array(values, np.float64).reshape(-1, len(MEASURES)),
    )


def present(
    connection: Connection, jurisdiction_id: int, first: date, last: date
) -> dict[tuple[str, date, date | None], tuple[Any, ...]]:
    """What counts now of the days from one to another, by place, day and day of issue: the
    measures and the source."""
    query = NOW.format(where="day BETWEEN :first AND :last")
    values = {"of": jurisdiction_id, "first": first, "last": last}
    return {
        (row.place, row.day, row.issued_on): (*(getattr(row, name) for name in MEASURES),
                                              row.source)
        for row in connection.execute(text(query), values)
    }  # fmt: skip


def write(
    connection: Connection,
    jurisdiction_id: int,
    rows: Sequence[Mapping[str, Any]],
    *,
    job_id: int | None,
) -> None:
    """Record days: `place`, `day`, `issued_on`, the measures and `source` of each."""
    given = ", ".join(f"cast(:{name} AS {kind}[])" for name, kind in TYPES.items())
    query = (
        f"INSERT INTO weather_day (jurisdiction_id, import_job_id, {', '.join(TYPES)})"
        f" SELECT :of, :job, * FROM unnest({given})"
    )
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        columns = {name: [row[name] for row in block] for name in TYPES}
        connection.execute(text(query), {"of": jurisdiction_id, "job": job_id, **columns})


def history(
    connection: Connection, jurisdiction_id: int, place: str, day: date, *, limit: int
) -> list[dict[str, Any]]:
    """Everything that was ever recorded of a day, observed first, the latest first."""
    values = {"of": jurisdiction_id, "place": place, "day": day, "limit": limit}
    return [dict(row) for row in connection.execute(text(HISTORY), values).mappings()]
