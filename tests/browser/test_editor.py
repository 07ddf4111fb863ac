"""Drawing in a draft with the mouse, checked in the database; two planners in one draft."""

from __future__ import annotations

import random
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from tests.browser.editing import BESIDE, SPOT, codes, loop, stored, sweep, tool, version

FIGURES = """() => {
  const { figures, connectivity, draft } = window.__wangge.draft.state
  const levels = [1, 2, 3].map((level) => [String(level), {
    grids: figures.grids(level),
    plan: { ...figures.plan(level, draft.tolerance), pieces: figures.pieces(level) },
  }])
  return Object.fromEntries(levels)
}"""


def test_strokes_are_shown_while_drawn_then_stored_undone_and_redone(http, engine, draft, edit):
    code = codes(http, draft)[5]
    page = edit(code)
    beside = page.evaluate(BESIDE, code)
    mine, other = (page.evaluate(SPOT, beside[which]) for which in ("mine", "other"))
    units = page.get_by_test_id("live-units")
    before = int(units.inner_text())
    tool(page, "u")
    page.mouse.move(*mine)
    page.mouse.down()
    page.mouse.move(*other, steps=4)
    expect(units).not_to_have_text(str(before))  # the button is still down
    assert stored(engine, draft, beside["other"]) == beside["grid"]
    page.mouse.up()
    version(page, 1)
    assert stored(engine, draft, beside["other"]) == code
    page.keyboard.press("Control+z")
    version(page, 2)
    assert stored(engine, draft, beside["other"]) == beside["grid"]
    expect(units).to_have_text(str(before))
    tool(page, "y")
    version(page, 3)
    assert stored(engine, draft, beside["other"]) == code
    tool(page, "b")
    sweep(page, other, [other[0] + 90, other[1] + 60])
    version(page, 4)
    page.get_by_test_id("tab-history").click()
    expect(page.get_by_test_id("operation")).to_have_count(4)
    page.locator('[data-number="3"]').get_by_test_id("restore").click()
    version(page, 5)
    shown = page.evaluate(
        "() => { const { board, working } = window.__wangge.draft.state;"
        " return [...board.unit].map((id, u) => [id, working.codeOf(u)]) }"
    )
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT unit_id, grid_code FROM draft_unit WHERE plan_id = :p"), {"p": draft}
        )
        assert {tuple(row) for row in rows} == {tuple(row) for row in shown}


def test_locked_grids_and_pinned_units_stay(http, engine, draft, edit):
    code = codes(http, draft)[9]
    page = edit(code)
    beside = page.evaluate(BESIDE, code)
    other = page.evaluate(SPOT, beside["other"])
    page.get_by_test_id("do-lock").click()
    version(page, 1)
    tool(page, "u")
    page.mouse.click(*other)
    expect(page.locator(".el-message").last).to_contain_text("已锁定")
    assert stored(engine, draft, beside["other"]) == beside["grid"]
    tool(page, "k")
    version(page, 2)
    tool(page, "p")
    tool(page, "u")
    page.mouse.click(*other)
    version(page, 3)
    tool(page, "a")
    page.mouse.click(*other)
    expect(page.locator(".el-message").last).to_contain_text("固定")
    assert stored(engine, draft, beside["other"]) == beside["grid"]
    version(page, 3)


def test_a_loop_makes_a_grid_a_line_divides_one_and_a_click_merges(http, engine, draft, edit):
    code = codes(http, draft)[20]
    page = edit(code)
    before = len(codes(http, draft))
    beside = page.evaluate(BESIDE, code)
    tool(page, "n")
    loop(page, *page.evaluate(SPOT, beside["mine"]))
    version(page, 1)
    made = stored(engine, draft, beside["mine"])
    assert made not in (code, None) and made[:12] == code[:12]
    expect(page.get_by_test_id("live-figures")).to_have_attribute("data-code", made)
    tool(page, "m")
    page.evaluate("(code) => window.__wangge.draft.select(code)", code)
    page.mouse.click(*page.evaluate(SPOT, beside["mine"]))
    version(page, 2)
    assert stored(engine, draft, beside["mine"]) == code
    assert len(codes(http, draft)) == before
    tool(page, "c")
    box = page.evaluate(
        """(code) => {
          const { map, draft } = window.__wangge
          const { board, working } = draft.state
          const grid = working.number.get(code)
          const all = [...working.gridOf.keys()].filter((u) => working.gridOf[u] === grid)
          const spots = all.map((u) => map.project([board.lon[u], board.lat[u]]))
          const edge = map.getCanvas().getBoundingClientRect()
          const xs = spots.map((spot) => spot.x), ys = spots.map((spot) => spot.y)
          return [Math.min(...xs), Math.max(...xs), (Math.min(...ys) + Math.max(...ys)) / 2]
            .map((value, index) => value + (index < 2 ? edge.left : edge.top))
        }""",
        code,
    )
    west, east, middle = box
    boards = page.evaluate("window.__wangge.draft.state.boards")
    sweep(page, [west - 90, middle], [(west + east) / 2, middle + 3], [east + 90, middle])
    version(page, 3)
    assert len(codes(http, draft)) == before + 1
    assert page.evaluate("window.__wangge.draft.state.boards") > boards
    page.keyboard.press("Control+z")
    version(page, 4)
    assert len(codes(http, draft)) == before


def test_two_planners_see_each_other_and_are_told_of_a_conflict(http, engine, draft, edit):
    code = codes(http, draft)[30]
    page = edit(code)
    beside = page.evaluate(BESIDE, code)
    other = page.evaluate(SPOT, beside["other"])
    second = edit(code, "en")
    target = next(one for one in codes(http, draft) if one[:12] != code[:12])
    page.context.set_offline(True)
    tool(page, "u")
    page.mouse.click(*other)
    expect(page.get_by_test_id("saved")).to_have_attribute("data-saved", "offline")
    second.evaluate("(code) => window.__wangge.draft.select(code)", target)
    tool(second, "u")
    second.mouse.click(*second.evaluate(SPOT, beside["other"]))
    version(second, 1)
    page.context.set_offline(False)
    expect(page.locator(".el-message--error")).to_be_visible()
    version(page, 1)
    edit.opened[0].faults.clear()  # the browser itself reports the refusal, and the lost line
    assert stored(engine, draft, beside["other"]) == target
    where = "(id) => { const { board, working } = window.__wangge.draft.state;" \
            " return working.codeOf(board.at.get(id)) }"  # fmt: skip
    assert page.evaluate(where, beside["other"]) == target
    page.mouse.click(*page.evaluate(SPOT, beside["mine"]))
    tool(second, "z")
    version(second, 2)
    version(page, 2)
    assert page.evaluate(where, beside["other"]) == beside["grid"]


def test_figures_of_page_and_server_are_the_same_on_random_plans(http, draft, edit):
    page = edit()
    rng = random.Random(4)
    units = page.evaluate("[...window.__wangge.draft.state.board.unit]")
    all_codes = codes(http, draft)
    for step in range(6):
        body = {
            "units": rng.sample(units, 120),
            "grid": None if step == 3 else rng.choice(all_codes),
        }
        done = http.post(
            f"/drafts/{draft}/operations",
            json={"key": f"{rng.getrandbits(128):032x}", "kind": "assign", "params": body,
                  "base": step},
        )  # fmt: skip
        assert done.status_code == 200, done.text
    version(page, 6)
    shown = page.evaluate(FIGURES)
    told = http.get(f"/drafts/{draft}/figures").json()
    named = {"pop": "population", "incidents": "incidents_per_year", "within": "within_tolerance"}
    for level in "123":
        for mine, theirs in zip(shown[level]["grids"], told["grids"][level], strict=True):
            same(mine, theirs, named, {"fair", "pieces"})
        same(shown[level]["plan"], told["levels"][level], named, set())


def same(shown: dict[str, Any], told: dict[str, Any], named: dict[str, str], but: set[str]) -> None:
    for key, value in told.items():
        if key in but:
            continue
        mine = shown[named.get(key, key)]
        if isinstance(value, float):
            assert mine == pytest.approx(value, rel=1e-9, abs=1e-9), key
        else:
            assert mine == value, key
