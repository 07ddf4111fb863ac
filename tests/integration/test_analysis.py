"""What the columns answer equals a direct count of the rows, whatever is written at once."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest
from sqlalchemy import text

from gis.errors import InputError
from gis.hotspots.density import aggregate
from gis.store.cluster.database import connection_string
from gis.store.incident_filter import IncidentFilter
from gis.workflows.analysis import LeaderView, category_counts, day_counts, significant_hotspots
from gis.workflows.columns import LiveColumns
from tests.factories import SOUTH, WEST, make_town
from tests.integration.random_writer import write_at_random

INSERT = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, closed_at, plan_id, grid_id, grid_code, queue_id, route_rule, location)
SELECT %(mark)s || n, %(jurisdiction)s,
       (ARRAY['01', '0101', '02', '03'])[1 + floor(random() * 4)::int], 1 + n %% 4,
       (ARRAY['patrol', 'sensor'])[1 + n %% 2], 't',
       now() - random() * interval '40 days',
       CASE WHEN n %% 2 = 0 THEN 'dispatched' ELSE 'closed' END,
       CASE WHEN n %% 2 <> 0 THEN now() END, plan_id, id, code,
       CASE WHEN id IS NULL THEN %(queue)s END,
       CASE WHEN id IS NULL THEN 'outside_queue' ELSE 'inside' END,
       ST_SetSRID(ST_MakePoint(%(west)s + random() * 0.012, %(south)s + random() * 0.012), 4326)
FROM generate_series(1, %(count)s) AS n
LEFT JOIN LATERAL (SELECT id, plan_id, code FROM grid WHERE level = 3 AND n %% 5 > 0
                   ORDER BY md5(code || n::text) LIMIT 1) AS g ON true
"""
SOME = "SELECT id FROM incident WHERE id %% 3 = %(n)s ORDER BY random() LIMIT 5"
CHANGES = (
    # of whoever began before it was reported, and changes it after
    "UPDATE incident SET stage = 'closed', closed_at = greatest(now(), reported_at)"
    f" WHERE id IN ({SOME}) AND is_open",
    f"UPDATE incident SET stage = 'handled', closed_at = NULL WHERE id IN ({SOME})",
    f"UPDATE incident SET category_code = '02', severity = 4 WHERE id IN ({SOME})",
    f"UPDATE incident SET reported_at = reported_at - interval '3 days' WHERE id IN ({SOME})",
    "UPDATE incident SET location = ST_SetSRID(ST_MakePoint(ST_X(location) + 0.003,"
    f" ST_Y(location)), 4326) WHERE id IN ({SOME})",
    "UPDATE incident SET plan_id = NULL, grid_id = NULL, grid_code = NULL, queue_id = %(queue)s,"
    f" route_rule = 'outside_queue' WHERE id IN ({SOME})",
    "UPDATE incident SET jurisdiction_id = %(other)s, plan_id = NULL, grid_id = NULL,"
    " grid_code = NULL, queue_id = %(queue)s, route_rule = 'outside_queue'"
    f" WHERE id IN ({SOME})",
)
ZONE = "Asia/Shanghai"


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def other(engine, town) -> int:
    """Another jurisdiction, to which an incident may be corrected."""
    with engine.begin() as connection:
        return connection.execute(
            text("SELECT id FROM organisation WHERE kind = 'sub_district'")
        ).scalar_one()


def filters(town, other: int):
    """Filters of every kind, with windows that begin and end at any moment."""
    now = datetime.now(UTC)
    a = {"jurisdiction_id": town.jurisdiction_id}
    return [
        IncidentFilter(**a),
        IncidentFilter(jurisdiction_id=other),
        IncidentFilter(**a, category="01"),
        IncidentFilter(**a, category="0101", status="open"),
        IncidentFilter(**a, status="closed", severity=2),
        IncidentFilter(**a, source="sensor"),
        IncidentFilter(**a, since=now - timedelta(days=17, hours=3, microseconds=7)),
        IncidentFilter(**a, since=now - timedelta(30), until=now - timedelta(days=5, minutes=1)),
        IncidentFilter(**a, grid_code="410102004001"),
        IncidentFilter(**a, grid_code="410102004002003", status="open"),
        IncidentFilter(**a, queue_only=True),
        IncidentFilter(**a, bbox=(WEST + 0.002, SOUTH + 0.001, WEST + 0.007, SOUTH + 0.009)),
    ]  # fmt: skip


def counted(connection, wanted: IncidentFilter):
    """Found and open per category, and per day and category, straight from the rows."""
    where, values = wanted.where()
    if wanted.bbox is not None:  # a bounding box of PostGIS is a little larger than asked
        where += (
            " AND ST_Intersects(i.location, ST_MakeEnvelope(:west, :south, :east, :north, 4326))"
        )
    rows = connection.execute(
        text(
            "SELECT (i.reported_at AT TIME ZONE :zone)::date AS day, i.top_category, i.is_open"
            f" FROM incident AS i WHERE {where}"
        ),
        {**values, "zone": ZONE},
    ).all()
    by_category: dict[str, list[int]] = {}
    by_day: dict[tuple[object, str], list[int]] = {}
    for day, category, still_open in rows:
        for place in (
            by_category.setdefault(category, [0, 0]),
            by_day.setdefault((day, category), [0, 0]),
        ):
            place[0] += 1
            place[1] += still_open
    return by_category, by_day


def check(connection, view: LeaderView, wanted: IncidentFilter) -> int:
    """Compare within one snapshot of the database; gives how many incidents passed."""
    answer = category_counts(connection, view, wanted)
    by_category, by_day = counted(connection, wanted)
    assert {r["category"]: [r["found"], r["open"]] for r in answer["items"]} == by_category
    assert answer["total"]["found"] == sum(found for found, _ in by_category.values())
    days = day_counts(connection, view, wanted, ZONE)
    assert {
        (r["day"], r["category"]): [r["found"], r["found"] - r["closed"]] for r in days
    } == by_day
    return answer["total"]["found"]


def write(url, town, other, seed, faults, start):
    def values(rng: random.Random, mark: str) -> dict[str, object]:
        return {
            "mark": mark, "jurisdiction": town.jurisdiction_id, "queue": town.queue_id,
            "west": WEST, "south": SOUTH, "other": other,
            "count": rng.choice((1, 1, 10, 40)), "n": seed % 3,
        }  # fmt: skip

    write_at_random(
        url, (INSERT, INSERT, *CHANGES), values,
        seed=seed, turns=15, faults=faults, start=start,
    )  # fmt: skip


def test_every_answer_equals_a_direct_count_while_others_write(engine, database_url, town, other):
    view, faults, start = LeaderView(), [], threading.Barrier(3)
    url = connection_string(database_url)
    writers = [
        threading.Thread(target=write, args=(url, town, other, seed, faults, start))
        for seed in (1, 2)
    ]
    for writer in writers:
        writer.start()
    start.wait(30)
    asked = 0
    wanted = filters(town, other)
    while any(writer.is_alive() for writer in writers):
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            check(connection, view, wanted[asked % len(wanted)])
        asked += 1
    for writer in writers:
        writer.join(120)
    assert faults == []
    with engine.connect() as connection:
        passed = [check(connection, view, one) for one in wanted]
    assert asked > 5
    assert sum(found > 0 for found in passed) >= 10, passed


def test_a_change_of_a_transaction_that_lasted_is_not_missed(engine, database_url, town, other):
    """It began before and ends after one that took later ids; nothing else happens afterwards."""
    view, url = LeaderView(), connection_string(database_url)
    values = {"jurisdiction": town.jurisdiction_id, "queue": town.queue_id, "west": WEST,
              "south": SOUTH, "count": 4}  # fmt: skip
    with psycopg.connect(url) as slow, psycopg.connect(url) as quick, engine.connect() as reading:
        for connection in (slow, quick):
            connection.execute("SELECT set_config('wangge.actor', 'tests', false)")
            connection.commit()
        slow.execute(INSERT, {**values, "mark": "slow-"})
        wanted = IncidentFilter(jurisdiction_id=town.jurisdiction_id)
        assert check(reading, view, wanted) == 0  # loaded while it runs
        quick.execute(INSERT, {**values, "mark": "quick-"})
        quick.commit()
        reading.rollback()
        assert check(reading, view, wanted) == 4
        slow.commit()
        reading.rollback()
        assert check(reading, view, wanted) == 8


def test_without_changes_no_incident_is_read_again(engine, database_url, town, monkeypatch):
    live = LiveColumns()
    values = {"jurisdiction": town.jurisdiction_id, "queue": town.queue_id, "west": WEST,
              "south": SOUTH, "count": 4, "mark": "a"}  # fmt: skip
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'tests', true)")
        connection.execute(INSERT, values)
    with engine.connect() as connection:
        for _ in range(2):
            with live.of(connection, town.jurisdiction_id) as columns:
                assert len(columns) == 4
        changes = columns.changes
        with live.of(connection, town.jurisdiction_id) as columns:
            assert columns.changes == changes


def test_cells_and_spots_hold_every_incident_once(engine, database_url, town):
    view = LeaderView()
    values = {"jurisdiction": town.jurisdiction_id, "queue": town.queue_id, "west": WEST,
              "south": SOUTH, "count": 300, "mark": "a"}  # fmt: skip
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'tests', true)")
        connection.execute(INSERT, values)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT ST_X(location), ST_Y(location) FROM incident")).all()
        lon, lat = np.array(rows).T
        ground = view.ground(connection, town.plan_id)
        expected = aggregate(lon, lat, area=ground.area, cell_m=ground.lattice.cell_m)
        with view.columns.of(connection, town.jurisdiction_id) as columns:
            counts = columns.cells(slice(None), ground.lattice)
            spots, beyond = columns.spots(slice(None), ground.area.bounds, 50)
        assert (
            significant_hotspots(
                connection, view, IncidentFilter(jurisdiction_id=town.jurisdiction_id)
            )
            is not None
        )
    # a pixel is 4 cm: a point on the very edge of a cell may be counted next door
    assert np.abs(counts[1:] - expected.count).sum() <= 4
    assert counts.sum() == 300
    west, south, east, north = ground.area.bounds
    inside = ((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)).sum()
    assert spots.weight.sum() + beyond == 300
    assert abs(spots.weight.sum() - inside) <= 2
    assert 1 < len(spots.lon) <= 50
    assert np.average(spots.lon, weights=spots.weight) == pytest.approx(
        lon[(lon <= east) & (lat <= north)].mean(), abs=1e-4
    )


def test_days_follow_clocks_that_are_put_forward_and_back(engine, database_url, town):
    """New York, every half hour around both changes of 2025."""
    view = LeaderView()
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'tests', true)")
        connection.execute(
            INSERT.replace("now() - random() * interval '40 days'",
                           "timestamptz '2025-03-08' + n * interval '17 hours 29 minutes'"),
            {"jurisdiction": town.jurisdiction_id, "queue": town.queue_id, "west": WEST,
             "south": SOUTH, "count": 400, "mark": "a"},
        )  # fmt: skip
    wanted = IncidentFilter(jurisdiction_id=town.jurisdiction_id)
    with engine.connect() as connection:
        days = day_counts(connection, view, wanted, "America/New_York")
        found = connection.execute(
            text("SELECT reported_at FROM incident ORDER BY reported_at")
        ).scalars().all()  # fmt: skip
    local = [at.astimezone(ZoneInfo("America/New_York")).date() for at in found]
    assert [row["day"] for row in days for _ in range(row["found"])] == local


def test_counts_are_not_narrowed_by_words(engine, town):
    wanted = IncidentFilter(jurisdiction_id=town.jurisdiction_id, words="违建")
    with engine.connect() as connection, pytest.raises(InputError, match="cannot be narrowed"):
        category_counts(connection, LeaderView(), wanted)
