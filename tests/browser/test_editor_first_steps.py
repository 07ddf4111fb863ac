"""A newcomer follows the first steps with the mouse, until a practice draft is even and sent."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import text

from tests.browser.editing import sweep

# Where a sweep from the picked grid over a fuller neighbour of its community begins and ends.
FULLER = """() => {
  const { map, draft } = window.__wangge
  const { board, working, figures, selection } = draft.state
  const grid = working.number.get(selection)
  const load = new Map(figures.grids(3).map((row) => [row.code, row.deviation]))
  const box = map.getCanvas().getBoundingClientRect()
  const spot = (u) => {
    const { x, y } = map.project([board.lon[u], board.lat[u]])
    return [box.left + x, box.top + y]
  }
  let best = null
  for (let e = 0; e < board.edges; e++) {
    const [l, r] = [board.left[e], board.right[e]]
    for (const [mine, other] of [[l, r], [r, l]]) {
      if (mine < 0 || other < 0 || working.gridOf[mine] !== grid) continue
      const code = working.codes[working.gridOf[other]]
      if (code === selection || !code.startsWith(selection.slice(0, 12))) continue
      if (!best || load.get(code) > best.load) best = { load: load.get(code), mine, other }
    }
  }
  return [spot(best.mine), spot(best.other)]
}"""
# How far the basic grids of a draft are from the fair share of their sub-district.
FURTHEST = """
WITH load AS (
  SELECT grid_code, sum(u.population) AS people FROM draft_unit AS d
  JOIN unit AS u ON u.id = d.unit_id WHERE d.plan_id = :plan GROUP BY grid_code
), fair AS (SELECT left(grid_code, 9) AS area, avg(people) AS people FROM load GROUP BY 1)
SELECT max(abs(load.people / fair.people - 1)) FROM load JOIN fair ON fair.area = left(grid_code, 9)
"""


def test_whoever_does_what_the_page_says_ends_with_an_even_draft(engine, worker, visit):
    one = visit("zh-CN")
    page = one.open("plan")
    page.get_by_test_id("practise").click()
    guide = page.get_by_test_id("guide")
    expect(guide).to_have_attribute("data-step", "pick")
    plan = int(page.url.split("draft=")[1].split("&")[0])

    def furthest() -> float:
        with engine.connect() as connection:
            return float(connection.scalar(text(FURTHEST), {"plan": plan}))

    assert furthest() > 0.2
    page.get_by_test_id("guide-worst").click()
    expect(guide).to_have_attribute("data-step", "brush")
    page.get_by_test_id("guide-brush").click()
    expect(guide).to_have_attribute("data-step", "paint")
    one.idle()
    picked = page.get_by_test_id("live-figures").get_attribute("data-code")
    before = float(page.evaluate("window.__wangge.draft.state.figures.grids(3)"
                                 f".find((row) => row.code === '{picked}').deviation"))  # fmt: skip
    assert before < -0.2  # the worst of the practice has too little
    for stroke in range(1, 4):
        sweep(page, *page.evaluate(FULLER))
        expect(page.get_by_test_id("editor")).to_have_attribute("data-version", str(stroke))
        if guide.get_attribute("data-step") != "paint":
            break
    after = float(page.evaluate("window.__wangge.draft.state.figures.grids(3)"
                                f".find((row) => row.code === '{picked}').deviation"))  # fmt: skip
    assert after > before
    if guide.get_attribute("data-step") == "paint":
        page.get_by_test_id("guide-next").click()

    # "What to move next" is open by now; its first move is looked at, and done.
    expect(guide).to_have_attribute("data-step", "next")
    page.get_by_test_id("suggestion").first.click()
    page.get_by_test_id("suggestion-do").click()
    expect(guide).to_have_attribute("data-step", "even")
    page.get_by_test_id("rebalance-seconds").select_option("30")  # a busy machine is slow
    page.get_by_test_id("rebalance-start").click()
    page.get_by_test_id("proposal-take").click(timeout=120_000)
    expect(guide).to_have_attribute("data-step", "compare")
    assert furthest() <= 0.05 + 1e-9

    page.get_by_test_id("guide-compare").click()
    expect(page.get_by_test_id("compare-table")).to_be_visible()
    page.get_by_test_id("compare-back").click()
    expect(guide).to_have_attribute("data-step", "review")
    page.get_by_test_id("review-send").click()
    expect(page.get_by_test_id("review-panel")).to_have_attribute("data-state", "waiting")
    page.get_by_test_id("guide-finish").click()
    expect(guide).to_have_count(0)
    with engine.connect() as connection:
        status = connection.scalar(text("SELECT status FROM plan WHERE id = :id"), {"id": plan})
    assert status == "in_review"
    assert furthest() <= 0.05 + 1e-9

    # Who has seen it is not shown it again, unless they ask.
    one.open(f"plan?draft={plan}")
    expect(page.get_by_test_id("read-only")).to_be_visible()
    expect(guide).to_have_count(0)


def test_the_list_says_what_is_for_practice(visit, draft):
    page = visit("en").open("plan")
    page.get_by_test_id("practise").click()
    expect(page.get_by_test_id("guide")).to_be_visible()
    page.get_by_test_id("skip-guide").click()
    page.get_by_test_id("leave-draft").click()
    page.get_by_test_id("open-drafts").click()
    first = page.get_by_test_id("draft").first
    expect(first).to_contain_text("To be balanced")
    expect(first).to_contain_text("practice")
    expect(first).to_contain_text("Synthetic")
    expect(page.locator(f'[data-testid="draft"][data-plan="{draft}"]')).not_to_contain_text(
        "practice"
    )
