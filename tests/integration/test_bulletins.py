"""Bulletins: the figures are those of the cases, made once, printed, and kept as they were."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from api.app import create_app
from gis.assessment.periods import Period, last_ended, moments, period_of
from gis.files.atlas_press import Press
from gis.settings import Settings
from gis.store import bulletins as store
from gis.store.bulletins import Subject
from gis.store.debian_press import press_environment
from gis.store.engine import acting, make_engine
from gis.workflows.analysis import LeaderView
from gis.workflows.bulletins import Office, make_what_is_due, print_what_lacks, set_series
from gis.workflows.closure import ClosureView
from tests.conftest import module_database
from tests.factories import Town, make_town, tie
from tests.integration.closure_help import COUNTING, random_cases, rows_of, write_cases
from tests.signing import sign_in

API = "/api/v1"
ZONE = "Asia/Shanghai"
ZONED = ZoneInfo(ZONE)
PAGES = "http://office.example/wangge"
AREA = "410102004"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def many(maintenance_url: str, template_database: str) -> Iterator[tuple[Engine, Town]]:
    """A town with 500 cases of every kind, a department whose name is a formula, and a community
    whose name is a script."""
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        town = make_town(engine, published=False)
        with acting(engine, "tests") as connection:
            connection.execute(
                text("UPDATE grid SET name_zh = :name, name_en = :name WHERE code = :code"),
                {"name": SCRIPT, "code": f"{AREA}001"},
            )
            connection.execute(
                text("UPDATE plan SET status = 'published',"
                     " effective = tstzrange('2020-01-01', NULL) WHERE id = :id"),
                {"id": town.plan_id},
            )  # fmt: skip
            tie(connection, town.grid_ids[f"{AREA}001"], "=1+1")
            departments = list(
                connection.scalars(text("SELECT id FROM organisation WHERE kind = 'department'"))
            )
        write_cases(engine, town, random_cases(random.Random(3), town, departments, 500))
        yield engine, town
        engine.dispose()


@pytest.fixture(scope="module")
def office() -> Office:
    return Office(leader=LeaderView(), closure=ClosureView(), time_zone=ZONE)


@pytest.fixture(scope="module")
def client(many: tuple[Engine, Town], tmp_path_factory: Any) -> Iterator[TestClient]:
    url = many[0].url.render_as_string(hide_password=False)
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="CRITICAL")
    with TestClient(create_app(settings, url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def leader(many: tuple[Engine, Town]) -> dict[str, str]:
    return sign_in(many[0], "leader", organisation_id=many[1].jurisdiction_id)


@pytest.fixture(scope="module")
def made(client: TestClient, many: tuple[Engine, Town], leader: dict[str, str]) -> dict[str, Any]:
    """The bulletin of last month."""
    month = last_ended(datetime.now(UTC), "month", ZONED)
    answer = client.post(f"{API}/bulletins", headers=leader, json=asked(many[1], month))
    assert answer.status_code == 201, answer.text
    told = client.get(f"{API}/bulletins/{answer.json()['id']}", headers=leader).json()
    return dict(told)


def asked(town: Town, period: Period, kind: str = "month", **more: Any) -> dict[str, Any]:
    first = period.since.isoformat()
    return {"jurisdiction": town.jurisdiction_id, "kind": kind, "first": first, **more}


def press_of(folder: Path) -> Press:
    return Press(environment=press_environment(Settings(data_dir=folder)))


def test_the_figures_are_those_of_the_rows(made, many):
    figures = made["figures"]
    since, until = (datetime.fromisoformat(figures[key]) for key in ("since", "until"))
    now = datetime.fromisoformat(figures["as_of"])
    rows = [row for row in rows_of(many[0]) if row["dismissed"] is None]
    for name, counts in COUNTING.items():
        expected = sum(counts(row, since, until, now) for row in rows)
        assert figures["total"][name] == expected, name
        assert sum(row[name] for row in figures["categories"]) == expected, name
        for of in ("places", "departments"):
            assert sum(row[name] for row in figures[of]) == expected, (name, of)
    assert figures["total"]["due"] > 20
    month = period_of(since.astimezone(ZONED).date(), "month")
    assert (since, until) == moments(month, ZONED)
    assert figures["trend"][-1]["found"] == figures["total"]["found"]
    assert len(figures["trend"]) == 12


def test_each_number_of_the_workbook_leads_to_as_many_cases(made, many, client, leader, tmp_path):
    engine, town = many
    while print_what_lacks(engine, press_of(tmp_path), PAGES, tmp_path):
        pass
    content = client.get(
        f"{API}/bulletins/{made['id']}/file?form=xlsx&language=zh-CN", headers=leader
    )
    book = load_workbook(io.BytesIO(content.content))
    links = [
        (cell.value, cell.hyperlink.target)
        for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink
    ]  # fmt: skip
    assert len(links) > 30
    for number, link in random.Random(1).sample(links, 12):
        assert link.startswith(f"{PAGES}/dispatch?")
        told = {key: value[0] for key, value in parse_qs(urlsplit(link).query).items()}
        assert told.pop("j") == "410102"
        count, after = 0, None
        while True:
            page = client.get(
                f"{API}/incidents", headers=leader,
                params={**told, "jurisdiction": town.jurisdiction_id, "limit": 200}
                | ({"cursor": after} if after else {}),
            ).json()  # fmt: skip
            count += len(page["items"])
            after = page["next"]
            if after is None:
                break
        assert count == number, link
    texts = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "=1+1" in texts and SCRIPT in texts
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_say_the_same_in_both_languages(made, many, client, leader, tmp_path, language):
    engine, _ = many
    while print_what_lacks(engine, press_of(tmp_path), PAGES, tmp_path):
        pass
    answer = client.get(
        f"{API}/bulletins/{made['id']}/file", headers=leader,
        params={"form": "pdf", "language": language},
    )  # fmt: skip
    assert answer.headers["content-type"] == "application/pdf"
    read = PdfReader(io.BytesIO(answer.content))
    words = "\n".join(page.extract_text() for page in read.pages)
    total = made["figures"]["total"]
    assert f"{100 * total['on_time'] / total['due']:.2f} %" in words
    assert ("按期结案率" if language == "zh-CN" else "On-time rate") in words
    assert ("Weekly" not in words) and ("Closure" in words) == (language == "en")
    assert SCRIPT in words.replace("\n", "")
    links = [
        note.get_object()["/A"]["/URI"]
        for page in read.pages for note in page.get("/Annots", ()) if "/A" in note.get_object()
    ]  # fmt: skip
    assert any("measure=overdue" in link for link in links)


def test_again_only_with_a_reason_and_the_former_stays(client, many, leader, made):
    engine, town = many
    month = last_ended(datetime.now(UTC), "month", ZONED)
    body = asked(town, month)
    refused = client.post(f"{API}/bulletins", headers=leader, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "bulletin-made-already")
    again = {**body, "reason": "更正三件案件的期限"}
    second = client.post(f"{API}/bulletins", headers=leader, json=again).json()["id"]
    assert second != made["id"]
    # A retry is not a third edition.
    assert client.post(f"{API}/bulletins", headers=leader, json=again).json()["id"] == second
    told = client.get(f"{API}/bulletins/{second}", headers=leader).json()
    assert (told["edition"], told["reason"]) == (2, again["reason"])
    first = client.get(f"{API}/bulletins/{made['id']}", headers=leader).json()
    assert first == made
    for change in ("UPDATE bulletin SET made_by = 'x'", "DELETE FROM bulletin_file"):
        with pytest.raises(DBAPIError, match=r"never|history|change"), engine.begin() as connection:
            connection.execute(text(change))


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"first": "2026-10-02"}, 422, "bulletin-first-day"),
        ({"first": "2999-01-01"}, 422, "bulletin-not-over"),
        ({"first": "2001-01-01", "reason": "why"}, 409, "bulletin-not-made"),
        ({"first": "2001-01-01", "area": "410102999"}, 422, "bulletin-no-area"),
        ({"jurisdiction": 999_999}, 404, "jurisdiction-not-found"),
    ],
)
def test_what_cannot_be_made_says_why(client, many, leader, change, status, code):
    month = last_ended(datetime.now(UTC), "month", ZONED)
    answer = client.post(f"{API}/bulletins", headers=leader, json=asked(many[1], month) | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_each_sees_the_bulletins_of_its_part(client, many, leader, made):
    engine, town = many
    with engine.connect() as connection:
        part = connection.scalar(text("SELECT id FROM organisation WHERE code = :c"), {"c": AREA})
    street = sign_in(engine, "leader", organisation_id=part)
    month = last_ended(datetime.now(UTC), "month", ZONED)
    whole = client.post(f"{API}/bulletins", headers=street, json=asked(town, month))
    assert (whole.status_code, whole.json()["code"]) == (422, "bulletin-of-area")
    own = client.post(f"{API}/bulletins", headers=street, json=asked(town, month, area=AREA))
    assert own.status_code == 201
    listed = client.get(
        f"{API}/bulletins", headers=street, params={"jurisdiction": town.jurisdiction_id}
    ).json()["items"]
    assert {one["area_code"] for one in listed} == {AREA}
    assert client.get(f"{API}/bulletins/{made['id']}", headers=street).status_code == 404
    file = client.get(f"{API}/bulletins/{made['id']}/file?form=xlsx", headers=street)
    assert file.status_code == 404
    wanted = {"jurisdiction": town.jurisdiction_id, "kind": "week", "after_days": 1}
    refused = client.put(f"{API}/bulletins/series", headers=street, json=wanted)
    assert refused.json()["code"] == "bulletin-of-area"
    figures = client.get(f"{API}/bulletins/{own.json()['id']}", headers=street).json()["figures"]
    assert figures["place"]["code"] == AREA
    assert all(row["code"].startswith(AREA) for row in figures["places"])
    everywhere = client.get(
        f"{API}/bulletins", headers=leader, params={"jurisdiction": town.jurisdiction_id}
    ).json()["items"]
    assert {one["area_code"] for one in everywhere} == {None, AREA}


def test_the_worker_makes_each_once_at_its_time(many, office):
    engine, town = many
    subject = Subject(jurisdiction_id=town.jurisdiction_id, area_code=None, kind="week")
    set_series(engine, subject, (2, 450), actor="tests")
    now = datetime.now(UTC)
    week = period_of(now.astimezone(ZONED).date(), "week")
    due = moments(week, ZONED)[1] + timedelta(days=1, minutes=450)
    # On a Monday the week that has just ended is still to come by this schedule.
    assert make_what_is_due(engine, office, due - timedelta(minutes=1)) <= 1
    assert make_what_is_due(engine, office, due - timedelta(minutes=1)) == 0
    # Two workers at the same moment.
    counts: list[int] = []
    both = threading.Barrier(2)

    def work() -> None:
        both.wait(30)
        counts.append(make_what_is_due(engine, office, due))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(counts) == [0, 1]
    # A worker that was away for three weeks makes what it missed, once.
    later = due + timedelta(weeks=3)
    assert make_what_is_due(engine, office, later) == 3
    assert make_what_is_due(engine, office, later) == 0
    # A schedule that has ended makes nothing; its row tells that it was.
    set_series(engine, subject, None, actor="tests")
    assert make_what_is_due(engine, office, later + timedelta(weeks=1)) == 0
    with engine.connect() as connection:
        assert store.series(connection, town.jurisdiction_id) == []
        kept = connection.execute(text("SELECT set_by, ended_by FROM bulletin_series")).all()
    assert [tuple(row) for row in kept] == [("tests", "tests")]


def test_a_machine_without_a_press_makes_the_workbooks(many, office, made, tmp_path):
    """The program that lays out pages finds no library there: its folder holds none."""
    engine, town = many
    subject = Subject(jurisdiction_id=town.jurisdiction_id, area_code=AREA, kind="week")
    with acting(engine, "tests") as connection:
        figures = made["figures"] | {"kind": "week"}
        first = period_of(datetime.now(UTC).date(), "week").since
        bulletin = store.add(
            connection, subject, first, figures, edition=1, reason=None, actor="tests"
        )
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')")
    without = Press(environment={"PYTHONPATH": str(tmp_path)})
    while print_what_lacks(engine, without, None, tmp_path):
        pass
    with engine.connect() as connection:
        assert store.file_of(connection, bulletin, "en", "xlsx") is not None
        assert store.file_of(connection, bulletin, "en", "pdf") is None
    assert print_what_lacks(engine, press_of(tmp_path), None, tmp_path)
    with engine.connect() as connection:
        assert store.file_of(connection, bulletin, "en", "pdf") is not None


def test_what_cannot_be_printed_stands_in_the_way_of_nothing(many, made, tmp_path):
    """Bulletins that wait for a press, and one that nobody could print, are the newest."""
    engine, town = many
    subject = Subject(jurisdiction_id=town.jurisdiction_id, area_code=AREA, kind="week")
    week = period_of(datetime.now(UTC).date(), "week").since - timedelta(weeks=200)
    with acting(engine, "tests") as connection:
        old, *_, broken = (
            store.add(
                connection, subject, week + timedelta(weeks=k),
                made["figures"] | {"kind": "week"} if k < 6 else {"kind": "week"},
                edition=1, reason=None, actor="tests",
            )
            for k in range(7)
        )  # fmt: skip
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')")
    without = Press(environment={"PYTHONPATH": str(tmp_path)})
    while print_what_lacks(engine, without, None, tmp_path):
        pass
    with engine.connect() as connection:
        assert store.file_of(connection, old, "zh-CN", "xlsx") is not None
        assert store.file_of(connection, broken, "zh-CN", "xlsx") is None
