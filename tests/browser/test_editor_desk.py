"""More of the editor in Chromium, checked in the database: rectangles, pulled boundaries, names,
deleted grids, the keyboard alone; and how it is found by those who cannot see it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.editing import BESIDE, SPOT, codes, sweep, tool, version

# The point between two units where one grid ends and the other begins, and one well beyond it.
BOUNDARY = """([mine, other]) => {
  const { map, draft } = window.__wangge
  const { board, working } = draft.state
  const place = (unit) => {
    const u = board.at.get(unit)
    return map.project([board.lon[u], board.lat[u]])
  }
  const [a, b] = [place(mine), place(other)]
  const box = map.getCanvas().getBoundingClientRect()
  const home = working.gridOf[board.at.get(mine)]
  for (let part = 0; part <= 1; part += 0.02) {
    const [x, y] = [a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part]
    const [hit] = map.queryRenderedFeatures([x, y], { layers: ['draft-fill'] })
    if (!hit || working.gridOf[board.at.get(Number(hit.id))] === home) continue
    return [[box.left + x, box.top + y],
            [box.left + b.x + (b.x - a.x) * 0.2, box.top + b.y + (b.y - a.y) * 0.2]]
  }
}"""
# Where the middle of the map is from a unit, in pixels, and the unit that is in the middle.
FROM_MIDDLE = """(unit) => {
  const { map, draft } = window.__wangge
  const { board } = draft.state
  const u = board.at.get(unit)
  const [at, middle] = [map.project([board.lon[u], board.lat[u]]), map.project(map.getCenter())]
  return [at.x - middle.x, at.y - middle.y]
}"""
MIDDLE = """() => {
  const { map, draft } = window.__wangge
  const at = map.project(map.getCenter())
  const [hit] = map.queryRenderedFeatures([at.x, at.y], { layers: ['draft-fill'] })
  return Number(hit.id)
}"""
RESTING = "() => !window.__wangge.map.isMoving()"


def assigned(engine, draft: int) -> dict[int, str | None]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT unit_id, grid_code FROM draft_unit WHERE plan_id = :p"), {"p": draft}
        )
        return {row.unit_id: row.grid_code for row in rows}


def moved(before: dict[int, str | None], after: dict[int, str | None]) -> set[tuple[object, ...]]:
    """Which units went from where to where."""
    assert before.keys() == after.keys()
    return {(before[u], after[u]) for u in before if before[u] != after[u]}


def cut_from(engine, draft: int) -> dict[int, int]:
    """The pieces in a draft, and the unit that each was cut from."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT id, split_from_id FROM unit JOIN draft_unit ON unit_id = id"
                 " WHERE plan_id = :p AND split_from_id IS NOT NULL"), {"p": draft}
        )  # fmt: skip
        return {row.id: row.split_from_id for row in rows}


def shown(page: Page) -> dict[int, str | None]:
    """Which unit the page believes in which grid."""
    pairs = page.evaluate(
        "() => { const { board, working } = window.__wangge.draft.state;"
        " return [...board.unit].map((id, u) => [id, working.codeOf(u)]) }"
    )
    return dict(pairs)


def test_a_rectangle_takes_what_it_frames_and_nothing_else(http, engine, draft, edit):
    code = codes(http, draft)[12]
    page = edit(code)
    beside = page.evaluate(BESIDE, code)
    x, y = page.evaluate(SPOT, beside["other"])
    before = assigned(engine, draft)
    tool(page, "r")
    sweep(page, [x - 14, y - 14], [x + 14, y + 14])
    version(page, 1)
    after = assigned(engine, draft)
    assert after[beside["other"]] == code
    assert {to for _, to in moved(before, after)} == {code}


def test_a_pulled_boundary_moves_between_its_two_grids_alone(http, engine, draft, edit):
    code = codes(http, draft)[9]
    page = edit(code)
    beside = page.evaluate(BESIDE, code)
    start, end = page.evaluate(BOUNDARY, [beside["mine"], beside["other"]])
    before = assigned(engine, draft)
    tool(page, "d")
    sweep(page, start, end)
    version(page, 1)
    after, parts = assigned(engine, draft), cut_from(engine, draft)
    # Units that it crosses are cut; what it takes, whole or in pieces, goes to the one side.
    home = {unit: before[parts.get(unit, unit)] for unit in after}
    assert {(home[u], after[u]) for u in after if home[u] != after[u]} == {(beside["grid"], code)}
    assert parts and before.keys() - after.keys() == set(parts.values())
    assert shown(page) == after
    page.get_by_test_id("do-undo").click()
    version(page, 2)
    assert shown(page) == assigned(engine, draft) == before


def test_a_grid_is_renamed_and_a_deleted_one_goes_to_its_neighbours(http, engine, draft, edit):
    code = codes(http, draft)[15]
    page = edit(code)
    page.get_by_test_id("rename-grid").click()
    page.get_by_test_id("name-zh").fill("文化宫片区")
    page.get_by_test_id("name-zh").press("Enter")
    version(page, 1)
    expect(page.get_by_test_id("live-figures")).to_contain_text("文化宫片区")
    name = text("SELECT name_zh FROM draft_grid WHERE plan_id = :p AND code = :c")
    with engine.connect() as connection:
        assert connection.scalar(name, {"p": draft, "c": code}) == "文化宫片区"

    before = assigned(engine, draft)
    near = set(page.evaluate(
        """(code) => {
          const { board, working } = window.__wangge.draft.state
          const found = new Set()
          for (let e = 0; e < board.edges; e++) {
            if (board.right[e] < 0) continue
            const pair = [board.left[e], board.right[e]].map((u) => working.codeOf(u))
            if (pair.includes(code)) pair.forEach((one) => found.add(one))
          }
          return [...found].filter((one) => one && one !== code)
        }""",
        code,
    ))  # fmt: skip
    page.keyboard.press("Delete")
    version(page, 2)
    after = assigned(engine, draft)
    gone = moved(before, after)
    assert {was for was, _ in gone} == {code}
    assert {to for _, to in gone} <= near
    assert code not in codes(http, draft)
    page.keyboard.press("Control+z")
    version(page, 3)
    assert assigned(engine, draft) == before
    with engine.connect() as connection:
        assert connection.scalar(name, {"p": draft, "c": code}) == "文化宫片区"


def press(page: Page, *keys: str) -> None:
    """Keys one after the other, each once the map rests."""
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_function(RESTING)


def toward(page: Page, unit: int) -> str:
    """The arrow key that brings a unit nearer to the middle of the map."""
    dx, dy = page.evaluate(FROM_MIDDLE, unit)
    if abs(dx) > abs(dy):
        return "ArrowRight" if dx > 0 else "ArrowLeft"
    return "ArrowDown" if dy > 0 else "ArrowUp"


def test_the_keyboard_alone_picks_paints_frames_and_undoes(http, engine, draft, edit):
    code = codes(http, draft)[8]
    page = edit(code)
    beside = page.evaluate(BESIDE, code)
    page.evaluate("window.__wangge.draft.select(null)")
    for _ in range(80):
        if page.evaluate("document.activeElement.classList.contains('maplibregl-canvas')"):
            break
        page.keyboard.press("Tab")
    expect(page.locator(".maplibregl-canvas")).to_be_focused()
    press(page, "s", "Space")
    expect(page.get_by_test_id("live-figures")).to_have_attribute("data-code", code)

    # On with the arrows until another grid is in the middle, then one dab of the brush.
    before = assigned(engine, draft)
    for _ in range(30):
        under = page.evaluate(MIDDLE)
        if before[under] != code:
            break
        press(page, toward(page, beside["other"]))
    assert before[under] != code
    press(page, "b", "Space")
    version(page, 1)
    after = assigned(engine, draft)
    assert after[under] == code
    assert {to for _, to in moved(before, after)} == {code}

    # Two corners of a rectangle, with the map moving below the cross.
    press(page, "r", "Space", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "Space")
    press(page, "Enter")
    version(page, 2)
    framed = moved(after, assigned(engine, draft))
    assert framed
    assert {to for _, to in framed} == {code}
    press(page, "z")
    version(page, 3)
    press(page, "z")
    version(page, 4)
    assert assigned(engine, draft) == before


def test_a_link_to_a_grid_that_never_was_picks_none(visit, draft):
    one = visit("en")
    one.page.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
    page = one.open(f"plan?draft={draft}&grid=nonsense")
    expect(page.get_by_test_id("live-worst")).to_be_visible()
    expect(page.get_by_test_id("live-figures")).to_have_count(0)
    # The page has said by now where it is, and was not refused (the window notes any refusal).
    page.wait_for_event("response", lambda answer: answer.url.endswith("/presence"))


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_axe_finds_no_serious_fault_in_the_editor(http, draft, edit, size, theme):
    code = codes(http, draft)[3]
    page = edit(code, size=size, theme=theme)
    faults = []
    for tab in ("balance", "problems", "help", "history", "review"):
        page.get_by_test_id(f"tab-{tab}").click()
        expect(page.get_by_test_id("skeleton")).to_have_count(0)
        faults += serious_faults(page)
    page.keyboard.press("b")
    page.get_by_test_id("open-guide").click() if size == DESKTOP else None
    faults += serious_faults(page)
    page.keyboard.press("?")
    expect(page.get_by_test_id("editor-keys")).to_be_visible()
    assert faults + serious_faults(page) == []


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_axe_finds_no_serious_fault_in_list_and_comparison(http, draft, visit, size, theme):
    one = visit("zh-CN", size, theme)
    page = one.open("plan?drafts=1")
    expect(page.get_by_test_id("draft").first).to_be_visible()
    assert serious_faults(page) == []
    page.get_by_test_id("new-draft").click()
    expect(page.get_by_test_id("draft-form-name")).to_be_visible()
    assert serious_faults(page) == []
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    page = one.open(f"plan/compare?a={jurisdiction['published_plan_id']}&b={draft}")
    expect(page.get_by_test_id("compare-effects")).to_be_visible()
    page.get_by_test_id("compare-all").check()
    assert serious_faults(page) == []
