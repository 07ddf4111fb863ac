"""The forecast with the weather on the page, files of days, hexagons that lead to their cases."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS
from tests.browser.test_leader import frame_of

HEAD = "日期,站点,平均气温,最低气温,最高气温,降水量,最大风速,积雪深度,来源,发布日期\n"


def open_forecast(visit, *given):
    page = visit(*given).open("leader?w=365&side=forecast&fl=0")
    expect(page.get_by_test_id("forecast")).to_be_visible(timeout=3 * WAIT_MS)
    return page


@pytest.mark.parametrize(("size", "language", "theme"),
                         [(DESKTOP, "zh-CN", "light"), (PHONE, "en", "dark")])  # fmt: skip
def test_the_weather_is_used_when_asked_and_the_page_says_whether_it_helped(
    visit, size, language, theme
):
    page = open_forecast(visit, language, size, theme)
    expect(page.get_by_test_id("forecast-weather")).to_have_count(0)
    page.get_by_test_id("forecast-with-weather").check()
    told = page.get_by_test_id("forecast-weather")
    expect(told).to_be_visible(timeout=3 * WAIT_MS)
    # The demo's weather has no part in its incidents.
    expect(told).to_have_attribute("data-helped", re.compile("same|worse"))
    expect(told).to_contain_text("没有用处" if language == "zh-CN" else "does not help")
    expect(told.locator("tbody tr")).to_have_count(4)
    expect(page).to_have_url(re.compile("fw=1"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert serious_faults(page) == []
    page.get_by_test_id("forecast-with-weather").uncheck()
    expect(told).to_have_count(0)


def test_a_table_of_days_is_checked_and_taken_in(visit, http):
    one = visit()
    page = one.open("leader?w=365&side=forecast&fl=0&fw=1")
    page.get_by_test_id("weather-import-open").click()
    good = "2024-03-01,南站,9,5,14,0,3,0,局,\n"

    def choose(text: str) -> None:
        page.get_by_test_id("weather-file").set_input_files(
            {"name": "days.csv", "mimeType": "text/csv", "buffer": (HEAD + text).encode()}
        )

    choose(good + "2024-03-02,南站,9,15,14,0,3,0,局,\n")
    page.get_by_test_id("weather-import-send").click()
    expect(page.get_by_test_id("weather-faults")).to_contain_text("最低气温高于")
    one.faults.clear()  # the browser itself reports the refusal
    choose(good)
    page.get_by_test_id("weather-import-send").click()
    expect(page.get_by_test_id("weather-import-told")).to_contain_text("1")
    page.get_by_test_id("weather-import-send").click()
    expect(page.get_by_test_id("weather-file")).to_have_count(0)
    jurisdiction = http.get("/jurisdictions").json()["items"][0]["id"]
    found = http.get("/weather", params={"jurisdiction": jurisdiction}).json()["items"]
    assert {one["place"]: one["days"] for one in found}["南站"] == 1


def test_a_hexagon_leads_to_exactly_its_cases(visit, http):
    page = visit().open("leader?w=365&style=hexagon")
    frame = frame_of(page)
    expect(frame.locator(".wg-panel")).to_contain_text("H3")
    city = frame.locator("path.wg-boundary").bounding_box()
    x, y = city["x"] + 0.3 * city["width"], city["y"] + 0.6 * city["height"]
    page.mouse.move(x, y)
    tip = frame.locator(".leaflet-tooltip").last
    expect(tip).to_contain_text("H3 8")
    count, cell = re.search(r"事件数 ([\d,]+)\s*H3 (\w{15})", tip.inner_text()).groups()
    page.mouse.click(x, y)
    expect(page).to_have_url(re.compile(rf"/dispatch\?.*cell={cell}"))
    expect(page.get_by_test_id("chip-cell")).to_contain_text(cell)
    expect(page.get_by_test_id("incident-row").first).to_be_visible()
    query = dict(one.split("=") for one in page.url.split("?")[1].split("&"))
    asked = {"jurisdiction": http.get("/jurisdictions").json()["items"][0]["id"], "cell": cell,
             "status": "all", "since": query["since"].replace("%3A", ":")}  # fmt: skip
    told = http.get("/desk/count", params=asked).json()
    assert told["count"] == int(count.replace(",", ""))
