"""A live map is never stale: what is kept is dropped when, and only when, it has changed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import mapbox_vector_tile
import psycopg
import pytest
from sqlalchemy import text

from gis.errors import UnavailableError
from gis.store.cluster.database import connection_string
from gis.store.engine import acting
from tests.factories import SOUTH, WEST, make_town
from tests.integration.tiles_help import add_incidents, at, draw, visiting
from tiles.address import TileAddress
from tiles.layers import LAYERS
from tiles.routes import TileEndpoint
from tiles.service import TileOptions, TileService

LON, LAT = WEST + 0.001, SOUTH + 0.001
FAR = WEST + 1.0
# Makes any reader of the table wait; taken when the service has started, which reads it, too.
LOCK = "LOCK TABLE incident IN ACCESS EXCLUSIVE MODE"


def until(holds: Callable[[], bool]) -> None:
    """Wait for word from the database to come round."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "nothing was heard in time"
        threading.Event().wait(0.005)


def ids(response) -> set[int]:
    if response.status_code == 204:
        return set()
    (layer,) = mapbox_vector_tile.decode(response.content).values()
    return {feature["id"] for feature in layer["features"]}


def listening(client) -> None:
    until(lambda: client.service.cache.trusted)


def test_new_and_changed_incidents_appear_and_tiles_elsewhere_stay(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 3, spread=0.001, seed=1)
    add_incidents(engine, town, 3, spread=0.001, seed=2, lon=FAR)
    with visiting(database_url) as client:
        listening(client)
        cache = client.service.cache
        before = ids(draw(client, "incidents", 14, LON, LAT))
        assert len(before) == 3
        draw(client, "incidents", 14, FAR, LAT)
        until(lambda: cache.find(_key("incidents", 14, FAR)) is not None)

        add_incidents(engine, town, 1, spread=0.0005, seed=3)
        until(lambda: len(ids(draw(client, "incidents", 14, LON, LAT))) == 4)
        hits, misses = cache.hits, cache.misses
        draw(client, "incidents", 14, FAR, LAT)
        assert (cache.hits, cache.misses) == (hits + 1, misses)

        with acting(engine, "tests") as connection:
            opened = connection.execute(text("SELECT id FROM incident WHERE is_open")).scalars()
            one = min(opened)
            draw(client, "incidents_open", 14, LON, LAT)
            connection.execute(
                text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
                {"id": one},
            )
        until(lambda: one not in ids(draw(client, "incidents_open", 14, LON, LAT)))

        with acting(engine, "tests") as connection:
            connection.execute(
                text(
                    "UPDATE incident SET location ="
                    " ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) WHERE id = :id"
                ),
                {"id": one, "lon": FAR + 0.0001, "lat": LAT},
            )
        until(lambda: one in ids(draw(client, "incidents", 14, FAR, LAT)))
        until(lambda: one not in ids(draw(client, "incidents", 14, LON, LAT)))


def test_what_no_tile_shows_drops_nothing(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 3, spread=0.001, seed=1)
    with visiting(database_url) as client:
        listening(client)
        draw(client, "incidents", 14, LON, LAT)
        with acting(engine, "tests") as connection:
            connection.execute(text("UPDATE incident SET due_at = now()"))
        add_incidents(engine, town, 1, spread=0.0005, seed=9, lon=FAR)  # heard after the update
        draw(client, "incidents", 14, FAR, LAT)
        until(lambda: len(ids(draw(client, "incidents", 14, FAR, LAT))) == 1)
        assert client.service.cache.find(_key("incidents", 14, LON)) is not None


def test_a_process_reads_its_own_write_at_once(engine, database_url):
    town = make_town(engine)
    with visiting(database_url) as client:
        listening(client)
        for zoom in (5, 12, 13, 18):
            assert draw(client, "incidents", zoom, LON, LAT).status_code == 204
        add_incidents(engine, town, 1, spread=1e-9, seed=1, lon=LON, lat=LAT)
        client.service.touch(LON, LAT)
        for zoom in (5, 12, 13, 18):
            assert draw(client, "incidents", zoom, LON, LAT).status_code == 200


def test_every_process_hears_of_a_change(engine, database_url):
    town = make_town(engine)
    with visiting(database_url) as one, visiting(database_url) as other:
        for client in (one, other):
            listening(client)
            assert draw(client, "incidents", 15, LON, LAT).status_code == 204
        add_incidents(engine, town, 1, spread=1e-9, seed=1, lon=LON, lat=LAT)
        for client in (one, other):
            until(lambda c=client: len(ids(draw(c, "incidents", 15, LON, LAT))) == 1)


def test_publishing_another_plan_changes_the_default_and_not_the_old_address(engine, database_url):
    town = make_town(engine)
    with visiting(database_url) as client:
        listening(client)
        first = ids(draw(client, "grids_1", 12, LON, LAT))
        with acting(engine, "tests") as connection:
            second = connection.execute(
                text(
                    "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                    " VALUES (:j, 'next', 0.05, 'tests') RETURNING id"
                ),
                {"j": town.jurisdiction_id},
            ).scalar_one()
        assert draw(client, "grids_1", 12, LON, LAT, plan=second).status_code == 204
        with acting(engine, "tests") as connection:
            connection.execute(
                text(
                    "INSERT INTO grid (plan_id, code, name_zh, population, households, area_m2,"
                    " load, deviation, units, compactness, hue, geom, geom_3857_low)"
                    " SELECT :plan, code, name_zh, population, households, area_m2, load,"
                    " deviation, units, compactness, hue, geom, geom_3857_low FROM grid"
                    " WHERE level = 1"
                ),
                {"plan": second},
            )
        until(lambda: len(ids(draw(client, "grids_1", 12, LON, LAT, plan=second))) == 1)
        drafted = ids(draw(client, "grids_1", 12, LON, LAT, plan=second))
        assert ids(draw(client, "grids_1", 12, LON, LAT)) == first
        with acting(engine, "tests") as connection:
            connection.execute(
                text(
                    "UPDATE plan SET status = 'superseded',"
                    " effective = tstzrange(lower(effective), now()) WHERE id = :id"
                ),
                {"id": town.plan_id},
            )
            connection.execute(
                text(
                    "UPDATE plan SET status = 'published', effective = tstzrange(now(), NULL)"
                    " WHERE id = :id"
                ),
                {"id": second},
            )
        until(lambda: ids(draw(client, "grids_1", 12, LON, LAT)) == drafted)
        assert ids(draw(client, "grids_1", 12, LON, LAT, plan=town.plan_id)) == first


def test_the_base_map_changes_when_it_is_imported_again(engine, database_url):
    town = make_town(engine)
    with visiting(database_url) as client:
        listening(client)
        assert draw(client, "streets", 14, LON, LAT).status_code == 204
        with acting(engine, "tests") as connection:
            connection.execute(
                text(
                    "INSERT INTO street (jurisdiction_id, kind, cls, geom) VALUES (:j, 'road', 5,"
                    " ST_GeomFromText(:line, 4326))"
                ),
                {"j": town.jurisdiction_id, "line": f"LINESTRING({LON} {LAT}, {WEST} {SOUTH})"},
            )
        until(lambda: draw(client, "streets", 14, LON, LAT).status_code == 200)
        assert "bounds" in client.get("/tiles/streets.json").json()


def test_unchanged_is_304_and_changed_is_not(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 3, spread=0.001, seed=1)
    with visiting(database_url) as client:
        listening(client)
        answer = draw(client, "incidents", 14, LON, LAT)
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
            again = draw(client, "incidents", 14, LON, LAT, headers={"if-none-match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
        zipped = draw(client, "grids_3", 13, LON, LAT, headers={"accept-encoding": "gzip"})
        assert zipped.headers["content-encoding"] == "gzip"
        assert zipped.content == draw(client, "grids_3", 13, LON, LAT).content
        x, y = at(LON, LAT, 14)
        head = client.head(f"/tiles/incidents/14/{x}/{y}.mvt")
        assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
        add_incidents(engine, town, 1, spread=0.0005, seed=2)
        until(
            lambda: (
                draw(client, "incidents", 14, LON, LAT, headers={"if-none-match": tag}).status_code
                == 200
            )
        )


def test_connections_that_are_killed_come_back_and_nothing_old_is_kept(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 2, spread=0.001, seed=1)
    with visiting(database_url) as client:
        listening(client)
        assert len(ids(draw(client, "incidents", 14, LON, LAT))) == 2
        with psycopg.connect(connection_string(database_url), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        engine.dispose()
        add_incidents(engine, town, 1, spread=0.0005, seed=2)
        until(lambda: len(ids(draw(client, "incidents", 14, LON, LAT))) == 3)
        listening(client)


def test_a_database_that_is_away_is_said_so(database_url):
    service = TileService(
        "postgresql+psycopg://nobody@/none?host=/nonexistent", TileOptions(timeout_s=0.3)
    )

    async def ask() -> None:
        await service.start()
        try:
            with pytest.raises(UnavailableError):
                await service.tile(LAYERS["incidents"], TileAddress(zoom=14, x=1, y=1))
        finally:
            await service.stop()

    asyncio.run(ask())


@pytest.mark.parametrize("gone", [True, False], ids=["reader hangs up", "time runs out"])
def test_a_slow_query_is_cancelled(engine, database_url, gone):
    make_town(engine)
    service = TileService(database_url, TileOptions(timeout_s=20 if gone else 0.5))

    async def ask() -> None:
        await service.start()
        try:
            while not service.cache.trusted:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(locker.execute, LOCK)
            tile = TileAddress(zoom=14, x=13356, y=6502)
            drawing = asyncio.ensure_future(service.tile(LAYERS["incidents"], tile))
            while not await asyncio.to_thread(_active, database_url):
                await asyncio.sleep(0.01)
            if gone:
                drawing.cancel()
                with suppress(asyncio.CancelledError):
                    await drawing
            else:
                with pytest.raises(UnavailableError, match="longer than"):
                    await drawing
            async with asyncio.timeout(15):
                while await asyncio.to_thread(_active, database_url):
                    await asyncio.sleep(0.01)
        finally:
            await service.stop()

    with psycopg.connect(connection_string(database_url)) as locker:
        asyncio.run(ask())


def test_many_who_ask_for_the_same_tile_cost_one_query(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 100, spread=0.001, seed=1)
    service = TileService(database_url)

    async def ask() -> None:
        await service.start()
        try:
            while not service.cache.trusted:
                await asyncio.sleep(0.01)
            x, y = at(LON, LAT, 14)
            tile = TileAddress(zoom=14, x=x, y=y)
            asked = service.database.pool.get_stats().get("requests_num", 0)
            drawn = await asyncio.gather(
                *(service.tile(LAYERS["incidents"], tile) for _ in range(50))
            )
            assert service.database.pool.get_stats()["requests_num"] == asked + 1
            assert len({id(one) for one in drawn}) == 1
        finally:
            await service.stop()

    asyncio.run(ask())


def _key(layer: str, zoom: int, lon: float) -> tuple[object, ...]:
    return (layer, (), zoom, *at(lon, LAT, zoom), None)


def test_a_reader_who_hangs_up_frees_the_database(engine, database_url):
    """Over ASGI itself: the server tells `http.disconnect` while the query still waits."""
    make_town(engine)
    service = TileService(database_url)
    sent: list[object] = []

    async def ask() -> None:
        await service.start()
        try:
            while not service.cache.trusted:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(locker.execute, LOCK)
            gone = asyncio.Event()

            async def receive() -> dict[str, object]:
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message: object) -> None:
                sent.append(message)

            scope = {
                "type": "http", "method": "GET", "headers": [], "query_string": b"",
                "path_params": {"layer": "incidents", "z": "14", "x": "13356", "y": "6502"},
            }  # fmt: skip
            answering = asyncio.ensure_future(TileEndpoint(service)(scope, receive, send))
            while not await asyncio.to_thread(_active, database_url):
                await asyncio.sleep(0.01)
            gone.set()
            await asyncio.wait_for(answering, 15)
            async with asyncio.timeout(15):
                while await asyncio.to_thread(_active, database_url):
                    await asyncio.sleep(0.01)
        finally:
            await service.stop()

    with psycopg.connect(connection_string(database_url)) as locker:
        asyncio.run(ask())
    assert sent == []


def _active(database_url: str) -> int:
    """How many queries of tiles are running."""
    with psycopg.connect(connection_string(database_url), autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'wangge tiles' AND state = 'active'"
        ).fetchone()
    return int(row[0]) if row else 0
