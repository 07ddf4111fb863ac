"""`wangge posts`: who is there to answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the group `posts`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("vacant")(vacant)
    group.command("import")(import_file)
    group.command("template")(template)
    app.add_typer(group, name="posts")


def vacant(
    jurisdiction: Annotated[str, typer.Option()],
    at: datetime | None = None,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """List the posts that nobody fills, since when, and who answers meanwhile."""
    from zoneinfo import ZoneInfo

    from api.cli.console import language, progress_bar, say, say_json, show_table
    from gis.messages import translate
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.imports import jurisdiction_id_of
    from gis.workflows.vacancies import all_vacant_posts

    settings = Settings()
    zone = ZoneInfo(settings.time_zone)
    with progress_bar() as progress:
        engine = make_engine(ensure_database(settings, progress))
    try:
        moment = at.replace(tzinfo=at.tzinfo or zone) if at is not None else None
        of = jurisdiction_id_of(engine, jurisdiction)
        with engine.connect() as connection:
            found = list(all_vacant_posts(connection, of, at=moment))
    finally:
        engine.dispose()
    if json:
        say_json({"items": found})
        return
    tongue = language()
    nobody = translate("posts-nobody", tongue)
    show_table(
        ("grid_id", "post", "why", "since", "last_holder", "answers"),
        [
            {
                "grid_id": f"{row['grid']['code']} {row['grid']['name'][tongue[:2]]}",
                "post": translate(f"post-{row['role'].replace('_', '-')}", tongue),
                "why": translate(f"posts-{row['kind']}", tongue),
                "since": row["since"] and f"{row['since'].astimezone(zone):%Y-%m-%d %H:%M}",
                "last_holder": row["last"] and row["last"]["name"],
                "answers": row["answers"]["name"] if row["answers"] else nobody,
            }
            for row in found
        ],
    )
    say("posts-vacant-count", count=len(found))


def import_file(
    file: Path,
    jurisdiction: Annotated[str, typer.Option()],
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Take in a file of leave with substitutes and of duty rosters."""
    from api.cli.console import language, progress_bar, say, say_json, show_reports
    from gis.report import Report
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.workflows.imports import jurisdiction_id_of
    from gis.workflows.post_files import import_posts

    settings, report = Settings(), Report(source=str(file))
    with progress_bar() as progress:
        engine = make_engine(ensure_database(settings, progress))
        try:
            done = import_posts(
                engine, jurisdiction_id_of(engine, jurisdiction), file, file_name=file.name,
                actor="wangge posts", time_zone=settings.time_zone, report=report,
                dry_run=dry_run, progress=progress,
            )  # fmt: skip
        except Exception:
            show_reports([report])
            raise
        finally:
            engine.dispose()
    if json:
        say_json({**done.as_dict(), "report": report.as_dict(language())})
        return
    show_reports([report])
    say("posts-import-done", **done.as_dict() | {"dry_run": str(dry_run).lower()})


def template(out: Path) -> None:
    """Write an empty table of leave and duty to fill in."""
    from api.cli.console import language, say
    from gis.files.posts import write_template

    write_template(out, language())
    say("posts-template-written", out=str(out))
