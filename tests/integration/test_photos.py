"""Photos over HTTP: each once, on the disk before it is spoken of, shown to who may see it."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from PIL import Image
from sqlalchemy import text

from gis.errors import ConflictError, InputError
from gis.files import photo_folder
from gis.files.office_key import office_key
from gis.store import photos
from gis.store.engine import acting
from gis.workflows import photos as workflow
from gis.workflows.photos import Sender, receive_photo, sweep_photos
from tests.integration.channels_help import REPORT, jpeg, open_office, send_photo
from tests.unit.files.test_photos import with_exif


@pytest.fixture(scope="module")
def office(maintenance_url, template_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    with open_office(maintenance_url, template_database, folder) as opened:
        yield opened


@pytest.fixture
def api(office):
    return office.desk


def rows(office, where="true"):
    return office.scalar(f"SELECT count(*) FROM photo WHERE {where}")


def path_of(link):
    return link.removeprefix("/api/v1")


def test_a_photo_is_sent_once_used_once_and_shown_with_its_case(api, office):
    sent = jpeg(1)
    first = send_photo(api, sent, key="photo-key-1")
    again = send_photo(api, sent, key="photo-key-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    other = send_photo(api, jpeg(2), key="photo-key-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    number = first.json()["id"]
    case = api.post("/incidents", json=REPORT | {"photo_ids": [number]})
    assert case.status_code == 201
    shown = api.get(f"/incidents/{case.json()['id']}/photos").json()["items"]
    assert [(one["id"], one["stage"]) for one in shown] == [(number, "collected")]
    picture = api.get(path_of(shown[0]["url"]))
    assert picture.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(picture.content)).size == (64, 48)
    assert picture.headers["cache-control"].startswith("private")
    twice = api.post("/incidents", json=REPORT | {"photo_ids": [number]})
    assert (twice.status_code, twice.json()["code"]) == (422, "photo-unknown")
    # The same report under its key is answered with its case, though its photo is used by now.
    headers = {"Idempotency-Key": "report-key-1"}
    used = send_photo(api, jpeg(3)).json()["id"]
    reports = [
        api.post("/incidents", json=REPORT | {"photo_ids": [used]}, headers=headers)
        for _ in range(2)
    ]
    assert [one.status_code for one in reports] == [201, 200]


def test_the_same_key_at_the_same_moment_makes_one_photo(api, office):
    content, before = jpeg(10), rows(office)
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: send_photo(api, content, key="at-once-1"), range(6)))
    assert sorted(one.status_code for one in done) == [200] * 5 + [201]
    assert len({one.json()["id"] for one in done}) == 1
    assert rows(office) == before + 1


def test_one_photo_can_be_used_by_one_of_two_reports_at_once(api):
    number = send_photo(api, jpeg(11)).json()["id"]
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(lambda _: api.post("/incidents", json=REPORT | {"photo_ids": [number]}), "ab")
        )
    assert sorted(one.status_code for one in done) == [201, 422]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "photo-empty"),
        (b"%PDF-1.7 not a photo", 422, "photo-format"),
        (jpeg()[:-400], 422, "photo-damaged"),
        (bytes(22 << 20), 413, "http-413"),
    ],
)
def test_what_is_no_photo_is_refused_and_leaves_nothing(api, office, content, status, code):
    before = rows(office)
    for language in ("zh-CN", "en"):
        answer = send_photo(api, content, **{"Accept-Language": language})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["detail"] != code
    assert rows(office) == before


def changed(link, **query):
    parts = urlsplit(link)
    return f"{parts.path}?{urlencode(dict(parse_qsl(parts.query)) | query)}".removeprefix("/api/v1")


def test_a_link_opens_its_photo_for_its_time_and_for_who_may_see_it(api, office, monkeypatch):
    first, second = (send_photo(api, jpeg(shade)).json() for shade in (20, 21))
    case = api.post("/incidents", json=REPORT | {"photo_ids": [first["id"]]}).json()["id"]
    (shown,) = api.get(f"/incidents/{case}/photos").json()["items"]
    good = path_of(shown["preview_url"])
    assert api.get(good).status_code == 200
    of_another = good.replace(f"/photos/{first['id']}?", f"/photos/{second['id']}?")
    for bad in (
        of_another,
        changed(good, size="full"),
        changed(good, until="99999999999"),
        changed(good, until="1"),
        changed(good, signature="x"),
    ):
        assert api.get(bad).json()["code"] == "photo-link-invalid"
    # A good link in the wrong hands: outside the tree, and not signed in at all.
    assert office.colleague.get(good).status_code == 200
    assert office.stranger.get(good).status_code == 404
    assert office.stranger.get(f"/incidents/{case}/photos").status_code == 404
    assert office.anybody.get(good).status_code == 401
    public = good.replace("/photos/", "/public/photos/")
    assert office.anybody.get(public).json()["code"] == "photo-link-invalid"
    # Nobody uses what somebody else has sent.
    taken = office.colleague.post("/incidents", json=REPORT | {"photo_ids": [second["id"]]})
    assert taken.json()["code"] == "photo-unknown"


def test_the_key_of_an_office_is_made_once_and_nobody_else_may_read_it(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: office_key(tmp_path / "new"), range(16)))
    assert len(keys) == 1 and len(keys.pop()) == 32
    (path,) = (tmp_path / "new").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def receive(engine, folder, content, key=None, actor="t"):
    return receive_photo(
        engine, folder, io.BytesIO(content), sender=Sender(actor=actor), file_name="a.jpg",
        key=key, time_zone="Asia/Shanghai",
    )  # fmt: skip


KILLED = """
import os, pathlib, signal, sys
from gis.store import engine, photos
from gis.workflows.photos import Sender, receive_photo
photos.insert = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
receive_photo(
    engine.make_engine(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.stdin.buffer,
    sender=Sender(actor="t"), file_name=None, key="killed", time_zone="Asia/Shanghai",
)
"""


def files(folder):
    """The pictures in their places, without those that were set aside."""
    return sorted(path.name for path in folder.rglob("??/*.jpg"))


def test_killed_between_file_and_row_leaves_a_file_that_is_swept_and_no_row(office, tmp_path):
    died = subprocess.run(
        [sys.executable, "-c", KILLED, office.url, str(tmp_path)],
        input=jpeg(77),
        check=False,
        timeout=120,
    )
    assert died.returncode == -signal.SIGKILL
    assert rows(office, "key = 'killed'") == 0 and len(files(tmp_path)) == 2
    kept, _ = receive(office.engine, tmp_path, jpeg(78))
    assert sweep_photos(office.engine, tmp_path, older_than_s=3600) == 0
    assert len(files(tmp_path)) == 4
    assert sweep_photos(office.engine, tmp_path, older_than_s=0) == 2
    assert files(tmp_path) == [f"{kept['sha256']}.jpg", f"{kept['sha256']}.small.jpg"]
    # Sent again after all, it is whole.
    again, new = receive(office.engine, tmp_path, jpeg(77), key="killed")
    assert new and photo_folder.existing(tmp_path, again["sha256"], "full").stat().st_size


def test_a_disk_that_is_full_leaves_no_row(office, tmp_path, monkeypatch):
    monkeypatch.setattr(
        photo_folder.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full"))
    )
    before = rows(office)
    with pytest.raises(OSError):
        receive(office.engine, tmp_path, jpeg(79))
    assert rows(office) == before


def test_no_picture_is_swept_that_is_about_to_get_its_row(office, tmp_path, monkeypatch):
    stored, swept = threading.Event(), threading.Event()
    insert = photos.insert

    def insert_late(*given):
        stored.set()
        assert not swept.wait(1)  # the sweep waits for us
        return insert(*given)

    monkeypatch.setattr(photos, "insert", insert_late)
    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(receive, office.engine, tmp_path, jpeg(80))
        assert stored.wait(20)
        sweeping = pool.submit(sweep_photos, office.engine, tmp_path, older_than_s=0)
        sweeping.add_done_callback(lambda _: swept.set())
        row, _ = sending.result()
        assert sweeping.result() == 0
    assert photo_folder.existing(tmp_path, row["sha256"], "small").is_file()


def test_with_another_database_no_picture_is_lost(office, tmp_path, monkeypatch):
    """Started with an empty database by mistake, and then with the right one again."""
    row, _ = receive(office.engine, tmp_path, jpeg(83))
    with monkeypatch.context() as patch:
        patch.setattr(photos, "without_row", lambda _, sums: set(sums))
        assert sweep_photos(office.engine, tmp_path, older_than_s=0) == 2
    assert files(tmp_path) == []
    assert photo_folder.existing(tmp_path, row["sha256"], "full").stat().st_size == row["bytes"]
    photo_folder.remove_set_aside(tmp_path, older_than_s=3600)
    assert photo_folder.existing(tmp_path, row["sha256"], "small").is_file()
    sweep_photos(office.engine, tmp_path, older_than_s=0)
    assert len(files(tmp_path)) == 2


def test_what_nobody_used_is_forgotten_and_what_is_used_is_kept(office, tmp_path, monkeypatch):
    engine = office.engine
    case = make_case(office)
    used, unused = (receive(engine, tmp_path, jpeg(shade))[0] for shade in (81, 82))
    with acting(engine, "t") as connection:
        photos.attach(connection, case, [used["id"]], stage="collected", actor="t")
    monkeypatch.setattr(workflow, "KEPT_UNUSED", workflow.timedelta(0))
    assert sweep_photos(engine, tmp_path, older_than_s=0) == 2
    assert files(tmp_path) == [f"{used['sha256']}.jpg", f"{used['sha256']}.small.jpg"]
    assert rows(office, f"id IN ({used['id']}, {unused['id']})") == 1
    with acting(engine, "t") as connection, pytest.raises(Exception, match="used once"):
        connection.execute(text("DELETE FROM photo WHERE id = :id"), {"id": used["id"]})


def make_case(office):
    return office.desk.post("/incidents", json=REPORT).json()["id"]


def test_a_case_and_a_caller_have_limits(office, tmp_path, monkeypatch):
    engine, case = office.engine, make_case(office)
    monkeypatch.setattr(photos, "MOST_OF_CASE", 2)
    ids = [receive(engine, tmp_path, jpeg(90 + k), actor="busy")[0]["id"] for k in range(3)]
    with pytest.raises(ConflictError) as refused, acting(engine, "busy") as connection:
        photos.attach(connection, case, ids, stage="collected", actor="busy")
    assert refused.value.code == "photos-too-many"
    monkeypatch.setattr(workflow, "MOST_WAITING", 3)
    with pytest.raises(ConflictError) as refused:
        receive(engine, tmp_path, jpeg(99), actor="busy")
    assert refused.value.code == "photos-waiting"
    with pytest.raises(InputError), acting(engine, "t") as connection:
        photos.attach(connection, case, [2**60], stage="collected", actor="t")


def test_the_place_that_a_camera_wrote_is_forgotten_with_use(office, tmp_path):
    row, _ = receive(office.engine, tmp_path, with_exif(), actor="exif")
    assert len(row["place"]["readings"]) == 2
    with acting(office.engine, "exif") as connection:
        case = make_case(office)
        photos.attach(connection, case, [row["id"]], stage="collected", actor="exif")
        assert photos.photo(connection, row["id"])["place"] is None
