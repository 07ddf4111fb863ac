"""What one sender has is that sender's: numbers by district, keys and photos by account."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from gis.errors import ConflictError
from gis.settings import Settings
from gis.store.audit import record
from gis.store.engine import acting, make_engine
from gis.workflows import photos as photo_workflow
from gis.workflows.audit import verify
from gis.workflows.photos import PUBLIC, Sender, network_of, receive_photo
from tests.conftest import module_database
from tests.integration.signing_help import audited
from tests.integration.two_districts import City, make_city, place_of, sign_in_all
from tests.integration.waiting import wait_until

API = "/api/v1"
OWN, OTHER = "410102004001001", "410103001001001"
LINE = f"{API}/channels/hotline_12345/reports"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(scope="module")
def client(
    engine: Engine, city: City, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("data")
    url = engine.url.render_as_string(hide_password=False)
    with TestClient(create_app(Settings(data_dir=folder, log_level="CRITICAL"), url)) as opened:
        yield opened


def told(ref: str, grid: str | None, **more: object) -> dict[str, object]:
    lon, lat = place_of(grid) if grid else (None, None)
    given = {"source_ref": ref, "title": "试验", "category": "0101", "lon": lon, "lat": lat} | more
    return {name: value for name, value in given.items() if value is not None}


def send(client: TestClient, city: City, who: str, *reports: object) -> list[dict[str, object]]:
    answer = client.post(LINE, json={"reports": list(reports)}, headers=city.headers[who])
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def test_two_districts_number_as_they_like(client: TestClient, city: City) -> None:
    for grid in (OWN, OTHER):
        who = "district" if grid == OWN else "other"
        first = send(client, city, who, told("N-1", grid), told("N-2", None))
        assert [one["outcome"] for one in first] == ["created", "waiting"]
        again = send(client, city, who, told("N-1", grid), told("N-2", None))
        assert [one["outcome"] for one in again] == ["known", "waiting"]
        assert again[0]["serial"] == first[0]["serial"]
    serials = {
        client.get(f"{LINE}/N-1", headers=city.headers[who]).json()["serial"]
        for who in ("district", "other")
    }
    assert len(serials) == 2


def test_whoever_is_over_both_has_one_series(client: TestClient, city: City) -> None:
    (first,) = send(client, city, "city", told("C-1", OWN))
    (again,) = send(client, city, "city", told("C-1", OTHER))
    assert (first["outcome"], again["outcome"]) == ("created", "known")
    assert again["serial"] == first["serial"]


def test_each_sender_has_its_own_series_wherever_the_cases_go(
    client: TestClient, engine: Engine, city: City
) -> None:
    """The city's, and those of two districts, with the same number; two of the cases then move."""
    grids = {"district": OWN, "other": OTHER, "city": OWN}
    serials = {}
    since = {who: client.get(LINE, headers=city.headers[who]).json()["cursor"] for who in grids}
    for who, grid in grids.items():
        (first,) = send(client, city, who, told("M-1", grid))
        assert first["outcome"] == "created"
        serials[who] = first["serial"]
    assert len(set(serials.values())) == 3
    for who, there in (("district", OTHER), ("other", OWN)):
        move(client, engine, city, serials[who], there)
    for who, serial in serials.items():
        state = client.get(f"{LINE}/M-1", headers=city.headers[who]).json()
        assert (state["serial"], state["state"]) == (serial, "open")
        for key in ({}, {"Idempotency-Key": f"once more {who}"}):
            body = {"reports": [told("M-1", grids[who])]}
            answer = client.post(LINE, json=body, headers=city.headers[who] | key)
            (again,) = answer.json()["items"]
            assert (again["outcome"], again["serial"]) == ("known", serial)
    # So does who sends it in a file.
    lon, lat = place_of(OWN)
    file = f"标题,类别,经度,纬度,来源,来源编号\n试验,0101,{lon},{lat},hotline_12345,M-1\n"
    job = client.post(
        f"{API}/imports", files={"file": ("一月.csv", file.encode())},
        data={"jurisdiction": str(city.organisations["410102"]), "crs": "EPSG:4326"},
        headers=city.headers["district"],
    ).json()  # fmt: skip
    while job["status"] == "running":
        job = client.get(f"{API}/imports/{job['id']}", headers=city.headers["district"]).json()
    assert (job["status"], job["rows_written"]) == ("done", 0), job
    assert [one["code"] for one in job["report"]["en"]["findings"]] == ["row-known-already"]
    for who, cursor in since.items():

        def heard(headers: dict[str, str] = city.headers[who], cursor: str = cursor) -> set[str]:
            items = client.get(LINE, params={"since": cursor}, headers=headers).json()["items"]
            return {one["serial"] for one in items if one["source_ref"] == "M-1"}

        # A change is told once no older transaction of the whole server goes on: ask till then.
        wait_until(heard)
        assert heard() == {serials[who]}


def test_who_places_a_report_leaves_it_its_sender_s_number(
    client: TestClient, engine: Engine, city: City
) -> None:
    (waits,) = send(client, city, "city", told("P-1", None))
    assert waits["outcome"] == "waiting"
    with engine.connect() as connection:
        found = text("SELECT id, jurisdiction_id FROM unlocated_report WHERE source_ref = 'P-1'")
        report, jurisdiction = connection.execute(found).one()
    desk = next(
        city.headers[who]
        for who in ("district", "other")
        if report
        in {
            row["id"]
            for row in client.get(
                f"{API}/unlocated-reports",
                params={"jurisdiction": jurisdiction}, headers=city.headers[who],
            ).json().get("items", ())
        }
    )  # fmt: skip
    grid = OWN if desk == city.headers["district"] else OTHER
    lon, lat = place_of(grid)
    placed = client.post(
        f"{API}/unlocated-reports/{report}/place",
        json={"lon": lon, "lat": lat, "crs": "EPSG:4326"}, headers=desk,
    )  # fmt: skip
    assert placed.status_code == 201, placed.text
    state = client.get(f"{LINE}/P-1", headers=city.headers["city"]).json()
    assert state["serial"] == placed.json()["serial"]
    assert client.get(f"{LINE}/P-1", headers=desk).status_code == 404


def move(client: TestClient, engine: Engine, city: City, serial: str, there: str) -> None:
    with engine.connect() as connection:
        found = text("SELECT id, version FROM incident WHERE serial = :serial")
        case, version = connection.execute(found, {"serial": serial}).one()
    lon, lat = place_of(there)
    moved = client.patch(
        f"{API}/incidents/{case}/place",
        json={"lon": lon, "lat": lat, "reason": "试验", "version": version},
        headers=city.headers["installation"],
    )
    assert moved.status_code == 200, moved.text


def test_a_new_name_keeps_keys_photos_and_what_one_reported(
    client: TestClient, engine: Engine, city: City
) -> None:
    headers = city.headers["worker"]
    lon, lat = place_of("410102005001001")
    report = {"category": "0101", "title": "改名", "source": "patrol", "lon": lon, "lat": lat}
    key = {"Idempotency-Key": "before the new name"}
    first = client.post(f"{API}/incidents", json=report, headers=headers | key)
    assert first.status_code == 201
    photo = io.BytesIO()
    Image.new("RGB", (64, 48)).save(photo, "JPEG")
    sent = client.post(
        f"{API}/photos", files={"file": ("a.jpg", photo.getvalue(), "image/jpeg")},
        headers=headers | {"Idempotency-Key": "photo of before"},
    )  # fmt: skip
    with acting(engine, "tests") as connection:
        renamed = connection.execute(
            text("UPDATE account SET name = '新名' WHERE id = :id RETURNING login"),
            {"id": city.accounts["worker"]},
        )
        assert renamed.rowcount == 1
    client.app.state.services.callers.forget()  # type: ignore[attr-defined]
    again = client.post(f"{API}/incidents", json=report, headers=headers | key)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    mine = client.get(f"{API}/incidents/{first.json()['id']}", headers=headers)
    assert mine.status_code == 200
    used = report | {"title": "照片", "photo_ids": [sent.json()["id"]]}
    assert client.post(f"{API}/incidents", json=used, headers=headers).status_code == 201


def test_one_address_fills_its_own_room_alone(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_workflow, "MOST_WAITING_ADDRESS", 2)
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 9, 9)).save(picture, "JPEG")

    def send_from(address: str) -> None:
        receive_photo(
            engine, tmp_path, io.BytesIO(picture.getvalue()),
            sender=Sender(actor=PUBLIC, address=address), file_name=None, key=None,
            time_zone="Asia/Shanghai",
        )  # fmt: skip

    send_from("2001:db8:1:2::1")
    send_from("2001:db8:1:2:ffff::9")  # the same household
    with pytest.raises(ConflictError) as full:
        send_from("2001:db8:1:2::3")
    assert full.value.code == "photos-waiting"
    send_from("2001:db8:1:3::1")
    send_from("203.0.113.7")
    assert network_of("::ffff:203.0.113.7") == "203.0.113.7"


def test_the_trail_shows_each_district_its_own_part(
    client: TestClient, engine: Engine, city: City
) -> None:
    for who, name in (("district", "新街办甲"), ("other", "新街办乙")):
        code = "410102" if who == "district" else "410103"
        made = client.post(
            f"{API}/organisations",
            json={"jurisdiction": city.organisations[code], "code": f"{code}-D09",
                  "kind": "department", "name_zh": name, "reason": "试验",
                  "parent_code": code},
            headers=city.headers[who],
        )  # fmt: skip
        assert made.status_code == 201, made.text
    client.post(f"{API}/session", json={"login": "my secret password", "password": "x"})
    with acting(engine, "tests") as connection:  # as it was kept once
        record(connection, "sign-in-refused", "login hunter2")
    for words in ("hunter2", "login ?"):
        found = client.get(
            f"{API}/audit", params={"q": words}, headers=city.headers["installation"]
        ).json()["items"]
        assert len(found) == {"hunter2": 0, "login ?": 2}[words], found
    seen = {
        who: client.get(f"{API}/audit", params={"limit": 200}, headers=city.headers[who]).text
        for who in ("district", "other", "installation")
    }
    assert "新街办甲" in seen["district"] and "新街办乙" not in seen["district"]
    assert "新街办乙" in seen["other"] and "新街办甲" not in seen["other"]
    assert "新街办甲" in seen["installation"] and "新街办乙" in seen["installation"]
    assert "login ?" in seen["installation"] and "login ?" not in seen["district"]
    assert "my secret password" not in seen["installation"]
    with engine.connect() as connection:
        assert verify(connection).broken is None
    assert audited(engine, "organisation-create")
    with engine.begin() as connection:  # whom it is shown to is part of what is sealed
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(
            text("UPDATE audit_entry SET codes = '{410103}' WHERE action = 'organisation-create'")
        )
        assert verify(connection).broken is not None
        connection.rollback()
