"""Atlases in the background: asked for once, printed whatever dies, kept for whoever asked alone;
and who is in charge in every file, for whoever may know."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ezdxf
import geopandas as gpd
import httpx
import openpyxl
import pypdf
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.files.atlas_press import Press
from gis.settings import Settings
from gis.store.engine import acting, make_engine
from gis.workflows import plan_exports
from gis.workflows.atlas_jobs import FOLDER, KEPT, PrintShop, print_atlas, tidy_atlases
from gis.workflows.draft_jobs_run import WorkLeftError
from tests.conftest import module_database
from tests.integration.two_districts import City, make_city, sign_in_all
from tests.integration.waiting import wait_until

GRID, FAR = "410102004001001", "410102005001001"
PHONE_HEAD = "Telephone of the person in charge"
LEAD, FAR_LEAD, PHONE = f"岗{GRID}", f"岗{FAR}", "13900000000"
HANGS = "import sys, time; open(sys.argv[1], 'a').write('begun\\n'); time.sleep(600)"
# A worker of its own process, whose press never ends at the first pages that it is given.
WORKER = """
import asyncio, subprocess, sys
from pathlib import Path
from gis.files.atlas_press import Press
from gis.store.engine import make_engine
from gis.workflows import worker
from gis.workflows.atlas_jobs import PrintShop
url, folder, marks, hangs = sys.argv[1:]
class Slow(Press):
    def begin(self, *files):
        if files and not Path(marks).exists():
            return subprocess.Popen([sys.executable, "-c", hangs, marks],
                                    stdout=subprocess.PIPE, text=True)
        return Press.begin(self, *files)
shop = PrintShop(folder=Path(folder), press=Slow())
asyncio.run(worker.Worker(make_engine(url), url, None, stalled_after_s=1.5, shop=shop).run())
"""


class Hanging(Press):
    """A press that lays out no page, ever."""

    def begin(self, *files: Path) -> subprocess.Popen[str]:
        if not files:
            return Press.begin(self)
        told = [sys.executable, "-c", HANGS, os.devnull]
        return subprocess.Popen(told, stdout=subprocess.PIPE, text=True)


@dataclass(slots=True)
class Desk:
    """A service, and the shop beside it."""

    engine: Engine
    client: Any
    city: City
    shop: PrintShop
    plan: int

    def ask(self, who: str, *, plan: int | None = None, key: str | None = None,
            **given: Any) -> httpx.Response:  # fmt: skip
        headers = self.city.headers[who] | ({"Idempotency-Key": key} if key else {})
        path = f"/api/v1/plans/{plan or self.plan}/atlases"
        answer: httpx.Response = self.client.post(path, json=given, headers=headers)
        return answer

    def get(self, who: str, job: int, part: str = "") -> httpx.Response:
        path = f"/api/v1/atlases/{job}{part}"
        answer: httpx.Response = self.client.get(path, headers=self.city.headers[who])
        return answer

    def printed(self, who: str, **given: Any) -> tuple[int, str]:
        """The number of an atlas that somebody has printed, and its words."""
        asked = self.ask(who, **given)
        assert asked.status_code == 202, asked.text
        job = asked.json()["id"]
        print_atlas(self.engine, self.shop, job)
        return job, words_of(self.get(who, job, "/file").content)

    def export(self, who: str, form: str, **more: Any) -> httpx.Response:
        answer: httpx.Response = self.client.get(
            f"/api/v1/plans/{self.plan}/export", params={"format": form, **more},
            headers=self.city.headers[who],
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer


def words_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture(scope="module")
def desk(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    data = tmp_path_factory.mktemp("data")
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        city = make_city(engine)
        sign_in_all(engine, city)
        with TestClient(create_app(Settings(data_dir=data, log_level="CRITICAL"), url)) as client:
            shop = PrintShop(folder=data / FOLDER, press=Press())
            yield Desk(engine, client, city, shop, city.plans["410102"])
        engine.dispose()


def files(desk: Desk) -> set[str]:
    return {found.name for found in desk.shop.folder.iterdir()}


def test_an_atlas_is_printed_once_however_often_it_is_asked_for(desk: Desk) -> None:
    first = desk.ask("district", key="key-of-a-click")
    assert (first.status_code, first.json()["status"]) == (202, "waiting")
    job = first.json()["id"]
    assert desk.ask("district").json()["id"] == job
    assert desk.ask("district", key="key-of-a-click").json()["id"] == job
    assert desk.ask("district", within=GRID).json()["id"] != job
    assert desk.ask("district/planner").json()["id"] != job
    noted = "SELECT count(*) FROM audit_entry WHERE action = 'plan-export'"
    with desk.engine.connect() as connection:
        assert connection.scalar(text(noted)) == 3
    early = desk.get("district", job, "/file")
    assert (early.status_code, early.json()["code"]) == (409, "atlas-not-done")

    print_atlas(desk.engine, desk.shop, job)
    told = desk.get("district", job).json()
    # An overview of the whole, an index, two sub-districts, three grids.
    assert (told["status"], told["fraction"], told["pages"], told["grids"]) == ("done", 1, 7, 3)
    file = desk.get("district", job, "/file")
    assert file.headers["content-type"] == "application/pdf"
    assert f'plan-{desk.plan}-410102.pdf"' in file.headers["content-disposition"]
    assert len(file.content) == told["bytes"] and told["kept"]
    assert LEAD in words_of(file.content)
    listed = desk.client.get(
        f"/api/v1/plans/{desk.plan}/atlases", headers=desk.city.headers["district"]
    ).json()["items"]
    assert [one["kept"] for one in listed if one["id"] == job] == [True]
    # Sent again, the click of before is the atlas of before; a new one is printed anew.
    assert desk.ask("district", key="key-of-a-click").json()["id"] == job
    reused = desk.ask("district", key="key-of-a-click", people=False)
    assert (reused.status_code, reused.json()["code"]) == (409, "idempotency-key-reused")
    assert desk.ask("district").json()["id"] != job
    print_atlas(desk.engine, desk.shop, job)  # a job that the queue gives out again
    assert desk.get("district", job).json() == told


def test_each_gets_the_people_of_their_part_and_nobody_the_atlas_of_another(desk: Desk) -> None:
    job, words = desk.printed("sub_district")
    assert LEAD in words and PHONE in words and FAR_LEAD not in words
    for who in ("district", "community", "other", "installation"):
        for part in ("", "/file"):
            assert desk.get(who, job, part).status_code == 404, who
    path = f"/api/v1/atlases/{job}"
    assert desk.client.delete(path, headers=desk.city.headers["district"]).status_code == 404
    assert "岗" not in desk.printed("district", within=FAR, people=False)[1]
    bare = desk.printed("district", within=FAR, phones=False)[1]
    assert FAR_LEAD in bare and PHONE not in bare
    listed = f"/api/v1/plans/{desk.plan}/atlases"
    assert desk.client.get(listed, headers=desk.city.headers["other"]).status_code == 404


def test_a_draft_is_printed_for_those_who_see_it_then_and_still(desk: Desk) -> None:
    draft = desk.city.drafts["410102"]
    refused = desk.ask("district/dispatcher", plan=draft)
    assert (refused.status_code, refused.json()["code"]) == (403, "plan-export-draft")
    assert desk.ask("other", plan=draft).status_code == 404
    job, _ = desk.printed("district/leader", plan=draft, within=FAR)
    later = desk.ask("district/leader", plan=draft, within=GRID).json()["id"]
    account = {"account": desk.city.accounts["district/leader"]}
    with acting(desk.engine, "tests") as connection:
        connection.execute(
            text("UPDATE account_role SET role = 'dispatcher' WHERE account_id = :account"), account
        )
    try:
        print_atlas(desk.engine, desk.shop, later)
        with desk.engine.connect() as connection:
            query = text("SELECT status, error ->> 'code' FROM draft_job WHERE id = :id")
            assert connection.execute(query, {"id": later}).one() == ("failed", "plan-export-draft")
        wait_until(lambda: desk.get("district/leader", job, "/file").status_code == 403)
    finally:
        with acting(desk.engine, "tests") as connection:
            connection.execute(
                text("UPDATE account_role SET role = 'leader' WHERE account_id = :account"), account
            )


def test_what_is_cancelled_or_left_stops_at_once_and_leaves_nothing(desk: Desk) -> None:
    shop = PrintShop(folder=desk.shop.folder, press=Hanging())
    job = desk.ask("community").json()["id"]
    before = files(desk)
    stopping = threading.Event()
    left: list[BaseException] = []

    def work() -> None:
        try:
            print_atlas(desk.engine, shop, job, stopping.is_set)
        except WorkLeftError as error:
            left.append(error)

    def running() -> bool:
        return bool(desk.get("community", job).json()["status"] == "running")

    for _ in range(2):
        worker = threading.Thread(target=work)
        worker.start()
        wait_until(running)
        if not left:  # this worker is to end: another one begins again
            stopping.set()
        else:
            path = f"/api/v1/atlases/{job}"
            gone = desk.client.delete(path, headers=desk.city.headers["community"])
            assert gone.status_code == 204
        worker.join(60)
        assert not worker.is_alive()
        stopping.clear()
    assert len(left) == 1
    assert desk.get("community", job).json()["status"] == "cancelled"
    print_atlas(desk.engine, desk.shop, job)  # too late
    assert desk.get("community", job).json()["status"] == "cancelled"
    assert files(desk) == before


def test_a_killed_workers_atlas_is_printed_by_the_next(desk: Desk, tmp_path: Path) -> None:
    job = desk.ask("city", within=GRID).json()["id"]
    marks = tmp_path / "marks"
    url = desk.engine.url.render_as_string(hide_password=False)

    def worker() -> subprocess.Popen[bytes]:
        words = [WORKER, url, str(desk.shop.folder), str(marks), HANGS]
        return subprocess.Popen([sys.executable, "-c", *words])

    first = worker()
    try:
        wait_until(marks.exists)
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    second = worker()
    try:
        wait_until(lambda: desk.get("city", job).json()["status"] not in ("waiting", "running"))
    finally:
        second.terminate()
        second.wait()
    assert desk.get("city", job).json()["status"] == "done"
    assert LEAD in words_of(desk.get("city", job, "/file").content)


def test_nobody_prints_for_an_account_that_is_closed(desk: Desk) -> None:
    job = desk.ask("other", plan=desk.city.plans["410103"]).json()["id"]
    account = {"id": desk.city.accounts["other"]}
    with acting(desk.engine, "tests") as connection:
        connection.execute(text("UPDATE account SET disabled_at = now() WHERE id = :id"), account)
    print_atlas(desk.engine, desk.shop, job)
    with desk.engine.connect() as connection:
        query = text("SELECT error ->> 'code' FROM draft_job WHERE id = :id")
        assert connection.scalar(query, {"id": job}) == "atlas-no-owner"


def test_old_atlases_are_removed_and_the_page_is_told(desk: Desk) -> None:
    job, _ = desk.printed("district", within=GRID)
    left_behind = desk.shop.folder / "tmp-of-a-killed-one"
    left_behind.mkdir()
    with desk.engine.connect() as connection:
        query = text("SELECT result ->> 'file' FROM draft_job WHERE id = :id")
        file = desk.shop.folder / connection.scalar(query, {"id": job})
    tidy_atlases(desk.shop.folder)
    assert file.exists() and left_behind.exists()
    for old in (file, left_behind):
        then = old.stat().st_mtime - KEPT.total_seconds() - 60
        os.utime(old, (then, then))
    tidy_atlases(desk.shop.folder)
    assert not file.exists() and not left_behind.exists()
    assert desk.get("district", job).json()["kept"] is False
    gone = desk.get("district", job, "/file")
    assert (gone.status_code, gone.json()["code"]) == (404, "atlas-gone")


def test_a_large_atlas_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_exports, "MOST_AT_ONCE", 2)
    url = f"/api/v1/plans/{desk.plan}/export"
    headers = desk.city.headers["district"]
    large = desk.client.get(url, params={"format": "atlas"}, headers=headers)
    assert (large.status_code, large.json()["code"]) == (409, "atlas-as-job")
    assert "POST" in large.json()["detail"]
    part = {"format": "atlas", "within": GRID[:9]}
    assert desk.client.get(url, params=part, headers=headers).status_code == 200


def leads(content: bytes, form: str, folder: Path) -> dict[str, tuple[Any, ...]]:
    """Code -> the lead and the number, of the basic grids in a file."""
    path = folder / f"plan.{form}"
    path.write_bytes(content)
    if form == "kml":
        spaces = {"k": "http://www.opengis.net/kml/2.2"}
        found = {}
        for mark in ElementTree.parse(path).iterfind(".//k:Placemark", spaces):
            told = {data.get("name"): data.findtext("k:value", None, spaces)
                    for data in mark.iterfind(".//k:Data", spaces)}  # fmt: skip
            assert told["population"]
            found[told["code"]] = tuple(told.get(name) for name in ("lead", "lead_phone"))
        return found
    if form == "xlsx":
        sheet = openpyxl.load_workbook(path)["Basic grids"]
        head = [cell.value for cell in sheet[1]]
        places = [head.index(name) for name in ("Person in charge", PHONE_HEAD) if name in head]
        return {
            str(row[0]): tuple(row[place] for place in places) + (None,) * (2 - len(places))
            for row in sheet.iter_rows(min_row=2, values_only=True)
        }
    source = {"gpkg": path, "geojson": path, "zip": f"/vsizip/{path}/grids.shp"}[form]
    layer = {"layer": "grids"} if form == "gpkg" else {}
    frame = gpd.read_file(source, **layer).rename(columns={"lead_tel": "lead_phone"})
    assert {"name_zh", "deviation"} <= set(frame.columns) or form == "zip"
    told = frame.reindex(columns=["code", "lead", "lead_phone"]).itertuples(index=False)
    return {row[0]: tuple(value if isinstance(value, str) else None for value in row[1:])
            for row in told}  # fmt: skip


@pytest.mark.parametrize("form", ["gpkg", "shp", "geojson", "kml", "xlsx"])
def test_who_is_in_charge_goes_with_every_format_to_those_who_may_know(
    desk: Desk, tmp_path: Path, form: str
) -> None:
    suffix = {"shp": "zip"}.get(form, form)

    def told(who: str, **more: Any) -> dict[str, tuple[Any, ...]]:
        return leads(desk.export(who, form, lang="en", **more).content, suffix, tmp_path)

    whole = told("district")
    assert whole[GRID] == (LEAD, PHONE) and whole[FAR] == (FAR_LEAD, PHONE)
    part = told("sub_district/dispatcher")
    assert part[GRID] == (LEAD, PHONE) and part[FAR] == (None, None)
    assert told("district/administrator")[GRID] == (LEAD, None)
    assert told("district", phones="false")[GRID] == (LEAD, None)
    noted = "SELECT detail FROM audit_entry WHERE action = 'plan-export' ORDER BY id DESC LIMIT 3"
    with desk.engine.connect() as connection:
        after = [row.detail for row in connection.execute(text(noted))]
    assert [(one["names"], one["phones"]) for one in after] == [
        (True, False), (True, False), (True, True),
    ]  # fmt: skip
    assert {one["format"] for one in after} == {form}
    assert set(told("district", people="false").values()) == {(None, None)}


def test_a_drawing_tells_figures_and_who_is_in_charge_on_layers_of_their_own(
    desk: Desk, tmp_path: Path
) -> None:
    def texts(who: str, **more: Any) -> dict[str, set[str]]:
        (tmp_path / "p.dxf").write_bytes(desk.export(who, "dxf", **more).content)
        found: dict[str, set[str]] = {}
        for entity in ezdxf.readfile(tmp_path / "p.dxf").modelspace().query("TEXT"):
            found.setdefault(entity.dxf.layer, set()).add(entity.dxf.text)
        return found

    whole = texts("district")
    assert {f"{LEAD} {PHONE}", f"{FAR_LEAD} {PHONE}"} <= whole["GRIDS_LEAD"]
    assert len(whole["GRIDS_FIGURES"]) >= 1 and GRID in whole["GRIDS_TEXT"]
    assert not any(LEAD in word for word in whole["GRIDS_TEXT"])
    assert texts("sub_district")["GRIDS_LEAD"] == {
        f"岗{code} {PHONE}" for code in ("410102004001001", "410102004001002")
    }
    assert "GRIDS_LEAD" not in texts("district", people="false")
