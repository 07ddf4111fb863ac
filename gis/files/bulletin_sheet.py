"""A bulletin as a workbook: the same tables, numbers as numbers, with charts and links."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from gis.files.bulletin_words import COLUMNS, Words, closure_rate, narrowed, on_time_rate, sentences
from gis.files.sheets import add_sheet, put


def workbook(words: Words) -> bytes:
    """The bulletin as an .xlsx file."""
    from openpyxl import Workbook

    figures = words.figures
    book = Workbook()
    del book[book.sheetnames[0]]
    _about(book, words)
    _counts(book, words, "category", figures["categories"])
    if len(figures["places"]) > 1:
        _counts(book, words, "place", figures["places"], ranked=True)
    if figures["departments"]:
        _counts(book, words, "department", figures["departments"])
    _trend(book, words)
    _hotspots(book, words)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _about(book: Any, words: Words) -> None:
    from openpyxl.styles import Alignment, Font

    figures = words.figures
    sheet = book.create_sheet(words.say("key-figures"))
    sheet.column_dimensions["A"].width = 30
    sheet.column_dimensions["B"].width = 90
    put(sheet, 1, 1, words.title)
    sheet["A1"].font = Font(bold=True, size=14)
    lines = [words.period, words.made]
    if figures["edition"] > 1:
        lines.append(words.say("edition", edition=figures["edition"], reason=figures["reason"]))
    if figures["synthetic"]:
        lines.append(words.say("synthetic"))
    at = 2
    for line in lines:
        put(sheet, at, 1, line)
        at += 1
    total = figures["total"]
    for column in COLUMNS:
        put(sheet, at, 1, words.say(column.replace("_", "-")))
        put(sheet, at, 2, total[column], "#,##0", words.cases(column))
        sheet.cell(at, 2).alignment = Alignment(horizontal="left")
        at += 1
    for name, rate in (("closure-rate", closure_rate), ("on-time-rate", on_time_rate)):
        put(sheet, at, 1, words.say(name))
        put(sheet, at, 2, rate(total), "0.00%")
        sheet.cell(at, 2).alignment = Alignment(horizontal="left")
        at += 1
    put(sheet, at, 1, words.say("median"))
    put(sheet, at, 2, words.took(total["median_s"]))
    at += 2
    told = [
        *sentences(words),
        words.say("how-rates"),
        words.say("how-rank"),
        words.say("how-hotspots"),
        words.say("query" if words.page_url else "no-links"),
    ]
    for line in told:
        put(sheet, at, 2, line)
        sheet.cell(at, 2).alignment = Alignment(wrap_text=True, vertical="top")
        at += 1


def _counts(
    book: Any, words: Words, first: str, rows: Sequence[Mapping[str, Any]], *, ranked: bool = False
) -> None:
    names = [first, *COLUMNS, "closure_rate", "on_time_rate", "median"]
    names += ["fair", "rank", "interval"] if ranked else []
    sheet = add_sheet(
        book, words.say(f"sheet-{first}"),
        [words.say(name.replace("_", "-")) for name in names],
    )  # fmt: skip
    for at, row in enumerate(rows, 2):
        put(sheet, at, 1, words.name(row))
        for place, column in enumerate(COLUMNS, 2):
            link = words.cases(column, **narrowed(first, row["code"]))
            put(sheet, at, place, row[column], "#,##0", link)
        _rates(sheet, at, row, words)
        if ranked:
            place = len(COLUMNS) + 5
            put(sheet, at, place, row["fair"], "0.00%")
            put(sheet, at, place + 1, row["rank"] or None)
            if row["rank"]:
                put(sheet, at, place + 2, f"{row['rank_low']}–{row['rank_high']}")
    last = len(rows) + 2
    put(sheet, last, 1, words.say("sum"))
    for place, column in enumerate(COLUMNS, 2):
        put(sheet, last, place, words.figures["total"][column], "#,##0", words.cases(column))
    _rates(sheet, last, words.figures["total"], words)
    sheet.auto_filter.ref = f"A1:{sheet.cell(1, len(names)).column_letter}{len(rows) + 1}"


def _rates(sheet: Any, at: int, row: Mapping[str, Any], words: Words) -> None:
    place = len(COLUMNS) + 2
    put(sheet, at, place, closure_rate(row), "0.00%")
    put(sheet, at, place + 1, on_time_rate(row), "0.00%")
    put(sheet, at, place + 2, words.took(row["median_s"]))


def _trend(book: Any, words: Words) -> None:
    from openpyxl.chart import LineChart, Reference

    rows = words.figures["trend"]
    period = words.say("title-" + words.figures["kind"])
    sheet = add_sheet(
        book, words.say("sheet-trend"), [period, words.say("found"), words.say("closed")]
    )
    for at, row in enumerate(rows, 2):
        for place, key in enumerate(("first", "found", "closed"), 1):
            put(sheet, at, place, row[key])
    chart = LineChart()
    chart.title, chart.height, chart.width = words.say("trend"), 8, 20
    chart.add_data(Reference(sheet, min_col=2, max_col=3, min_row=1, max_row=len(rows) + 1),
                   titles_from_data=True)  # fmt: skip
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=len(rows) + 1))
    sheet.add_chart(chart, "E2")


def _hotspots(book: Any, words: Words) -> None:
    spots = words.figures["hotspots"]
    headings = [words.say("place"), words.say("found"), words.say("lon"), words.say("lat"),
                words.say("radius"), words.say("expected"), "p"]  # fmt: skip
    sheet = add_sheet(book, words.say("sheet-hotspots"), headings)
    for at, spot in enumerate(spots, 2):
        values = (words.name(spot), spot["count"], spot["lon"], spot["lat"], spot["radius_m"],
                  spot["expected"], spot["p"])  # fmt: skip
        for place, value in enumerate(values, 1):
            put(sheet, at, place, value)
