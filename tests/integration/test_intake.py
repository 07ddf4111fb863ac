"""A report becomes an incident: owned, answered for and numbered at once, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text

from gis.errors import InputError, NotFoundError
from gis.geometry import wgs84_to_gcj02
from gis.store.cases import case as incident
from gis.store.engine import acting
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from gis.workflows.points import describe
from tests.factories import SOUTH, STEP, WEST, basic_grid_shapes, make_town

ZONE = "Asia/Shanghai"


@pytest.fixture
def locators():
    return Locators()


def report(lon=WEST + STEP / 2, lat=SOUTH + STEP / 2, **changed):
    values = {"category": "0101", "title": "试验", "source": "patrol", "lon": lon, "lat": lat}
    return IncidentReport(**values | changed)


def reported(engine, locators, given):
    done = report_incident(engine, locators, given, actor="调度员", time_zone=ZONE)
    with engine.connect() as connection:
        return incident(connection, done.incident_id), done


def test_inside_a_grid_its_lead_answers(engine, locators):
    make_town(engine)
    case, _ = reported(engine, locators, report())
    assert case["grid"]["code"] == "410102004001001"
    assert case["responsible"]["person"]["name"] == "lead 410102004001001"
    assert case["responsible"]["vacant_levels"] == []
    assert [link["level"] for link in case["chain"]] == [3, 2, 1]
    assert case["history"][0]["actor"] == "调度员"


def test_on_a_shared_boundary_the_smallest_code_that_touches_it_owns(engine, locators):
    make_town(engine)
    corners = [(c, r) for c in range(5) for r in range(5)]
    import shapely

    shapes = basic_grid_shapes()
    for column, row in corners:
        lon, lat = WEST + column * STEP, SOUTH + row * STEP
        touching = sorted(c for c, s in shapes.items() if s.intersects(shapely.Point(lon, lat)))
        case, _ = reported(engine, locators, report(lon, lat))
        # A float beside the outer boundary: off all grids, and nearest to one of them.
        beside = [c for c, s in shapes.items() if s.distance(shapely.Point(lon, lat)) < 1e-9]
        assert case["grid"]["code"] in (touching[:1] or beside)
        with engine.connect() as connection:
            rule = connection.scalar(
                text("SELECT route_rule FROM incident WHERE id = :id"), {"id": case["id"]}
            )
        assert rule == ("nearest_grid", "inside", "shared_boundary")[min(len(touching), 2)]
        with engine.connect() as connection:
            in_sql = connection.scalar(
                text("SELECT owning_grid(plan_id, :lon, :lat) FROM grid LIMIT 1"),
                {"lon": lon, "lat": lat},
            )
        assert in_sql == (touching[0] if touching else None)


def test_sql_and_locator_agree_on_random_points_and_points_on_edges(engine, locators):
    town = make_town(engine)
    rng = np.random.default_rng(7)
    lon = rng.uniform(WEST - STEP, WEST + 5 * STEP, 300)
    lat = rng.uniform(SOUTH - STEP, SOUTH + 5 * STEP, 300)
    lon[::3] = WEST + rng.integers(0, 5, 100) * STEP
    with engine.connect() as connection:
        locator = locators.get(connection, town.plan_id).locator
        for x, y in zip(lon.tolist(), lat.tolist(), strict=True):
            found = connection.scalar(
                text("SELECT owning_grid(:plan, :x, :y)"), {"plan": town.plan_id, "x": x, "y": y}
            )
            assert found == locator.code_at(x, y)


def test_outside_all_grids_it_goes_to_the_named_queue_and_its_person(engine, locators):
    make_town(engine)
    case, _ = reported(engine, locators, report(WEST - 0.5, SOUTH))
    assert case["grid"] is None
    assert case["queue"]["code"] == "outside"
    assert case["person"]["name"] == "值班员"


def test_a_vacant_post_is_answered_one_level_up_and_says_so(engine, locators):
    town = make_town(engine)
    with acting(engine, "tests") as connection:
        connection.execute(
            text(
                "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
                " WHERE person_id = :p"
            ),
            {"p": town.person_ids["410102004001001"]},
        )
    case, _ = reported(engine, locators, report())
    assert case["grid"]["code"] == "410102004001001"
    assert case["responsible"]["person"]["name"] == "director 410102004001"
    assert case["responsible"]["vacant_levels"] == [3]


def test_with_every_post_vacant_the_fallback_person_answers(engine, locators):
    make_town(engine, posts=False)
    case, _ = reported(engine, locators, report())
    assert case["grid"]["code"] == "410102004001001"
    assert case["person"]["name"] == "值班员"


def test_gcj02_coordinates_land_where_they_are(engine, locators):
    make_town(engine)
    x, y = wgs84_to_gcj02([WEST + STEP / 2], [SOUTH + STEP / 2])
    case, _ = reported(engine, locators, report(float(x[0]), float(y[0]), crs="gcj02"))
    assert case["grid"]["code"] == "410102004001001"
    assert case["lon"] == pytest.approx(WEST + STEP / 2, abs=1e-9)


def test_the_same_reference_gives_the_same_incident(engine, locators):
    make_town(engine)
    first = reported(engine, locators, report(source_ref="12345-1"))[1]
    again = reported(engine, locators, report(source_ref="12345-1", title="另一个"))[1]
    assert (first.created, again.created) == (True, False)
    assert first.incident_id == again.incident_id


def test_many_at_once_get_serials_without_gaps_and_retries_do_not_double(engine, locators):
    make_town(engine)

    def send(number):
        return report_incident(
            engine, locators, report(source_ref=f"r{number % 20}"), actor="a", time_zone=ZONE
        )

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(send, range(60)))
    assert sum(one.created for one in done) == 20
    with engine.connect() as connection:
        serials = connection.scalars(text("SELECT serial FROM incident ORDER BY serial")).all()
    numbers = [int(serial.rsplit("-", 1)[1]) for serial in serials]
    assert numbers == list(range(1, 21))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"category": "77"}, "category-unknown"),
        ({"reported_at": datetime.now(UTC) + timedelta(hours=1)}, "reported-in-future"),
        ({"crs": "EPSG:999999"}, "crs-unknown"),
        ({"lat": 95.0}, "coordinates-invalid"),
    ],
)
def test_bad_reports_are_refused_and_leave_nothing(engine, locators, changed, code):
    make_town(engine)
    with pytest.raises(InputError) as refused:
        report_incident(engine, locators, report(**changed), actor="a", time_zone=ZONE)
    assert refused.value.code == code
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM incident")) == 0
        assert connection.scalar(text("SELECT count(*) FROM serial_counter")) == 0


def test_without_a_published_plan_the_error_says_so(engine, locators):
    make_town(engine, published=False)
    with pytest.raises(NotFoundError) as refused:
        report_incident(engine, locators, report(), actor="a", time_zone=ZONE)
    assert refused.value.code == "no-published-plan"


def test_what_would_own_a_point_is_told_without_writing(engine, locators):
    make_town(engine)
    with engine.connect() as connection:
        answer = describe(connection, locators, lon=WEST + STEP / 2, lat=SOUTH + STEP / 2)
    assert answer["grid"]["code"] == "410102004001001"
    assert answer["responsible"]["person"]["name"] == "lead 410102004001001"
