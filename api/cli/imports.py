"""`wangge import …`: an office's own files into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group `import`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("incidents")(incidents)
    group.command("plan")(plan)
    app.add_typer(group, name="import")


def incidents(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    crs: str | None = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
    accept_crs: Annotated[bool, typer.Option("--accept-crs")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Import incidents: whole or not at all, each routed to its grid and person."""
    from api.cli.console import language, progress_bar, say_json, show_reports
    from gis.report import Report
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.import_rows import ImportRequest
    from gis.workflows.imports import import_file, jurisdiction_id_of
    from gis.workflows.locators import Locators

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
                    again=again,
                    accept_crs=accept_crs,
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
    units: Path,
    assignment: Path,
    jurisdiction: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    duty_name: Annotated[str, typer.Option()],
    duty_phone: str | None = None,
    balance: str = "pop",
    tolerance: float = 0.05,
    crs: str | None = None,
) -> None:
    """Store units and a plan of them, and publish it: checked, coded, in force at once."""
    from api.cli.console import progress_bar, say, show_reports
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.store.migrate import upgrade
    from gis.workflows.adopt import AdoptRequest, adopt_plan

    with progress_bar() as progress:
        url = ensure_database(Settings(), progress)
        upgrade(url)
        engine = make_engine(url)
        try:
            done = adopt_plan(
                engine,
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
