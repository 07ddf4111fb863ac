"""`wangge serve`: the API, the tiles and the pages in one process."""

from __future__ import annotations

import gc

import typer


def register(app: typer.Typer) -> None:
    @app.command()
    def serve(
        port: int | None = None,
        host: str | None = None,
        worker: bool = True,
    ) -> None:
        """Serve the pages, the API and the tiles until stopped."""
        run_server(port=port, host=host, worker=worker)


def run_server(*, port: int | None = None, host: str | None = None, worker: bool = True) -> None:
    """Start the database if it is ours, bring it to the newest schema, and serve."""
    import uvicorn

    from api.app import create_app
    from api.cli.console import say
    from gis.settings import Settings
    from gis.store.accounts import any_administrator
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.store.migrate import upgrade

    settings = Settings()
    url = ensure_database(settings)
    upgrade(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        if not any_administrator(connection):
            say("serve-no-administrator")
    engine.dispose()
    say("serve-open", url=f"http://{host or settings.host}:{port or settings.port}/")
    uvicorn.run(
        create_app(settings, url, worker=worker, warmed=_settle),
        host=host or settings.host,
        port=port or settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        forwarded_allow_ips=settings.trusted_proxies,
    )


def _settle() -> None:
    """Leave what stays for good out of the search for garbage.

    Going over its half a million objects held up every request for a quarter of a second, several
    times a minute.
    """
    gc.collect()
    gc.freeze()
