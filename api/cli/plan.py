"""`wangge plan`: grids from units, their score, difference and polygons, all without database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import language, number, percent, say, say_findings, say_json, show_table
from api.cli.plan_generate import generate
from api.cli.plan_nested import nested
from api.cli.plan_publish import publish

UnitsArgument = Annotated[Path, typer.Argument(metavar="UNITS")]
PlanArgument = Annotated[Path, typer.Argument(metavar="PLAN.csv")]
Json = Annotated[bool, typer.Option("--json")]


def register(app: typer.Typer) -> None:
    """Add the group `plan`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("generate")(generate)
    group.command("nested")(nested)
    group.command("score")(score)
    group.command("compare")(compare)
    group.command("polygons")(polygons)
    group.command("publish")(publish)
    app.add_typer(group, name="plan")


def score(
    units: UnitsArgument,
    plan: PlanArgument,
    balance: str = "pop",
    tolerance: float | None = None,
    parent: str | None = None,
    streets: Path | None = None,
    together: str | None = None,
    crs: str | None = None,
    json: Json = False,
) -> None:
    """Measure a plan: loads, deviations, connectedness, shape, per grid and in all."""
    from gis.files.plans import read_assignment, read_streets, read_units
    from gis.planning.adjacency.streets import cost_by_streets
    from gis.planning.judging.score import cut_groups, score_plan

    source = read_units(units, crs=crs, balance=balance)
    grid_of_unit = [str(grid) for grid in read_assignment(plan, source, complete=True)]
    graph = source.graph
    if streets is not None:
        lines, classes = read_streets(streets, source, crs=crs)
        graph = cost_by_streets(graph, source.units.polygons, lines, classes)
    found = score_plan(
        source.units, graph, grid_of_unit, balance=balance, tolerance=tolerance,
        parent=source.names(parent) if parent else None,
    )  # fmt: skip
    outside = [row["reason"] for row in found["grids"] if row.get("reason")]
    for row in found["grids"]:
        if row.get("reason"):
            row["reason"] = row["reason"].as_dict(language())
    cut = cut_groups(grid_of_unit, source.names(together)) if together else None
    if json:
        say_json(
            {
                **found,
                **({} if cut is None else {"cut_groups": cut}),
                "report": source.report.as_dict(language()),
            }
        )
        return
    say_findings(source.report)
    show_table(
        ("grid_id", "units", "pop", "area_m2", "load", "deviation", "contiguous", "compactness"),
        found["grids"],
    )
    whole = found["plan"]
    say(
        "plan-scored", grids=whole["grids"], max=percent(whole["max_deviation"]),
        mean=percent(whole["mean_deviation"]), broken=whole["not_contiguous"],
        boundary_km=number(whole["cut_m"] / 1000), compactness=f"{whole['compactness']:.2f}",
    )  # fmt: skip
    for reason in sorted(outside, key=lambda reason: -abs(reason.deviation)):
        typer.echo("- " + reason.text(language()))
    if whole["arterial_share"] is not None:
        say("plan-arterial-share", share=percent(whole["arterial_share"]))
    if cut is not None:
        say("plan-groups-cut", count=len(cut), groups=", ".join(cut[:5]))


def compare(
    units: UnitsArgument,
    before: Annotated[Path, typer.Argument(metavar="A.csv")],
    after: Annotated[Path, typer.Argument(metavar="B.csv")],
    crs: str | None = None,
    json: Json = False,
) -> None:
    """Units and people that would move from plan A to plan B, whatever their ids."""
    from dataclasses import asdict

    from gis.files.plans import read_assignment, read_units
    from gis.planning.change.compare import compare_plans

    source = read_units(units, crs=crs)
    first = read_assignment(before, source, complete=True)
    second = read_assignment(after, source, complete=True)
    found = compare_plans(
        [str(grid) for grid in first],
        [str(grid) for grid in second],
        pop=source.units.columns["pop"],
        area_m2=source.graph.area_m2,
    )
    if json:
        result = asdict(found)
        result["moved"] = [str(unit) for unit in source.units.unit_id[found.moved]]
        say_json(result)
        return
    show_table(
        ("before", "after", "units", "pop", "area_m2"), [asdict(move) for move in found.moves]
    )
    say(
        "plan-compared", units=found.units_moved, pop=number(found.pop_moved),
        share=percent(found.pop_share), new=len(found.new), dissolved=len(found.dissolved),
    )  # fmt: skip


def polygons(
    units: UnitsArgument,
    plan: PlanArgument,
    out: Annotated[Path, typer.Option()],
    simplify_m: float = 0.0,
    crs: str | None = None,
    json: Json = False,
) -> None:
    """The polygons of a plan's grids, without gap or overlap; checked."""
    from gis.errors import InputError
    from gis.files.plans import read_assignment, read_units, write_grids
    from gis.planning.coverage import Level, check_coverage, grid_polygons
    from gis.planning.judging.score import numbered, score_plan

    source = read_units(units, crs=crs)
    grid_of_unit = [str(grid) for grid in read_assignment(plan, source, complete=True)]
    labels, grid_ids = numbered(grid_of_unit)
    shapes = grid_polygons(source.units.polygons, [labels], simplify_m=simplify_m)[0]
    found = score_plan(source.units, source.graph, grid_of_unit, balance="pop")
    # Units in several pieces, or joined over a gap, make grids in several pieces: not a fault.
    pieces = {row["grid_id"] for row in found["grids"] if row["contiguous"]}
    report = check_coverage(
        [Level(level=3, codes=grid_ids, polygons=shapes, parent_codes=[None] * len(grid_ids))],
        in_pieces=pieces,
    )
    refused = [finding for finding in report.findings if finding.outcome == "refused"]
    if refused and not json:
        for finding in refused:
            typer.echo("- " + finding.text(language()), err=True)
    if refused:
        if json:
            say_json({"report": report.as_dict(language())})
        raise InputError("plan-no-coverage", count=sum(finding.count for finding in refused))
    write_grids(source, shapes, found["grids"], out)
    if json:
        say_json({"grids": len(grid_ids), "file": str(out), "report": report.as_dict(language())})
    else:
        say_findings(source.report)
        for finding in report.findings:
            typer.echo("- " + finding.text(language()))
        say("plan-polygons-written", grids=len(grid_ids), file=str(out))
