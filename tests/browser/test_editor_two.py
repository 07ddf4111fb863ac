"""Two accounts in one draft: each sees the other, both paint at once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from gis.demo.accounts import DEMO_PASSWORD
from tests.browser.editing import BESIDE, SPOT, codes, stored, version
from tests.signing import make_account

SHOWN = """() => {
  const { board, working } = window.__wangge.draft.state
  return Object.fromEntries([...board.unit].map((id, u) => [id, working.codeOf(u)]))
}"""


@pytest.fixture(scope="module")
def second(engine) -> str:
    """The login of another planner beside the demo's."""
    make_account(engine, "planner", login="wang", name="王芳", password=DEMO_PASSWORD)
    return "wang"


@pytest.fixture
def enter(visit, draft) -> Iterator[Any]:
    """Opens the draft in the name of an account, looking at one grid that is picked."""

    opened: list[Any] = []

    def open_it(login: str, code: str, language: str = "zh-CN") -> Page:
        one = visit(language)
        opened.append(one)
        told = {"login": login, "password": DEMO_PASSWORD}
        assert one.context.request.post(f"{one.base}/api/v1/session", data=told).ok
        one.page.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
        page = one.open(f"plan?draft={draft}&grid={code}")
        page.wait_for_function("() => window.__wangge.draft.state.figures")
        page.evaluate(
            """(code) => {
              const { map, draft } = window.__wangge
              const { board, working } = draft.state
              const u = working.gridOf.indexOf(working.number.get(code))
              map.jumpTo({ center: [board.lon[u], board.lat[u]], zoom: 16 })
            }""",
            code,
        )
        one.idle()
        return page

    yield open_it
    for one in opened:  # a browser notes that its line was down: that was meant
        one.faults[:] = [fault for fault in one.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_two_accounts_see_each_other_and_paint_at_once(http, engine, draft, second, enter):
    every = codes(http, draft)
    mine = every[2]
    theirs = next(code for code in every if code[:9] != mine[:9])
    chen, wang = enter("planner", mine), enter(second, theirs, "en")
    # Each sees who else is here, and where.
    expect(chen.get_by_test_id("drafters")).to_contain_text("王芳")
    expect(wang.get_by_test_id("drafters")).to_contain_text("陈静")
    with engine.connect() as connection:
        name = connection.scalar(
            text("SELECT name_zh FROM draft_grid WHERE plan_id = :p AND code = :c"),
            {"p": draft, "c": theirs},
        )
    expect(chen.get_by_test_id("drafters")).to_contain_text(str(name))

    one, other = chen.evaluate(BESIDE, mine), wang.evaluate(BESIDE, theirs)
    spots = [chen.evaluate(SPOT, one[side]) for side in ("mine", "other")]
    # One is in the midst of a stroke while the other's is stored.
    chen.keyboard.press("u")
    chen.mouse.move(*spots[0])
    chen.mouse.down()
    chen.mouse.move(*spots[1], steps=4)
    wang.keyboard.press("u")
    wang.mouse.click(*wang.evaluate(SPOT, other["other"]))
    version(wang, 1)
    assert stored(engine, draft, one["other"]) == one["grid"]
    chen.mouse.up()
    version(chen, 2)
    version(wang, 2)
    assert stored(engine, draft, one["other"]) == mine
    assert stored(engine, draft, other["other"]) == theirs

    # Both pages show what is stored; each undoes what is its own.
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT unit_id, grid_code FROM draft_unit WHERE plan_id = :p"), {"p": draft}
        )
        kept = {str(row.unit_id): row.grid_code for row in rows}
    assert chen.evaluate(SHOWN) == wang.evaluate(SHOWN) == kept
    wang.keyboard.press("Control+z")
    version(chen, 3)
    assert stored(engine, draft, other["other"]) == other["grid"]
    assert stored(engine, draft, one["other"]) == mine
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT number, actor FROM draft_operation WHERE plan_id = :p ORDER BY number"),
            {"p": draft},
        ).all()
    assert [actor.split(" ")[0] for _, actor in rows] == ["王芳", "陈静", "王芳"]

    # Whoever leaves is not shown any more.
    wang.get_by_test_id("leave-draft").click()
    expect(chen.get_by_test_id("drafters")).to_have_count(0)


def test_what_one_draws_while_the_line_is_down_joins_what_the_other_did(
    http, engine, draft, second, enter
):
    every = codes(http, draft)
    mine = every[4]
    theirs = next(code for code in every if code[:9] != mine[:9])
    chen, wang = enter("planner", mine), enter(second, theirs)
    one, other = chen.evaluate(BESIDE, mine), wang.evaluate(BESIDE, theirs)
    spot = chen.evaluate(SPOT, one["other"])
    chen.context.set_offline(True)
    chen.keyboard.press("u")
    expect(chen.get_by_test_id("offline-banner")).to_be_visible()
    chen.mouse.click(*spot)  # what says that the line is down has moved nothing under the hand
    expect(chen.get_by_test_id("saved")).to_have_attribute("data-saved", "offline")
    wang.keyboard.press("u")
    wang.mouse.click(*wang.evaluate(SPOT, other["other"]))
    version(wang, 1)
    chen.context.set_offline(False)
    version(chen, 2)
    version(wang, 2)
    assert stored(engine, draft, one["other"]) == mine
    assert stored(engine, draft, other["other"]) == theirs
