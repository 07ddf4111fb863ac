"""`wangge worker`: what falls due and the jobs of the queue, in a process of its own."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    @app.command()
    def worker() -> None:
        """Tell of what is due soon or overdue and do the jobs of the queue, until stopped."""
        run_worker()


def run_worker() -> None:
    """Work on the database of the settings until the process is asked to end."""
    import asyncio
    import signal

    from api.bulletin_desk import bulletin_desk
    from api.cli.console import say
    from api.logs import configure
    from api.mail_server import mail_server
    from api.print_shop import print_shop
    from gis.settings import Settings
    from gis.store.cluster import ensure_database
    from gis.store.engine import make_engine
    from gis.store.migrate import upgrade
    from gis.workflows.analysis import LeaderView
    from gis.workflows.closure import ClosureView
    from gis.workflows.locators import Locators
    from gis.workflows.web_hook_networks import Reach
    from gis.workflows.worker import Worker

    settings = Settings()
    reach = Reach.read(settings.web_hook_networks)
    configure(settings.log_level)
    url = ensure_database(settings)
    upgrade(url)
    engine = make_engine(url)

    async def run() -> None:
        locators = Locators()
        desk = bulletin_desk(settings, LeaderView(locators), ClosureView(locators))
        worker = Worker(
            engine, url, locators, mail=mail_server(settings), reach=reach,
            shop=print_shop(settings), bulletins=desk,
        )  # fmt: skip
        loop = asyncio.get_running_loop()
        for ending in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(ending, worker.stop)
        say("worker-begins")
        await worker.run()

    try:
        asyncio.run(run())
    finally:
        engine.dispose()
