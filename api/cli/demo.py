"""`wangge demo`: a whole city, synthetic and labelled so, built and served."""

from __future__ import annotations

from datetime import UTC, datetime

import typer


def register(app: typer.Typer) -> None:
    @app.command()
    def demo(
        scale: str = "sub-districts",
        seed: int = 7,
        until: datetime | None = None,
        port: int | None = None,
        serve: bool = True,
        reset: bool = False,
    ) -> None:
        """Load the demo city if it is not there yet, and serve it."""
        load(scale=scale, seed=seed, until=until, reset=reset)
        if serve:
            from api.cli.serve import run_server

            run_server(port=port)


def load(*, scale: str, seed: int, until: datetime | None, reset: bool) -> None:
    """Start the database, and load the demo city unless it is there."""
    from typing import cast
    from zoneinfo import ZoneInfo

    from api.cli.console import progress_bar, say
    from gis.demo.scales import Scale
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.store.migrate import upgrade
    from gis.workflows.demo import (
        DemoRequest,
        clear_demo,
        complete_demo,
        demo_is_loaded,
        load_demo,
    )

    settings = Settings()
    with progress_bar() as progress:
        url = ensure_database(settings, progress)
        upgrade(url)
        engine = make_engine(url)
        try:
            loaded = demo_is_loaded(engine)
            if loaded and reset:
                clear_demo(engine)
                upgrade(url)
            elif loaded:
                complete_demo(engine)
                say("demo-kept")
                return
            end = until.replace(tzinfo=ZoneInfo(settings.time_zone)) if until else datetime.now(UTC)
            summary = load_demo(
                engine,
                DemoRequest(
                    scale=cast("Scale", scale), seed=seed, until=end, time_zone=settings.time_zone
                ),
                progress,
            )
        finally:
            engine.dispose()
    say(
        "demo-loaded",
        population=summary.population,
        units=summary.units,
        grids=summary.grids,
        deviation=f"{summary.max_deviation:.1%}",
        people=summary.people,
        incidents=summary.incidents,
    )
