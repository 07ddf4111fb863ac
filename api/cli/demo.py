"""`wangge demo`: a whole city, synthetic and labelled so, built and served."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    @app.command()
    def demo(
        scale: Annotated[
            str, typer.Option(help="sub-districts (170,000 people), district (1 M), city (10 M)")
        ] = "sub-districts",
        seed: Annotated[int, typer.Option(help="another seed, another city")] = 7,
        until: Annotated[
            datetime | None, typer.Option(help="when its two years of incidents end; now")
        ] = None,
        port: Annotated[int | None, typer.Option(help="TCP port; 8000 unless set")] = None,
        serve: Annotated[bool, typer.Option(help="serve the pages afterwards")] = True,
        reset: Annotated[bool, typer.Option(help="build a loaded demo city anew")] = False,
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
    from gis.workflows.demo import DemoRequest, clear_demo, demo_is_loaded, load_demo

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
