"""What the commands show: sentences in the reader's language, and a bar while work is under way."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gis.messages import best_language, translate
from gis.progress import Progress
from gis.report import Report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

_STYLES = {"repaired": "cyan", "refused": "red", "warned": "yellow"}


def language() -> str:
    """The language of the terminal: WANGGE_LANGUAGE first, then the POSIX locale."""
    return best_language(
        os.environ.get("WANGGE_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG"),
        default="en",
    )


def say(code: str, /, **params: Any) -> None:
    """Print the sentence of a code on stdout, unwrapped, so that it can be piped."""
    sys.stdout.write(translate(code, language(), params) + "\n")


def say_json(value: Any) -> None:
    """Print a value as JSON on stdout; paths and dates become text."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A Progress that draws one bar per step on stderr; off a terminal, one line per step."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _lines(console)
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def report(step: str, fraction: float) -> None:
            if step not in tasks:
                for task in tasks.values():
                    bar.update(task, completed=1.0)
                tasks[step] = bar.add_task(translate(step, language()), total=1.0)
            bar.update(tasks[step], completed=min(max(fraction, 0.0), 1.0))

        yield report
        for task in tasks.values():
            bar.update(task, completed=1.0)


def _lines(console: Console) -> Progress:
    seen: set[str] = set()

    def report(step: str, fraction: float) -> None:
        if step not in seen:
            seen.add(step)
            console.print(f"{translate(step, language())} …", markup=False)

    return report


def show_reports(reports: Iterable[Report]) -> None:
    """Print validation reports on stderr: per source what was taken, then each finding by row."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    tongue = language()
    for report in reports:
        if report.source:
            head = translate(
                "report-source", tongue, {
                    "source": report.source, "read": report.rows_read,
                    "accepted": report.rows_accepted,
                },
            )  # fmt: skip
            console.print(head, markup=False)
        for finding in report.findings:
            text = f"  {translate(f'report-{finding.outcome}', tongue)}: {finding.text(tongue)}"
            if finding.rows:
                more = " …" if finding.count > len(finding.rows) else ""
                rows = ", ".join(str(row) for row in finding.rows)
                text += translate("report-rows", tongue, {"rows": rows + more})
            console.print(text, style=_STYLES[finding.outcome], markup=False)


def show_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows on stdout under headings of the catalogue, never cut; numbers stand to the right.

    `columns` are keys of the rows; the heading of `area_m2` is the message `table-area-m2`.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    tongue = language()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for column in columns:
        heading = translate(f"table-{column.replace('_', '-')}", tongue)
        named = column in ("grid_id", "before", "after", "choice_lean")
        table.add_column(heading, justify="left" if named else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(_cell(column, row[column], tongue) for column in columns))
    # as wide as it needs: off a terminal rich would cut it at 80 columns
    Console(highlight=False, markup=False, emoji=False, width=1000).print(table)


def _cell(column: str, value: Any, tongue: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return translate("table-yes" if value else "table-no", tongue)
    if column == "deviation":
        return f"{value * 100:+.2f} %"
    if column == "compactness":
        return f"{value:.2f}"
    return number(value) if isinstance(value, float) else str(value)


def number(value: float) -> str:
    """A measured number with separators, one decimal where it has one."""
    return f"{value:,.1f}".removesuffix(".0")


def say_findings(report: Report) -> None:
    """Print what was found in an input, on stderr."""
    for finding in report.findings:
        sys.stderr.write("- " + finding.text(language()) + "\n")


def percent(share: float) -> str:
    """A share in per cent, with two decimals."""
    return f"{share * 100:.2f}"
