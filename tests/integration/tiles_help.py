"""A client on the tile routes alone, and incidents by the thousand to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from sqlalchemy import Engine, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient

from gis.errors import NotFoundError, UnavailableError
from gis.store.engine import acting
from tests.factories import SOUTH, WEST, Town
from tiles.address import cell_of
from tiles.routes import tile_routes
from tiles.service import TileOptions, TileService

at = cell_of

INCIDENTS = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, closed_at, queue_id, route_rule, location)
SELECT :mark || n, :jurisdiction, (ARRAY['01', '02', '03', '0101'])[1 + n % 4], 1 + n % 4,
       'patrol', :title, now() - interval '1 day',
       CASE WHEN n % 3 = 0 THEN 'dispatched' ELSE 'closed' END,
       CASE WHEN n % 3 <> 0 THEN now() END, :queue, 'outside_queue',
       ST_SetSRID(ST_MakePoint(:west + random() * :spread, :south + random() * :spread), 4326)
FROM generate_series(1, :count) AS n
"""


def application(service: TileService) -> Starlette:
    """The routes with a life of their own, and errors as the API would tell them."""

    @asynccontextmanager
    async def life(_: Starlette) -> Any:
        await service.start()
        yield
        await service.stop()

    async def problem(_: Request, error: Exception) -> JSONResponse:
        status = 404 if isinstance(error, NotFoundError) else 503
        return JSONResponse({"code": error.code}, status_code=status)  # type: ignore[attr-defined]

    return Starlette(
        routes=tile_routes(service),
        lifespan=life,
        exception_handlers={NotFoundError: problem, UnavailableError: problem},
    )


@contextmanager
def visiting(database_url: str, options: TileOptions | None = None) -> Iterator[TestClient]:
    """A client of a running tile service; `client.service` is the service."""
    service = TileService(database_url, options)
    with TestClient(application(service), headers={"accept-encoding": "identity"}) as client:
        client.service = service  # type: ignore[attr-defined]
        yield client


def draw(
    client: TestClient, layer: str, zoom: int, lon: float, lat: float, *, plan: int | None = None,
    headers: dict[str, str] | None = None,
) -> httpx.Response:  # fmt: skip
    """The tile of a layer that holds a place."""
    x, y = at(lon, lat, zoom)
    query = f"?plan={plan}" if plan is not None else ""
    return client.get(f"/tiles/{layer}/{zoom}/{x}/{y}.mvt{query}", headers=headers)


def add_incidents(
    engine: Engine, town: Town, count: int, *, spread: float, seed: int, title: str = "测试事件",
    lon: float = WEST, lat: float = SOUTH,
) -> None:  # fmt: skip
    """Incidents in a square of `spread` degrees north-east of a place; a third of them open."""
    with acting(engine, "tests") as connection:
        connection.execute(text("SELECT setseed(:seed)"), {"seed": seed / 100})
        connection.execute(
            text(INCIDENTS),
            {
                "mark": f"T{seed}-", "jurisdiction": town.jurisdiction_id, "title": title,
                "queue": town.queue_id, "spread": spread, "count": count, "west": lon,
                "south": lat,
            },
        )  # fmt: skip
