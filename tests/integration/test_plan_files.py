"""Plans leave as files and come back as drafts: nothing is lost, half, or for strangers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import openpyxl
import pyogrio
import pypdf
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.store.engine import acting, make_engine
from gis.workflows.publishing import publish_plan
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, Town, make_neighbour, make_town
from tests.server import serving
from tests.signing import sign_in

GROUND = """
INSERT INTO street (jurisdiction_id, kind, cls, name_zh, geom) VALUES
  (:j, 'road', 4, '秦岭路', 'SRID=4326;LINESTRING(113.5999 34.75125, 113.6101 34.75125)');
INSERT INTO building (jurisdiction_id, code, compound, name_zh, population, geom) VALUES
  (:j, 'B1', 'C1', '锦绣小区1号楼', 60,
   'SRID=4326;POLYGON((113.6004 34.7504,113.6006 34.7504,113.6006 34.7506,113.6004 34.7504))'),
  (:j, 'B2', 'C1', '锦绣小区2号楼', 20,
   'SRID=4326;POLYGON((113.6021 34.7504,113.6023 34.7504,113.6023 34.7506,113.6021 34.7504))');
"""
FIRST, SECOND = "410102004001001", "410102004001002"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def town(engine: Engine) -> Town:
    made = make_town(engine)
    with acting(engine, "tests") as connection:
        # To the last digit: what is computed twice may differ there.
        connection.execute(text("UPDATE unit SET geom = ST_SnapToGrid(geom, 0.0000001)"))
        for statement in GROUND.split(";\n")[:-1]:
            connection.execute(text(statement), {"j": made.jurisdiction_id})
    make_neighbour(engine)
    return made


@pytest.fixture(scope="module")
def client(engine: Engine, town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    url = engine.url.render_as_string(hide_password=False)
    with (
        serving(url, tmp_path_factory.mktemp("data")) as base,
        httpx.Client(base_url=base, timeout=280, headers={"Accept-Language": "en"}) as http,
    ):
        yield http


def export(client: Any, plan: int, form: str, **more: Any) -> httpx.Response:
    return client.get(f"/api/v1/plans/{plan}/export", params={"format": form, **more})


def send(client: Any, town: Town, content: bytes, name: str, **more: Any) -> httpx.Response:
    data = {"jurisdiction": town.jurisdiction_id, "name": name, **more}
    return client.post("/api/v1/drafts/files", files={"file": (name, content)}, data=data)


def rows(engine: Engine, query: str, **values: Any) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(query), values))


def assignment(engine: Engine, plan: int) -> dict[str, str | None]:
    query = """SELECT u.code, d.grid_code FROM draft_unit AS d JOIN unit AS u ON u.id = d.unit_id
               WHERE plan_id = :plan"""
    return dict(map(tuple, rows(engine, query, plan=plan)))


def geojson(*grids: tuple[str | None, Any], name: str = "code") -> bytes:
    frame = gpd.GeoDataFrame(
        {name: [code for code, _ in grids]}, geometry=[shape for _, shape in grids], crs=4326
    )
    return frame.to_json().encode()


def box(west: float, south: float, east: float, north: float) -> Any:
    """A rectangle in cells of the town."""
    return shapely.box(
        WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP
    )


COUNTS = """
SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM unit), (SELECT count(*) FROM draft_unit)
"""


def count_layers(content: bytes, tmp_path: Path, suffix: str) -> dict[str, int]:
    path = tmp_path / f"plan{suffix}"
    path.write_bytes(content)
    source = f"/vsizip/{path}" if suffix == ".zip" else path
    return {
        str(name): int(pyogrio.read_info(source, layer=name, force_feature_count=True)["features"])
        for name, _ in pyogrio.list_layers(source)
    }


LEVELS = {"sub_districts": 1, "communities": 4, "grids": 16}


@pytest.mark.parametrize(
    ("form", "suffix", "expected"),
    [
        ("gpkg", ".gpkg", {**LEVELS, "units": 16}),
        ("shp", ".zip", {**LEVELS, "units": 16}),
        ("kml", ".kml", LEVELS),
        ("geojson", ".geojson", {"plan": 21}),
    ],
)
def test_other_programs_read_what_is_exported(
    client: Any, town: Town, tmp_path: Path, form: str, suffix: str, expected: dict[str, int]
) -> None:
    answer = export(client, town.plan_id, form)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith(f'410102{suffix}"')
    found = count_layers(answer.content, tmp_path, suffix)
    assert {name: found.get(name) for name in expected} == expected


def test_names_and_measures_come_through_each_format(
    client: Any, town: Town, tmp_path: Path
) -> None:
    (tmp_path / "p.gpkg").write_bytes(export(client, town.plan_id, "gpkg").content)
    frame = gpd.read_file(tmp_path / "p.gpkg", layer="grids").set_index("code")
    assert frame.loc[FIRST, ["name_zh", "population", "parent_code"]].tolist() == [
        "网格001", 100, FIRST[:12],
    ]  # fmt: skip
    told = dict(gpd.read_file(tmp_path / "p.gpkg", layer="about")[["key", "value"]].values)
    assert told["plan_id"] == str(town.plan_id) and "synthetic" not in told
    with zipfile.ZipFile(io.BytesIO(export(client, town.plan_id, "shp").content)) as archive:
        assert archive.read("grids.cpg") == b"UTF-8"
        assert "pop: People" in archive.read("about.txt").decode("utf-8-sig")
    collection = export(client, town.plan_id, "geojson").json()
    assert {f["properties"]["level"] for f in collection["features"]} == {1, 2, 3}
    assert {f["geometry"]["type"] for f in collection["features"]} <= {"Polygon", "MultiPolygon"}
    book = openpyxl.load_workbook(io.BytesIO(export(client, town.plan_id, "xlsx").content))
    assert book.sheetnames == ["Plan", "Basic grids", "Communities", "Sub-districts"]
    sheet = book["Basic grids"]
    assert (sheet.max_row, sheet["A2"].value) == (18, FIRST)
    assert [cell.value for cell in sheet[18]][5] == 1600
    part = export(client, town.plan_id, "csv", within=FIRST[:12]).text.splitlines()
    assert part[0] == "unit_id,grid_id" and len(part) == 5
    assert all(line.split(",")[1].startswith(FIRST[:12]) for line in part[1:])


def test_a_drawing_has_layers_and_chinese_texts_in_metres(
    client: Any, town: Town, tmp_path: Path
) -> None:
    import ezdxf

    (tmp_path / "p.dxf").write_bytes(export(client, town.plan_id, "dxf").content)
    drawing = ezdxf.readfile(tmp_path / "p.dxf")
    space = drawing.modelspace()
    outlines = space.query('LWPOLYLINE[layer=="GRIDS"]')
    texts = {entity.dxf.text for entity in space.query('TEXT[layer=="GRIDS_TEXT"]')}
    assert len(outlines) == 16 and {FIRST, "网格001"} <= texts
    xy = np.array([point[:2] for line in outlines for point in line])
    assert (xy > 100_000).all() and np.ptp(xy, axis=0).max() < 1500
    assert drawing.header.custom_vars.get("crs") == "EPSG:4547"


def test_an_atlas_has_a_page_for_each_grid_with_people_and_streets(client: Any, town: Town) -> None:
    answer = export(client, town.plan_id, "atlas")
    assert answer.headers["content-type"] == "application/pdf"
    book = pypdf.PdfReader(io.BytesIO(answer.content))
    assert len(book.pages) == 1 + 1 + 16  # overview, index, grids
    words = [page.extract_text() for page in book.pages]
    first = next(page for page in words[2:] if f"网格001 {FIRST}" in page.replace("\n", " "))
    for told in ("秦岭路", "锦绣小区", f"lead {FIRST}", "000-04001001", "People", "1:"):
        assert told in first, told
    assert FIRST in words[1] and words[1].count("410102004") >= 16
    bare = export(client, town.plan_id, "atlas", within=FIRST, phones=False)
    few = pypdf.PdfReader(io.BytesIO(bare.content))
    assert len(few.pages) == 3
    assert "000-04001001" not in "".join(page.extract_text() for page in few.pages)


@pytest.mark.parametrize("form", ["csv", "gpkg", "shp", "geojson", "kml", "dxf"])
def test_what_is_exported_comes_back_as_the_same_plan(
    client: Any, town: Town, engine: Engine, form: str
) -> None:
    answer = export(client, town.plan_id, form)
    name = answer.headers["content-disposition"].split('"')[1]
    more = {"crs": "EPSG:4547"} if form == "dxf" else {}
    done = send(client, town, answer.content, name, **more)
    assert done.status_code == 201, done.text
    told = done.json()
    assert (told["grids"], told["units_cut"], told["unassigned"]) == (16, 0, 0)
    stored = rows(
        engine,
        "SELECT u.code, g.code FROM grid_unit AS gu JOIN unit AS u ON u.id = unit_id"
        " JOIN grid AS g ON g.id = grid_id WHERE gu.plan_id = :plan", plan=town.plan_id,
    )  # fmt: skip
    assert assignment(engine, told["plan_id"]) == dict(map(tuple, stored))
    named = rows(
        engine, "SELECT name_zh FROM draft_grid WHERE plan_id = :p AND code = :c",
        p=told["plan_id"], c=FIRST,
    )  # fmt: skip
    assert named == [("网格001",)]


def test_a_dry_run_tells_all_and_leaves_nothing(client: Any, town: Town, engine: Engine) -> None:
    before = rows(engine, COUNTS)
    drawn = geojson(
        (FIRST, box(0, 0, 1.6, 1)), (SECOND, box(1.4, 0, 2, 1)), (None, box(2, 0, 4, 1))
    )
    tried = send(client, town, drawn, "改.geojson", dry_run=True)
    assert tried.status_code == 200
    told = tried.json()
    assert told["plan_id"] is None and told["units_cut"] == 1
    kinds = {place["kind"] for place in told["faults"]}
    assert {"overlap", "split"} <= kinds
    overlap = next(place for place in told["faults"] if place["kind"] == "overlap")
    assert set(overlap["grids"]) == {FIRST, SECOND} and overlap["area_m2"] > 10_000
    assert box(1.4, 0, 1.6, 1).buffer(1e-6).covers(shapely.Point(overlap["lon"], overlap["lat"]))
    shapes = {f["properties"]["code"]: f for f in told["shapes"]["features"]}
    assert shapes[FIRST]["properties"]["origin"] == "given"
    said = " ".join(finding["message"] for finding in told["report"]["zh-CN"]["findings"])
    assert "重叠" in said and "切分" in said
    assert rows(engine, COUNTS) == before


def test_an_edge_through_a_unit_cuts_it_and_the_draft_can_be_published(
    client: Any, town: Town, engine: Engine
) -> None:
    drawn = geojson((FIRST, box(0, 0, 0.5, 1)), (SECOND, box(0.5, 0, 2, 1)))
    done = send(client, town, drawn, "cut.geojson").json()
    plan = done["plan_id"]
    (unit,) = rows(engine, "SELECT id, population, area_m2 FROM unit WHERE code = :c", c=FIRST)
    pieces = rows(
        engine,
        "SELECT u.population, u.area_m2, d.grid_code, u.retired_at IS NOT NULL, u.geom::text"
        " FROM unit AS u JOIN draft_unit AS d ON d.unit_id = u.id WHERE plan_id = :p"
        " AND split_from_id = :u", p=plan, u=unit.id,
    )  # fmt: skip
    # Sixty of eighty people live in the western building: three quarters of the unit's go there.
    assert {(row[0], row[2]) for row in pieces} == {(75, FIRST), (25, SECOND)}
    assert sum(row[1] for row in pieces) == pytest.approx(unit.area_m2)
    assert all(row[3] for row in pieces)
    assert len(assignment(engine, plan)) == 17 and None not in assignment(engine, plan).values()
    # Out again as polygons and as a table, and in again: the same pieces.
    for form in ("geojson", "csv"):
        out = export(client, plan, form)
        assert out.status_code == 200
        again = send(client, town, out.content, f"again.{form}", dry_run=True).json()
        people = {f["properties"]["code"]: f["properties"]["population"]
                  for f in again["shapes"]["features"]}  # fmt: skip
        assert (people[FIRST], people[SECOND], again["unassigned"]) == (75, 125, 0)
    with acting(engine, "planner", action="publish") as connection:
        publish_plan(connection, plan)
        connection.rollback()


def test_codes_go_on_and_new_ones_were_never_used(client: Any, town: Town) -> None:
    quarters = [(name, box(at / 2, 0, at / 2 + 0.5, 1)) for at, name in enumerate("abcd")]
    halves = geojson(*quarters)
    told = send(client, town, halves, "x.geojson", dry_run=True).json()
    origin = {
        f["properties"]["code"]: f["properties"]["origin"] for f in told["shapes"]["features"]
    }
    assert (origin[FIRST], origin[SECOND]) == ("kept", "kept")
    assert sorted(origin.values()).count("new") == 2
    used = {f"410102004{community:03d}{grid:03d}" for community in range(1, 5)
            for grid in range(1, 5)}  # fmt: skip
    assert {code for code, how in origin.items() if how == "new"}.isdisjoint(used)


BOMB = io.BytesIO()
with zipfile.ZipFile(BOMB, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("grids.geojson", b"0" * 300_000_000)
BOWTIE = shapely.Polygon(
    [(WEST, SOUTH), (WEST + STEP, SOUTH + STEP), (WEST + STEP, SOUTH), (WEST, SOUTH + STEP)]
)


@pytest.mark.parametrize(
    ("name", "content", "more", "status", "code"),
    [
        ("empty.geojson", b"", {}, 422, "file-empty"),
        ("broken.gpkg", b"SQLite format 3\0" + b"x" * 500, {}, 422, "file-corrupt"),
        ("nothing.geojson", b'{"type":"FeatureCollection","features":[]}', {}, 422, "layer-empty"),
        ("bomb.zip", BOMB.getvalue(), {}, 413, "file-too-large"),
        ("text.csv", b"a,b\n1,2\n", {}, 422, "column-missing"),
        ("unknown.csv", b"unit_id,grid_id\nnobody,410102004001001\n", {}, 422, "plan-unit-unknown"),
        ("twice.csv", f"unit_id,grid_id\n{FIRST},1\n{FIRST},2\n".encode(), {}, 422,
         "ids-duplicate"),
        ("far.geojson", geojson((FIRST, shapely.box(10, 10, 10.1, 10.1))), {}, 422,
         "plan-import-elsewhere"),
        ("crs.geojson", geojson((FIRST, box(0, 0, 1, 1))), {"crs": "EPSG:999999"}, 422,
         "crs-unknown"),
        ("metres.geojson", geojson((FIRST, box(0, 0, 1, 1))), {"crs": "EPSG:4547"}, 422,
         "coordinates-not-metres"),
        ("column.geojson", geojson((FIRST, box(0, 0, 1, 1))), {"code_column": "x"}, 422,
         "column-missing"),
        ("point.geojson", geojson((FIRST, shapely.Point(WEST, SOUTH))), {}, 422, "layer-empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_whole(
    client: Any, town: Town, engine: Engine, name: str, content: bytes, more: dict[str, str],
    status: int, code: str,
) -> None:  # fmt: skip
    before = rows(engine, COUNTS)
    answer = send(client, town, content, name, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert rows(engine, COUNTS) == before


def test_a_polygon_that_crosses_itself_is_mended_and_told(client: Any, town: Town) -> None:
    told = send(client, town, geojson((FIRST, BOWTIE), (SECOND, box(1, 0, 2, 1))), "bow.geojson",
                dry_run=True).json()  # fmt: skip
    assert "polygon-invalid" in {finding["code"] for finding in told["report"]["en"]["findings"]}


def test_drafts_and_telephones_are_not_for_everybody(
    client: Any, town: Town, engine: Engine
) -> None:
    done = send(client, town, export(client, town.plan_id, "csv").content, "p.csv").json()
    draft, url = done["plan_id"], "/api/v1/plans/{}/export"
    for role, wanted in (("leader", 200), ("dispatcher", 403)):
        headers = sign_in(engine, role, organisation_id=town.jurisdiction_id)
        answer = client.get(url.format(draft), params={"format": "csv"}, headers=headers)
        assert answer.status_code == wanted, role
    assert client.get(url.format(10**6), params={"format": "csv"}).status_code == 404
    missing = export(client, town.plan_id, "csv", within="410102009")
    assert (missing.status_code, missing.json()["code"]) == (404, "plan-export-within")
    assert export(client, town.plan_id, "doc").status_code == 422
