"""Boards of a small town, whose units are found late, cut, and asked for over HTTP."""

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
from sqlalchemy import Connection, Engine, text

from api.app import create_app
from gis.errors import NotFoundError
from gis.geometry import WEB_MERCATOR, WGS84, metric_crs, projector, to_metric
from gis.planning.figures import figures
from gis.settings import Settings
from gis.store.boards import board_mark, board_plan
from gis.store.drafts_writing import open_stored
from gis.store.engine import acting, make_engine
from gis.workflows.boards import Boards
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, make_neighbour, make_town
from tests.integration.boards_help import (
    around,
    board_as_told,
    changed,
    cut_unit,
    same_board,
    shapes_of,
    table_of,
)
from tests.integration.drafts_help import Planner
from tests.integration.tiles_help import add_incidents, draw, visiting
from tests.signing import sign_in


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
        unit, pieces = cut_unit(connection, place)
        after = boards.of(connection, place.draft)
        same_board(after, Boards().of(connection, place.draft))
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


def test_what_was_cut_turns_the_former_board_into_the_one_read_anew(place: Any) -> None:
    """As a page has it that hears of a cut, of its undoing and of another cut."""
    planner = Planner(place.engine, place.draft)
    held = board_as_told(place)
    version = 0
    upward = [[WEST + 1.4 * STEP, SOUTH - STEP], [WEST + 1.7 * STEP, SOUTH + 5 * STEP]]
    grid = planner.working().units[min(planner.working().units)].grid
    for kind, params in (
        ("cut", {"units": list(planner.working().units), "line": upward}),
        ("assign", {"units": [min(planner.working().units)], "grid": None}),
        ("assign", {"units": [min(planner.working().units)], "grid": grid}),
        ("undo", {}), ("undo", {}), ("undo", {}), ("redo", {}), ("redo", {}), ("undo", {}),
        ("undo", {}),
    ):  # fmt: skip
        planner.do(kind, **params)
        if kind == "assign":
            continue  # a page that has been away hears of several at once
        answer = place.client.get(
            f"/api/v1/drafts/{place.draft}/board/change", params={"after": version},
            headers=place.headers["planner"],
        ).json()  # fmt: skip
        held = changed(held, answer)
        version = answer["version"]
        anew = board_as_told(place)
        assert held["units"] == anew["units"]
        assert held["edges"] == anew["edges"]
        assert answer["terms"] == anew["terms"]
    assert len(held["units"]) == 16


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
        return cut_unit(connection, place)


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
        unit, pieces = cut_unit(connection, place, "410102004001001")
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
