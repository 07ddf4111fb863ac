"""Rules on their page: ordered by keys, tried on a place, ended with a reason."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def rules(base):
    """Two rules before all others that fit the same cases, and a place in a basic grid."""
    http = httpx.Client(base_url=f"{base}/api/v1", timeout=30)
    (jurisdiction,) = http.get("/jurisdictions").json()["items"]
    of = {"jurisdiction": jurisdiction["id"]}
    listed = http.get("/organisations", params=of).json()["items"]
    departments = [one for one in listed if one["kind"] == "department"][:2]
    for name, department in zip(("乙规则", "甲规则"), departments, strict=True):
        rule = {
            "name_zh": name, "effect": "override", "categories": ["03"],
            "organisation_id": department["id"], "reason": "测试", "position": 1,
        }  # fmt: skip
        assert http.post("/rules", json=of | rule).status_code == 201
    grids = http.get(f"/plans/{jurisdiction['published_plan_id']}/grids").json()["items"]
    lon, lat = grids[0]["centroid"]
    yield {"of": of, "http": http, "pin": f"{lon:.6f},{lat:.6f}"}
    http.close()


def test_the_order_is_changed_by_keys_and_decides_the_next_trial(visit, rules):
    page = visit().open("rules")
    rows = page.get_by_test_id("rule-row")
    expect(rows.first).to_contain_text("甲规则")
    page.get_by_test_id("grip").nth(1).focus()
    page.keyboard.press("ArrowUp")
    expect(rows.first).to_contain_text("乙规则")
    expect(page.get_by_test_id("grip").first).to_be_focused()
    page.get_by_test_id("order-reason").fill("乙在前")
    page.get_by_test_id("order-send").click()
    expect(page.get_by_test_id("order-form")).to_have_count(0)
    page.goto(f"{page.url.split('/rules')[0]}/rules?tab=try&category=0301&pin={rules['pin']}")
    expect(page.get_by_test_id("trial-winner")).to_contain_text("乙规则")
    expect(page.get_by_test_id("verdicts").locator("li").nth(1)).to_contain_text("甲规则")
    names = rules["http"].get("/rules", params=rules["of"]).json()["items"]
    assert [rule["name"]["zh"] for rule in names][:2] == ["乙规则", "甲规则"]


def test_somebody_elses_change_is_told_and_shown(visit, rules):
    one = visit("en")
    page = one.open("rules")
    rows = page.get_by_test_id("rule-row")
    before = rows.count()
    role = {"name_zh": "丙规则", "effect": "refine", "role": "officer", "reason": "测试"}
    assert rules["http"].post("/rules", json=rules["of"] | role).status_code == 201
    page.get_by_test_id("grip").first.focus()
    page.keyboard.press("ArrowDown")
    page.get_by_test_id("order-reason").fill("mine")
    page.get_by_test_id("order-send").click()
    expect(rows).to_have_count(before + 1)
    expect(page.get_by_role("alert")).to_be_visible()
    one.faults.clear()  # the browser itself reports the refusal


def test_a_rule_is_written_on_the_page_and_ended(visit, rules):
    page = visit("en").open("rules")
    page.get_by_test_id("add-rule").click()
    page.get_by_test_id("rule-form-send").click()
    form = page.get_by_test_id("rule-form")
    expect(form.get_by_role("alert")).to_have_count(3)
    page.get_by_test_id("rule-name").fill("夜间交民警")
    page.get_by_test_id("target-role").click()
    page.get_by_test_id("rule-role").select_option("officer")
    page.get_by_test_id("rule-reason").fill("trial")
    page.get_by_test_id("rule-form-send").click()
    row = page.get_by_test_id("rule-row").filter(has_text="夜间交民警")
    expect(row).to_contain_text("Police officer")
    row.get_by_test_id("end-rule").click()
    page.get_by_test_id("end-reason").fill("over")
    page.get_by_test_id("end-form-send").click()
    expect(row).to_have_count(0)
