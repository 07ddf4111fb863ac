"""A plan as tables: the assignment of units, and the balance table that goes into the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from gis.files.plan_export import LAYERS, PlanExtract
from gis.files.tables import write_table

COLUMNS = (
    "code", "parent_code", "name_zh", "name_en", "units", "population", "households", "area_m2",
    "load", "deviation", "compactness",
)  # fmt: skip
WIDTHS = {"code": 20, "parent_code": 16, "name_zh": 26, "name_en": 26}
FORMATS = {
    "population": "#,##0", "households": "#,##0", "area_m2": "#,##0", "load": "#,##0.0",
    "deviation": "+0.0%;-0.0%;0.0%", "compactness": "0.00",
}  # fmt: skip
WARNING, HEADING = "FFF4CCB0", "FFE8EDF2"


def write_assignment(extract: PlanExtract, out: Path) -> None:
    """Write `unit_id,grid_id`, which `wangge plan` and the import of a draft read."""
    units = extract.units
    write_table(pd.DataFrame({"unit_id": units["code"], "grid_id": units["grid_code"]}), out)


def write_workbook(extract: PlanExtract, out: Path) -> None:
    """Write a sheet about the plan and one for each level, headed in the reader's language.

    Grids whose load is outside the plan's tolerance are filled; the sum of a level stands below it.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    _about(book, extract)
    for level in (3, 2, 1):
        _level(book, extract, level)
    book.save(out)


def _about(book: Any, extract: PlanExtract) -> None:
    sheet = book.create_sheet(extract.say("plan-export-sheet-about"))
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 60
    plan, basic = extract.plan, extract.grids[extract.grids["level"] == 3]
    spread = basic["deviation"].abs()
    within = int((spread <= float(plan["tolerance"]) + 1e-12).sum())
    sheet.append([_bold(sheet, extract.title)])
    if plan["synthetic"]:
        sheet.append([extract.say("plan-export-synthetic")])
    rows = {
        "plan": f"{plan['name']} ({plan['id']})",
        "status": extract.say(f"plan-status-{plan['status'].replace('_', '-')}"),
        "effective": plan["effective_from"].date() if plan["effective_from"] else "",
        "balance": plan["balance"],
        "tolerance": _percent(sheet, plan["tolerance"], "0.0%"),
        "grids": len(basic),
        "within": within,
        "max": _percent(sheet, float(spread.max()) if len(basic) else 0.0, "0.0%"),
        "mean": _percent(sheet, float(spread.mean()) if len(basic) else 0.0, "0.0%"),
        "population": int(basic["population"].sum()),
        "households": int(basic["households"].sum()),
        "area": round(float(basic["area_m2"].sum())),
        "exported": extract.at.strftime("%Y-%m-%d %H:%M"),
    }
    for name, value in rows.items():
        told = _plain(sheet, value) if isinstance(value, str) else value
        sheet.append([extract.say(f"plan-export-about-{name}"), told])


def _level(book: Any, extract: PlanExtract, level: int) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(extract.layer_title(LAYERS[level]))
    sheet.freeze_panes = "D2"
    columns = (*COLUMNS, *extract.people.fields)
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(column, 13)
    rows = extract.grids[extract.grids["level"] == level]
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    sheet.append([_bold(sheet, extract.field_title(name), HEADING) for name in columns])
    limit = float(extract.plan["tolerance"]) + 1e-12
    for row in rows.to_dict("records"):
        outside = abs(row["deviation"]) > limit
        lead = extract.people.lead(row["code"])[: len(extract.people.fields)]
        cells = [_cell(sheet, column, row[column], outside) for column in COLUMNS]
        sheet.append([*cells, *(_plain(sheet, value) for value in lead)])
    total: list[Any] = [_bold(sheet, extract.say("plan-export-total")), *[None] * 3]
    for column in COLUMNS[4:]:
        sums = column in ("units", "population", "households", "area_m2", "load")
        value = float(rows[column].sum()) if sums else None
        total.append(_cell(sheet, column, value, outside=False))
    sheet.append(total)


def _cell(sheet: Any, column: str, value: Any, outside: bool) -> Any:
    from openpyxl.styles import PatternFill

    cell = _plain(sheet, value)
    if column in FORMATS:
        cell.number_format = FORMATS[column]
    if outside and column == "deviation":
        cell.fill = PatternFill("solid", start_color=WARNING)
    return cell


def _plain(sheet: Any, value: Any) -> Any:
    """A cell in which a text is a text, even one that begins as a formula does."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _percent(sheet: Any, value: float, form: str) -> Any:
    cell = _plain(sheet, float(value))
    cell.number_format = form
    return cell


def _bold(sheet: Any, text: str, fill: str | None = None) -> Any:
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = _plain(sheet, text)
    cell.font = Font(bold=True)
    if fill:
        cell.fill = PatternFill("solid", start_color=fill)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell
