"""The desk at 2 million incidents, as accounts of different reach see it; first pages beside tipg.

Every answer goes through sign-in and row-level security, as a browser's question does. tipg serves
a lean table of its own with the index that the order wants, to anybody. Uses the database of
`bench.tiles`. Writes bench/out/lists.json.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import text

from bench.endpoints import WORDS_INDEX
from bench.http_load import fetch, load
from bench.tiles import peer_url, prepare, serving
from bench.tiles_data import MIRROR, SOUTH, STEP, WEST
from gis.settings import Settings
from gis.store.cluster.database import connection_string, normalised
from gis.store.engine import make_engine
from tests.signing import sign_in
from tiles.address import cell_of

OUT = Path(__file__).parent / "out" / "lists.json"
PAGE = 50
FIRST_PAGE = f"/collections/peer.incidents/items?limit={PAGE}&sortby=-reported"
STREET = "410102013"  # in the middle of the city
DEEP = 20  # pages turned before the deep one


def accounts(url: str) -> dict[str, dict[str, str]]:
    """Headers of somebody of the whole installation, of the district and of one sub-district."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            ids = {
                row.code: row.id
                for row in connection.execute(text("SELECT code, id FROM organisation"))
            }
        return {
            "everywhere": sign_in(engine, "dispatcher", "leader"),
            "district": sign_in(engine, "dispatcher", "leader", organisation_id=ids["410102"]),
            "sub-district": sign_in(engine, "dispatcher", "leader", organisation_id=ids[STREET]),
        }
    finally:
        engine.dispose()


def questions(jurisdiction: int) -> dict[str, str]:
    """A name for each question of the desk, and its address; `{n}` is another number each time."""

    def ask(path: str, **query: str | int) -> str:
        given = {"jurisdiction": jurisdiction, **query}
        return f"/api/v1/{path}?{urlencode(given, safe='{},')}"

    lon, lat = WEST + 60 * STEP, SOUTH + 50 * STEP
    window = f"{lon:.4f},{lat:.4f},{lon + 0.01:.4f},{lat + 0.01:.4f}"
    x, y = cell_of(lon, lat, 15)
    wide = cell_of(lon, lat, 11)
    return {
        "list, newest": ask("incidents", limit=PAGE),
        "list, open, due first": ask("incidents", status="open", order="due", limit=PAGE),
        "list, a category": ask("incidents", category="03", limit=PAGE),
        "list, a stage": ask("incidents", stage="dispatched", limit=PAGE),
        "list, overdue": ask("incidents", due="overdue", limit=PAGE),
        "list, a window of the map": ask("incidents", bbox=window, limit=PAGE),
        "list, a sub-district": ask("incidents", grid=STREET, limit=PAGE),
        "list, a word of 2 characters in all": ask("incidents", q="杂物", limit=PAGE),
        "list, a word of 4 digits": ask("incidents", q="8899", limit=PAGE),
        "list, a word in none": ask("incidents", q="违建", limit=PAGE),
        "count, open": ask("desk/count", status="open"),
        "count, all": ask("desk/count", status="all"),
        "points, open": ask("desk/points", status="open", bbox=window),
        "search, end of a serial": ask("desk/search", q="B9876{n}"),
        "search, a place": ask("desk/search", q="测试路12"),
        "tile, z15": f"/tiles/incidents/15/{x}/{y}.mvt?n={{n}}",
        "tile, z11": f"/tiles/incidents/11/{wide[0]}/{wide[1]}.mvt?n={{n}}",
    }


async def asked(port: int, address: str, headers: dict[str, str], repeats: int) -> dict[str, Any]:
    """Median and p99 of one connection that asks again and again."""
    taken = []
    for n in range(repeats + 2):
        start = time.perf_counter()
        await fetch(port, [address.replace("{n}", str(n))], headers)
        taken.append(1000 * (time.perf_counter() - start))
    taken = sorted(taken[2:])
    return {
        "median_ms": round(statistics.median(taken), 1),
        "p99_ms": round(taken[min(len(taken) - 1, len(taken) * 99 // 100)], 1),
    }


async def deep_page(port: int, address: str, headers: dict[str, str]) -> str:
    """The address of a page some way down the list, reached by its cursors."""
    page = address
    for _ in range(DEEP):
        (body,) = await fetch(port, [page], headers)
        page = f"{address}&{urlencode({'cursor': json.loads(body)['next']})}"
    return page


async def first_pages(
    mine: int, peer: int, address: str, people: dict[str, dict[str, str]], options: Any
) -> dict[str, Any]:
    """First pages a second: ours for each account, and tipg's, in turn; the median round counts.

    Raises RuntimeError where the two do not show the same number of rows.
    """
    (ours,) = await fetch(mine, [address], people["everywhere"])
    (theirs,) = await fetch(peer, [FIRST_PAGE])
    shown = len(json.loads(ours)["items"]), len(json.loads(theirs)["features"])
    if shown != (PAGE, PAGE):
        raise RuntimeError(f"pages of {shown} rows")
    rates: dict[str, list[float]] = {"tipg": []}
    for _ in range(options.rounds):
        done = await load(peer, [FIRST_PAGE], options.seconds, options.connections)
        rates["tipg"].append(done.rate)
        for name, headers in people.items():
            done = await load(
                mine, [address], options.seconds, options.connections, headers=headers
            )
            if set(done.statuses) != {200}:
                raise RuntimeError(f"{name}: {done.statuses}")
            rates.setdefault(name, []).append(done.rate)
    found = {name: statistics.median(of) for name, of in rates.items()}
    return {
        "per_s": {name: round(rate, 1) for name, rate in found.items()},
        "ratio": {
            name: round(rate / found["tipg"], 1) for name, rate in found.items() if name != "tipg"
        },
        "bytes": [len(ours), len(theirs)],
    }


async def measure(url: str, options: Any) -> dict[str, Any]:
    with psycopg.connect(connection_string(url), autocommit=True) as connection:
        connection.execute(WORDS_INDEX)
        connection.execute(MIRROR)
        connection.execute("ANALYZE incident")
        row = connection.execute("SELECT id FROM organisation WHERE kind = 'district'").fetchone()
    assert row is not None
    people, asks = accounts(url), questions(row[0])
    plain = {"DATABASE_URL": peer_url(url), "TIPG_DB_SCHEMAS": '["peer"]'}
    with (
        serving(["tipg.main:app"], plain, options.peer_python) as (peer, _),
        serving(["bench.endpoints:served", "--factory"], {"BENCH_URL": url}) as (mine, _),
    ):
        asks["list, newest, page 21"] = await deep_page(
            mine, asks["list, newest"], people["everywhere"]
        )
        # The columns of the leader's view are read when the service starts: not beside a question.
        counted = f"/api/v1/stats/categories?{urlencode({'jurisdiction': row[0]})}"
        await fetch(mine, [counted], people["everywhere"])
        found: dict[str, Any] = {}
        for name, address in asks.items():
            if options.only not in name:
                continue
            found[name] = {
                who: await asked(mine, address, headers, options.repeats)
                for who, headers in people.items()
            }
            print(f"{name:40} {found[name]}", flush=True)
        pages = await first_pages(mine, peer, asks["list, newest"], people, options)
        print(pages, flush=True)
    return {"questions": found, "first_pages": pages}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=2_000_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load per side and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--only", default="", help="part of the names of questions")
    parser.add_argument("--peer-python", default=sys.executable, help="the Python that has tipg")
    parser.add_argument("--url", help="a database that is filled already")
    options = parser.parse_args(arguments)
    url = normalised(options.url) if options.url else prepare(Settings(), options.incidents)
    result = asyncio.run(measure(url, options))
    result |= {"incidents": options.incidents, "load_average": os.getloadavg()[0]}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
