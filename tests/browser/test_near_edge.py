"""Near a boundary the dispatcher sees who is next door, chooses, and drags a pin to its place."""

from __future__ import annotations

import json
from itertools import pairwise

import httpx
import pytest
import shapely
from playwright.sync_api import expect
from sqlalchemy import create_engine, text

METRES_A_DEGREE = 111_000


@pytest.fixture(scope="module")
def place(demo_url, base):
    """A place 12 m from the boundary of the two grids that share the longest straight piece."""
    engine = create_engine(demo_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT code, ST_AsBinary(g.geom) AS wkb FROM grid AS g JOIN plan AS p"
                " ON p.id = g.plan_id AND p.status = 'published' WHERE g.level = 3 ORDER BY code"
            )
        ).all()
    engine.dispose()
    shapes = {row.code: shapely.from_wkb(bytes(row.wkb)) for row in rows}
    tree = shapely.STRtree(list(shapes.values()))
    owner, shape = next(iter(shapes.items()))
    found = []
    for other in tree.query(shape, predicate="touches"):
        shared = shapely.line_merge(shape.boundary & list(shapes.values())[other].boundary)
        for line in shapely.get_parts(shared):
            points = shapely.get_coordinates(line)
            found += pairwise(points)
    (ax, ay), (bx, by) = max(found, key=lambda pair: shapely.LineString(pair).length)
    narrow = 0.82  # a degree of longitude there, in degrees of latitude
    across = shapely.LineString([(ax * narrow, ay), (bx * narrow, by)])
    for side in (12, -12):
        beside = across.offset_curve(side / METRES_A_DEGREE)
        middle = beside.interpolate(0.5, normalized=True)
        lon, lat = middle.x / narrow, middle.y
        if shapely.contains_xy(shape, lon, lat):
            break
    told = httpx.get(f"{base}/api/v1/route", params={"lon": lon, "lat": lat}, timeout=30).json()
    assert told["grid"]["code"] == owner
    assert 10 < told["edge"]["distance_m"] < 14
    return {"lon": lon, "lat": lat, "told": told}


def reported(base, place):
    report = {"category": "0301", "title": "墙边堆物", "source": "patrol"}
    made = httpx.post(
        f"{base}/api/v1/incidents", json=report | {"lon": place["lon"], "lat": place["lat"]}
    )
    assert made.status_code == 201
    return made.json()["id"]


@pytest.mark.parametrize(("language", "key"), [("zh-CN", "zh"), ("en", "en")])
def test_the_other_grid_is_named_and_chosen(visit, base, place, language, key):
    number = reported(base, place)
    page = visit(language).open(f"dispatch?incident={number}")
    edge, told = page.get_by_test_id("near-edge"), place["told"]
    own, other = told["grid"]["name"][key], told["edge"]["grid"]["name"][key]
    expect(edge).to_contain_text(other)
    expect(edge).to_contain_text(told["edge"]["person"]["name"])
    expect(edge).to_contain_text("12")
    page.get_by_test_id("choose-other").click()
    expect(page.get_by_test_id("choose-send")).to_be_disabled()
    page.get_by_test_id("choose-reason").fill("门牌在对面")
    page.get_by_test_id("choose-send").click()
    expect(page.get_by_test_id("case-grid")).to_have_text(other)
    expect(edge).to_contain_text(own)
    expect(page.get_by_test_id("rule")).to_be_visible()
    expect(page.get_by_test_id("history").locator("li").first).to_contain_text("门牌在对面")
    case = httpx.get(f"{base}/api/v1/incidents/{number}").json()
    assert [choice["reason"] for choice in case["choices"]] == ["门牌在对面"]


def test_a_pin_is_dragged_and_moved_by_keys_and_the_case_routed_again(visit, base, place):
    number = reported(base, place)
    one = visit("en")
    page = one.open(f"dispatch?incident={number}")
    page.get_by_test_id("move-pin").click()
    pin = page.get_by_test_id("pin-marker")
    expect(pin).to_be_visible()
    one.idle()
    box = pin.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 90, steps=6)
    page.mouse.up()
    form = page.get_by_test_id("move-form")
    start = f"{place['lon']:.5f}"
    expect(form).not_to_contain_text(start)
    dragged = form.locator(".num").inner_text()
    pin.focus()
    page.keyboard.press("ArrowLeft")
    expect(form.locator(".num")).not_to_have_text(dragged)
    expect(page.get_by_test_id("move-owner")).to_contain_text("Would belong to")
    page.get_by_test_id("move-reason").fill("wrong side of the street")
    page.get_by_test_id("move-send").click()
    expect(form).to_be_hidden()
    expect(pin).to_have_count(0)
    last = page.get_by_test_id("history").locator("li").first
    expect(last).to_contain_text("wrong side of the street")
    case = httpx.get(f"{base}/api/v1/incidents/{number}").json()
    assert (case["lon"], case["lat"]) != pytest.approx((place["lon"], place["lat"]), abs=1e-6)
    route = httpx.get(
        f"{base}/api/v1/route", params={"lon": case["lon"], "lat": case["lat"]}
    ).json()
    assert case["grid"] == route["grid"]
    assert case["history"][-1]["action"] == "move-pin"


def test_a_refused_choice_says_why_and_keeps_what_was_typed(visit, base, place):
    number = reported(base, place)
    one = visit("en")
    page = one.open(f"dispatch?incident={number}")
    page.get_by_test_id("choose-other").click()
    page.get_by_test_id("choose-reason").fill("across the street")
    refusal = {"code": "incident-changed", "detail": "Somebody else has changed the case."}
    page.route(
        "**/owner",
        lambda route: route.fulfill(
            status=409, body=json.dumps(refusal), content_type="application/problem+json"
        ),
    )
    page.get_by_test_id("choose-send").click()
    expect(page.get_by_test_id("near-edge").get_by_role("alert")).to_contain_text("Somebody else")
    expect(page.get_by_test_id("choose-reason")).to_have_value("across the street")
    one.faults.clear()  # the browser itself reports the refusal
