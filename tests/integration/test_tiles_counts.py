"""The kept counts equal a recount, whatever is written, rolled back or written at once."""

from __future__ import annotations

import random
import threading

import psycopg
from sqlalchemy import text

from gis.store.cluster.database import connection_string
from tests.factories import SOUTH, WEST, make_town
from tests.integration.random_writer import write_at_random

KEPT = """
SELECT level, cell, category, sum(found), sum(open), sum(sum_px), sum(sum_py),
       sum(open_sum_px), sum(open_sum_py)
FROM incident_cell GROUP BY 1, 2, 3
HAVING sum(found) <> 0 OR sum(open) <> 0 OR sum(sum_px) <> 0 OR sum(sum_py) <> 0
    OR sum(open_sum_px) <> 0 OR sum(open_sum_py) <> 0
"""
RECOUNTED = """
SELECT level, tile_key >> (52 - 2 * level), top_category, count(*),
       count(*) FILTER (WHERE is_open), sum(tile_px::bigint), sum(tile_py::bigint),
       coalesce(sum(tile_px::bigint) FILTER (WHERE is_open), 0),
       coalesce(sum(tile_py::bigint) FILTER (WHERE is_open), 0)
FROM incident, generate_series(6, 12, 2) AS level GROUP BY 1, 2, 3
"""
INSERT = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, closed_at, queue_id, route_rule, location)
SELECT %(mark)s || n, %(jurisdiction)s, (ARRAY['01', '02', '03'])[1 + floor(random() * 3)::int], 2,
       'patrol', 't', now(), CASE WHEN n %% 2 = 0 THEN 'dispatched' ELSE 'closed' END,
       CASE WHEN n %% 2 <> 0 THEN now() END, %(queue)s, 'outside_queue',
       ST_SetSRID(ST_MakePoint(%(west)s + random() * 0.02, %(south)s + random() * 0.02), 4326)
FROM generate_series(1, %(count)s) AS n
"""
SOME = "SELECT id FROM incident WHERE id %% 7 = %(n)s ORDER BY random() LIMIT 5"
UPDATES = (
    # of whoever began before it was reported, and changes it after
    "UPDATE incident SET stage = 'closed', closed_at = greatest(now(), reported_at)"
    f" WHERE id IN ({SOME}) AND is_open",
    f"UPDATE incident SET stage = 'handled', closed_at = NULL WHERE id IN ({SOME})",
    f"UPDATE incident SET category_code = '02' WHERE id IN ({SOME})",
    "UPDATE incident SET location = ST_SetSRID(ST_MakePoint(ST_X(location) + 0.01,"
    f" ST_Y(location)), 4326) WHERE id IN ({SOME})",
    f"UPDATE incident SET due_at = now() WHERE id IN ({SOME})",
)


def write(url: str, town, seed: int, faults: list[BaseException], start: threading.Barrier) -> None:
    def values(rng: random.Random, mark: str) -> dict[str, object]:
        return {
            "mark": mark, "jurisdiction": town.jurisdiction_id, "queue": town.queue_id,
            "west": WEST, "south": SOUTH,
            "count": rng.choice((1, 1, 3, 40)), "n": seed % 7,
        }  # fmt: skip

    write_at_random(
        url, (INSERT, INSERT, *UPDATES), values,
        seed=seed, turns=12, faults=faults, start=start,
    )  # fmt: skip


def test_counts_equal_a_recount_after_six_writers_at_once(engine, database_url):
    town = make_town(engine)
    url = connection_string(database_url)
    faults: list[BaseException] = []
    start = threading.Barrier(6)
    # Writers change incidents of their own (by id modulo 7), but count in the same cells.
    writers = [
        threading.Thread(target=write, args=(url, town, seed, faults, start)) for seed in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert not writer.is_alive()
    assert faults == []
    with engine.connect() as connection:
        kept = {tuple(row) for row in connection.execute(text(KEPT))}
        recounted = {tuple(row) for row in connection.execute(text(RECOUNTED))}
        rows = connection.execute(
            text(
                "SELECT max(n) FROM (SELECT count(*) AS n FROM incident_cell"
                " GROUP BY level, cell, category) AS rows"
            )
        ).scalar_one()
    assert len(recounted) > 20
    assert kept == recounted
    assert rows <= 3 * len(writers)  # grows with who writes at once, not with what is written


def test_writers_do_not_wait_for_each_other(engine, database_url):
    """Two open transactions count in one cell in opposite orders, without waiting or deadlock."""
    town = make_town(engine)
    url = connection_string(database_url)
    values = {
        "jurisdiction": town.jurisdiction_id, "queue": town.queue_id, "south": SOUTH, "count": 8
    }  # fmt: skip
    with psycopg.connect(url) as one, psycopg.connect(url) as other:
        for connection in (one, other):
            connection.execute("SET lock_timeout = '5s'")
            connection.execute("SELECT set_config('wangge.actor', 'tests', false)")
            connection.commit()
        places = (WEST, WEST + 0.5)
        for turn, (a, b) in enumerate((places, places[::-1])):
            one.execute(INSERT, {**values, "mark": f"a{turn}-", "west": a})
            other.execute(INSERT, {**values, "mark": f"b{turn}-", "west": b})
        other.commit()
        one.commit()
    with engine.connect() as connection:
        kept = {tuple(row) for row in connection.execute(text(KEPT))}
        assert kept == {tuple(row) for row in connection.execute(text(RECOUNTED))}


def test_an_empty_change_counts_nothing(engine):
    make_town(engine)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('wangge.actor', 'tests', true)"))
        connection.execute(text("UPDATE incident SET title = 'x' WHERE false"))
        assert connection.execute(text("SELECT count(*) FROM incident_cell")).scalar_one() == 0
