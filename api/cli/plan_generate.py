"""`wangge plan generate`: divide units into grids. No database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.console import (
    language,
    number,
    percent,
    progress_bar,
    say,
    say_findings,
    say_json,
    show_table,
)
from api.cli.plan_search import (
    TOLERANCE_MISSED,
    boundary_costs,
    certificate_json,
    interruptible,
)

if TYPE_CHECKING:
    from gis.files.plans import UnitsFile
    from gis.planning.alternatives import Alternative
    from gis.planning.change.describe import Change
    from gis.planning.model import PlanResult


def generate(
    units: Annotated[Path, typer.Argument(metavar="UNITS")],
    grids: Annotated[int, typer.Option()],
    out: Annotated[Path, typer.Option()],
    balance: str = "pop",
    tolerance: float = 0.05,
    also: Annotated[list[str] | None, typer.Option(metavar="LOAD:SHARE")] = None,
    limit: Annotated[list[str] | None, typer.Option(metavar="COLUMN=LEAST:MOST")] = None,
    parent: str | None = None,
    current: str | None = None,
    keep: float = 1.0,
    lock: Annotated[list[str] | None, typer.Option(metavar="GRID")] = None,
    streets: Path | None = None,
    clarity: float = 1.0,
    barriers: Path | None = None,
    pin: Path | None = None,
    seeds: Path | None = None,
    together: str | None = None,
    seconds: float | None = None,
    seed: int = 0,
    effort: float | None = None,
    alternatives: int = 1,
    crs: str | None = None,
    moves: Path | None = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Divide UNITS into grids: connected, balanced, with short and clear boundaries."""
    from gis.files.plans import read_assignment, read_seeds, read_units, write_plan
    from gis.planning.alternatives import check_count, generate_alternatives
    from gis.planning.change.describe import change_from_today
    from gis.planning.criteria import parse_also, parse_limit
    from gis.planning.generate import Constraints
    from gis.planning.model import PlanRequest
    from gis.report import Finding, Report

    check_count(alternatives)
    request = PlanRequest(
        grids=grids, balance=balance, tolerance=tolerance, keep=keep, seed=seed,
        effort=effort, seconds=seconds,
        also=(*map(parse_also, also or ()), *map(parse_limit, limit or ())),
    )  # fmt: skip
    with progress_bar() as progress, interruptible() as stop:
        progress("plan-step-read", 0.0)
        source = read_units(
            units, crs=crs, balance=balance, also=[criterion.load for criterion in request.also]
        )
        pins = read_assignment(pin, source, complete=False) if pin else None
        if seeds is not None:
            seeded = read_seeds(seeds, source, crs=crs)
            pins = [a or b for a, b in zip(pins or seeded, seeded, strict=True)]
        constraints = Constraints(
            parent=source.names(parent) if parent else None,
            current=_current(source, current),
            pin=pins,
            together=source.names(together) if together else None,
            lock=lock or (),
        )
        progress("plan-step-graph", 0.0)
        graph = boundary_costs(source, streets, barriers, crs)
        known: list[Finding] = []

        def announce(report: Report) -> None:
            known.extend(report.findings)
            say_findings(report)

        found = generate_alternatives(
            source.units, request, constraints, alternatives, clarity=clarity,
            graph=graph, progress=progress, stop=stop, announce=announce,
        )  # fmt: skip
    files = [out, *(out.with_stem(f"{out.stem}-{i}") for i in range(2, len(found) + 1))]
    for one, file in zip(found, files, strict=True):
        write_plan(source, one.result.grid_of_unit(), file)
    certificate = found[0].result.certificate
    today = constraints.current
    change = today and change_from_today(source.units, graph, request, found[0].result, today)
    if moves is not None:
        _write_moves(source, found[0].result, change, moves)
    compared = _write_comparison(found, files) if alternatives > 1 else []
    if json:
        also_shown: dict[str, Any] = {"alternatives": compared} if compared else {}
        if change:
            also_shown["change"] = _change(change)
        report = source.report.as_dict(language())
        say_json({**certificate_json(certificate), **also_shown, "report": report})
    else:
        say_findings(source.report)
        say(
            "plan-done", grids=certificate.grids, units=certificate.units, file=str(out),
            max=percent(certificate.max_deviation), mean=percent(certificate.mean_deviation),
            tolerance=percent(tolerance), broken=len(certificate.not_contiguous),
            boundary_km=number(certificate.boundary_m / 1000),
        )  # fmt: skip
        for kept in certificate.also:
            say(
                "plan-criterion", name=kept.name, least=number(kept.least), most=number(kept.most),
                outside=len(kept.outside),
            )  # fmt: skip
        for finding in certificate.findings:
            if finding not in known:
                typer.echo("- " + finding.text(language()))
        if change:
            _say_change(change, moves)
        if compared:
            _say_comparison(found, files, alternatives, stop())
    if not certificate.within_tolerance:
        raise typer.Exit(TOLERANCE_MISSED)


def _current(source: UnitsFile, current: str | None) -> list[str | None] | None:
    """The grid of each unit today, from a column or a file."""
    from gis.files.plans import read_assignment

    if current is None:
        return None
    as_file = Path(current)
    if current in source.frame.columns or not as_file.exists():
        return source.names(current)
    return read_assignment(as_file, source, complete=False)


def _write_comparison(found: list[Alternative], files: list[Path]) -> list[dict[str, Any]]:
    """Write the table and the chart of alternatives beside the first plan; return the rows."""
    from gis.files.trade_off import rows, write_chart, write_comparison

    if len(found) > 1:
        write_comparison(found, files, _table(files[0]))
        write_chart(found, _chart(files[0]), language())
    return rows(found, files)


def _say_comparison(
    found: list[Alternative], files: list[Path], wanted: int, stopped: bool
) -> None:
    """Print the alternatives side by side; measures that no plan has are left out."""
    from gis.files.trade_off import compact_rows

    if len(found) > 1:
        table = compact_rows(found, language())
        show_table(tuple(table[0]), table)
        out = files[0]
        say(
            "plan-alternatives-written", count=len(found), file=str(out),
            pattern=out.with_stem(f"{out.stem}-n").name,
        )  # fmt: skip
        say("plan-alternatives-files", table=str(_table(out)), chart=str(_chart(out)))
    if found[0].beaten:
        say("plan-alternatives-beaten")
    if len(found) < wanted:
        code = "plan-alternatives-stopped" if stopped else "plan-alternatives-fewer"
        say(code, wanted=wanted, count=len(found))


def _table(out: Path) -> Path:
    return out.with_stem(out.stem + "-alternatives")


def _chart(out: Path) -> Path:
    return out.with_name(out.stem + "-alternatives.svg")


def _write_moves(source: UnitsFile, result: PlanResult, change: Change | None, path: Path) -> None:
    """Write the ordered moves of a change as a table."""
    import pandas as pd

    from gis.errors import InputError
    from gis.files.tables import write_table
    from gis.planning.change.describe import MOVE_COLUMNS, move_rows

    if change is None:
        raise InputError("plan-moves-without-current")
    rows = move_rows(change.steps or (), list(source.units.unit_id), result.grid_ids)
    write_table(pd.DataFrame(rows, columns=MOVE_COLUMNS), path)


def _change(change: Change) -> dict[str, Any]:
    """A change as JSON; its steps are in the file of moves."""
    from dataclasses import asdict

    shown = asdict(change)
    shown["steps"] = None if change.steps is None else len(change.steps)
    shown["findings"] = [finding.text(language()) for finding in change.findings]
    return shown


def _say_change(change: Change, moves: Path | None) -> None:
    steps = change.steps or ()
    say(
        "change-summary", units=change.units_moved, people=number(change.people_moved),
        share=percent(change.people_share), steps=len(steps),
    )  # fmt: skip
    say(
        "change-bounds", least=percent(change.least_share), moved=percent(change.load_share),
        chained="–" if change.chained_share is None else percent(change.chained_share),
    )  # fmt: skip
    if moves is not None:
        peak = max((step.max_deviation for step in steps), default=0.0)
        say("change-moves-written", steps=len(steps), file=str(moves), peak=percent(peak))
    for finding in change.findings:
        typer.echo("- " + finding.text(language()))
