"""Boards: edges close every unit and the figures are the plan's, in the database and over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.ops import split
from sqlalchemy import Connection, Engine, text

from api.app import create_app
from gis.errors import NotFoundError
from gis.geometry import WEB_MERCATOR, WGS84, metric_crs, projector, to_metric
from gis.planning.adjacency.graph import build_graph
from gis.planning.figures import figures
from gis.settings import Settings
from gis.store.boards import board_mark, board_plan
from gis.store.drafts_writing import open_stored
from gis.store.engine import acting, make_engine
from gis.store.unit_edges import renew_edges
from gis.workflows.boards import Boards
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, make_neighbour, make_town
from tests.integration.tiles_help import add_incidents, draw, visiting
from tests.signing import sign_in


@pytest.fixture(scope="module")
def demo(demo_url: str) -> Iterator[Engine]:
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def demo_plan(demo: Engine) -> int:
    with demo.connect() as connection:
        return int(connection.execute(text("SELECT id FROM plan")).scalar_one())


def around(board: Any) -> Any:
    inner = ~board.edges.outer
    length_m = board.edges.length_m
    return np.bincount(board.edges.left, length_m, board.size) + np.bincount(
        board.edges.right[inner], length_m[inner], board.size
    )


def shapes_of(connection: Connection, ids: list[int]) -> Any:
    rows = connection.execute(
        text("SELECT ST_AsBinary(geom) FROM unit WHERE id = ANY (:ids) ORDER BY id"), {"ids": ids}
    )
    return np.asarray(shapely.from_wkb([bytes(row[0]) for row in rows]), object)


# -- the demo city


def test_edges_of_the_demo_are_what_its_units_share(demo: Engine, demo_plan: int) -> None:
    with demo.connect() as connection:
        board = Boards().of(connection, demo_plan)
        polygons = shapes_of(connection, board.unit_id.tolist())
    assert board.size == len(polygons) > 900
    metric = to_metric(polygons, metric_crs(shapely.total_bounds(polygons).tolist()))
    assert around(board) == pytest.approx(shapely.length(metric), rel=1e-9)
    assert board.perimeter_m == pytest.approx(shapely.length(metric), rel=1e-9)
    known = build_graph(metric)
    assert (board.graph.start == known.start).all()
    assert (board.graph.neighbour == known.neighbour).all()
    assert board.graph.shared_m == pytest.approx(known.shared_m, rel=1e-9)
    assert shapely.intersects_xy(polygons, board.lon, board.lat).all()
    # Streets part most units, and the best of them few.
    cls = board.edges.cls[~board.edges.outer]
    assert np.mean(cls >= 0) > 0.2
    assert 0.02 < np.mean(cls >= 4) < 0.5


def test_the_drawn_edges_of_a_unit_are_its_outline(demo: Engine, demo_plan: int) -> None:
    with demo.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT u.id, ST_Length(ST_Boundary(u.geom_3857)), sum(ST_Length(e.geom_3857)),"
                " ST_Length(ST_Difference(ST_Boundary(u.geom_3857), ST_Buffer("
                "   ST_Collect(e.geom_3857), 0.05)))"
                " FROM unit AS u JOIN unit_edge AS e ON u.id IN (e.left_id, e.right_id)"
                " WHERE u.id % 40 = 0 GROUP BY u.id"
            )
        ).all()
    assert len(rows) > 20
    for _, outline_m, edges_m, missing_m in rows:
        assert edges_m == pytest.approx(outline_m, rel=1e-6)
        assert missing_m == 0


def test_figures_of_the_demo_are_the_stored_ones(demo: Engine, demo_plan: int) -> None:
    with demo.connect() as connection:
        plan = board_plan(connection, demo_plan)
        found = Boards().figures(connection, plan)
        stored = connection.execute(
            text(
                "SELECT level, code, units, population AS pop, households, area_m2, load,"
                " deviation, compactness FROM grid WHERE plan_id = :id ORDER BY level, code"
            ),
            {"id": demo_plan},
        ).all()
        measures = connection.execute(
            text("SELECT measures FROM plan WHERE id = :id"), {"id": demo_plan}
        ).scalar_one()
    assert found.unassigned == 0
    for level in (1, 2, 3):
        mine = found.grids[level]
        rows = [row for row in stored if row.level == level]
        assert mine.code.tolist() == [row.code for row in rows]
        for name in ("units", "pop", "households"):
            assert getattr(mine, name).tolist() == [getattr(row, name) for row in rows], name
        for name in ("area_m2", "load", "deviation", "compactness"):
            expected = [getattr(row, name) for row in rows]
            assert getattr(mine, name) == pytest.approx(expected, rel=1e-9, abs=1e-12), name
        kept, whole = measures["levels"][str(level)], found.levels[level]
        assert whole.grids == kept["grids"]
        assert whole.within == kept["within_tolerance"]
        assert whole.max_deviation == pytest.approx(kept["max_deviation"], rel=1e-9)
        assert whole.mean_deviation == pytest.approx(kept["mean_deviation"], rel=1e-9)
        assert whole.cut_m == pytest.approx(kept["boundary_m"], rel=1e-9)
        assert whole.compactness == pytest.approx(kept["compactness"], rel=1e-9)
    assert plan.tolerance == 0.05


def test_compounds_and_incidents_of_the_demo_are_in_its_units(demo: Engine, demo_plan: int) -> None:
    boards = Boards()
    boards.prepare(demo, demo_plan)
    with demo.connect() as connection:
        board = boards.of(connection, demo_plan)
        people, expected = connection.execute(
            text(
                "SELECT (SELECT sum(population) FROM building WHERE compound IS NOT NULL),"
                " (SELECT count(*) FROM incident WHERE dismissed IS NULL AND reported_at >"
                "  (SELECT as_of FROM expectation_count) - interval '365 days' AND EXISTS ("
                "  SELECT FROM unit WHERE"
                "  ST_Intersects(unit.geom_3857, location_3857)))"
            )
        ).one()
        counted = connection.scalar(text("SELECT sum(population) FROM unit_compound"))
        found = boards.figures(connection, board_plan(connection, demo_plan))
    assert counted == people
    assert board.incidents.sum() == expected
    for level in (1, 2, 3):
        assert found.grids[level].incidents.sum() == pytest.approx(expected)
    assert found.levels[1].compounds_cut <= found.levels[2].compounds_cut
    assert found.levels[3].compounds_cut == sum(
        len(set(rows)) > 1 for rows in _grids_of_compounds(demo, demo_plan)
    )


def _grids_of_compounds(demo: Engine, plan: int) -> list[list[str]]:
    with demo.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT array_agg(g.code) FROM unit_compound AS c JOIN grid_unit AS m"
                " ON m.unit_id = c.unit_id AND m.plan_id = :plan JOIN grid AS g ON g.id = m.grid_id"
                " GROUP BY compound"
            ),
            {"plan": plan},
        )
        return [row[0] for row in rows]


# -- a small town, whose units are found late, cut, and asked for over HTTP


@pytest.fixture(scope="module")
def place(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A town with a draft, its neighbour, and an application on them."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        town = make_town(engine)
        _, other = make_neighbour(engine)
        with acting(engine, "tests") as connection:
            draft = connection.execute(
                text(
                    "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by)"
                    " VALUES (:of, 'Draft', 0.05, 'tests') RETURNING id"
                ),
                {"of": town.jurisdiction_id},
            ).scalar_one()
            for table in ("grid", "grid_unit"):
                _copied(connection, table, town.plan_id, draft)
            open_stored(connection, draft)
            own = connection.execute(
                text("SELECT id FROM organisation WHERE code = '410102'")
            ).scalar_one()
        headers = {
            "planner": sign_in(engine, "planner", organisation_id=own),
            "leader": sign_in(engine, "leader", organisation_id=own),
            "dispatcher": sign_in(engine, "dispatcher", organisation_id=own),
            "foreign": sign_in(engine, "planner", organisation_id=other),
        }
        app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="ERROR"), url)
        with TestClient(app) as client:
            yield SimpleNamespace(
                engine=engine, url=url, town=town, draft=draft, client=client, headers=headers
            )
        engine.dispose()


def _copied(connection: Connection, table: str, source: int, target: int) -> None:
    if table == "grid":
        columns = (
            "code, name_zh, name_en, organisation_id, population, households, area_m2, load,"
            " deviation, units, compactness, hue, geom, geom_3857_low"
        )
        query = f"INSERT INTO grid (plan_id, {columns}) SELECT :to, {columns} FROM grid"
        connection.execute(
            text(f"{query} WHERE plan_id = :of ORDER BY length(code)"),
            {"of": source, "to": target},
        )
        return
    connection.execute(
        text(
            "INSERT INTO grid_unit (plan_id, unit_id, grid_id) SELECT :to, unit_id, n.id"
            " FROM grid_unit AS m JOIN grid AS g ON g.id = m.grid_id"
            " JOIN grid AS n ON n.plan_id = :to AND n.code = g.code WHERE m.plan_id = :of"
        ),
        {"of": source, "to": target},
    )


def table_of(place: Any, part: str, who: str = "planner", plan: int | None = None) -> pa.Table:
    answer = place.client.get(
        f"/api/v1/drafts/{plan or place.draft}/board?part={part}", headers=place.headers[who]
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    return pa.ipc.open_stream(answer.content).read_all()


def test_a_town_that_never_had_edges_gets_them_when_it_is_first_drawn(place: Any) -> None:
    with place.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM unit_edge")) == 0
    units, edges = table_of(place, "units"), table_of(place, "edges")
    assert units.num_rows == 16
    assert edges.num_rows == 24 + 12
    assert {name: str(kind) for name, kind in zip(units.schema.names, units.schema.types,
                                                  strict=True)} == {
        "unit": "int64", "code": "string", "x": "double", "y": "double", "pop": "int32",
        "households": "int32", "area_m2": "double", "load": "double", "incidents": "double",
        "perimeter_m": "double", "compounds": "list<item: int32>",
    }  # fmt: skip
    assert {name: str(kind) for name, kind in zip(edges.schema.names, edges.schema.types,
                                                  strict=True)} == {
        "edge": "int64", "left": "int32", "right": "int32", "length_m": "double", "cls": "int8",
    }  # fmt: skip
    got = units.to_pydict()
    assert got["unit"] == sorted(got["unit"])
    left, right = edges["left"].to_numpy(), edges["right"].to_numpy()
    length_m = edges["length_m"].to_numpy()
    inner = right >= 0
    assert (left[inner] < right[inner]).all()
    closed = np.bincount(left, length_m, 16) + np.bincount(right[inner], length_m[inner], 16)
    assert closed == pytest.approx(got["perimeter_m"])
    assert table_of(place, "units", plan=place.town.plan_id)["code"].to_pylist() == got["code"]
    assert table_of(place, "units", who="leader").num_rows == 16


def test_a_board_that_is_known_is_not_sent_again_until_it_is_another(place: Any) -> None:
    address = f"/api/v1/drafts/{place.draft}/board?part=edges"
    headers = place.headers["planner"]
    first = place.client.get(address, headers=headers)
    tag = first.headers["etag"]
    told = pa.ipc.open_stream(first.content).schema.metadata
    assert told[b"board"].decode() == tag.strip('"')
    assert told[b"balance"] == b"pop"
    for known in (tag, f'"x", W/{tag}', "*"):
        again = place.client.get(address, headers=headers | {"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    with acting(place.engine, "tests") as connection:
        connection.execute(
            text("UPDATE plan SET balance = 'area' WHERE id = :id"), {"id": place.draft}
        )
    other = place.client.get(address, headers=headers | {"If-None-Match": tag})
    assert (other.status_code, other.headers["etag"] != tag) == (200, True)
    with acting(place.engine, "tests") as connection:
        connection.execute(
            text("UPDATE plan SET balance = 'pop' WHERE id = :id"), {"id": place.draft}
        )


@pytest.mark.parametrize("what", ["board?part=units", "board?part=edges", "figures"])
def test_others_are_refused(place: Any, what: str) -> None:
    address = f"/api/v1/drafts/{place.draft}/{what}"
    foreign = place.client.get(address, headers=place.headers["foreign"])
    assert (foreign.status_code, foreign.json()["code"]) == (404, "plan-not-found")
    assert place.client.get(address, headers=place.headers["dispatcher"]).status_code == 403
    assert place.client.get(address).status_code == 401
    missing = place.client.get(f"/api/v1/drafts/{2**62}/{what}", headers=place.headers["planner"])
    assert (missing.status_code, missing.json()["code"]) == (404, "plan-not-found")


def test_figures_over_http_are_those_of_the_board(place: Any) -> None:
    answer = place.client.get(
        f"/api/v1/drafts/{place.draft}/figures", headers=place.headers["planner"]
    )
    assert answer.status_code == 200
    told = answer.json()
    with place.engine.connect() as connection:
        known = Boards().figures(connection, board_plan(connection, place.draft)).as_json()
    assert told == {"version": 0, **known}
    assert [len(told["grids"][level]) for level in "123"] == [1, 4, 16]
    assert {row["deviation"] for row in told["grids"]["3"]} == {0}


def test_pieces_of_a_cut_unit_are_on_the_board_with_edges_of_their_own(place: Any) -> None:
    """Within the transaction at once; and for nobody once it is rolled back."""
    boards = Boards()
    with place.engine.connect() as connection:
        before = boards.of(connection, place.draft)
        connection.execute(text("SELECT set_config('wangge.actor', 'tests', true)"))
        unit, pieces = _cut(connection, place)
        after = boards.of(connection, place.draft)
        _same_board(after, Boards().of(connection, place.draft))
        polygons = shapes_of(connection, after.unit_id.tolist())
        ground = boards.of(connection, place.town.plan_id)
        connection.rollback()
        assert boards.of(connection, place.draft) is before
    assert set(after.unit_id) == set(before.unit_id) - {unit} | set(pieces)
    assert set(ground.unit_id) == set(before.unit_id)
    metric = to_metric(polygons, metric_crs(shapely.total_bounds(polygons).tolist()))
    assert around(after) == pytest.approx(shapely.length(metric), abs=0.05)
    assert after.edges.length_m[after.edges.outer].sum() == pytest.approx(
        before.edges.length_m[before.edges.outer].sum()
    )
    between = {
        frozenset((int(after.unit_id[a]), int(after.unit_id[b])))
        for a, b in zip(after.edges.left, after.edges.right, strict=True)
    }
    assert frozenset(pieces) in between
    # One grid of it all has the outline of the land, however its units are cut.
    whole = [
        figures(board, np.zeros(board.size, int), ["410102004001001"], tolerance=0.05).grids[3]
        for board in (before, after)
    ]
    assert whole[1].boundary_m == pytest.approx(whole[0].boundary_m)
    assert whole[1].pieces.tolist() == [1]


def _same_board(one: Any, other: Any) -> None:
    """A board made from the one before it is the one that is read anew."""
    for name in (
        "unit_id", "code", "lon", "lat", "pop", "households", "area_m2", "load", "incidents",
        "perimeter_m", "compound_start", "compound",
    ):  # fmt: skip
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    for name in ("id", "left", "right", "length_m", "cls"):
        assert getattr(one.edges, name).tolist() == getattr(other.edges, name).tolist(), name


def _cut(
    connection: Connection, place: Any, code: str = "410102004001004"
) -> tuple[int, list[int]]:
    """Cut a unit of the town along a line, as an editor does."""
    unit, polygon = connection.execute(
        text("SELECT u.id, ST_AsBinary(u.geom) FROM unit AS u WHERE u.code = :code"),
        {"code": code},
    ).one()
    whole = shapely.from_wkb(bytes(polygon))
    west, south = shapely.bounds(whole)[:2]
    line = shapely.LineString(
        [(west + 0.31 * STEP, south - STEP), (west + 0.5 * STEP, south + 0.4 * STEP),
         (west + 0.77 * STEP, south + 4 * STEP)]
    )  # fmt: skip
    found = split(whole, line).geoms
    pieces = [
        connection.execute(
            text(
                "INSERT INTO unit (jurisdiction_id, code, population, area_m2, split_from_id,"
                " retired_at, geom) VALUES (:of, :code, 50, 500, :unit, now(),"
                " ST_GeomFromText(:wkt, 4326)) RETURNING id"
            ),
            {
                "of": place.town.jurisdiction_id, "code": f"{code} {number}", "unit": unit,
                "wkt": shapely.set_precision(piece, 1e-7).wkt,
            },
        ).scalar_one()
        for number, piece in enumerate(found)
    ]  # fmt: skip
    renew_edges(connection, place.town.jurisdiction_id, pieces)
    connection.execute(
        text("DELETE FROM draft_unit WHERE plan_id = :plan AND unit_id = :unit"),
        {"plan": place.draft, "unit": unit},
    )
    for piece in pieces:
        connection.execute(
            text(
                "INSERT INTO draft_unit (plan_id, unit_id, grid_code) VALUES (:plan, :piece, :code)"
            ),
            {"plan": place.draft, "piece": piece, "code": code},
        )
    return unit, pieces


def test_tiles_of_a_draft_show_its_units_and_their_edges(place: Any) -> None:
    with place.engine.connect() as connection:
        board = Boards().of(connection, place.draft)
    with visiting(place.url) as client:
        for zoom in (11, 14):
            lon, lat = WEST + 2 * STEP, SOUTH + 2 * STEP
            shown: dict[str, Any] = {"units": {}, "unit_edges": {}}
            for layer, features in shown.items():
                for x in (-0.005, 0.005):
                    for y in (-0.005, 0.005):
                        answer = draw(client, layer, zoom, lon + x, lat + y, plan=place.draft)
                        if answer.status_code == 200:
                            decoded = mapbox_vector_tile.decode(answer.content)[layer]
                            features |= {f["id"]: f for f in decoded["features"]}
            assert set(shown["units"]) == set(board.unit_id.tolist())
            assert not any(f["properties"] for f in shown["units"].values())
            assert set(shown["unit_edges"]) == set(board.edges.id.tolist())
            kinds = {f["geometry"]["type"] for f in shown["unit_edges"].values()}
            assert kinds <= {"LineString", "MultiLineString"}
        cut = _commit_a_cut(place)
        ids: set[int] = set()
        for _ in range(2000):  # until word of it has come round
            answer = draw(client, "units", 14, lon, lat, plan=place.draft)
            ids = {f["id"] for f in mapbox_vector_tile.decode(answer.content)["units"]["features"]}
            if cut[1][0] in ids:
                break
            threading.Event().wait(0.005)
        assert cut[0] not in ids
        assert set(cut[1]) <= ids
        published = draw(client, "units", 14, lon, lat, plan=place.town.plan_id)
        features = mapbox_vector_tile.decode(published.content)["units"]["features"]
        assert cut[0] in {f["id"] for f in features}
        assert not set(cut[1]) & {f["id"] for f in features}
        assert all(f["properties"]["grid"] for f in features)
        edges = draw(client, "unit_edges", 14, lon, lat)
        shown_edges = mapbox_vector_tile.decode(edges.content)["unit_edges"]["features"]
        assert {f["id"] for f in shown_edges} <= set(board.edges.id.tolist())


def _commit_a_cut(place: Any) -> tuple[int, list[int]]:
    with acting(place.engine, "tests") as connection:
        return _cut(connection, place)


def test_incidents_of_the_last_year_are_counted_by_unit_and_again_after_a_day(place: Any) -> None:
    boards = Boards()

    def counted() -> dict[int, float]:
        boards.prepare(place.engine, place.draft)
        with place.engine.connect() as connection:
            board = boards.of(connection, place.draft)
        return dict(zip(board.unit_id.tolist(), board.incidents.tolist(), strict=True))

    assert sum(counted().values()) == 0
    add_incidents(place.engine, place.town, 40, spread=4 * STEP, seed=3)
    with acting(place.engine, "tests") as connection:
        connection.execute(
            text("UPDATE incident SET reported_at = now() - interval '400 days' WHERE serial = :s"),
            {"s": "T3-1"},
        )
    assert sum(counted().values()) == 0, "counted too often"
    with acting(place.engine, "tests") as connection:
        connection.execute(text("UPDATE expectation_count SET as_of = now() - interval '2 days'"))
    found = counted()
    assert sum(found.values()) == 39
    with place.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT u.id, count(i.id) FROM draft_unit JOIN unit AS u ON u.id = unit_id"
                " LEFT JOIN incident AS i ON ST_Intersects(u.geom, i.location) AND serial <> 'T3-1'"
                " WHERE draft_unit.plan_id = :plan GROUP BY u.id"
            ),
            {"plan": place.draft},
        )
        assert {row[0]: row[1] for row in rows} == found
        connection.execute(text("SELECT set_config('wangge.actor', 'tests', true)"))
        unit, pieces = _cut(connection, place, "410102004001001")
        cut = boards.of(connection, place.draft)
        at = cut.positions(pieces)
        assert cut.incidents[at].sum() == found[unit]
        connection.rollback()


def test_plans_that_are_not_there_have_no_board(place: Any) -> None:
    with place.engine.connect() as connection, pytest.raises(NotFoundError):
        board_mark(connection, 2**62)


def test_the_lines_of_edges_are_where_the_units_meet(place: Any) -> None:
    with place.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT ST_AsBinary(e.geom_3857), ST_AsBinary(l.geom), ST_AsBinary(r.geom)"
                " FROM unit_edge AS e JOIN unit AS l ON l.id = left_id"
                " JOIN unit AS r ON r.id = right_id WHERE l.split_from_id IS NULL"
                " AND r.split_from_id IS NULL"
            )
        ).all()
    assert len(rows) == 24
    carry = projector(WGS84, WEB_MERCATOR)
    for line, left, right in rows:
        drawn = shapely.from_wkb(bytes(line))
        both = [shapely.boundary(carry(shapely.from_wkb(bytes(one)))) for one in (left, right)]
        shared = shapely.intersection(*both, grid_size=0.001)
        assert shapely.hausdorff_distance(shared, drawn) < 0.05


def test_pages_open_on_the_units_where_no_plan_is_in_force_yet(
    engine: Engine, database_url: str, tmp_path: Any
) -> None:
    make_town(engine, published=False)
    headers = sign_in(engine, "planner")
    app = create_app(Settings(data_dir=tmp_path, log_level="ERROR"), database_url)
    with TestClient(app) as client:
        shown = client.get("/api/v1/config").json()["map"]["bbox"]
        (district,) = client.get("/api/v1/jurisdictions", headers=headers).json()["items"]
    box = [WEST, SOUTH, WEST + 4 * STEP, SOUTH + 4 * STEP]
    assert shown == district["bbox"] == pytest.approx(box)
    assert district["published_plan_id"] is None
