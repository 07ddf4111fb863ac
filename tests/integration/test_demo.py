"""The demo city in the database: balanced, owned, answered for, with its planted hotspots."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gis.demo.city import build_city
from gis.demo.hotspots import planted_hotspots
from gis.errors import ConflictError
from gis.store.engine import make_engine
from gis.store.incident_filter import IncidentFilter
from gis.store.migrate import differences
from gis.workflows.analysis import LeaderView, significant_hotspots
from gis.workflows.demo import clear_demo, demo_is_loaded
from tests.conftest import UNTIL


@pytest.fixture(scope="module")
def demo(demo_url):
    engine = make_engine(demo_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def one(connection, query, **values):
    return connection.execute(text(query), values).scalar()


def test_the_brief_s_grids_at_three_levels(demo):
    rows = demo.execute(
        text("SELECT left(code, 9) AS street, level, count(*) AS n FROM grid GROUP BY 1, 2")
    )
    counts = {(row.street, row.level): row.n for row in rows}
    assert counts == {
        ("410102004", 1): 1, ("410102004", 2): 11, ("410102004", 3): 44,
        ("410102005", 1): 1, ("410102005", 2): 23, ("410102005", 3): 60,
    }  # fmt: skip
    tongbai = "SELECT population FROM grid WHERE code = '410102005'"
    assert one(demo, tongbai) == 103_889


def test_the_seeds_departments_are_tied_to_every_community(demo):
    rows = demo.execute(
        text(
            "SELECT left(code, 9) AS street, count(*) AS ties, count(DISTINCT grid_id) AS grids,"
            " count(DISTINCT department_id) AS departments"
            " FROM department_tie JOIN grid ON grid.id = grid_id"
            " WHERE held @> now() AND recorded_by = '演示数据' GROUP BY 1"
        )
    )
    # 35 departments to 11 level-2 grids; 60 units in the other sub-district's 23.
    assert {row.street: tuple(row)[1:] for row in rows} == {
        "410102004": (35, 11, 35), "410102005": (60, 23, 60),
    }  # fmt: skip


def test_every_level_adds_up_to_the_same_people_and_ground(demo):
    sums = demo.execute(
        text("SELECT sum(population) AS people, sum(area_m2) AS area FROM grid GROUP BY level")
    ).all()
    assert len({row.people for row in sums}) == 1
    assert max(row.area for row in sums) - min(row.area for row in sums) < 1
    lived_in = one(demo, "SELECT sum(population) FROM unit")
    assert {row.people for row in sums} == {lived_in}


def test_basic_grids_are_within_tolerance_of_fair_or_explained(demo):
    outside = demo.execute(
        text("SELECT code FROM grid WHERE level = 3 AND abs(deviation) > 0.05 + 1e-9")
    ).scalars()
    explained = one(demo, "SELECT measures -> 'outside' FROM plan")
    assert set(outside) == {reason["grid"] for reason in explained}
    assert one(demo, "SELECT max(abs(deviation)) FROM grid WHERE level = 3") < 0.06


def test_what_was_built_after_loading_is_as_the_migrations_make_it(demo):
    assert differences(demo) == []


def test_every_incident_has_one_owner_and_a_person(demo):
    assert one(demo, "SELECT count(*) FROM incident WHERE person_id IS NULL") == 0
    assert one(demo, "SELECT count(*) FROM incident WHERE queue_id IS NOT NULL") > 0
    wrong = """
      SELECT count(*) FROM (SELECT * FROM incident ORDER BY id DESC LIMIT 400) AS i
      WHERE grid_code IS DISTINCT FROM owning_grid(
        (SELECT id FROM plan), ST_X(location), ST_Y(location))
    """
    assert one(demo, wrong) == 0


def test_the_person_held_the_post_when_it_was_reported(demo):
    wrong = """
      SELECT count(*) FROM incident JOIN post ON post.id = incident.post_id
      WHERE NOT post.held @> incident.reported_at OR post.person_id <> incident.person_id
    """
    assert one(demo, wrong) == 0
    assert one(demo, "SELECT count(*) FROM incident WHERE responsible_level < 3") > 0


def test_everything_is_labelled_synthetic(demo):
    for table in ("organisation", "person", "incident"):
        assert one(demo, f"SELECT bool_and(synthetic) FROM {table}")


def test_history_tells_every_stage_that_was_reached(demo):
    missing = """
      SELECT count(*) FROM incident WHERE stage IN ('closed', 'evaluated') AND NOT EXISTS (
        SELECT FROM incident_event WHERE incident_id = incident.id AND to_stage = 'closed'
          AND at = incident.closed_at)
    """
    assert one(demo, missing) == 0


def test_planted_hotspots_are_found_in_their_windows(demo):
    jurisdiction = one(demo, "SELECT jurisdiction_id FROM plan")
    planted = planted_hotspots(build_city(), UNTIL)
    found, view = 0, LeaderView()
    for row in planted.itertuples(index=False):
        spots = significant_hotspots(
            demo,
            view,
            IncidentFilter(
                jurisdiction_id=jurisdiction,
                category=row.category,
                since=row.since.to_pydatetime(),
                until=row.until.to_pydatetime(),
            ),
        )
        near = [
            spot
            for spot in spots
            if ((spot["lon"] - row.lon) * 91_500) ** 2 + ((spot["lat"] - row.lat) * 111_000) ** 2
            < (row.radius_m + 150) ** 2
        ]
        found += bool(near)
    assert found >= len(planted) - 1


def test_a_loaded_demo_is_known_and_real_data_are_never_cleared(demo_url):
    engine = make_engine(demo_url)
    assert demo_is_loaded(engine)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO organisation (code, kind, name_zh) VALUES ('4201', 'city', '武汉')")
        )
    with pytest.raises(ConflictError):
        clear_demo(engine)
    engine.dispose()


def test_the_contact_chain_reaches_every_basic_grid_from_the_city_down(demo):
    links = demo.execute(
        text(
            "SELECT g.code, array_agg(DISTINCT o.kind || '>' || length(a.target_code)) AS links"
            " FROM grid AS g JOIN attachment AS a ON starts_with(g.code, a.target_code)"
            " JOIN organisation AS o ON o.id = a.organisation_id"
            " WHERE g.level = 3 AND a.held @> now() GROUP BY g.code"
        )
    ).all()
    assert len(links) == 104
    whole = {"city>6", "district>9", "sub_district>12", "community>15"}
    assert all(set(row.links) == whole for row in links)
    unlabelled = (
        "SELECT count(*) FROM person WHERE NOT synthetic"
        " OR id IN (SELECT person_id FROM attachment) AND phone NOT LIKE '000-%'"
    )
    assert one(demo, unlabelled) == 0
