"""`wangge import …`: an office's own files into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Crs = Annotated[
    str | None, typer.Option(help="coordinate system: EPSG:4326, EPSG:4490, gcj02, bd09, …")
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Bring your own files into the database.")
    group.command("incidents")(incidents)
    group.command("plan")(plan)
    app.add_typer(group, name="import")


def incidents(
    file: Annotated[Path, typer.Argument(help="CSV, Excel, Parquet or GeoJSON")],
    jurisdiction: Annotated[str, typer.Option(help="code of the organisation, such as 410102")],
    crs: Crs = None,
    skip_bad: Annotated[bool, typer.Option(help="import good rows, report the others")] = False,
    dry_run: Annotated[bool, typer.Option(help="check only")] = False,
    json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
) -> None:
    """Import incidents: whole or not at all, each routed to its grid and person.

    Exit codes: 0 imported, 1 refused (the report says which rows and why).
    """
    from api.cli.console import language, progress_bar, say_json, show_reports
    from gis.report import Report
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.imports import ImportRequest, import_file, jurisdiction_id_of
    from gis.workflows.ownership import Locators

    settings = Settings()
    report = Report(source=file.name)
    with progress_bar() as progress:
        engine = make_engine(ensure_database(settings, progress))
        try:
            import_file(
                engine,
                Locators(),
                ImportRequest(
                    jurisdiction_id=jurisdiction_id_of(engine, jurisdiction),
                    file_name=file.name,
                    crs=crs,
                    skip_bad=skip_bad,
                    dry_run=dry_run,
                    time_zone=settings.time_zone,
                    actor="wangge import",
                ),
                file,
                report=report,
                progress=progress,
            )
        finally:
            engine.dispose()
            if json:
                say_json(report.as_dict(language()))
            else:
                show_reports([report])


def plan(
    units: Annotated[Path, typer.Argument(help="units with unit_id, pop and polygons")],
    assignment: Annotated[Path, typer.Argument(help="PLAN.csv with unit_id,grid_id")],
    jurisdiction: Annotated[str, typer.Option(help="code: 4 digits city, 6 district, 9 street")],
    name: Annotated[str, typer.Option(help="name of the jurisdiction")],
    duty_name: Annotated[str, typer.Option(help="who answers where no post is filled")],
    duty_phone: Annotated[str | None, typer.Option(help="their telephone")] = None,
    balance: Annotated[str, typer.Option(help="what the plan balances")] = "pop",
    tolerance: Annotated[float, typer.Option(help="share that loads may differ by")] = 0.05,
    crs: Crs = None,
) -> None:
    """Store units and a plan of them, and publish it: checked, coded, in force at once."""
    from api.cli.console import progress_bar, say, show_reports
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.store.migrate import upgrade
    from gis.workflows.adopt import AdoptRequest, adopt_plan
    from gis.workflows.ownership import Locators

    with progress_bar() as progress:
        url = ensure_database(Settings(), progress)
        upgrade(url)
        engine = make_engine(url)
        try:
            done = adopt_plan(
                engine,
                Locators(),
                AdoptRequest(
                    code=jurisdiction,
                    name=name,
                    duty_name=duty_name,
                    duty_phone=duty_phone,
                    plan_name=assignment.stem,
                    balance=balance,
                    tolerance=tolerance,
                    actor="wangge import",
                ),
                units,
                assignment,
                crs=crs,
                progress=progress,
            )
        finally:
            engine.dispose()
    show_reports(done.reports)
    say("adopt-done", plan=done.plan_id, name=name, units=done.units, grids=done.grids)
