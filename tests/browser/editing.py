"""Drawing in the editor, for its tests: where units are on the screen, the hand, the database."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import text

# Where a unit's inner point is on the screen, and which grid the page believes it to be in.
SPOT = """(unit) => {
  const { map, draft } = window.__wangge
  const { board } = draft.state
  const u = board.at.get(unit)
  const { x, y } = map.project([board.lon[u], board.lat[u]])
  const box = map.getCanvas().getBoundingClientRect()
  return [box.left + x, box.top + y]
}"""
# A unit of another grid of the same community beside the grid, and one inside the grid.
BESIDE = """(code) => {
  const { board, working } = window.__wangge.draft.state
  const grid = working.number.get(code)
  for (let e = 0; e < board.edges; e++) {
    const [l, r] = [board.left[e], board.right[e]]
    if (r < 0) continue
    for (const [one, other] of [[l, r], [r, l]]) {
      const there = working.gridOf[other]
      if (working.gridOf[one] !== grid || there === grid || there < 0) continue
      if (!working.codes[there].startsWith(code.slice(0, 12))) continue
      return { mine: board.unit[one], other: board.unit[other], grid: working.codes[there] }
    }
  }
}"""


def codes(http, draft: int) -> list[str]:
    return [one["code"] for one in http.get(f"/drafts/{draft}").json()["grids"]
            if one["level"] == 3]  # fmt: skip


def stored(engine, draft: int, unit: int) -> str | None:
    with engine.connect() as connection:
        return connection.scalar(
            text("SELECT grid_code FROM draft_unit WHERE plan_id = :p AND unit_id = :u"),
            {"p": draft, "u": unit},
        )


def tool(page: Page, key: str) -> None:
    page.keyboard.press(key)


def sweep(page: Page, *spots: list[float]) -> None:
    (x, y), *rest = spots
    page.mouse.move(x, y)
    page.mouse.down()
    for to in rest:
        page.mouse.move(*to, steps=6)
    page.mouse.up()


def loop(page: Page, x: float, y: float, half: float = 12) -> None:
    corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
    sweep(page, *([x + dx, y + dy] for dx, dy in corners))


def version(page: Page, number: int) -> None:
    expect(page.get_by_test_id("editor")).to_have_attribute("data-version", str(number))
    expect(page.get_by_test_id("saved")).to_have_attribute("data-saved", "saved")
