"""`wangge plan nested`: communities and their basic grids in one search. No database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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


def nested(
    units: Annotated[Path, typer.Argument(metavar="UNITS")],
    grids: Annotated[int, typer.Option()],
    communities: Annotated[int, typer.Option()],
    out: Annotated[Path, typer.Option()],
    areas: str | None = None,
    balance: str = "pop",
    tolerance: float = 0.05,
    streets: Path | None = None,
    clarity: float = 1.0,
    barriers: Path | None = None,
    seconds: float | None = None,
    seed: int = 0,
    crs: str | None = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Divide UNITS into communities and those into basic grids."""
    from gis.files.plans import read_units, write_levels
    from gis.messages import translate
    from gis.planning.adjacency.streets import clearer
    from gis.planning.balance import parse_balance
    from gis.planning.model import PlanRequest
    from gis.planning.nested import generate_nested, shared_counts
    from gis.report import Finding, Report

    request = PlanRequest(
        grids=grids, balance=balance, tolerance=tolerance, seed=seed, seconds=seconds
    )
    known: list[Finding] = []

    def announce(report: Report) -> None:
        known.extend(report.findings)
        say_findings(report)

    with progress_bar() as progress, interruptible() as stop:
        progress("plan-step-read", 0.0)
        source = read_units(units, crs=crs, balance=balance)
        size = len(source.units.unit_id)
        area = [name or "" for name in source.names(areas)] if areas else [out.stem] * size
        progress("plan-step-graph", 0.0)
        graph = clearer(boundary_costs(source, streets, barriers, crs), clarity)
        load = parse_balance(balance).load({**source.units.columns, "area": graph.area_m2})
        plan = generate_nested(
            source.units, area, shared_counts(load, area, communities, grids), balance=balance,
            tolerance=tolerance, seed=seed, effort=request.factor(size), seconds=seconds,
            graph=graph, progress=progress, stop=stop, announce=announce,
        )  # fmt: skip
    write_levels(source, plan, out)
    certificate = plan.certificate
    if json:
        say_json({**certificate_json(certificate), "report": source.report.as_dict(language())})
    else:
        say_findings(source.report)
        rows = [
            {
                "level": translate(f"plan-level-{level}", language()),
                "grids": len(measures.load),
                "max_deviation": f"{percent(float(abs(measures.deviation).max()))} %",
                "compactness": float(measures.compactness.mean()),
            }
            for level, measures in plan.measures.items()
        ]
        show_table(tuple(rows[0]), rows)
        say(
            "plan-nested-done", grids=grids, communities=communities, units=size, file=str(out),
            max=percent(certificate.max_deviation), tolerance=percent(tolerance),
            boundary_km=number(certificate.boundary_m / 1000),
        )  # fmt: skip
        for finding in certificate.findings:
            if finding not in known:
                typer.echo("- " + finding.text(language()))
    if not certificate.within_tolerance:
        raise typer.Exit(TOLERANCE_MISSED)
