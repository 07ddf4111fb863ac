"""`wangge people`: organisations, people, posts and attachments by Excel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group `people`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("template")(template)
    group.command("import")(import_file)
    app.add_typer(group, name="people")


def template(out: Path) -> None:
    """Write an empty workbook of organisations, people, posts and attachments."""
    from api.cli.console import language, say
    from gis.files.staff import write_template

    write_template(out, language())
    say("staff-template-written", out=str(out))


def import_file(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    end_missing: Annotated[bool, typer.Option("--end-missing")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take in a workbook of organisations, people, posts and attachments."""
    from api.cli.console import language, progress_bar, say, say_json, show_reports
    from gis.report import Report
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.imports import jurisdiction_id_of
    from gis.workflows.locators import Locators
    from gis.workflows.staff_files import StaffRequest, import_staff

    settings, report = Settings(), Report(source=str(file))
    with progress_bar() as progress:
        engine = make_engine(ensure_database(settings, progress))
        try:
            request = StaffRequest(
                jurisdiction_id=jurisdiction_id_of(engine, jurisdiction), file_name=file.name,
                time_zone=settings.time_zone, actor="wangge people", dry_run=dry_run,
                end_missing=end_missing, language=language(),
            )  # fmt: skip
            done = import_staff(engine, Locators(), request, file, report=report, progress=progress)
        except Exception:
            show_reports([report])
            raise
        finally:
            engine.dispose()
    if json:
        say_json({**done.as_dict(), "report": report.as_dict(language())})
        return
    show_reports([report])
    say("staff-import-done", **done.as_dict() | {"dry_run": str(dry_run).lower()})
    left_out = {name: done.as_dict()[f"missing_{name}"] for name in ("people", "posts",
                                                                     "attachments")}  # fmt: skip
    if any(left_out.values()) and not end_missing:
        say("staff-import-missing", **left_out)
