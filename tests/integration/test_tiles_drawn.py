"""What a tile shows is what the database holds; what nobody may ask for is refused."""

from __future__ import annotations

import mapbox_vector_tile
import pytest
from sqlalchemy import text

from gis.store.engine import acting
from tests.factories import SOUTH, WEST, make_town
from tests.integration.tiles_help import add_incidents, at, draw, visiting
from tiles.address import TileAddress, degrees
from tiles.service import TileOptions

LON, LAT = WEST + 0.001, SOUTH + 0.001


def layer_of(response):
    (name, layer), *others = mapbox_vector_tile.decode(response.content).items()
    assert not others
    return name, layer["features"]


def test_grids_of_each_level_show_the_plan_in_force_with_their_attributes(engine, database_url):
    town = make_town(engine)
    with visiting(database_url) as client:
        for level, length, count in ((1, 9, 1), (2, 12, 4), (3, 15, 16)):
            name, features = layer_of(draw(client, f"grids_{level}", 12, LON, LAT))
            assert name == f"grids_{level}"
            codes = {code for code in town.grid_ids if len(code) == length}
            assert {f["properties"]["code"] for f in features} == codes
            assert len(codes) == count
            assert all(f["id"] == town.grid_ids[f["properties"]["code"]] for f in features)
            assert set(features[0]["properties"]) == {
                "id", "code", "name", "name_en", "pop", "deviation", "hue"
            }  # fmt: skip


def test_units_tell_the_grid_that_the_plan_gives_them(engine, database_url):
    town = make_town(engine)
    with visiting(database_url) as client:
        shown = layer_of(draw(client, "units", 13, LON, LAT))[1]
        of_plan = layer_of(draw(client, "units", 13, LON, LAT, plan=town.plan_id))[1]
    grids = {f["properties"]["code"]: f["properties"]["grid"] for f in shown}
    assert grids == {code: code for code in town.grid_ids if len(code) == 15}
    assert len(of_plan) == len(shown)


def test_units_are_there_before_any_plan_is(engine, database_url):
    make_town(engine, published=False)
    with visiting(database_url) as client:
        features = layer_of(draw(client, "units", 13, LON, LAT))[1]
        assert len(features) == 16
        assert not any("grid" in f["properties"] for f in features)
        assert draw(client, "grids_3", 13, LON, LAT).status_code == 204


def test_base_map_shows_streets_buildings_and_water(engine, database_url):
    town = make_town(engine)
    line = f"LINESTRING({WEST} {SOUTH}, {WEST + 0.01} {SOUTH + 0.01})"
    box = f"POLYGON(({LON} {LAT}, {LON + 0.001} {LAT}, {LON} {LAT + 0.001}, {LON} {LAT}))"
    with acting(engine, "tests") as connection:
        for kind, cls, name in (("road", 6, "中原路"), ("road", 0, "小巷"), ("rail", 0, "陇海线"),
                                ("wall", 3, "墙")):  # fmt: skip
            connection.execute(
                text(
                    "INSERT INTO street (jurisdiction_id, kind, cls, name_zh, geom)"
                    " VALUES (:j, :kind, :cls, :name, ST_GeomFromText(:line, 4326))"
                ),
                {"j": town.jurisdiction_id, "kind": kind, "cls": cls, "name": name, "line": line},
            )
        connection.execute(
            text(
                "INSERT INTO building (jurisdiction_id, code, floors, name_zh, geom)"
                " VALUES (:j, 'b1', 6, '一号楼', ST_GeomFromText(:box, 4326))"
            ),
            {"j": town.jurisdiction_id, "box": box},
        )
        connection.execute(
            text(
                "INSERT INTO water (jurisdiction_id, kind, name_zh, geom)"
                " VALUES (:j, 'lake', '湖', ST_Multi(ST_GeomFromText(:box, 4326)))"
            ),
            {"j": town.jurisdiction_id, "box": box},
        )
    with visiting(database_url) as client:
        near = layer_of(draw(client, "streets", 15, LON, LAT))[1]
        far = layer_of(draw(client, "streets", 10, LON, LAT))[1]
        building = layer_of(draw(client, "buildings", 16, LON, LAT))[1]
        water = layer_of(draw(client, "water", 14, LON, LAT))[1]
    assert {f["properties"]["name"] for f in near} == {"中原路", "小巷", "陇海线"}
    assert {f["properties"]["name"] for f in far} == {"中原路", "陇海线"}
    assert {"class", "kind", "name"} <= set(near[0]["properties"])
    assert [f["properties"] for f in building] == [{"floors": 6, "name": "一号楼"}]
    assert [f["properties"] for f in water] == [{"name": "湖", "kind": "lake"}]


def test_points_lie_where_the_incidents_lie_and_each_in_one_tile_only(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 400, spread=0.01, seed=3)
    seen = []
    with visiting(database_url) as client:
        x, y = at(WEST, SOUTH + 0.01, 16)
        for column in range(x, x + 4):
            for row in range(y, y + 4):
                answer = client.get(f"/tiles/incidents/16/{column}/{row}.mvt")
                if answer.status_code == 204:
                    continue
                for feature in layer_of(answer)[1]:
                    px, py = feature["geometry"]["coordinates"]
                    assert 0 <= px < 4096 and 0 < py <= 4096  # the decoder turns y upward
                    seen.append((feature["id"], column + px / 4096, row + 1 - py / 4096))
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, ST_X(location), ST_Y(location) FROM incident")
        ).all()
    assert sorted(i for i, _, _ in seen) == sorted(row[0] for row in rows)
    places = {i: (x, y) for i, x, y in seen}
    for i, lon, lat in rows:
        column, row = at(lon, lat, 28)
        assert abs(places[i][0] * 4096 - column) <= 1
        assert abs(places[i][1] * 4096 - row) <= 1


def test_zoomed_out_counts_are_those_of_a_query(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 500, spread=0.5, seed=4)
    with engine.connect() as connection:
        total = dict(
            connection.execute(text("SELECT top_category, count(*) FROM incident GROUP BY 1")).all()  # type: ignore[arg-type]
        )
        still_open = connection.execute(
            text("SELECT count(*) FROM incident WHERE is_open")
        ).scalar_one()
    with visiting(database_url) as client:
        for zoom in (5, 6, 7, 8, 9, 10, 11, 12):
            x0, y0 = at(WEST, SOUTH + 0.5, zoom)
            x1, y1 = at(WEST + 0.5, SOUTH, zoom)
            found: dict[str, int] = {}
            open_found = 0
            for x in range(x0, x1 + 1):
                for y in range(y0, y1 + 1):
                    every = client.get(f"/tiles/incidents/{zoom}/{x}/{y}.mvt")
                    if every.status_code == 204:
                        continue
                    for feature in layer_of(every)[1]:
                        given = feature["properties"]
                        by_code = {c: given[f"c{c}"] for c in ("01", "02", "03")}
                        assert sum(by_code.values()) == given["count"]
                        assert by_code[given["category"]] == max(by_code.values())
                        for code, count in by_code.items():
                            found[code] = found.get(code, 0) + count
                    opened = client.get(f"/tiles/incidents_open/{zoom}/{x}/{y}.mvt")
                    if opened.status_code == 200:
                        features = layer_of(opened)[1]
                        open_found += sum(f["properties"]["count"] for f in features)
            assert found == total, zoom
            assert open_found == still_open


def test_fifty_thousand_points_in_one_tile_are_summed_not_cut(engine, database_url):
    town = make_town(engine)
    x, y = at(LON, LAT, 15)
    west, south, _, _ = TileAddress(zoom=15, x=x, y=y).bounds_3857
    lon, lat = degrees(west, south)
    add_incidents(engine, town, 50_000, spread=0.005, seed=5, lon=lon + 0.001, lat=lat + 0.001)
    with visiting(database_url) as client:
        for zoom in (13, 14, 15):
            answer = draw(client, "incidents", zoom, LON, LAT)
            features = layer_of(answer)[1]
            assert sum(f["properties"]["count"] for f in features) == 50_000
            assert len(features) <= 256
            assert len(answer.content) < 100_000


def test_too_many_shapes_lose_the_smallest_and_say_how_many(engine, database_url):
    make_town(engine)
    with visiting(database_url, TileOptions(max_shapes=5)) as client:
        answer = draw(client, "grids_3", 13, LON, LAT)
        assert len(layer_of(answer)[1]) == 5
        assert answer.headers["x-tile-dropped"] == "11"
    with visiting(database_url, TileOptions(max_bytes=400)) as client:
        answer = draw(client, "grids_3", 13, LON, LAT)
        assert len(answer.content) <= 400
        assert int(answer.headers["x-tile-dropped"]) == 16 - len(layer_of(answer)[1])


def test_titles_and_names_are_data(engine, database_url):
    town = make_town(engine)
    hostile = "'); DROP TABLE incident; -- <script>alert(1)</script> \" \\ 网格%s{x}"
    with acting(engine, "tests") as connection:
        connection.execute(text("ALTER TABLE grid DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE grid SET name_zh = :name"), {"name": hostile})
    add_incidents(engine, town, 3, spread=0.001, seed=1, title=hostile)
    with visiting(database_url) as client:
        features = layer_of(draw(client, "grids_3", 13, LON, LAT))[1]
        assert {f["properties"]["name"] for f in features} == {hostile}
        assert len(layer_of(draw(client, "incidents", 14, LON, LAT))[1]) == 3


@pytest.mark.parametrize(
    "path",
    [
        "incident/14/1/1.mvt",
        "incidents%27%3B--/14/1/1.mvt",
        "pg_user/14/1/1.mvt",
        "incidents/4/0/0.mvt",
        "incidents/19/0/0.mvt",
        "incidents/99999999999999999999/0/0.mvt",
        "incidents/14/16384/0.mvt",
        "incidents/14/0/16384.mvt",
        "incidents/14/-1/0.mvt",
        "incidents/14/1e3/0.mvt",
        "incidents/１４/1/1.mvt",
        "incidents/14/1/1;select.mvt",
        "grids_3/14/1/1.mvt?plan=999999",
        "grids_3/14/1/1.mvt?plan=1%20OR%201=1",
        "grids_3/14/1/1.mvt?plan=-1",
        "grids_3/14/1/1.mvt?plan=99999999999999999999999999",
        "grids_3/14/1/1.mvt?plan=",
        "nothing.json",
        "grids_3.json?plan=x",
    ],
)
def test_what_does_not_exist_is_not_found(engine, database_url, path):
    make_town(engine)
    with visiting(database_url) as client:
        answer = client.get(f"/tiles/{path}")
        if path.endswith("plan="):
            assert answer.status_code == 204  # an empty parameter is none
        else:
            assert answer.status_code == 404
            assert answer.json()["code"].startswith("tile-")


def test_tile_json_says_what_there_is(engine, database_url):
    town = make_town(engine)
    add_incidents(engine, town, 20, spread=0.01, seed=2)
    with visiting(database_url) as client:
        for layer in ("grids_1", "grids_3", "units", "incidents"):
            described = client.get(f"/tiles/{layer}.json").json()
            assert described["tilejson"] == "3.0.0"
            west, south, east, north = described["bounds"]
            assert west <= WEST + 1e-5 and south <= SOUTH + 1e-3
            assert east >= WEST + 0.009 and north >= SOUTH + 0.009
            template = described["tiles"][0]
            assert template.endswith(f"/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt")
            (vector,) = described["vector_layers"]
            assert vector["id"] == layer
        assert {"c01", "c02", "c03", "count", "severity"} <= set(vector["fields"])
        assert "bounds" not in client.get("/tiles/water.json").json()
        of_plan = client.get(f"/tiles/grids_2.json?plan={town.plan_id}").json()
        assert of_plan["tiles"][0].endswith(f"?plan={town.plan_id}")
