"""Makes the pictures of the user guide: `python -m scripts.guide_pictures`, a few minutes.

A demo city is built in a folder of its own and served, cases are made (`scripts.guide_staging`),
and each page is photographed in a real Chromium in both languages. `--url` takes a demo city that
runs already instead; `--only NAME` makes some of them again.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gis.demo.accounts import DEMO_PASSWORD
from gis.settings import Settings
from scripts.browser import find_chromium
from scripts.guide_staging import Staged, stage

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "images" / "guide"
LANGUAGES = ("zh-CN", "en")
DESK, PHONE = (1280, 800), (390, 780)
MOST_BYTES = 150_000
WAIT_MS = 90_000
FLAGS = [
    "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
IDLE = """() => { const m = window.__wangge && window.__wangge.map;
  return m && m.loaded() && m.areTilesLoaded() && !m.isMoving(); }"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: whose page it is, and what is done on it before it is taken."""

    name: str
    login: str | None
    path: Callable[[Staged], str]
    size: tuple[int, int] = DESK
    before: Callable[[Page], None] = lambda page: None


def shown(name: str) -> Callable[[Page], None]:
    """Bring a part of the page into view."""
    return lambda page: page.get_by_test_id(name).first.scroll_into_view_if_needed()


def listed(page: Page) -> None:
    """Wait for the queue of the desk."""
    expect(page.get_by_test_id("incident-row").first).to_be_visible(timeout=WAIT_MS)


def with_trace(page: Page) -> None:
    trace = page.get_by_test_id("case-trace")
    trace.locator("summary").click()
    expect(page.get_by_test_id("trace-summary")).to_be_visible(timeout=WAIT_MS)
    trace.evaluate("one => one.scrollIntoView({block: 'center'})")


def first_case(page: Page) -> None:
    page.locator('a[href^="/field/cases/"]').first.click()
    page.wait_for_load_state("networkidle")


def worst_grid(page: Page) -> None:
    """Pick up the grid that is furthest out, with the brush at hand."""
    worst = page.get_by_test_id("guide-worst")
    expect(worst).to_be_visible(timeout=WAIT_MS)
    worst.click()
    page.get_by_test_id("skip-guide").click()
    page.get_by_test_id("tool-brush").click()


def practising(page: Page) -> None:
    """Begin a practice draft and follow the first steps as far as painting."""
    page.get_by_test_id("practise").click()
    page.get_by_test_id("guide-worst").click()
    page.get_by_test_id("guide-brush").click()
    expect(page.get_by_test_id("guide")).to_have_attribute("data-step", "paint")


def compared(page: Page) -> None:
    expect(page.get_by_test_id("compare-table")).to_be_visible(timeout=WAIT_MS)


def case(staged: Staged) -> str:
    return f"dispatch?incident={staged.case}"


PICTURES = (
    Picture(name="desk", login="dispatcher", path=lambda _: "dispatch", before=listed),
    Picture(name="case", login="street", path=case, before=listed),
    Picture(name="trace", login="street", path=case, before=with_trace),
    Picture(name="whistle", login="street", path=case, before=shown("case-whistles")),
    Picture(name="new", login="dispatcher",
            path=lambda it: f"dispatch?at={it.pin[0]:.5f},{it.pin[1]:.5f},16.50"
            f"&pin={it.pin[0]:.7f},{it.pin[1]:.7f}"),
    Picture(name="unlocated", login="dispatcher", path=lambda _: "unlocated",
            before=lambda page: page.get_by_test_id("unlocated-row").first.click()),
    Picture(name="duty", login="dispatcher", path=lambda _: "people?tab=duty"),
    Picture(name="department", login="department", path=lambda _: "dispatch",
            before=listed),
    Picture(name="plan-draw", login="planner", path=lambda it: f"plan?draft={it.draft}",
            before=worst_grid),
    Picture(name="plan-practice", login="planner", path=lambda _: "plan", before=practising),
    Picture(name="plan-compare", login="planner",
            path=lambda it: f"plan/compare?a={it.plan}&b={it.draft}", before=compared),
    Picture(name="leader", login="leader", path=lambda _: "leader"),
    Picture(name="organisation", login="admin", path=lambda _: "organisation"),
    Picture(name="deadlines", login="admin", path=lambda _: "deadlines"),
    Picture(name="accounts", login="admin", path=lambda _: "admin"),
    Picture(name="field-cases", login="worker", path=lambda _: "field", size=PHONE),
    Picture(name="field-case", login="worker", path=lambda _: "field", size=PHONE,
            before=first_case),
    Picture(name="field-report", login="worker", path=lambda _: "field/new", size=PHONE),
)  # fmt: skip


def main() -> None:
    """Make the pictures that were asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--url", help="a demo city that is served already")
    asked.add_argument("--only", nargs="*", help="names of pictures", default=[])
    given = asked.parse_args()
    wanted = [one for one in PICTURES if not given.only or one.name in given.only]
    with served(given.url) as base, sync_playwright() as playwright:
        staged = stage(base)
        chromium = find_chromium(Settings())
        browser = playwright.chromium.launch(
            executable_path=str(chromium.executable), args=FLAGS,
            env={**os.environ, **chromium.environment},
        )  # fmt: skip
        for language in LANGUAGES:
            windows = Windows(browser, base, language, staged)
            for picture in wanted:
                path = FOLDER / language / f"{picture.name}.webp"
                size = stored(photograph(windows.page(picture), base, staged, picture), path)
                sys.stdout.write(f"{path.relative_to(ROOT)} {size // 1000} kB\n")
                sys.stdout.flush()
            windows.close()
        browser.close()


@contextmanager
def served(url: str | None) -> Iterator[str]:
    """A served demo city: the given one, or one that is built and thrown away."""
    if url is not None:
        yield url.rstrip("/")
        return
    with tempfile.TemporaryDirectory(prefix="wangge-guide-") as folder:
        Path(folder).chmod(0o755)  # the database's account enters it, too
        environment = {**os.environ, "WANGGE_DATA_DIR": folder}
        command = [sys.executable, "-m", "api.cli"]
        subprocess.run([*command, "demo", "--no-serve"], check=True, env=environment, cwd=ROOT)
        port = 8799
        server = subprocess.Popen(
            [*command, "serve", "--port", str(port)], env=environment, cwd=ROOT
        )
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(base)
            yield base
        finally:
            server.terminate()
            server.wait(30)
            subprocess.run([*command, "db", "stop"], check=False, env=environment, cwd=ROOT)


def wait_for(base: str) -> None:
    """Wait until it answers, a minute or two at the most."""
    for _ in range(120):
        try:
            if httpx.get(f"{base}/api/v1/ready", timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise RuntimeError(f"{base} does not answer")


class Windows:
    """One window for each account and size, in a language: what it has loaded once it keeps."""

    def __init__(self, browser: Browser, base: str, language: str, staged: Staged) -> None:
        self.browser, self.base, self.language, self.staged = browser, base, language, staged
        self.pages: dict[tuple[str | None, tuple[int, int]], Page] = {}

    def page(self, picture: Picture) -> Page:
        """The window of whose page a picture is of, signed in."""
        key = picture.login, picture.size
        if key not in self.pages:
            self.pages[key] = self._open(picture)
        return self.pages[key]

    def _open(self, picture: Picture) -> Page:
        (width, height), phone = picture.size, picture.size == PHONE
        lon, lat = self.staged.pin
        context = self.browser.new_context(
            locale=self.language, viewport={"width": width, "height": height}, has_touch=phone,
            device_scale_factor=1.5 if phone else 1, color_scheme="light",
            geolocation={"longitude": lon, "latitude": lat, "accuracy": 12},
            permissions=["geolocation"],
        )  # fmt: skip
        context.set_default_timeout(WAIT_MS)
        if picture.login is not None:
            told = {"login": picture.login, "password": DEMO_PASSWORD}
            answer = context.request.post(f"{self.base}/api/v1/session", data=told)
            if not answer.ok:
                raise RuntimeError(f"{picture.login}: {answer.status}")
        return context.new_page()

    def close(self) -> None:
        """Close them all."""
        for page in self.pages.values():
            page.context.close()


def stored(content: bytes, path: Path) -> int:
    """Store a picture as WebP, small enough; gives its size in bytes."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    for quality in (82, 70, 55):
        image.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size < MOST_BYTES:
            break
    return path.stat().st_size


def photograph(page: Page, base: str, staged: Staged, picture: Picture) -> bytes:
    """The page as a PNG, once it has come to rest."""
    page.goto(f"{base}/{picture.path(staged)}")
    settle(page)
    picture.before(page)
    settle(page)
    return page.screenshot()


def settle(page: Page) -> None:
    """Wait for what the page has asked for: its map, its frame, its skeletons."""
    expect(page.get_by_test_id("skeleton")).to_have_count(0, timeout=WAIT_MS)
    if page.locator(".maplibregl-map").count():
        page.wait_for_function(IDLE, timeout=WAIT_MS)
    if page.locator("iframe").count():
        frame: Any = page.frame_locator("iframe")
        expect(frame.locator(".leaflet-container")).to_be_visible(timeout=WAIT_MS)
        page.wait_for_timeout(1500)  # the heat is drawn after the frame is there
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(600)  # panels slide in


if __name__ == "__main__":
    main()
