"""Tiles of the city, drawn by the database and kept until what they show has changed."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Any

from gis.errors import NotFoundError
from gis.store.cluster.database import connection_string
from gis.store.follower import Follower, Happened
from gis.store.scope import Scope
from tiles import queries
from tiles.address import (
    HALF_M,
    PIXEL_ZOOM,
    TileAddress,
    cell_of,
    degrees,
    deinterleave,
)
from tiles.cache import Key, TileCache
from tiles.changes import Changes
from tiles.database import TileDatabase
from tiles.layers import LAYERS, NUMBER, POINTS_FROM_ZOOM, Layer
from tiles.queries import PlanView

TOLD_ZOOM = 18  # the zoom of the tiles that the database tells of
INCIDENT_LAYERS = [layer for layer in LAYERS.values() if layer.kind == "incidents"]
NO_PLANS: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TileOptions:
    """What an office may want otherwise. The bounds hold for one tile."""

    connections: int = 4
    timeout_s: float = 10.0
    cache_bytes: int = 256 * 2**20
    max_points: int = 5_000
    max_shapes: int = 10_000
    max_bytes: int = 1_000_000
    max_drawn: int = 500_000  # of a draft: whoever draws needs all of it


@dataclass(slots=True, eq=False)
class Tile:
    """One drawn tile. `dropped` features, the least important, did not fit into it."""

    body: bytes
    etag: str
    dropped: int = 0
    zipped: bytes | None = None

    @property
    def size(self) -> int:
        return 2 * len(self.body) + 600  # its compressed twin and the bookkeeping included

    async def compressed(self) -> bytes:
        """The body under gzip, made once and off the event loop."""
        if self.zipped is None:
            self.zipped = await asyncio.to_thread(gzip.compress, self.body, 1, mtime=0)
        return self.zipped


@dataclass(frozen=True, slots=True)
class Remembered:
    """A small answer of the database that is kept beside the tiles."""

    value: Any
    size: int = 500


class TileService:
    """Draws tiles on demand. `url` is the SQLAlchemy URL of the database; nothing is opened yet."""

    def __init__(self, url: str, options: TileOptions | None = None) -> None:
        self.options = options or TileOptions()
        conninfo = connection_string(url)
        self.cache = TileCache(self.options.cache_bytes)
        self.database = TileDatabase(
            conninfo, connections=self.options.connections, timeout_s=self.options.timeout_s
        )
        # Whose tiles of incidents may be kept: sets of whole jurisdictions; None: everything.
        self._whose: set[tuple[int, ...] | None] = {None}
        self._hearing = {"layers": False, "cases": False}
        self.changes = Changes(conninfo, told=self._told, heard=partial(self._heard, "layers"))
        # Others of the process may listen to it, too: they hear once the tiles are forgotten.
        self.follower = Follower(conninfo, heard=partial(self._heard, "cases"))
        self.follower.listeners.append(self._happened)

    async def start(self) -> None:
        """Open the pool and listen; a database that is away is waited for in the background."""
        await self.database.pool.open(wait=False)
        await asyncio.gather(self.changes.start(), self.follower.start())

    async def stop(self) -> None:
        await self.changes.stop()
        await self.follower.stop()
        await self.database.pool.close()

    async def tile(
        self,
        layer: Layer,
        address: TileAddress,
        plan: int | None = None,
        scope: Scope | None = None,
    ) -> Tile:
        """The tile as the database has it now. An empty body says that nothing is there.

        scope: whose incidents are shown; None: all. What is kept for whole jurisdictions is given
        only to those who see the same ones; what others see is drawn for each.
        Raises NotFoundError for a plan that does not exist, UnavailableError as TileDatabase does.
        """
        view = await self._view(plan) if layer.of_plan else None
        plans = tuple(view.plans) if view else NO_PLANS
        limit = await self._limit(layer, scope)
        if limit is not None and not limit.whole:
            return await self._draw(layer, address, view, limit)
        whose = None if limit is None else limit.jurisdiction_ids
        self._whose.add(whose)
        key = (layer.name, plans, address.zoom, address.x, address.y, whose)
        found: Tile | None = self.cache.find(key)
        if found is not None:
            return found
        drawn: Tile = await self.cache.draw(key, lambda: self._draw(layer, address, view, limit))
        return drawn

    def kept(self, layer: Layer, address: TileAddress, scope: Scope | None = None) -> Tile | None:
        """The tile of a layer that depends on no plan, if it can be given at once."""
        if layer.kind == "incidents" and scope is not None and not scope.everything:
            return None
        return self.cache.find((layer.name, NO_PLANS, address.zoom, address.x, address.y, None))

    async def _limit(self, layer: Layer, scope: Scope | None) -> Scope | None:
        """The scope that a layer is drawn for; None where it is all the same, or sees all."""
        if layer.kind != "incidents" or scope is None or scope.everything:
            return None
        if scope.whole and self.cache.trusted:
            all_ = await self._remembered(("plans", NO_PLANS, "of"), queries.JURISDICTIONS)
            if set(all_) <= set(scope.jurisdiction_ids):
                return None
        return scope

    async def describe(
        self, layer: Layer, plan: int | None = None, scope: Scope | None = None
    ) -> dict[str, Any]:
        """TileJSON 3.0 without the addresses of tiles; `bounds` only where there are data."""
        view = await self._view(plan) if layer.of_plan else None
        fields = dict(layer.fields)
        if layer.kind == "incidents":
            fields |= {f"c{code}": NUMBER for code in await self._categories()}
        described: dict[str, Any] = {
            "tilejson": "3.0.0",
            "name": layer.name,
            "scheme": "xyz",
            "minzoom": layer.min_zoom,
            "maxzoom": layer.max_zoom,
            "vector_layers": [
                {"id": layer.name, "fields": fields, "minzoom": layer.min_zoom,
                 "maxzoom": layer.max_zoom},
            ],
        }  # fmt: skip
        box = await self._bounds(layer, view, await self._limit(layer, scope))
        if box is not None:
            described["bounds"] = box
        return described

    def touch(self, lon: float, lat: float) -> None:
        """Forget the tiles of incidents at a place (WGS 84): for a process that has just written
        there and wants to read its own write before the database's word comes round."""
        self._drop_places([cell_of(lon, lat, TOLD_ZOOM)], [one.name for one in INCIDENT_LAYERS])

    # -- drawing

    async def _draw(
        self, layer: Layer, address: TileAddress, view: PlanView | None, scope: Scope | None
    ) -> Tile:
        if layer.kind == "incidents":
            return await self._draw_incidents(layer, address, scope)
        if layer.kind in ("grids", "edges") and view is not None and not view.plans:
            return _tile(b"")
        if view is not None and view.drawn and layer.kind != "grids":
            limit = self.options.max_drawn
            row = await self.database.row(queries.shapes(layer, address, view, limit))
            return _tile(row[0] or b"", (row[2] or 0) - row[1])
        limit = self.options.max_shapes
        while True:
            row = await self.database.row(queries.shapes(layer, address, view, limit))
            body, drawn, found = row[0] or b"", row[1], row[2] or 0
            if len(body) <= self.options.max_bytes or drawn <= 1:
                return _tile(body, found - drawn)
            # Too many bytes: keep as many of the most important as should fit.
            limit = max(1, min(drawn // 2, drawn * self.options.max_bytes // (len(body) * 5 // 4)))

    async def _draw_incidents(
        self, layer: Layer, address: TileAddress, scope: Scope | None
    ) -> Tile:
        limit = self.options.max_points
        if address.zoom >= POINTS_FROM_ZOOM:
            query = queries.points(layer, address, limit, scope)
            body, _, found = await self.database.row(query, scope)
            if found <= limit:
                return _tile(body or b"")
        codes = await self._categories()
        if not codes:
            return _tile(b"")
        row = await self.database.row(queries.counts(layer, address, codes, scope), scope)
        return _tile(row[0] or b"")

    # -- what tiles depend on

    async def _view(self, plan: int | None) -> PlanView:
        key = ("plans", NO_PLANS, plan)
        now = asyncio.get_running_loop().time()
        view: PlanView | None = self.cache.find(key)
        if view is not None:
            if view.until > now:
                return view
            self.cache.drop([key])
        fresh: PlanView = await self.cache.draw(key, lambda: self._read_view(plan))
        return fresh

    async def _read_view(self, plan: int | None) -> PlanView:
        started = asyncio.get_running_loop().time()
        row = await self.database.row(queries.plans(plan))
        plans, covered, jurisdiction, drawn, seconds = row
        if plan is not None and not plans:
            raise NotFoundError("tile-plan-unknown", plan=plan)
        return PlanView(
            plans=plans,
            covered=covered,
            jurisdiction=jurisdiction if plan is not None else None,
            drawn=drawn,
            until=started + (float("inf") if seconds is None else seconds),
        )

    async def _categories(self) -> list[str]:
        codes: list[str] = await self._remembered(("categories", NO_PLANS), queries.CATEGORIES)
        return codes

    async def _bounds(
        self, layer: Layer, view: PlanView | None, scope: Scope | None
    ) -> list[float] | None:
        query = queries.bounds(layer, view, scope)
        if layer.kind == "incidents":
            west, north, east, south = await self.database.row(query, scope)
            if west is None:
                return None
            metre = 2 * HALF_M / 2**PIXEL_ZOOM
            west, east = west * metre - HALF_M, east * metre - HALF_M
            south, north = HALF_M - south * metre, HALF_M - north * metre
        else:
            key = (layer.name, tuple(view.plans) if view else NO_PLANS, "bounds", view and
                   view.jurisdiction)  # fmt: skip
            west, south, east, north = await self._remembered(key, query, whole_row=True)
            if west is None:
                return None
        return [*degrees(west, south), *degrees(east, north)]

    async def _remembered(self, key: Key, query: queries.Query, *, whole_row: bool = False) -> Any:
        async def read() -> Remembered:
            row = await self.database.row(query)
            return Remembered(row if whole_row else row[0])

        found = self.cache.find(key)
        if found is None:
            found = await self.cache.draw(key, read)
        return found.value

    # -- changes

    def _heard(self, of: str, heard: bool) -> None:
        """While changes may be missed nothing is kept; what was kept before is no longer sure.

        So a database that is away is said so, rather than shown as it was: a page keeps what it has
        drawn, and a tile that is given out is a true one.
        """
        self._hearing[of] = heard
        everything = all(self._hearing.values())
        self.database.seen(everything)
        self.cache.clear()
        self.cache.trusted = everything

    def _told(self, channel: str, change: dict[str, Any]) -> None:
        if channel == "wangge_plan":
            self.cache.drop_where(lambda key: key[0] == "plans")
        elif "plan" in change:
            plan = change["plan"]
            self.cache.drop_where(lambda key: key[0] == "plans" or plan in key[1])
        else:
            layer = change["layer"]
            self.cache.drop_where(lambda key: key[0] == layer)

    def _happened(self, happened: Happened) -> None:
        """Forget the tiles that changed cases are, or were, on."""
        names = [layer.name for layer in INCIDENT_LAYERS]
        if happened.cases is None:
            self.cache.drop_where(lambda key: key[0] in names)
            return
        for case in happened.cases:
            if case["drawn"]:
                open_ = [name for name in names if name != "incidents"] if case["any_open"] else []
                cells = {case["tile"], *case["former_tiles"]}
                self._drop_places([deinterleave(cell) for cell in cells], ["incidents", *open_])

    def _drop_places(self, cells: Any, names: list[str]) -> None:
        """Forget the one tile of each zoom that holds each of these cells of TOLD_ZOOM."""
        self.cache.drop(
            {
                (name, NO_PLANS, zoom, x >> TOLD_ZOOM - zoom, y >> TOLD_ZOOM - zoom, whose)
                for x, y in cells
                for whose in self._whose
                for name in names
                for zoom in range(LAYERS[name].min_zoom, LAYERS[name].max_zoom + 1)
            }
        )


def _tile(body: bytes, dropped: int = 0) -> Tile:
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Tile(body=bytes(body), etag=f'W/"{digest}"', dropped=max(0, dropped))
