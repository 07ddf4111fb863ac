"""Sheets of workbooks that people read and print: headed, and no text taken for a formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

HEADING, LINK = "FFE8EDF2", "FF0B5CAD"


def add_sheet(book: Any, title: str, headings: Sequence[str], row: int = 1) -> Any:
    """A sheet with a row of headings that stays in view."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    for place, heading in enumerate(headings, 1):
        cell = sheet.cell(row, place, heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color=HEADING)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(place)].width = 26 if place == 1 else 14
    sheet.freeze_panes = f"B{row + 1}"
    return sheet


def put(
    sheet: Any, row: int, column: int, value: Any, form: str = "", link: str | None = None
) -> None:
    """A cell in which a text is a text, even one that begins as a formula does."""
    from openpyxl.styles import Font

    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    if form:
        cell.number_format = form
    if link and value:
        cell.hyperlink = link
        cell.font = Font(color=LINK, underline="single")


def print_on_a4(sheet: Any, heading_row: int) -> None:
    """Lay a sheet out on A4 across, as wide as the page, its headings on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{heading_row}:{heading_row}"
