"""Tiles against tipg 1.6: 20,000 grids, 2 million incidents, both served by uvicorn on loopback.

Both answer the same requests in turn, on the same database server; tipg reads lean tables of its
own with the index that it wants. Writes bench/out/tiles.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import mapbox_vector_tile
import psycopg
import shapely
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bench.http_load import Load, fetch, load
from bench.tiles_data import MIRROR, fill
from gis.settings import Settings
from gis.store import migrate
from gis.store.cluster import create_database, ensure_database
from gis.store.cluster.database import connection_string, normalised
from tiles.address import cell_of
from tiles.routes import tile_routes
from tiles.service import TileOptions, TileService

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out" / "tiles.json"
NAME = "wangge_bench_tiles_v2"
PEER = "/collections/peer.{layer}/tiles/WebMercatorQuad/{z}/{x}/{y}"
OURS = "/tiles/{layer}/{z}/{x}/{y}.mvt"


# The tile but for two units at its edges: rounding puts what lies there on either side.
INSIDE = shapely.box(2, 2, 4094, 4094)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of request and how many times as fast as the peer it has to be answered."""

    name: str
    ours: str
    peer: str
    zooms: tuple[int, ...]
    bound: float
    tiles: int = 160


KINDS = (
    Kind(name="grids z13-16", ours="grids_3", peer="grids", zooms=(13, 14, 15, 16), bound=3),
    Kind(name="incidents z13-16", ours="incidents", peer="incidents", zooms=(13, 14, 15, 16),
         bound=6),
    Kind(name="incidents z14-16, single points", ours="incidents", peer="incidents",
         zooms=(14, 15, 16), bound=0),
    Kind(name="incidents z10-12", ours="incidents", peer="incidents", zooms=(10, 11, 12),
         bound=10, tiles=40),
    Kind(name="open incidents z13-16", ours="incidents_open", peer="incidents_open",
         zooms=(13, 14, 15, 16), bound=5),
)  # fmt: skip


def served() -> Starlette:
    """Our tile routes alone, with the state of the cache: what uvicorn serves (a factory)."""
    kept = int(os.environ["BENCH_CACHE_BYTES"])
    service = TileService(os.environ["BENCH_URL"], TileOptions(cache_bytes=kept))

    @asynccontextmanager
    async def life(_: Starlette) -> Any:
        await service.start()
        yield
        await service.stop()

    async def state(_: Any) -> JSONResponse:
        cache = service.cache
        return JSONResponse(
            {"hits": cache.hits, "misses": cache.misses, "bytes": cache.bytes, "kept": len(cache)}
        )

    return Starlette(routes=[*tile_routes(service), Route("/state", state)], lifespan=life)


@contextmanager
def serving(
    target: Sequence[str], environment: dict[str, str], python: str = sys.executable
) -> Iterator[tuple[int, int]]:
    """A uvicorn of its own; gives its port and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [python, "-m", "uvicorn", *target, "--port", str(port), "--log-level", "warning",
         "--no-access-log"],
        cwd=ROOT, env=os.environ | environment,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{target[0]} did not start")
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def peer_url(url: str) -> str:
    """The same database as tipg wants it: the folder of a Unix socket in the place of the host."""
    parsed = make_url(connection_string(url))
    folder = parsed.query.get("host")
    if not isinstance(folder, str):
        return connection_string(url)
    port = parsed.query.get("port", parsed.port or 5432)
    return (
        f"postgresql://{quote(parsed.username or '', safe='')}@{quote(folder, safe='')}:{port}"
        f"/{parsed.database}"
    )


def paths(url: str, kind: Kind, template: str, layer: str) -> list[str]:
    """Tiles around incidents drawn at random: where people look. The same for both sides."""
    with psycopg.connect(connection_string(url)) as connection:
        rows = connection.execute(
            "SELECT ST_X(location), ST_Y(location) FROM incident WHERE id % 9973 = 1 ORDER BY id"
        ).fetchall()
    rng = random.Random(11)
    chosen = []
    for _ in range(kind.tiles):
        (lon, lat), zoom = rng.choice(rows), rng.choice(kind.zooms)
        x, y = cell_of(lon, lat, zoom)
        chosen.append(template.format(layer=layer, z=zoom, x=x, y=y))
    return chosen


def agreement(ours: list[bytes], theirs: list[bytes]) -> dict[str, int]:
    """Tiles where both show the same features; ours that are sums; tipg's cut at its limit."""
    same = summed = cut = 0
    for mine, other in zip(ours, theirs, strict=True):
        mine_features = _features(mine)
        if mine_features and "count" in mine_features[0]["properties"]:
            summed += 1
            continue
        other_features = _features(other)
        if len(other_features) >= 10_000:
            cut += 1
            continue
        same += _ids(mine_features, inside=True) <= _ids(other_features) and _ids(
            other_features, inside=True
        ) <= _ids(mine_features)
    return {"compared": len(ours) - summed - cut, "same": same, "summed": summed, "cut": cut}


def _features(body: bytes) -> list[dict[str, Any]]:
    return [f for layer in mapbox_vector_tile.decode(body).values() for f in layer["features"]]


def _ids(features: list[dict[str, Any]], *, inside: bool = False) -> set[int]:
    """Ids of all features, or of those that reach into the tile and not only to its margin."""
    return {
        f["properties"]["id"]
        for f in features
        if not inside or shapely.geometry.shape(f["geometry"]).intersects(INSIDE)
    }


def prepare(settings: Settings, incidents: int) -> str:
    """The URL of the filled database; filled once, then used again."""
    server = ensure_database(settings)
    name = f"{NAME}_{incidents}"
    create_database(server, name)
    url = make_url(normalised(server)).set(database=name).render_as_string(hide_password=False)
    migrate.upgrade(url)
    with psycopg.connect(connection_string(url)) as connection:
        done = connection.execute("SELECT to_regclass('peer.incidents_open')").fetchone()
    if not (done and done[0]):
        print(f"filling {name}: a few minutes", flush=True)
        fill(connection_string(url), incidents)
    return url


def cpu_s(url: str, process: int, application: str) -> float:
    """Processor time so far of a server and of its connections' backends on this machine.

    On a machine that is busy with other things it tells more than the clock.
    """
    with psycopg.connect(connection_string(url), application_name="bench") as connection:
        backends = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = %s AND query NOT LIKE 'LISTEN%%'",
            [application],
        ).fetchall()
    ticks = 0
    for pid in (process, *(row[0] for row in backends)):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def compare(
    url: str, kind: Kind, ours: tuple[int, int], peer: tuple[int, int], options: Any
) -> dict[str, Any]:
    """Both in turn on the same tiles; rates are of the median round.

    Servers are given as port and process id.
    """
    mine = paths(url, kind, OURS, kind.ours)
    other = paths(url, kind, PEER, kind.peer)
    bodies = [await fetch(ours[0], mine), await fetch(peer[0], other)]  # also the warm-up
    result: dict[str, Any] = {
        "bound": kind.bound, "agreement": agreement(*bodies),
        "bytes": [sum(map(len, one)) // len(one) for one in bodies],
    }  # fmt: skip
    rounds: list[tuple[Load, Load]] = []
    spent = {"ours": 0.0, "tipg": 0.0}
    for _ in range(options.rounds):
        pair = []
        for side, (port, pid), asked, name in (
            ("ours", ours, mine, "wangge tiles"), ("tipg", peer, other, "")
        ):  # fmt: skip
            before = cpu_s(url, pid, name)
            pair.append(await load(port, asked, options.seconds, options.connections))
            spent[side] += cpu_s(url, pid, name) - before
        rounds.append((pair[0], pair[1]))
    answered = [sum(len(pair[side].latencies) for pair in rounds) for side in (0, 1)]
    cpu_ms = [1000 * spent[side] / n for side, n in zip(spent, answered, strict=True)]
    rounds.sort(key=lambda pair: pair[0].rate / pair[1].rate)
    a, b = rounds[len(rounds) // 2]
    result |= {"ours": a.summary(), "tipg": b.summary(), "ratio": round(a.rate / b.rate, 2),
               "cpu_ms": [round(one, 2) for one in cpu_ms],
               "cpu_ratio": round(cpu_ms[1] / cpu_ms[0], 2)}  # fmt: skip
    return result


async def kept(url: str, port: int, pid: int, peer: dict[str, float], options: Any) -> Any:
    """Tiles that are kept, unchanged tiles, and the share of hits while incidents come in."""
    kind = next(k for k in KINDS if k.name == "incidents z13-16")
    mine = paths(url, kind, OURS, kind.ours) + paths(url, KINDS[3], OURS, "incidents")
    await fetch(port, mine)
    cached = await load(port, mine, options.seconds, options.connections)
    unchanged = await load(port, mine, options.seconds, options.connections, known=True)
    before = json.loads((await fetch(port, ["/state"]))[0])
    writer = asyncio.create_task(asyncio.to_thread(_insert, url, 5.0, options.seconds * 3))
    busy = await load(port, mine, options.seconds * 3, options.connections)
    inserted = await writer
    after = json.loads((await fetch(port, ["/state"]))[0])
    hits, misses = after["hits"] - before["hits"], after["misses"] - before["misses"]
    status = Path(f"/proc/{pid}/status").read_text()
    resident = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "cached": cached.summary(), "unchanged_304": unchanged.summary(),
        "cached_ratio": {name: round(cached.rate / rate, 1) for name, rate in peer.items()},
        "bound": 50,
        "while_inserting": busy.summary() | {
            "inserts_per_s": round(inserted / (options.seconds * 3), 2),
            "hit_rate": round(hits / max(1, hits + misses), 4),
        },
        "cache": after, "resident_mb": int(resident) // 1024,
    }  # fmt: skip


def _insert(url: str, per_second: float, seconds: float) -> int:
    """Incidents at the places of others, chosen at random, at a steady rate."""
    copy = (
        "INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title,"
        " reported_at, stage, plan_id, grid_id, grid_code, queue_id, route_rule, location)"
        " SELECT 'L' || %s || '-' || id, jurisdiction_id, category_code, severity, source, title,"
        " now(), 'registered', plan_id, grid_id, grid_code, queue_id, route_rule, location"
        " FROM incident WHERE id = %s"
    )
    rng, count, start = random.Random(5), 0, time.monotonic()
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'bench', false)")
        while time.monotonic() < start + seconds:
            connection.execute(copy, [time.time_ns(), rng.randint(1, 100_000)])
            count += 1
            time.sleep(max(0.0, start + count / per_second - time.monotonic()))
    return count


async def measure(url: str, options: Any) -> dict[str, Any]:
    """Every kind, then what is kept."""
    with psycopg.connect(connection_string(url)) as connection:
        connection.execute(MIRROR)
    result: dict[str, Any] = {"kinds": {}}
    ours = ("bench.tiles:served", "--factory")
    plain = {"DATABASE_URL": peer_url(url), "TIPG_DB_SCHEMAS": '["peer"]'}
    with (
        serving(["tipg.main:app"], plain, options.peer_python) as peer,
        serving(ours, {"BENCH_URL": url, "BENCH_CACHE_BYTES": "0"}) as mine,
    ):
        for kind in KINDS:
            result["kinds"][kind.name] = found = await compare(url, kind, mine, peer, options)
            print(f"{kind.name}: {json.dumps(found)}", flush=True)
    rates = {name: one["tipg"]["per_s"] for name, one in result["kinds"].items()}
    with serving(ours, {"BENCH_URL": url, "BENCH_CACHE_BYTES": str(256 * 2**20)}) as (mine, pid):
        result["kept"] = await kept(url, mine, pid, rates, options)
        print(f"kept: {json.dumps(result['kept'])}", flush=True)
    return result


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load per side and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--peer-python", default=sys.executable, help="the Python that has tipg")
    parser.add_argument("--url", help="a database that is filled already")
    options = parser.parse_args(arguments)
    url = normalised(options.url) if options.url else prepare(Settings(), options.incidents)
    result = asyncio.run(measure(url, options))
    result["load_average_after"] = [round(one, 2) for one in os.getloadavg()]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
