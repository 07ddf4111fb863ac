"""`wangge deadlines`: the table of deadlines as Excel or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Jurisdiction = Annotated[str, typer.Option()]


def register(app: typer.Typer) -> None:
    """Add the group `deadlines`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("template")(template)
    group.command("export")(export)
    group.command("import")(import_file)
    app.add_typer(group, name="deadlines")


def template(out: Path) -> None:
    """Write an empty table to fill in."""
    from api.cli.console import language, say
    from api.cli.office import office
    from gis.workflows.deadline_files import write_template

    with office() as opened, opened.engine.connect() as connection:
        write_template(connection, out, language())
    say("deadlines-template-written", out=str(out))


def export(out: Path, jurisdiction: Jurisdiction) -> None:
    """Write the table that holds now."""
    from api.cli.console import language, say
    from api.cli.office import office
    from gis.workflows.deadline_files import export_deadlines

    with office() as opened:
        of = opened.jurisdiction(jurisdiction)
        rows = export_deadlines(
            opened.engine, of, out, language=language(), actor="wangge deadlines"
        )
    say("deadlines-written", rows=rows, out=str(out))


def import_file(
    file: Path,
    jurisdiction: Jurisdiction,
    reason: str | None = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    end_missing: Annotated[bool, typer.Option("--end-missing")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take in a table of deadlines, whole or not at all."""
    from api.cli.console import language, say, say_json, show_reports
    from api.cli.office import office
    from gis.report import Report
    from gis.workflows.deadline_files import import_deadlines

    report = Report(source=str(file))
    try:
        with office() as opened:
            done = import_deadlines(
                opened.engine, opened.jurisdiction(jurisdiction), file, file_name=file.name,
                actor="wangge deadlines", reason=reason, dry_run=dry_run,
                end_missing=end_missing, report=report,
            )  # fmt: skip
    except Exception:
        show_reports([report])
        raise
    if json:
        stored = {"stored": not dry_run}
        say_json({**done.as_dict(), **stored, "report": report.as_dict(language())})
        return
    show_reports([report])
    say("deadlines-checked" if dry_run else "deadlines-imported", **done.as_dict())
    if done.missing and not end_missing:
        say("deadlines-missing", missing=done.missing)
