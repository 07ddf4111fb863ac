"""Tiles over HTTP: plain ASGI, because a kept tile costs less than a framework's request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gis.errors import NotFoundError
from gis.store.scope import Scope as Seen
from tiles.address import TileAddress
from tiles.layers import LAYERS, Layer
from tiles.service import Tile, TileService

TYPE = b"application/vnd.mapbox-vector-tile"
# Always ask again: an unchanged tile is a 304 of a hundred bytes, a changed one is never missed.
CACHING = b"no-cache"
SMALLEST_TO_COMPRESS = 1024


def tile_routes(
    service: TileService, whose: Callable[[Scope], Seen | None] = lambda _: None
) -> list[Route]:
    """`/tiles/{layer}.json` (TileJSON) and `/tiles/{layer}/{z}/{x}/{y}.mvt` for an application.

    whose: which incidents the sender of a request (its ASGI scope) may see; None: all.
    They raise NotFoundError and UnavailableError, which the application turns into answers.
    """

    async def tile_json(request: Request) -> Response:
        layer = _layer(request.path_params["layer"])
        plan = _plan(request.scope, layer)
        seen = whose(request.scope) if layer.kind == "incidents" else None
        described = await service.describe(layer, plan, seen)
        root = str(request.base_url).rstrip("/")
        query = f"?plan={plan}" if plan is not None else ""
        described["tiles"] = [f"{root}/tiles/{layer.name}/{{z}}/{{x}}/{{y}}.mvt{query}"]
        headers = {"Cache-Control": CACHING.decode()}
        return Response(orjson.dumps(described), media_type="application/json", headers=headers)

    return [
        Route("/tiles/{layer}.json", tile_json, name="tile_json"),
        Route("/tiles/{layer}/{z}/{x}/{y}.mvt", TileEndpoint(service, whose), name="tile",
              methods=["GET", "HEAD"]),
    ]  # fmt: skip


class TileEndpoint:
    """One tile: 200, 204 where nothing is there, 304 where the reader has it already."""

    def __init__(
        self, service: TileService, whose: Callable[[Scope], Seen | None] = lambda _: None
    ) -> None:
        self.service = service
        self.whose = whose

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = scope["path_params"]
        layer = _layer(given["layer"])
        address = _address(layer, given["z"], given["x"], given["y"])
        seen = self.whose(scope) if layer.kind == "incidents" else None
        tile = None if layer.of_plan else self.service.kept(layer, address, seen)
        if tile is None:
            drawing = self.service.tile(layer, address, _plan(scope, layer), seen)
            tile = await _unless_gone(drawing, receive)
        if tile is not None:
            await _answer(tile, scope, send)


async def _answer(tile: Tile, scope: Scope, send: Send) -> None:
    known, zipped = b"", False
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            known = value
        elif name == b"accept-encoding":
            zipped = b"gzip" in value
    headers = [(b"cache-control", CACHING), (b"vary", b"accept-encoding")]
    if tile.dropped:
        headers.append((b"x-tile-dropped", str(tile.dropped).encode()))
    body = b""
    if not tile.body:
        status = 204
    else:
        headers.append((b"etag", tile.etag.encode()))
        if _knows(known, tile.etag):
            status = 304
        else:
            status, body = 200, tile.body
            if zipped and len(body) >= SMALLEST_TO_COMPRESS:
                body = await tile.compressed()
                headers.append((b"content-encoding", b"gzip"))
            headers += [(b"content-type", TYPE), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _knows(if_none_match: bytes, etag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2) against a list of tags, or `*`."""
    if not if_none_match:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.decode("latin-1").split(",")]
    return etag.removeprefix("W/") in tags or tags == ["*"]


async def _unless_gone(drawing: Coroutine[Any, Any, Tile], receive: Receive) -> Tile | None:
    """The tile, or None when the reader has hung up: then the drawing is cancelled."""
    mine = asyncio.current_task()
    assert mine is not None
    watcher = asyncio.ensure_future(_cancel_when_gone(mine, receive))
    try:
        return await drawing
    except asyncio.CancelledError:
        if not watcher.done():
            raise  # the server stops
        mine.uncancel()
        return None
    finally:
        watcher.cancel()


async def _cancel_when_gone(task: asyncio.Task[Any], receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()


def _layer(name: str) -> Layer:
    layer = LAYERS.get(name)
    if layer is None:
        raise NotFoundError("tile-layer-unknown", layer=name[:40], layers=", ".join(LAYERS))
    return layer


def _address(layer: Layer, z: str, x: str, y: str) -> TileAddress:
    if not all(part.isascii() and part.isdigit() and len(part) <= 6 for part in (z, x, y)):
        raise NotFoundError("tile-address-unreadable")
    zoom, column, row = int(z), int(x), int(y)
    if not layer.min_zoom <= zoom <= layer.max_zoom:
        raise NotFoundError(
            "tile-zoom-outside", layer=layer.name, lowest=layer.min_zoom, highest=layer.max_zoom
        )
    if max(column, row) >> zoom:
        raise NotFoundError("tile-outside", zoom=zoom, last=(1 << zoom) - 1)
    return TileAddress(zoom=zoom, x=column, y=row)


def _plan(scope: Scope, layer: Layer) -> int | None:
    """The plan that the request names, for layers that depend on one."""
    if not layer.of_plan or not scope["query_string"]:
        return None
    named = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=50).get("plan")
    if named is None:
        return None
    text = named[0]
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFoundError("tile-plan-unknown", plan=text[:40])
    return int(text)
