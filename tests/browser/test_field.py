"""The phone page in a real browser: without network, after closing it, once and no more."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Route, expect, sync_playwright
from sqlalchemy import Engine, text

from gis.demo.accounts import DEMO_PASSWORD
from gis.store.engine import acting, make_engine
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, FLAGS, PHONE, WAIT_MS
from tests.server import serving

CASES_OF = """SELECT i.id, i.title, i.serial, ST_Y(i.location) AS lat, count(p.id) AS photos
  FROM incident AS i LEFT JOIN photo AS p ON p.incident_id = i.id
  WHERE i.title = :title GROUP BY i.id"""


@pytest.fixture(scope="module")
def engine(demo_url) -> Iterator[Engine]:
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def base(demo_url, tmp_path_factory) -> Iterator[str]:
    with serving(demo_url, tmp_path_factory.mktemp("data")) as url:
        yield url


@pytest.fixture(scope="module")
def place(engine) -> dict[str, float]:
    """Within the demo worker's own grid."""
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT ST_X(p.at) AS lon, ST_Y(p.at) AS lat FROM account"
                " JOIN post ON post.person_id = account.person_id AND post.role = 'lead'"
                " JOIN grid ON grid.id = post.grid_id"
                " CROSS JOIN LATERAL (SELECT ST_Transform(ST_PointOnSurface(grid.geom), 4326) AS at"
                ") AS p WHERE account.login = 'worker' LIMIT 1"
            )
        ).one()
    return {"longitude": row.lon, "latitude": row.lat, "accuracy": 12}


class Phone:
    """A browser with a store of its own on the disk, closed and opened like one in a pocket."""

    def __init__(self, chromium: Any, folder: Path, base: str, place: dict[str, float]) -> None:
        self.chromium, self.folder, self.base, self.place = chromium, folder, base, place
        self.outside: list[str] = []
        self.faults: list[str] = []
        self.playwright = sync_playwright().start()
        self.context: BrowserContext | None = None

    def open(self, path: str = "field", *, offline: bool = False) -> Page:
        self.context = self.playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=str(self.chromium.executable),
            env={**os.environ, **self.chromium.environment},
            args=FLAGS,
            locale="en",
            viewport={"width": PHONE[0], "height": PHONE[1]},
            has_touch=True,
            geolocation=self.place,
            permissions=["geolocation"],
        )
        self.context.set_default_timeout(WAIT_MS)
        self.context.set_offline(offline)
        self.context.on("request", self._seen)
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(f"{self.base}/{path}")
        return page

    def _seen(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:", "chrome-extension:")):
            self.outside.append(request.url)

    def close(self) -> None:
        if self.context is not None:
            self.context.close()
        self.context = None

    def sign_in(self) -> Page:
        page = self.open("sign-in?back=/field")
        answer = page.request.post(
            f"{self.base}/api/v1/session", data={"login": "worker", "password": DEMO_PASSWORD}
        )
        assert answer.status == 204
        page.goto(f"{self.base}/field")
        page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
        expect(page.get_by_test_id("my-case").first).to_be_visible()
        return page


@pytest.fixture
def phone(chromium, base, place, tmp_path) -> Iterator[Phone]:
    made = Phone(chromium, tmp_path / "phone", base, place)
    yield made
    made.close()
    made.playwright.stop()
    assert made.outside == []
    assert made.faults == []


def picture(place: dict[str, float] | None = None) -> dict[str, Any]:
    """A photo as phones take it; with a place, the camera's own in its EXIF."""
    file, exif = io.BytesIO(), Image.Exif()
    if place is not None:
        gps = {1: "N", 2: (place["latitude"], 0, 0), 3: "E", 4: (place["longitude"], 0, 0)}
        exif.get_ifd(0x8825).update(gps)
    Image.effect_noise((320, 240), 60).convert("RGB").save(file, "JPEG", exif=exif)
    return {"name": "scene.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def write_report(page: Page, title: str) -> None:
    page.get_by_test_id("tab-plus").click()
    page.get_by_test_id("camera").set_input_files(picture())
    expect(page.get_by_test_id("photos").locator("img")).to_have_count(1)
    expect(page.get_by_test_id("place-said")).to_contain_text("Your position")
    page.get_by_test_id("top-03").click()
    page.locator("[data-testid^=category-03]").first.click()
    page.get_by_test_id("title").fill(title)


def cases(engine: Engine, title: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(CASES_OF), {"title": title}))


def lose_first_answer(context: BrowserContext, pattern: re.Pattern[str]) -> Callable[[], int]:
    """The server takes the first request and its answer never arrives; counts all of them."""
    asked = 0

    def handle(route: Route) -> None:
        nonlocal asked
        if route.request.method != "POST":
            return route.continue_()
        asked += 1
        if asked > 1:
            return route.continue_()
        route.fetch()
        return route.abort("connectionreset")

    context.route(pattern, handle)
    return lambda: asked


def test_a_report_written_offline_survives_closing_and_is_sent_once(phone, engine):
    phone.sign_in()
    phone.close()
    page = phone.open(offline=True)
    expect(page.get_by_test_id("offline-notice")).to_be_visible()
    expect(page.get_by_test_id("as-of")).to_be_visible()  # cases are there, and said to be old
    expect(page.get_by_test_id("my-case").first).to_be_visible()
    write_report(page, "Rubbish behind the market")
    phone.close()

    page = phone.open("field/new", offline=True)
    expect(page.get_by_test_id("title")).to_have_value("Rubbish behind the market")
    expect(page.get_by_test_id("photos").locator("img")).to_have_count(1)
    page.get_by_test_id("description").fill("Since Monday.")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("item-waiting")).to_have_count(1)
    assert cases(engine, "Rubbish behind the market") == []

    posts = lose_first_answer(page.context, re.compile(r"/api/v1/incidents$"))
    with page.expect_event("requestfailed", lambda one: one.url.endswith("/api/v1/incidents")):
        page.context.set_offline(False)
    [lost] = cases(engine, "Rubbish behind the market")  # taken in, and nobody told the phone
    page.get_by_test_id("send-now").click()
    expect(page.get_by_test_id("item-sent")).to_contain_text(lost.serial)
    assert posts() == 2
    [kept] = cases(engine, "Rubbish behind the market")
    assert (kept.id, kept.photos) == (lost.id, 1)


def test_two_windows_send_a_report_once(phone, engine):
    page = phone.sign_in()
    page.context.set_offline(True)
    write_report(page, "Lamp out of order")
    taken_at = {**phone.place, "latitude": phone.place["latitude"] + 0.001}
    page.get_by_test_id("gallery").set_input_files(picture(taken_at))
    page.get_by_test_id("use-photo-place").click()
    expect(page.get_by_test_id("place-said")).to_contain_text("The place of a photo")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("item-waiting")).to_have_count(1)
    other = page.context.new_page()
    other.goto(f"{phone.base}/field/outbox")
    expect(other.get_by_test_id("item-waiting")).to_have_count(1)
    sent: list[str] = []
    page.context.on(
        "request",
        lambda one: (
            one.method == "POST"
            and one.url.endswith(("/incidents", "/photos"))
            and sent.append(one.url)
        ),
    )
    page.context.set_offline(False)
    for window in (page, other):
        expect(window.get_by_test_id("item-sent")).to_have_count(1)
    assert len(sent) == 3  # two photos, one report
    [kept] = cases(engine, "Lamp out of order")
    assert kept.lat == pytest.approx(taken_at["latitude"], abs=1e-6)


def test_a_step_taken_offline_arrives_and_a_conflict_is_shown(phone, engine):
    page = phone.sign_in()
    first = page.get_by_test_id("my-case").first
    first.click()
    expect(page.get_by_test_id("field-case")).to_be_visible()
    incident = int(page.url.rsplit("/", 1)[1])
    page.context.set_offline(True)
    page.get_by_test_id("do-note").click()
    page.get_by_test_id("reason").fill("On my way")
    page.get_by_test_id("step-send").click()
    expect(page.get_by_test_id("item-waiting")).to_have_count(1)
    with acting(engine, "somebody else") as connection:
        connection.execute(
            text("UPDATE incident SET severity = 5 - severity WHERE id = :id"), {"id": incident}
        )
    page.context.set_offline(False)
    expect(page.get_by_test_id("item-conflict")).to_have_count(1)
    expect(page.get_by_test_id("as-of")).to_have_count(0)
    page.get_by_test_id("redo").click()
    expect(page.get_by_test_id("reason")).to_have_value("On my way")
    page.get_by_test_id("step-send").click()
    expect(page.get_by_test_id("history")).to_contain_text("On my way")
    with engine.connect() as connection:
        noted = connection.execute(
            text("SELECT reason FROM incident_event WHERE incident_id = :id AND action = 'note'"),
            {"id": incident},
        ).scalars()
        assert list(noted) == ["On my way"]


def test_who_is_signed_out_keeps_what_was_written_and_is_asked_to_sign_in(phone, engine):
    page = phone.sign_in()
    page.context.clear_cookies()
    write_report(page, "Broken kerb")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("signed-out")).to_contain_text("1")
    expect(page.get_by_test_id("item-waiting")).to_have_count(1)
    page.get_by_test_id("signed-out").get_by_role("link").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.request.post(
        f"{phone.base}/api/v1/session", data={"login": "worker", "password": DEMO_PASSWORD}
    )
    page.goto(f"{phone.base}/field/outbox")
    expect(page.get_by_test_id("item-sent")).to_have_count(1)
    assert len(cases(engine, "Broken kerb")) == 1


@pytest.mark.parametrize(("theme", "size"), [("light", PHONE), ("dark", DESKTOP)])
def test_the_page_can_be_installed_read_and_pressed(phone, theme, size):
    page = phone.sign_in()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate("(theme) => localStorage.setItem('wangge.theme', theme)", theme)
    manifest = page.request.get(
        phone.base + page.locator("link[rel=manifest]").get_attribute("href")
    )
    assert manifest.headers["content-type"] == "application/manifest+json"
    told = manifest.json()
    assert told["start_url"] == "/field"
    for icon in told["icons"]:
        picture = page.request.get(phone.base + icon["src"])
        with Image.open(io.BytesIO(picture.body())) as image:
            assert f"{image.width}x{image.height}" == icon["sizes"]
    # No other desk is under its hands.
    assert page.evaluate(
        "navigator.serviceWorker.getRegistrations().then((all) => all.map((r) => r.scope))"
    ) == [f"{phone.base}/field"]
    for path, seen in (
        ("field", "my-case"),
        ("field/new", "report-form"),
        ("field/outbox", "sign-out"),
    ):
        page.goto(f"{phone.base}/{path}")
        expect(page.get_by_test_id(seen).first).to_be_visible()
        if path == "field":
            page.get_by_test_id("my-case").first.click()
            expect(page.get_by_test_id("history")).to_be_visible()
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        small = page.evaluate(
            """() => [...document.querySelectorAll('button, a[href], label.big, summary')]
              .filter((one) => one.checkVisibility() && !one.closest('.maplibregl-map, .history'))
              .map((one) => [one, one.getBoundingClientRect()])
              .filter(([, box]) => box.height && (box.height < 43.5 || box.width < 43.5))
              .map(([one]) => one.outerHTML.slice(0, 120))"""
        )
        assert small == []
