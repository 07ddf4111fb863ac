"""A table of reports, as offices keep them, checked row by row before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.incidents.plain_text import clean_line, clean_text
from gis.incidents.sources import SOURCE_NAMES, SOURCES
from gis.report import Report

MAX_TITLE = 200
EARLIEST, LATEST = pd.Timestamp("1900-01-01", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """n reports that passed every check. `row` is where each stood in the file, 1-based.

    Coordinates are as read, in the system that the caller names. Times are datetime64 in UTC,
    NaT for what is not closed, or brings no due date. Texts are objects, None where there is none.
    """

    row: npt.NDArray[np.int64]
    category: npt.NDArray[Any]
    severity: npt.NDArray[np.int64]
    title: npt.NDArray[Any]
    description: npt.NDArray[Any]
    address: npt.NDArray[Any]
    source: npt.NDArray[Any]
    source_ref: npt.NDArray[Any]
    reported_at: npt.NDArray[Any]
    due_at: npt.NDArray[Any]
    closed_at: npt.NDArray[Any]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    def where(self, keep: npt.NDArray[np.bool_]) -> ReportTable:
        """The reports that a mask keeps."""
        return ReportTable(**{it.name: getattr(self, it.name)[keep] for it in fields(self)})


def check_reports(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, str],
    severities: Mapping[str, int],
    category_names: Mapping[str, str],
    now: datetime,
    time_zone: str,
    report: Report,
) -> ReportTable:
    """The reports of a frame that can be taken; the others are refused in `report`, by row.

    `frame` is indexed by row number and has `x`, `y`, `category`, `title`, and optionally
    `severity`, `description`, `address`, `source`, `source_ref`, `reported_at`, `due_at`,
    `closed_at`.
    `columns` gives what the file itself calls each of them, for the findings.
    `severities` gives each known category's severity, `category_names` its code by name. Times
    without a zone are in `time_zone`. A missing time is `now`; a missing source is `patrol`.
    """
    zone = ZoneInfo(time_zone)
    good = pd.Series(True, index=frame.index)

    def refuse(bad: pd.Series[Any], code: str, *roles: str, **params: Any) -> None:
        nonlocal good
        fresh = bad & good
        if fresh.any():
            named = ", ".join(columns[role] for role in roles if role in columns)
            report.add("refused", code, rows=frame.index[fresh], column=named or "-", **params)
            good &= ~bad

    category = _each(
        _texts(frame, "category"),
        lambda given: category_names.get(given, _with_lost_zero(given)),
    )
    unknown = ~category.isin(list(severities))
    refuse(unknown, "row-category-unknown", "category", examples=_examples(category, unknown))

    title = _each(_texts(frame, "title"), clean_line)
    refuse(title == "", "row-title-missing", "title")
    refuse(title.str.len() > MAX_TITLE, "row-title-long", "title", limit=MAX_TITLE)

    x, y = frame["x"].astype(float), frame["y"].astype(float)
    refuse(~(x.abs() < np.inf) | ~(y.abs() < np.inf), "row-place-missing", "x", "y")

    severity = category.map(severities)
    if "severity" in frame:
        given = pd.to_numeric(frame["severity"], errors="coerce")
        stated = _texts(frame, "severity") != ""
        refuse(stated & ~given.isin([1, 2, 3, 4]), "row-severity-invalid", "severity")
        severity = given.where(given.isin([1, 2, 3, 4]), severity)

    source = _each(_texts(frame, "source"), lambda given: SOURCE_NAMES.get(given, given))
    source = source.where(source != "", "patrol")
    bad_source = ~source.isin(SOURCES)
    refuse(bad_source, "row-source-unknown", "source", examples=_examples(source, bad_source))

    reported, stated = _times(frame, "reported_at", zone)
    refuse(stated & reported.isna(), "row-time-unreadable", "reported_at")
    refuse(reported > pd.Timestamp(now), "row-time-in-future", "reported_at")
    reported = reported.where(stated, pd.Timestamp(now).tz_convert("UTC"))

    due, stated = _times(frame, "due_at", zone)
    refuse(stated & due.isna(), "row-time-unreadable", "due_at")
    refuse(due < reported, "row-due-before-reported", "due_at", "reported_at")

    closed, stated = _times(frame, "closed_at", zone)
    refuse(stated & closed.isna(), "row-time-unreadable", "closed_at")
    refuse(closed > pd.Timestamp(now), "row-time-in-future", "closed_at")
    refuse(closed < reported, "row-closed-before-reported", "closed_at", "reported_at")

    keep = good.to_numpy()
    return ReportTable(
        row=frame.index.to_numpy(np.int64)[keep],
        category=category.to_numpy(object)[keep],
        severity=severity[good].to_numpy().astype(np.int64),
        title=title.to_numpy(object)[keep],
        description=_nullable(frame, "description", clean_text)[keep],
        address=_nullable(frame, "address", clean_line)[keep],
        source=source.to_numpy(object)[keep],
        source_ref=_nullable(frame, "source_ref", str)[keep],
        reported_at=_moments(reported[good]),
        due_at=_moments(due[good]),
        closed_at=_moments(closed[good]),
        x=x.to_numpy().astype(np.float64)[keep],
        y=y.to_numpy().astype(np.float64)[keep],
    )


def _texts(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The column as stripped text, empty where there is none. Codes keep their leading zeros."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    values = frame[column]
    if pd.api.types.is_float_dtype(values.dtype):
        # A number that a spreadsheet made of a code: whole, and with every digit.
        whole = values.map(
            lambda v: "" if pd.isna(v) else str(int(v)) if float(v).is_integer() else repr(float(v))
        )
        return whole.astype(object)
    if pd.api.types.infer_dtype(values, skipna=True) == "string":
        return _each(values.astype(object).fillna(""), _plain)
    return values.map(lambda v: "" if pd.isna(v) else _plain(v)).astype(object)


def _each(texts: pd.Series[Any], made: Callable[[str], str | None]) -> pd.Series[Any]:
    """Every text through a function, each different one once: most columns say few things."""
    places, different = pd.factorize(texts)
    whole = np.array([made(text) for text in different], dtype=object)
    return pd.Series(whole[places], index=texts.index, dtype=object)


def _with_lost_zero(code: str) -> str:
    """A category's code as it was before a spreadsheet took it for a number: 101 is 0101."""
    return f"0{code}" if code.isdigit() and len(code) in (1, 3) else code


def _plain(value: Any) -> str:
    return str(value).replace("\x00", "").strip()


def _nullable(frame: pd.DataFrame, column: str, clean: Callable[[str], str]) -> npt.NDArray[Any]:
    return _each(_texts(frame, column), lambda text: clean(text) or None).to_numpy(object)


def _examples(values: pd.Series[Any], bad: pd.Series) -> str:
    return ", ".join(sorted({str(value) for value in values[bad]})[:5])


def _times(
    frame: pd.DataFrame, column: str, zone: ZoneInfo
) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """The column as UTC moments, NaT where it is empty or cannot be read; and where something is
    stated."""
    if column not in frame:
        nothing = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us, UTC]")
        return nothing, nothing.notna()
    values = frame[column]
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return cast("pd.Series[Any]", values.dt.tz_convert("UTC")), values.notna()
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _localised(values, zone), values.notna()
    texts = _texts(frame, column)
    zoned = texts.str.contains(r"(?:[Zz]|[+-]\d{2}:?\d{2})$", regex=True)
    found = pd.to_datetime(texts.where(zoned), errors="coerce", utc=True, format="ISO8601")
    if zoned.all():
        moments = found
    else:
        naive = texts.mask(zoned).str.replace(r"[年月/.](?=\d)", "-", regex=True)
        naive = naive.str.replace("日", " ", regex=False).str.strip()
        # The year comes first, or nobody knows which of 3/4 is the month.
        dated = naive.where(naive.str.match(r"\d{4}-\d{1,2}-\d{1,2}(?:$|[ T])", na=False))
        local = _localised(pd.to_datetime(dated, errors="coerce", format="mixed"), zone)
        moments = found.where(zoned, local)
    return moments.where((moments >= EARLIEST) & (moments < LATEST)), texts != ""


def _localised(values: pd.Series[Any], zone: ZoneInfo) -> pd.Series[Any]:
    local = values.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    return cast("pd.Series[Any]", local.dt.tz_convert("UTC"))


def _moments(values: pd.Series[Any]) -> npt.NDArray[Any]:
    return np.asarray(values.dt.tz_convert("UTC").dt.tz_localize(None), "datetime64[us]")
