"""`wangge import …`: an office's own files into the database."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add the group `import`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("incidents")(incidents)
    group.command("plan")(plan)
    group.command("draft")(draft)
    group.command("base-data")(base_data)
    group.command("visits")(visits)
    group.command("weather")(weather)
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


def base_data(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    as_of: datetime | None = None,
    source: str | None = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Import counts per grid: whole or not at all."""
    from gis.workflows.grid_facts import import_facts

    def run(engine: Any, asked: Any, today: date, report: Any) -> dict[str, Any]:
        day = as_of.date() if as_of is not None else None
        return import_facts(
            engine, asked, file, as_of=day, source=source, today=today, report=report
        )

    _import_base(file, jurisdiction, run, dry_run=dry_run, again=again, json=json)


def visits(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Import visits of households: whole or not at all."""
    from gis.workflows.visits import import_visits

    def run(engine: Any, asked: Any, today: date, report: Any) -> dict[str, Any]:
        return import_visits(engine, asked, file, today=today, report=report)

    _import_base(file, jurisdiction, run, dry_run=dry_run, again=again, json=json)


def weather(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    place: str | None = None,
    source: str | None = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    again: Annotated[bool, typer.Option("--again")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Import daily weather of places: whole or not at all."""
    from gis.workflows.weather import import_weather

    def run(engine: Any, asked: Any, today: date, report: Any) -> dict[str, Any]:
        return import_weather(
            engine, asked, file, place=place, source=source, today=today, report=report
        )

    _import_base(file, jurisdiction, run, dry_run=dry_run, again=again, json=json)


def _import_base(
    file: Path, jurisdiction: str, run: Any, *, dry_run: bool, again: bool, json: bool
) -> None:
    from api.cli.console import language, say, say_json, show_reports
    from api.cli.office import office
    from gis.report import Report
    from gis.workflows.base_data_files import FileRequest

    report = Report(source=file.name)
    done: dict[str, Any] = {}
    try:
        with office() as opened:
            asked = FileRequest(
                jurisdiction_id=opened.jurisdiction(jurisdiction), file_name=file.name,
                time_zone=opened.zone.key, actor="wangge import", dry_run=dry_run, again=again,
            )  # fmt: skip
            done = run(opened.engine, asked, datetime.now(opened.zone).date(), report)
    finally:
        if json:
            say_json({**done, **report.as_dict(language())})
        else:
            show_reports([report])
    if not json:
        say(
            "rows-only-checked" if dry_run else "rows-imported", added=done["added"],
            replaced=done.get("corrected", 0), unchanged=done["unchanged"],
        )  # fmt: skip
