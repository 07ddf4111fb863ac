"""Files of daily weather: a row for each place and day; and the one to fill in."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from gis.errors import InputError
from gis.files.columns import cell_text, numbers
from gis.files.grid_facts import SOURCE, days_of, one_of
from gis.files.tables import read_table, write_table
from gis.report import Report

DAY = ("day", "date", "日期", "年月日", "观测日期")
PLACE = ("place", "station", "站点", "站名", "台站", "气象站", "地点", "区站号", "站号")
ISSUED = ("issued_on", "issued", "发布日期", "预报日期", "起报日期")
# Measures by the names that their columns may bear, and what is possible on Earth.
NAMES: dict[str, tuple[str, ...]] = {
    "mean_c": ("mean_c", "tavg", "tmean", "平均气温", "日平均气温", "平均气温(℃)", "气温"),
    "min_c": ("min_c", "tmin", "最低气温", "日最低气温", "最低气温(℃)"),
    "max_c": ("max_c", "tmax", "最高气温", "日最高气温", "最高气温(℃)"),
    "rain_mm": ("rain_mm", "rain", "prcp", "降水量", "降雨量", "日降水量", "降水量(mm)", "降水"),
    "wind_m_s": ("wind_m_s", "wind", "风速", "最大风速", "平均风速", "风速(m/s)", "最大风速(m/s)"),
    "snow_cm": ("snow_cm", "snow", "积雪深度", "雪深", "积雪", "积雪深度(cm)"),
}
RANGES = {
    "mean_c": (-80, 60), "min_c": (-80, 60), "max_c": (-80, 60), "rain_mm": (0, 2000),
    "wind_m_s": (0, 120), "snow_cm": (0, 1000),
}  # fmt: skip
MOST_PLACE, MOST_SOURCE, MOST_AHEAD_DAYS = 60, 200, 60
HEADINGS = ("日期", "站点", "平均气温", "最低气温", "最高气温", "降水量", "最大风速", "积雪深度",
            "来源", "发布日期")  # fmt: skip


def read_weather(
    path: str | Path,
    *,
    place: str | None,
    source: str | None,
    today: date,
    zone: ZoneInfo,
    report: Report,
    max_bytes: int | None = None,
) -> pd.DataFrame:
    """Days as rows of `row` (as the user sees it), `place`, `day`, `issued_on`, the measures (°C,
    mm, m/s, cm; None where empty) and `source`.

    `place` and `source` stand in for empty cells, and for columns that are not there. A day after
    today is a forecast: of its day of issue, or else of today. Refused and named: what is no day
    or no number, what cannot be on Earth, a least temperature above the highest, rows without any
    measure, place or source, days more than 60 days ahead, a day of issue that is not before the
    day, and a second row for the same. Raises what `read_table` does, InputError `column-missing`,
    `weather-no-measures`.
    """
    table = read_table(path, report=report, max_bytes=max_bytes)
    names = list(table.columns)
    day_column = one_of(names, DAY)
    if day_column is None:
        raise InputError(
            "column-missing", file=str(path), column="day", found=", ".join(names),
            aliases=", ".join(DAY),
        )  # fmt: skip
    columns = {name: one_of(names, known) for name, known in NAMES.items()}
    if not any(columns.values()):
        raise InputError(
            "weather-no-measures", file=str(path), found=", ".join(names),
            wanted="、".join(HEADINGS[2:8]),
        )  # fmt: skip
    rows = pd.DataFrame(index=table.index)
    rows["day"] = days_of(table[day_column], zone, code="weather-row-day", report=report)
    rows["no_day"] = table[day_column].map(cell_text) == ""
    rows["place"] = _text(table, one_of(names, PLACE), place)
    rows["source"] = _text(table, one_of(names, SOURCE), source)
    issued = one_of(names, ISSUED)
    rows["issued_on"] = None
    misread = pd.Series(False, index=table.index)
    if issued is not None:
        told = days_of(table[issued], zone, code="weather-row-day", report=report)
        rows["issued_on"] = told
        misread = told.isna() & (table[issued].map(cell_text) != "")
    for name, column in columns.items():
        rows[name] = np.nan if column is None else _measure(table[column], name, report)
    unread = [HEADINGS[2 + at] for at, column in enumerate(columns.values()) if column is None]
    if unread:
        report.add(
            "warned", "weather-columns-missing", count=len(unread), examples="、".join(unread)
        )
    return _good(rows, today, misread, report)


def _text(table: pd.DataFrame, column: str | None, given: str | None) -> pd.Series:
    if column is None:
        return pd.Series(given or "", index=table.index, dtype=object)
    told = table[column].map(cell_text)
    return told.where(told != "", given or "")


def _measure(values: pd.Series, name: str, report: Report) -> pd.Series:
    """Numbers that are possible; NaN for empty cells, infinite for what is refused."""
    told = values.map(cell_text)
    # A comma may stand for a point or between thousands: neither is guessed.
    commas = told.str.contains("[,，]", regex=True)
    if commas.any():
        report.add(
            "refused", "weather-row-value", rows=values.index[commas], column=str(values.name),
            example=told[commas].iloc[0],
        )  # fmt: skip
    found = numbers(values.mask(commas), report=report, outcome_code="weather-row-value")
    unread = (told != "") & found.isna()
    low, high = RANGES[name]
    wrong = found.notna() & ~found.between(low, high)
    if wrong.any():
        report.add(
            "refused", "weather-row-range", rows=values.index[wrong], column=str(values.name),
            example=cell_text(values[wrong].iloc[0]), low=low, high=high,
        )  # fmt: skip
    return found.mask(wrong | unread, np.inf)


def _good(rows: pd.DataFrame, today: date, misread: pd.Series, report: Report) -> pd.DataFrame:
    """Whole rows only; what is missing or there twice is refused, once a row of the file."""
    measures = rows[list(NAMES)]
    refused = np.isinf(measures.to_numpy(np.float64)).any(axis=1)
    days = [None if pd.isna(day) else (day - today).days for day in rows["day"]]
    rows["issued_on"] = [
        today if ahead is not None and ahead > 0 and issued is None else issued
        for ahead, issued in zip(days, rows["issued_on"], strict=True)
    ]
    late = [
        issued is not None and ahead is not None and (issued - today).days >= min(ahead, 1)
        for ahead, issued in zip(days, rows["issued_on"], strict=True)
    ]
    least, mean, most = (rows[name].to_numpy(np.float64) for name in ("min_c", "mean_c", "max_c"))
    faults = {
        "weather-row-no-day": rows["no_day"],
        "weather-row-place": (rows["place"] == "") | (rows["place"].str.len() > MOST_PLACE),
        "weather-row-source": (rows["source"] == "") | (rows["source"].str.len() > MOST_SOURCE),
        "weather-row-empty": measures.isna().all(axis=1),
        "weather-row-order": ((least > most) | (least > mean) | (mean > most)) & ~refused,
        "weather-row-ahead": [ahead is not None and ahead > MOST_AHEAD_DAYS for ahead in days],
        "weather-row-issued": late,
        "weather-row-twice": rows.duplicated(["place", "day", "issued_on"]) & rows["day"].notna(),
    }
    bad = rows["day"].isna() | refused | misread
    for code, which in faults.items():
        wrong = np.asarray(which, np.bool_)
        if wrong.any():
            report.add("refused", code, rows=rows.index[wrong], most=MOST_AHEAD_DAYS)
            bad |= wrong
    # Today is not over: what is known of it so far is no observation of a day.
    running = np.array(
        [
            ahead == 0 and issued is None
            for ahead, issued in zip(days, rows["issued_on"], strict=True)
        ],
        np.bool_,
    )
    if running.any():
        report.add("warned", "weather-row-today", rows=rows.index[running])
        bad |= running
    good: pd.DataFrame = rows[~bad].drop(columns="no_day")
    report.rows_accepted = len(good)
    return good.rename_axis("row").reset_index()


def write_weather_template(path: str | Path) -> None:
    """A table to fill in, with the headings only. By the extension of `path`: .xlsx or .csv."""
    write_table(pd.DataFrame("", index=range(1), columns=list(HEADINGS)), path)
