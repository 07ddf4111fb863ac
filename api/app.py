"""The application factory. Importing this module creates nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_fastapi_instrumentator import Instrumentator
from sqlalchemy import Engine
from starlette.routing import BaseRoute
from starlette.types import Scope as ASGIScope

from api import errors, pages, permission_table
from api.bulletin_desk import bulletin_desk
from api.caller import Caller, Callers
from api.events import LiveEvents
from api.guard import Guard
from api.limits import SmallBodies
from api.logs import RequestLog, configure
from api.mail_server import mail_server
from api.measured import Measured
from api.methods import EveryMethod
from api.print_shop import print_shop
from api.rate_limit import TESTS_AN_HOUR, Limiter
from api.routes import (
    accounts,
    analysis,
    assets,
    atlases,
    boards,
    bulletins,
    channels,
    closure,
    comparisons,
    deadline_files,
    deadlines,
    desk,
    diaries,
    draft_jobs,
    drafts,
    fact_kinds,
    field,
    grid_facts,
    imports,
    incidents,
    notices,
    oidc,
    organisations,
    patrol_plans,
    patrols,
    photos,
    plan_files,
    plans,
    post_imports,
    posts,
    presence,
    public,
    publishing,
    reporters,
    reviews,
    rules,
    scores,
    session,
    sources,
    staff,
    staff_imports,
    steps,
    supplements,
    system,
    team_reviews,
    visits,
    weather,
    web_hooks,
    whistles,
)
from api.security import OwnOriginOnly
from api.services import Services
from gis.settings import Settings
from gis.store.engine import make_engine
from gis.store.scope import Scope
from gis.workflows.analysis import LeaderView
from gis.workflows.atlas_jobs import PrintShop, tidy_atlases
from gis.workflows.boards import Boards
from gis.workflows.closure import ClosureView
from gis.workflows.imports import close_interrupted
from gis.workflows.intake_queue import IntakeQueue
from gis.workflows.locators import Locators
from gis.workflows.photos import tidy_photos
from gis.workflows.previews import Previews
from gis.workflows.web_hook_networks import Reach
from gis.workflows.worker import Worker
from tiles.routes import tile_routes
from tiles.service import TileService

RESPONSES: dict[int | str, dict[str, Any]] = {422: {"description": "problem+json", "model": None}}


@cache
def _addresses() -> tuple[BaseRoute, ...]:
    """The addresses of the API, shared by the applications of a process: to find out what each of
    them takes and gives is nearly all of what making an application costs."""
    router = APIRouter(responses=RESPONSES)
    for module in (
        system, session, oidc, accounts, plans, plan_files, drafts, publishing, reviews,
        comparisons, supplements, incidents, reporters, photos, channels, public, imports,
        sources, analysis, closure, post_imports, posts, rules, assets, deadline_files, deadlines,
        desk, steps, whistles, presence, scores, field, organisations, staff_imports, staff,
        notices, web_hooks, boards, bulletins, draft_jobs, atlases, grid_facts, visits, diaries,
        patrols, patrol_plans, fact_kinds, weather, team_reviews,
    ):  # fmt: skip
        router.include_router(module.router, prefix="/api/v1")
    router.include_router(analysis.pages)
    return tuple(router.routes)


def create_app(
    settings: Settings,
    url: str,
    *,
    worker: bool = False,
    warmed: Callable[[], None] | None = None,
) -> FastAPI:
    """A whole application on one database; everything it opens is closed when it stops.

    With `worker` it also tells of what falls due and does the jobs of the queue. `warmed` is called
    once, when all is there that answers are made from.
    """
    reach = Reach.read(settings.web_hook_networks)  # what cannot be read is told before it starts
    configure(settings.log_level)
    engine = make_engine(url)
    tiles = TileService(url)
    locators = Locators()
    callers = Callers(engine, idle=timedelta(minutes=settings.session_idle_minutes))
    held = Services(
        settings=settings,
        engine=engine,
        callers=callers,
        locators=locators,
        intake=IntakeQueue(engine, locators, time_zone=settings.time_zone),
        events=LiveEvents(engine, url, tiles.follower, locators.follow, callers),
        tiles=tiles,
        leader=LeaderView(locators),
        closure=ClosureView(locators),
        previews=Previews(),
        boards=Boards(),
        tries=Limiter(settings.sign_in_tries, 600),
        tests=Limiter(TESTS_AN_HOUR, 3600),
        jurisdictions=set(),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(close_interrupted, engine, settings.data_dir / "uploads")
        held.events.start()
        await held.tiles.start()
        warming = asyncio.create_task(_warm(held, warmed))
        shop = print_shop(settings)
        tidying = asyncio.create_task(_tidy_daily(engine, settings.data_dir / "photos", shop))
        working = (
            Worker(
                engine, url, locators, mail=mail_server(settings), reach=reach, shop=shop,
                bulletins=bulletin_desk(settings, held.leader, held.closure),
            )
            if worker
            else None
        )  # fmt: skip
        at_work = asyncio.create_task(working.run()) if working is not None else None
        try:
            yield
        finally:
            tidying.cancel()
            if working is not None and at_work is not None:
                working.stop()
                await at_work
            await warming
            await held.tiles.stop()
            await held.events.stop()
            await asyncio.to_thread(held.intake.close)
            engine.dispose()

    app = FastAPI(
        title="Wangge",
        version=version("wangge"),
        summary="Urban grid management: plans, routing, incidents, tiles, heatmaps",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        responses=RESPONSES,
    )
    app.state.services = held
    errors.install(app)
    app.router.routes.extend(_addresses())
    app.router.routes.extend(tile_routes(held.tiles, _scope_of))
    pages.install(app)
    measured = CollectorRegistry()
    ProcessCollector(registry=measured)
    table = permission_table.table()
    app.add_middleware(Measured, table=table, excluded_handlers=["/metrics"], registry=measured)
    Instrumentator(registry=measured).expose(app, include_in_schema=False)
    # Innermost, around the router alone: what it refuses is answered like any other error.
    app.router.middleware_stack = Guard(app.router.middleware_stack, table, callers)
    app.add_middleware(SmallBodies, upload_limit_mb=settings.upload_limit_mb)
    app.add_middleware(EveryMethod)
    app.add_middleware(OwnOriginOnly, basemap_url=settings.basemap_url)
    app.add_middleware(RequestLog)
    return app


async def _warm(held: Services, warmed: Callable[[], None] | None) -> None:
    """Make what the first answers would have to wait for."""
    await asyncio.gather(
        *(
            asyncio.to_thread(view.warm, held.engine)
            for view in (held.locators, held.leader, held.closure)
        )
    )
    if warmed is not None:
        await asyncio.to_thread(warmed)


def _scope_of(request: ASGIScope) -> Scope:
    """What whoever asks for a tile may see."""
    caller: Caller = request["state"]["caller"]
    return caller.scope


async def _tidy_daily(engine: Engine, photos_folder: Path, shop: PrintShop) -> None:
    """Sweep photos that nobody used and old atlases, when the service starts and every day from
    then on."""
    while True:
        await asyncio.to_thread(tidy_photos, engine, photos_folder)
        await asyncio.to_thread(tidy_atlases, shop.folder)
        await asyncio.sleep(86_400)
