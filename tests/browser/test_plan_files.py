"""Files at the planner's desk: polygons come in with a report, every format goes out and opens, and
the atlas is printed while the page may go."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ezdxf
import geopandas as gpd
import httpx
import openpyxl
import pandas as pd
import pyogrio
import pypdf
import pytest
import shapely
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from gis.files.atlas_press import Press
from gis.store.engine import make_engine
from gis.workflows.atlas_jobs import FOLDER, PrintShop, print_atlas
from tests.server import serving

PAIR = """
SELECT a.code, b.code FROM grid AS a JOIN plan ON plan.id = a.plan_id AND status = 'published'
JOIN grid AS b ON b.plan_id = a.plan_id AND b.level = 3 AND b.code > a.code
 AND b.parent_code = a.parent_code
WHERE a.level = 3 AND ST_Length(ST_Intersection(a.geom, b.geom)::geography) > 200
ORDER BY a.code, b.code LIMIT 1
"""
GUIDE = "localStorage.setItem('wangge.guide.editor', 'seen')"


@pytest.fixture(scope="module")
def engine(demo_url: str) -> Iterator[Engine]:
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def base(demo_url: str, data_dir: Path) -> Iterator[str]:
    with serving(demo_url, data_dir) as url:
        yield url


@pytest.fixture(scope="module")
def drawn(base: str, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grids in force as somebody drew them by hand: one too large, its neighbour too small."""
    with engine.connect() as connection:
        plan = connection.scalar(text("SELECT id FROM plan WHERE status = 'published'"))
        over, under = connection.execute(text(PAIR)).one()
    told = httpx.get(f"{base}/api/v1/plans/{plan}/export", params={"format": "geojson"}, timeout=90)
    whole = gpd.read_file(io.BytesIO(told.content))
    basic = whole[whole["level"] == 3].reset_index(drop=True)
    crs = basic.estimate_utm_crs()
    metric = basic.to_crs(crs)
    shapes = metric.geometry.to_numpy().copy()
    codes = list(basic["code"])
    shapes[codes.index(over)] = shapely.buffer(shapes[codes.index(over)], 6, join_style="mitre")
    # What it loses is in no grid any more; at the rim of the plan, too.
    shapes[codes.index(under)] = shapely.difference(
        shapely.buffer(shapes[codes.index(under)], -9, join_style="mitre"),
        shapes[codes.index(over)],
    )
    out = tmp_path_factory.mktemp("drawn") / "手绘网格 草图.geojson"
    frame = gpd.GeoDataFrame(basic[["code", "name_zh"]], geometry=shapes, crs=crs).to_crs(4326)
    pyogrio.write_dataframe(frame, out, driver="GeoJSON")
    return out


def opened(content: bytes, name: str, folder: Path) -> int:
    """How many basic grids a program of others finds in a file."""
    path = folder / name
    path.write_bytes(content)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str)["grid_id"].nunique()
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).worksheets[1]
        return sum(len(str(row[0] or "")) == 15 for row in sheet.iter_rows(values_only=True))
    if path.suffix == ".dxf":
        space = ezdxf.readfile(path).modelspace()
        texts = (entity.dxf.text for entity in space.query('TEXT[layer=="GRIDS_TEXT"]'))
        return sum(word.isdigit() and len(word) == 15 for word in texts)
    source: Any = f"/vsizip/{path}/grids.shp" if path.suffix == ".zip" else path
    layer = {".gpkg": "grids", ".kml": "grids"}.get(path.suffix)
    found = pyogrio.read_dataframe(source, layer=layer)
    assert found.geometry.notna().all()
    return int((found["level"] == 3).sum()) if path.suffix == ".geojson" else len(found)


def fetched(page: Page, button: str) -> tuple[bytes, str]:
    with page.expect_download() as download:
        page.get_by_test_id(button).first.click()
    return Path(download.value.path()).read_bytes(), download.value.suggested_filename


@pytest.fixture(scope="module")
def draft(base: str, engine: Engine, drawn: Path) -> int:
    """The same, brought in without a page."""
    with engine.connect() as connection:
        of = connection.scalar(text("SELECT jurisdiction_id FROM plan WHERE status = 'published'"))
    made = httpx.post(
        f"{base}/api/v1/drafts/files", files={"file": (drawn.name, drawn.read_bytes())},
        data={"jurisdiction": of, "name": "手绘"}, timeout=240,
    )  # fmt: skip
    assert made.status_code == 201, made.text
    return int(made.json()["plan_id"])


def test_hand_drawn_polygons_become_a_draft_with_a_report_of_what_was_mended(
    visit: Any, engine: Engine, drawn: Path
) -> None:
    one = visit("zh-CN")
    one.page.add_init_script(GUIDE)
    page = one.open("plan")
    page.get_by_test_id("open-drafts").click()
    page.get_by_test_id("import-draft").click()
    page.get_by_test_id("draft-file-input").set_input_files(drawn)
    expect(page.get_by_test_id("draft-file-name")).to_have_value("手绘网格 草图")
    page.get_by_test_id("draft-file-send").click()
    findings = page.get_by_test_id("draft-file-findings")
    expect(findings).to_contain_text("重叠", timeout=60_000)
    expect(findings).to_contain_text("不在任何多边形中")
    expect(page.get_by_test_id("draft-preview").locator("circle").first).to_be_visible()
    with engine.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM plan"))
    page.get_by_test_id("draft-file-send").click()
    expect(page.get_by_test_id("editor")).to_be_visible(timeout=60_000)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM plan")) == before + 1
        units = "SELECT count(*) FROM draft_unit WHERE grid_code IS NULL AND plan_id = :p"
        plan = connection.scalar(text("SELECT max(id) FROM plan"))
        assert connection.scalar(text(units), {"p": plan}) == 0


def test_every_format_goes_out_from_the_page_and_opens(
    visit: Any, engine: Engine, tmp_path: Path
) -> None:
    with engine.connect() as connection:
        query = """SELECT count(*) FROM grid JOIN plan ON plan.id = plan_id
                   WHERE level = 3 AND status = 'published'"""
        grids = connection.scalar(text(query))
    page = visit("zh-CN").open("plan")
    page.get_by_test_id("export-menu").click()
    for form in ("gpkg", "shp", "geojson", "kml", "dxf", "csv", "xlsx"):
        content, name = fetched(page, f"export-{form}")
        assert opened(content, name, tmp_path) == grids, form


def test_an_atlas_is_printed_while_the_page_is_loaded_anew(
    visit: Any, engine: Engine, draft: int, data_dir: Path
) -> None:
    one = visit("zh-CN")
    one.page.add_init_script(GUIDE)
    page = one.open(f"plan?draft={draft}")
    page.get_by_test_id("draft-grid-row").last.click()
    page.get_by_test_id("export-menu").click()
    page.get_by_test_id("export-part").check()
    page.get_by_test_id("export-atlas").click()
    expect(page.get_by_test_id("atlas-progress")).to_be_visible()
    page.get_by_test_id("atlas-cancel").click()
    page.get_by_test_id("export-atlas").click()
    expect(page.get_by_test_id("atlas-progress")).to_be_visible()
    page.reload()
    one.idle()
    expect(page.get_by_test_id("printing")).to_be_visible()
    shop = PrintShop(folder=data_dir / FOLDER, press=Press())
    with engine.connect() as connection:
        asked = text("SELECT id, status FROM draft_job WHERE kind = 'atlas' ORDER BY id")
        (_, ended), (job, status) = connection.execute(asked).all()
    assert (ended, status) == ("cancelled", "waiting")
    print_atlas(engine, shop, job)  # as a worker does
    page.get_by_test_id("export-menu").click()
    expect(page.get_by_test_id("atlas-download")).to_have_count(1)
    content, name = fetched(page, "atlas-download")
    book = pypdf.PdfReader(io.BytesIO(content))
    with engine.connect() as connection:
        query = text("SELECT (result ->> 'grids')::int FROM draft_job WHERE id = :job")
        grids = connection.scalar(query, {"job": job})
    # An overview and an index come before the grids of the part.
    assert name.endswith("-410102.pdf") and len(book.pages) == 2 + grids
    assert "合成数据" in book.pages[0].extract_text().replace("\n", "")
    expect(page.get_by_test_id("printing")).to_have_count(0)
