"""Help in the editor: a draft evened out, the next move done, and a draft drawn by a search."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from gis.store.engine import acting
from gis.workflows.boards import Boards
from gis.workflows.drafts import copy_plan

# The neighbours of the first grid give it whatever touches it.
TAKE = """
UPDATE draft_unit SET grid_code = :code WHERE plan_id = :plan AND unit_id IN (
  SELECT CASE WHEN l.grid_code = :code THEN e.right_id ELSE e.left_id END FROM unit_edge AS e
  JOIN draft_unit AS l ON l.plan_id = :plan AND l.unit_id = e.left_id
  JOIN draft_unit AS r ON r.plan_id = :plan AND r.unit_id = e.right_id
  WHERE (l.grid_code = :code) <> (r.grid_code = :code)
    AND left(l.grid_code, 12) = left(r.grid_code, 12))
"""


@pytest.fixture
def draft(engine, base) -> tuple[int, str]:
    """A draft whose first grid has taken too much, and the code of that grid."""
    with acting(engine, "tests", action="create") as connection:
        plan, of = connection.execute(
            text("SELECT id, jurisdiction_id FROM plan WHERE status = 'published'")
        ).one()
        made = copy_plan(
            connection, plan, jurisdiction_id=of, name="失衡", note=None, actor="tests",
            account_id=None,
        )  # fmt: skip
    Boards().prepare(engine, made)
    with engine.begin() as connection:
        code = connection.scalar(
            text("SELECT min(grid_code) FROM draft_unit WHERE plan_id = :plan"), {"plan": made}
        )
        connection.execute(text(TAKE), {"plan": made, "code": code})
    return made, str(code)


def worst(base: str, plan: int) -> float:
    told = httpx.get(f"{base}/api/v1/drafts/{plan}/figures", timeout=60).json()
    return float(told["levels"]["3"]["max_deviation"])


def test_the_next_move_and_a_search_even_a_draft_out(base, visit, worker, draft):
    plan, _ = draft
    before = worst(base, plan)
    assert before > 0.1
    one = visit("zh-CN")
    one.page.add_init_script("localStorage.setItem('wangge.guide.editor', 'seen')")
    page = one.open(f"plan?draft={plan}")
    page.get_by_test_id("tab-help").click()
    page.get_by_test_id("suggestion").first.click()
    expect(page.get_by_test_id("suggestion").first).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("suggestion-do").click()
    expect(page.get_by_test_id("editor")).to_have_attribute("data-version", "1")
    after_one = worst(base, plan)
    assert after_one < before

    page.get_by_test_id("rebalance-seconds").select_option("5")
    page.get_by_test_id("rebalance-start").click()
    expect(page.get_by_test_id("proposal")).to_be_visible(timeout=120_000)
    assert worst(base, plan) == after_one  # a preview changes nothing
    assert page.evaluate("window.__wangge.draft.state.preview.units.length") > 0
    page.get_by_test_id("proposal-take").click()
    expect(page.get_by_test_id("editor")).to_have_attribute("data-version", "2")
    assert worst(base, plan) <= 0.05 + 1e-9
    expect(page.get_by_test_id("suggestions-none")).to_be_visible()
    assert not one.faults and not one.outside
