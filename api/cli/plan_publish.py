"""`wangge plan publish`: a stored draft into force, or what that would move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gis.workflows.publishing import Publication

SHOWN = 50  # moved incidents on a terminal; --json has them all


def publish(
    plan_id: Annotated[int, typer.Argument(metavar="PLAN_ID", min=1)],
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Put a stored draft in force, with all that moves; or tell what would."""
    from api.cli.console import language, progress_bar, say, say_findings, say_json
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import acting, make_engine
    from gis.store.hand_over_notes import to_come
    from gis.workflows.publishing import preview, publish_plan

    with progress_bar() as progress:
        engine = make_engine(ensure_database(Settings(), progress))
        try:
            if dry_run:
                done = preview(engine, plan_id)
                with engine.connect() as reading:
                    items = to_come(reading, done.moves)
            else:
                with acting(engine, "wangge plan publish", action="publish") as connection:
                    done = publish_plan(connection, plan_id, progress=progress)
                    items = to_come(connection, done.moves)
        finally:
            engine.dispose()
    if json:
        say_json({**_told(done), "report": done.report.as_dict(language()), "items": items})
        return
    say_findings(done.report)
    for item in items[:SHOWN]:
        sides = (item["before"], item["after"])
        places = [(side["grid"] or side["queue"])["code"] for side in sides]
        people = [side["person"]["name"] if side["person"] else "–" for side in sides]
        typer.echo(f"{item['serial']}  {places[0]} {people[0]} → {places[1]} {people[1]}")
    if len(items) > SHOWN:
        say("publish-more", count=len(items) - SHOWN)
    said = {key: value for key, value in _told(done).items() if isinstance(value, int)}
    say("publish-tried" if dry_run else "publish-done", **said, id=plan_id)


def _told(done: Publication) -> dict[str, Any]:
    changes = done.changes
    return {
        "plan_id": done.plan_id,
        "former_id": done.former_id,
        "at": done.at,
        "grids_new": len(changes.new),
        "grids_gone": len(changes.gone),
        "grids_reshaped": len(changes.reshaped),
        "units_moved": changes.units_moved,
        "people_moved": changes.people_moved,
        "posts_moved": done.posts_moved,
        "posts_ended": done.posts_ended,
        "ties_moved": done.ties_moved,
        "ties_ended": done.ties_ended,
        "open_incidents": done.open_incidents,
        "incidents_moved": len(done.moves),
    }
