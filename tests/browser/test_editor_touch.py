"""Drawing with a finger on a phone, checked in the database; two fingers only move the map."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.editing import BESIDE, SPOT, codes, stored, version

# The unit stands in the middle of what tools above and the sheet below leave of the map.
BETWEEN = """(unit) => {
  const { map, draft } = window.__wangge
  const { board } = draft.state
  const u = board.at.get(unit)
  map.jumpTo({ center: [board.lon[u], board.lat[u]], zoom: 16,
               padding: { top: 150, bottom: innerHeight * 0.48, left: 0, right: 0 } })
}"""


class Finger:
    """Touches of the screen, as a phone sends them."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def draw(self, *path: tuple[float, float]) -> None:
        self.send("touchStart", path[0])
        for before, after in pairwise(path):
            for part in (0.25, 0.5, 0.75, 1):
                (x0, y0), (x1, y1) = before, after
                self.send("touchMove", (x0 + (x1 - x0) * part, y0 + (y1 - y0) * part))
        self.send("touchEnd")


@pytest.fixture
def phone(http, draft, edit) -> tuple[Page, str, dict[str, Any], Finger]:
    """A phone on which a grid is picked by tapping it, and a neighbour's unit in view."""
    code = codes(http, draft)[12]
    page = edit(code, size=PHONE, touch=True)
    beside = page.evaluate(BESIDE, code)
    page.evaluate("window.__wangge.draft.select(null)")
    page.evaluate(BETWEEN, beside["mine"])
    edit.opened[0].idle()
    page.touchscreen.tap(*page.evaluate(SPOT, beside["mine"]))
    expect(page.get_by_test_id("live-figures")).to_have_attribute("data-code", code)
    page.evaluate(BETWEEN, beside["other"])
    edit.opened[0].idle()
    return page, code, beside, Finger(page)


def test_a_finger_paints_and_undoes(engine, draft, phone):
    page, code, beside, finger = phone
    page.get_by_test_id("tool-brush").tap()
    mine, other = (tuple(page.evaluate(SPOT, beside[one])) for one in ("mine", "other"))
    at = page.evaluate("window.__wangge.map.getCenter().toArray()")
    finger.draw(mine, other)
    version(page, 1)
    assert stored(engine, draft, beside["other"]) == code
    # One finger draws; the map stays where it was.
    assert page.evaluate("window.__wangge.map.getCenter().toArray()") == at
    # At once after the stroke: no fling of it is left for the tap to stop.
    page.get_by_test_id("do-undo").tap()
    version(page, 2)
    assert stored(engine, draft, beside["other"]) == beside["grid"]


def test_a_loop_drawn_with_a_finger_takes_what_is_in_it(engine, draft, phone):
    page, code, beside, finger = phone
    page.get_by_test_id("tool-lasso").tap()
    x, y = page.evaluate(SPOT, beside["other"])
    finger.draw((x - 16, y - 16), (x + 16, y - 16), (x + 16, y + 16), (x - 16, y + 16))
    version(page, 1)
    assert stored(engine, draft, beside["other"]) == code


def test_two_fingers_move_the_map_and_change_nothing(engine, draft, phone):
    page, _, beside, finger = phone
    page.get_by_test_id("tool-brush").tap()
    x, y = page.evaluate(SPOT, beside["other"])
    at = page.evaluate("window.__wangge.map.getCenter().toArray()")
    finger.send("touchStart", (x, y))
    finger.send("touchStart", (x, y), (x + 60, y))
    for step in range(1, 8):
        finger.send("touchMove", (x, y + 12 * step), (x + 60, y + 12 * step))
    finger.send("touchEnd")
    page.wait_for_function(
        "(at) => String(window.__wangge.map.getCenter().toArray()) !== String(at)", arg=at
    )
    expect(page.get_by_test_id("editor")).to_have_attribute("data-version", "0")
    assert stored(engine, draft, beside["other"]) == beside["grid"]
