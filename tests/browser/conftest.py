"""A real Chromium, the application on the demo city, and a reader's window that notes faults."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from rasterio.io import MemoryFile
from sqlalchemy import Engine, text

from gis.store.engine import make_engine
from gis.workflows.boards import Boards
from gis.workflows.draft_jobs_run import run_job
from tests.server import serving

DESKTOP, PHONE = (1440, 900), (390, 844)
LANGUAGES = ("zh-CN", "en")
WAIT_MS = 60_000
expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
# Pages beside the desks, without a map to wait for.
LISTS = ("organisation", "people", "rules", "deadlines", "admin")
FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    # Maps need a graphics card, which is emulated here; on it a page's own frame costs 15 times as
    # much as when the processor puts the page together itself.
    "--disable-gpu-compositing",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
# Pixels of the screen for one of the page: lengths and places stay the same, and a quarter of the
# pixels is drawn. Where the picture itself is judged, it is 1.
COARSE = 0.5
# Picks a grid of the draft and shows its first unit in the middle.
LOOK_AT = """(code) => {
  const { map, draft } = window.__wangge
  const { board, working } = draft.state
  draft.select(code)
  const u = working.gridOf.indexOf(working.number.get(code))
  map.jumpTo({ center: [board.lon[u], board.lat[u]], zoom: 16 })
}"""


@pytest.fixture(scope="module")
def browser(chromium) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium.executable),
            env={**os.environ, **chromium.environment},
            args=FLAGS,
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def base(demo_url, tmp_path_factory) -> Iterator[str]:
    with serving(demo_url, tmp_path_factory.mktemp("data")) as url:
        yield url


class Visit:
    """One reader's window, which notes what a page should never do."""

    def __init__(
        self, browser: Browser, base: str, language: str, size: tuple[int, int], theme: str,
        pixels: float = COARSE, *, touch: bool = False,
    ) -> None:  # fmt: skip
        self.base = base
        self.context = browser.new_context(
            locale=language,
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=pixels,
            color_scheme=theme,
            has_touch=touch,
            is_mobile=touch,
        )
        self.context.set_default_timeout(WAIT_MS)
        self.page: Page = self.context.new_page()
        self.outside: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", self._seen)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", self._answered)

    def _seen(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.outside.append(request.url)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _answered(self, response: Any) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")

    def open(self, desk: str) -> Page:
        self.page.goto(f"{self.base}/{desk}")
        if desk.startswith("leader"):
            frame = self.page.frame_locator("iframe")
            expect(frame.locator(".leaflet-container")).to_be_visible(timeout=WAIT_MS)
        elif desk.startswith(LISTS):
            expect(self.page.locator("main h1")).to_be_visible()
            expect(self.page.get_by_test_id("skeleton")).to_have_count(0)
        else:
            self.idle()
        return self.page

    def idle(self) -> None:
        self.page.wait_for_function(
            "() => { const m = window.__wangge && window.__wangge.map;"
            " return m && m.loaded() && m.areTilesLoaded() && !m.isMoving(); }",
            timeout=WAIT_MS,
        )

    def colours(self, clip: dict[str, float]) -> int:
        with MemoryFile(self.page.screenshot(clip=clip)) as file, file.open() as image:
            pixels = image.read()[:3].reshape(3, -1)
        return len(np.unique(pixels, axis=1).T)


@pytest.fixture
def visit(browser, base) -> Iterator[Any]:
    opened: list[Visit] = []

    def make(
        language: str = "zh-CN", size: tuple[int, int] = DESKTOP, theme: str = "light",
        pixels: float = COARSE, *, touch: bool = False,
    ) -> Visit:  # fmt: skip
        opened.append(Visit(browser, base, language, size, theme, pixels, touch=touch))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()
        assert one.outside == []
        assert one.faults == []


@pytest.fixture(scope="module")
def http(base) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{base}/api/v1", timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def engine(demo_url) -> Iterator[Engine]:
    made = make_engine(demo_url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def worker(engine) -> Iterator[None]:
    """Does the searches that are asked for, as a worker of the queue does."""
    over, boards = threading.Event(), Boards()

    def work() -> None:
        while not over.wait(0.2):
            with engine.connect() as connection:
                waiting = connection.scalars(
                    text("SELECT id FROM draft_job WHERE status = 'waiting'")
                ).all()
            for job in waiting:
                run_job(engine, boards, job, over.is_set)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def draft(http) -> int:
    """A draft that begins as the plan in force."""
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    given = {
        "jurisdiction": jurisdiction["id"], "name": "画笔试验",
        "from": {"plan": jurisdiction["published_plan_id"]},
    }  # fmt: skip
    made = http.post("/drafts", json=given)
    assert made.status_code == 201, made.text
    return int(made.json()["plan_id"])


@pytest.fixture
def edit(visit, draft) -> Any:
    """Opens the draft in a window of its own, looking at one grid, with the first steps skipped."""
    opened: list[Visit] = []

    def open_it(
        code: str | None = None, language: str = "zh-CN", size: tuple[int, int] = DESKTOP,
        **how: Any,
    ) -> Page:  # fmt: skip
        one = visit(language, size, **how)
        opened.append(one)
        one.page.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
        page = one.open(f"plan?draft={draft}")
        expect(page.get_by_test_id("tool-strip")).to_be_visible()
        if code:
            page.wait_for_function("() => window.__wangge.draft.state.figures")
            page.evaluate(LOOK_AT, code)
            one.idle()
        return page

    open_it.opened = opened  # type: ignore[attr-defined]
    return open_it
