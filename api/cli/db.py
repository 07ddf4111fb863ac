"""`wangge db`: the private PostgreSQL cluster, and the tables of whichever database is used."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.console import progress_bar, say, say_json

STOPPED = 3  # the exit code of `status` that service managers expect

Json = Annotated[bool, typer.Option("--json")]


def register(app: typer.Typer) -> None:
    """Add the group `db`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("start")(start)
    group.command("stop")(stop)
    group.command("status")(status)
    group.command("upgrade")(upgrade)
    app.add_typer(group, name="db")


def start(json: Json = False) -> None:
    """Start the private PostgreSQL cluster; create it the first time."""
    from gis.settings import Settings
    from gis.store.cluster import ensure_database

    settings = Settings()
    _refuse_foreign(settings.database_url)
    with progress_bar() as progress:
        ensure_database(settings, progress)
    _show(json)


def stop(json: Json = False) -> None:
    """Stop the private PostgreSQL cluster."""
    from gis.settings import Settings
    from gis.store.cluster import cluster_of

    settings = Settings()
    _refuse_foreign(settings.database_url)
    cluster_of(settings).stop()
    _show(json)


def status(json: Json = False) -> None:
    """Tell whether the database runs: exit code 0 if it does, 3 if not."""
    if not _show(json):
        raise typer.Exit(STOPPED)


def upgrade(json: Json = False) -> None:
    """Start the database if need be and bring its tables up to date."""
    from gis.settings import Settings
    from gis.store import migrate
    from gis.store.cluster import ensure_database, without_password

    with progress_bar() as progress:
        url = ensure_database(Settings(), progress)
        progress("database-upgrade", 0.0)
        migrate.upgrade(url)
        progress("database-upgrade", 1.0)
    result = {"url": without_password(url), "revision": migrate.current(url)}
    if json:
        say_json(result)
    else:
        say("database-upgraded", **result)


def _refuse_foreign(database_url: str | None) -> None:
    """A server named by DATABASE_URL is not ours to start or stop."""
    if database_url:
        from gis.errors import ConflictError
        from gis.store.cluster import without_password

        raise ConflictError("cluster-not-ours", url=without_password(database_url))


def _show(json: bool) -> bool:
    """Print how the database is; True if it takes connections."""
    from dataclasses import asdict

    from gis.errors import WanggeError
    from gis.settings import Settings
    from gis.store.cluster import cluster_of, connect, without_password

    settings = Settings()
    if settings.database_url:
        shown = without_password(settings.database_url)
        try:
            connect(settings.database_url).close()
        except WanggeError as error:
            if not json:
                raise
            say_json({"running": False, "url": shown, "error": error.code, "detail": str(error)})
            return False
        if json:
            say_json({"running": True, "ready": True, "url": shown})
        else:
            say("database-answers", url=shown)
        return True
    found = cluster_of(settings).status()
    if json:
        say_json(asdict(found))
    elif found.ready:
        say("cluster-running", **asdict(found))
    elif found.running:
        say("cluster-not-ready", **asdict(found))
    else:
        say("cluster-stopped" if found.initialised else "cluster-none", **asdict(found))
    return found.ready
