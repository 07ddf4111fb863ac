"""Counts as it was, or on today's boundaries, equal what SQL finds for each incident by itself."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from gis.errors import NotFoundError
from gis.store.choices import RoutingSetting, set_routing
from gis.store.engine import acting
from gis.store.incident_filter import IncidentFilter
from gis.workflows.analysis import LeaderView, category_counts, day_counts, significant_hotspots
from gis.workflows.grid_counts import grid_counts
from gis.workflows.publishing import publish_plan
from tests.factories import SOUTH, STEP, WEST, make_draft, make_neighbour, make_town, redrawn

ZONE = "Asia/Shanghai"

# Places anywhere, on the corners and edges of grids, and a float beside; whose they were is chance.
INSERT = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, reported_at,
                      stage, closed_at, plan_id, grid_id, grid_code, queue_id, route_rule, location)
SELECT :mark || n, :jurisdiction, (ARRAY['01', '0101', '02', '03'])[1 + n % 4], 1 + n % 4, 'patrol',
       't', now() - random() * interval '40 days',
       CASE WHEN n % 2 = 0 THEN 'dispatched' ELSE 'closed' END,
       CASE WHEN n % 2 <> 0 THEN now() END, g.plan_id, g.id, g.code,
       CASE WHEN g.id IS NULL THEN :queue END,
       CASE WHEN g.id IS NULL THEN 'outside_queue' ELSE 'inside' END,
       ST_SetSRID(ST_MakePoint(
         CASE n % 3 WHEN 0 THEN :west + (floor(random() * 11) - 1) * cast(:step AS float8) / 2
                    WHEN 1 THEN :west + (random() * 7 - 1) * :step
                    ELSE :west + (floor(random() * 11) - 1) * cast(:step AS float8) / 2 + 1.5e-14
         END,
         CASE n % 4 WHEN 0 THEN :south + floor(random() * 5) * cast(:step AS float8)
                    ELSE :south + (random() * 6 - 1) * :step END), 4326)
FROM generate_series(1, :count) AS n
LEFT JOIN LATERAL (SELECT * FROM grid WHERE level = 3 AND n % 5 > 0 AND plan_id = :plan
                   ORDER BY md5(code || n::text) LIMIT 1) AS g ON true
"""

# Whose each place is today, one by one: in a grid, or within 50 m of one, or else the last queue's.
TODAY = """
WITH force AS (
  SELECT plan.id, plan.jurisdiction_id,
         row_number() OVER (ORDER BY length(o.code) DESC, o.code) AS rank
  FROM plan JOIN organisation AS o ON o.id = jurisdiction_id WHERE status = 'published'
)
SELECT i.*, coalesce(inside.jurisdiction_id, near.jurisdiction_id, (
         SELECT jurisdiction_id FROM force ORDER BY rank DESC LIMIT 1)) AS jurisdiction,
       CASE WHEN inside.code IS NULL THEN near.code ELSE inside.code END AS code
FROM incident AS i
LEFT JOIN LATERAL (
  SELECT * FROM (SELECT force.jurisdiction_id, rank,
                        owning_grid(force.id, ST_X(location), ST_Y(location)) AS code
                 FROM force) AS found
  WHERE code IS NOT NULL ORDER BY rank LIMIT 1) AS inside ON true
LEFT JOIN LATERAL (
  SELECT force.jurisdiction_id, grid.code FROM force JOIN grid ON plan_id = force.id AND level = 3
  WHERE ST_DWithin(geom::geography, location::geography, 50)
  ORDER BY round(ST_Distance(geom::geography, location::geography)::numeric, 3), rank, code LIMIT 1
) AS near ON true
"""
THEN = "SELECT i.*, jurisdiction_id AS jurisdiction, grid_code AS code FROM incident AS i"


@pytest.fixture
def city(engine):
    """A town whose first boundary was moved, its neighbour, and incidents of either of then."""
    town = make_town(engine)
    _, other = make_neighbour(engine)
    plan = make_draft(engine, town, redrawn({0: 3, 2: 1}))
    with acting(engine, "tests") as connection:
        publish_plan(connection, plan)
        for mark, jurisdiction, of_plan in (
            ("a", town.jurisdiction_id, town.plan_id), ("b", town.jurisdiction_id, plan),
            ("c", other, plan),
        ):  # fmt: skip
            connection.execute(
                text(INSERT),
                {"mark": mark, "jurisdiction": town.jurisdiction_id, "queue": town.queue_id,
                 "west": WEST, "south": SOUTH, "step": STEP, "count": 150, "plan": of_plan},
            )  # fmt: skip
            if jurisdiction == other:
                connection.execute(
                    text("UPDATE incident SET jurisdiction_id = :j, plan_id = NULL, grid_id = NULL,"
                         " grid_code = NULL, queue_id = (SELECT id FROM queue WHERE"
                         " jurisdiction_id = :j) WHERE serial LIKE 'c%'"),
                    {"j": other},
                )  # fmt: skip
    return town, other


def filters(jurisdiction_id):
    now = datetime.now(UTC)
    whole = IncidentFilter(jurisdiction_id=jurisdiction_id)
    return [
        whole,
        replace(whole, category="01", status="open"),
        replace(whole, severity=2, since=now - timedelta(days=17)),
        replace(whole, grid_code="410102004001"),
        replace(whole, grid_code="410102004001002", status="closed"),
        replace(whole, grid_code="410103", until=now - timedelta(days=9)),
        replace(whole, queue_only=True),
        replace(whole, queue_only=True, grid_code="410102004"),
    ]


def passing(rows, wanted):
    """The rows that a filter lets pass."""
    return [
        row for row in rows
        if row.jurisdiction == wanted.jurisdiction_id
        and (wanted.category is None or row.category_code.startswith(wanted.category))
        and wanted.status in ("all", "open" if row.is_open else "closed")
        and wanted.severity in (None, row.severity)
        and (wanted.since is None or row.reported_at >= wanted.since)
        and (wanted.until is None or row.reported_at < wanted.until)
        and (wanted.grid_code is None or (row.code or "").startswith(wanted.grid_code))
        and not (wanted.queue_only and row.code)
    ]  # fmt: skip


def tally(rows, key):
    found, still_open = Counter(), Counter()
    for row in rows:
        found[key(row)] += 1
        still_open[key(row)] += row.is_open
    return {one: (found[one], still_open[one]) for one in found}


def test_every_count_equals_what_sql_finds_for_each_incident(engine, city):
    view, seen = LeaderView(), 0
    with engine.connect() as connection:
        rows = {"then": connection.execute(text(THEN)).all(),
                "now": connection.execute(text(TODAY)).all()}  # fmt: skip
        differ = sum(
            (a.jurisdiction, a.code) != (b.jurisdiction, b.code)
            for a, b in zip(*(sorted(one, key=lambda row: row.id) for one in rows.values()),
                            strict=True)
        )  # fmt: skip
        assert differ > 300
        assert {row.code for row in rows["now"]} > {None, "410103001001001", "410102004001001"}
        wanted = [*filters(city[0].jurisdiction_id), *filters(city[1])]
        for one, boundaries in product(wanted, ("then", "now")):
            passed = passing(rows[boundaries], one)
            seen += len(passed)
            answer = category_counts(connection, view, one, boundaries)
            assert {r["category"]: (r["found"], r["open"]) for r in answer["items"]} == tally(
                passed, lambda row: row.top_category
            )
            days = day_counts(connection, view, one, ZONE, boundaries)
            assert {
                (r["day"], r["category"]): (r["found"], r["found"] - r["closed"]) for r in days
            } == tally(
                passed,
                lambda row: (row.reported_at.astimezone(ZoneInfo(ZONE)).date(), row.top_category),
            )
            for level, digits in ((3, 15), (2, 12), (1, 9)):
                items = grid_counts(connection, view, one, boundaries=boundaries, level=level)
                assert {r["code"]: (r["found"], r["open"]) for r in items} == tally(
                    passed, lambda row, digits=digits: row.code and row.code[:digits]
                )
                assert all((r["name"] is None) == (r["code"] is None) for r in items)
            assert answer["total"]["found"] == len(passed)
    assert seen > 1500


def test_after_the_next_plan_and_after_a_move_today_is_another(engine, city):
    town, _ = city
    view, whole = LeaderView(), IncidentFilter(jurisdiction_id=city[0].jurisdiction_id)

    def same():
        with engine.connect() as connection:
            items = grid_counts(connection, view, whole, boundaries="now", level=3)
            rows = passing(connection.execute(text(TODAY)).all(), whole)
        found = {r["code"]: (r["found"], r["open"]) for r in items}
        assert found == tally(rows, lambda row: row.code)
        return found

    first = same()
    plan = make_draft(engine, town, redrawn({0: 1, 1: 3}))
    with acting(engine, "tests") as connection:
        publish_plan(connection, plan)
    second = same()
    with acting(engine, "tests") as connection:
        connection.execute(
            text("UPDATE incident SET location = ST_Translate(location, 0.003, 0) WHERE id % 3 = 0")
        )
    assert len({str(one) for one in (first, second, same())}) == 3


def test_days_follow_a_boundary_that_another_jurisdiction_or_distance_moves(engine, city):
    """Places change their owner while the plan that is asked about stays the same."""
    view, whole = LeaderView(), IncidentFilter(jurisdiction_id=city[1])

    def found():
        with engine.connect() as connection:
            days = day_counts(connection, view, whole, ZONE, "now")
            rows = passing(connection.execute(text(TODAY.replace("50", metres))).all(), whole)
        assert sum(day["found"] for day in days) == len(rows)
        return len(rows)

    metres = "50"
    before = found()
    with acting(engine, "tests") as connection:
        set_routing(connection, city[0].jurisdiction_id, RoutingSetting(nearest_within_m=5.0))
        set_routing(connection, city[1], RoutingSetting(nearest_within_m=5.0))
    metres = "5"
    assert found() != before


def test_hotspots_are_of_the_incidents_that_are_counted(engine, city):
    view = LeaderView()
    whole = IncidentFilter(jurisdiction_id=city[0].jurisdiction_id)
    with engine.connect() as connection:
        with view.counted(connection, whole, "now") as counted:
            ground = view.ground(connection, counted.block.plan_id)
            cells = counted.cells(ground.lattice)
        rows = passing(connection.execute(text(TODAY)).all(), whole)
        assert cells.count.sum() + cells.outside == len(rows)
        assert significant_hotspots(connection, view, whole, "now") is not None


def test_where_no_plan_is_in_force_nothing_is_counted_on_its_boundaries(engine):
    town = make_town(engine, published=False)
    whole = IncidentFilter(jurisdiction_id=town.jurisdiction_id)
    with engine.connect() as connection:
        assert category_counts(connection, LeaderView(), whole)["items"] == []
        with pytest.raises(NotFoundError) as refused:
            category_counts(connection, LeaderView(), whole, "now")
    assert refused.value.code == "no-published-plan"
