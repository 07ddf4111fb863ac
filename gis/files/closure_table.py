"""Closure figures as a table in a file: Excel or CSV, headed in the reader's language."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from gis.messages import translate

Kind = Literal["xlsx", "csv"]
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
COUNTS = ("found", "due", "closed", "on-time", "reopened", "overdue")
RATES = {"closure": "closure", "on-time-rate": "on_time_rate"}
PARTS = ("rate", "low", "high", "fair")
RANKS = ("rank", "rank-low", "rank-high", "apart")
HOURS = 3600


def write_closure(
    figures: Mapping[str, Any],
    path: Path,
    *,
    since: datetime | None,
    until: datetime | None,
    language: str,
    zone: str,
) -> None:
    """Write the rows, their sum, and (Excel) what is beside them, by the extension of `path`."""
    fields = [*COUNTS, "median-h", *(f"{rate}-{part}" for rate in RATES for part in PARTS),
              *(f"on-time-rate-{part}" for part in RANKS)]  # fmt: skip
    titles = [
        translate(f"closure-by-{figures['by']}", language),
        translate("closure-code", language),
    ]
    titles += [translate(f"closure-{field}", language) for field in fields]
    lines = [[*_called(row, figures["by"], language), *_values(row, language)]
             for row in figures["items"]]  # fmt: skip
    total = figures["total"]
    if figures["by"] in ("day", "week", "month"):
        # Of a period, those that fell due in it are still open; in all there are older ones, too.
        total = {**total, "overdue": sum(row["overdue"] for row in figures["items"])}
    lines.append([translate("closure-sum", language), "", *_values(total, language)])
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(titles)
            writer.writerows([_harmless(cell) for cell in line] for line in lines)
        return
    about = {
        "window": _window(since, until, zone, language),
        "as-of": _moment(figures["as_of"], zone),
        **{name.replace("_", "-"): count for name, count in figures["beside"].items()},
    }
    _workbook(titles, lines, about, language).save(path)


def _workbook(
    titles: list[str], lines: list[list[Any]], about: Mapping[str, Any], language: str
) -> Any:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = translate("closure-sheet", language)
    for line in [titles, *lines]:
        sheet.append(line)
    for place in range(1, len(titles) + 1):
        letter = get_column_letter(place)
        sheet[f"{letter}1"].font = Font(bold=True)
        sheet[f"{letter}{len(lines) + 1}"].font = Font(bold=True)
        sheet.column_dimensions[letter].width = 24 if place == 1 else 14
        for number in range(2, len(lines) + 2):
            cell = sheet[f"{letter}{number}"]
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a name that begins with = is a name
            elif isinstance(cell.value, float):
                cell.number_format = "0.0" if place == len(COUNTS) + 3 else "0.00%"
    sheet.freeze_panes = "C2"
    told = book.create_sheet(translate("closure-sheet-about", language))
    for name, value in about.items():
        told.append([translate(f"closure-about-{name}", language), value])
    told.append([])
    for text in translate("closure-explained", language).splitlines():
        told.append([text])
    told.column_dimensions["A"].width = 60
    return book


def _called(row: Mapping[str, Any], by: str, language: str) -> list[str]:
    name = row["name"]
    if row["key"] is None:
        return [translate(f"closure-none-{_kind(by)}", language), ""]
    if by == "source":
        said = translate(f"closure-source-{row['key'].replace('_', '-')}", language)
        return [said, row["key"]]
    if name is None:
        return [row["key"], row["key"]]
    return [name["zh" if language == "zh-CN" else "en"], row["key"]]


def _kind(by: str) -> str:
    return "grid" if by.startswith("level") else "other"


def _values(row: Mapping[str, Any], language: str) -> list[Any]:
    values: list[Any] = [row[name.replace("-", "_")] for name in COUNTS]
    median = row["median_s"]
    values.append(None if median is None else median / HOURS)
    for rate in RATES.values():
        values += [row[rate].get(part) for part in PARTS]
    standing = row["on_time_rate"]
    apart = standing.get("apart")
    values += [standing.get(name.replace("-", "_")) for name in RANKS[:-1]]
    return [*values, translate(f"closure-{apart}", language) if apart else None]


def _window(since: datetime | None, until: datetime | None, zone: str, language: str) -> str:
    start = _moment(since, zone) if since else translate("closure-from-the-first", language)
    end = _moment(until, zone) if until else translate("closure-until-now", language)
    return f"{start} – {end}"


def _moment(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets a mark before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
