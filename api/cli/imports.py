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
    group.command("draft")(draft)
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


def draft(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()],
    crs: str | None = None,
    layer: str | None = None,
    code_column: str | None = None,
    drop_rest: Annotated[bool, typer.Option("--drop-rest")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Make a draft from a table or from polygons; whole or not at all."""
    from api.cli.console import language, progress_bar, say, say_json, show_reports
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.draft_files import DraftFile, draft_from_file
    from gis.workflows.imports import jurisdiction_id_of

    with progress_bar() as progress:
        engine = make_engine(ensure_database(Settings(), progress))
        try:
            done = draft_from_file(
                engine,
                DraftFile(
                    jurisdiction_id=jurisdiction_id_of(engine, jurisdiction),
                    name=name,
                    file_name=file.name,
                    actor="wangge import",
                    account_id=None,
                    crs=crs,
                    layer=layer,
                    code_column=code_column,
                    keep_rest=not drop_rest,
                    dry_run=dry_run,
                ),
                file,
                progress=progress,
            )
        finally:
            engine.dispose()
    shown = done.preview
    if json:
        told = {"plan_id": done.plan_id, "report": done.report.as_dict(language())}
        say_json({**told, "grids": shown.grids, "faults": list(shown.faults)})
        return
    show_reports([done.report])
    say(
        "plan-import-tried" if done.plan_id is None else "plan-import-done", id=done.plan_id,
        grids=shown.grids, units=shown.units, cut=shown.units_cut, unassigned=shown.unassigned,
    )  # fmt: skip
