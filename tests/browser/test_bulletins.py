"""Bulletins in use: made by hand, read, fetched as files, set to be made by themselves."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from pypdf import PdfReader

from gis.files.atlas_press import Press
from gis.settings import Settings
from gis.store.debian_press import press_environment
from gis.workflows.bulletins import print_what_lacks
from tests.browser.accessible import serious_faults
from tests.browser.conftest import DESKTOP, PHONE

WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


def test_a_bulletin_is_made_read_and_fetched(visit, engine, tmp_path):
    one = visit()
    page = one.page
    page.goto(f"{one.base}/leader/bulletins")
    page.get_by_test_id("bulletin-make").click()
    form = page.get_by_test_id("bulletin-form")
    page.get_by_test_id("bulletin-kind-month").check()
    page.get_by_test_id("bulletin-form-send").click()
    expect(form).to_be_hidden()
    # Until it is there the page shows the one that was looked at before.
    expect(page.get_by_test_id("bulletin").locator("h2")).to_contain_text("月通报")
    says = page.get_by_test_id("bulletin-says")
    expect(says).to_contain_text(re.compile("共上报 [0-9,]+ 件"))
    found = page.get_by_test_id("bulletin-found").inner_text()
    # What the worker does beside the service.
    assert print_what_lacks(
        engine, Press(environment=press_environment(Settings())), None, tmp_path
    )
    expect(page.get_by_test_id("bulletin-pdf")).to_be_visible()
    with page.expect_download() as pdf:
        page.get_by_test_id("bulletin-pdf").click()
    words = "".join(part.extract_text() for part in PdfReader(pdf.value.path()).pages)
    assert "月通报" in words and found in words and "模拟数据" in words
    with page.expect_download() as sheet:
        page.get_by_test_id("bulletin-xlsx").click()
    cells = load_workbook(io.BytesIO(sheet.value.path().read_bytes())).worksheets[0]
    assert int(found.replace(",", "")) in [row[1].value for row in cells.iter_rows(max_col=2)]
    page.get_by_test_id("bulletin-due").click()
    expect(page.get_by_test_id("chip-measure")).to_be_visible()
    assert not one.faults
    assert not one.outside


def test_a_schedule_is_set_and_shown_again(visit):
    one = visit("en")
    page = one.page
    page.goto(f"{one.base}/leader/bulletins")
    page.get_by_test_id("bulletin-schedule").click()
    form = page.get_by_test_id("bulletin-schedule-form")
    page.get_by_test_id("schedule-on-on").check()
    page.get_by_test_id("schedule-clock").fill("06:30")
    page.get_by_test_id("bulletin-schedule-form-send").click()
    expect(form).to_be_hidden()
    page.get_by_test_id("bulletin-schedule").click()
    expect(page.get_by_test_id("schedule-clock")).to_have_value("06:30")
    expect(form).to_contain_text("Set by")
    page.get_by_test_id("schedule-on-off").check()
    page.get_by_test_id("bulletin-schedule-form-send").click()
    expect(form).to_be_hidden()
    assert not one.faults


@pytest.mark.parametrize(
    ("language", "size", "theme"), [("zh-CN", DESKTOP, "dark"), ("en", PHONE, "light")]
)
def test_everybody_can_use_it(visit, language, size, theme):
    one = visit(language, size, theme)
    page = one.page
    page.goto(f"{one.base}/leader/bulletins")
    expect(page.get_by_test_id("bulletin-says")).to_be_visible()
    assert page.evaluate(WIDE) <= 0
    assert serious_faults(page) == []
    assert not one.faults
