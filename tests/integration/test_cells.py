"""Hexagons are H3 cells: the page names them, and the list of one has the cases counted in it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import h3
import httpx
import numpy as np
import pytest

from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.integration.incidents_help import report_many
from tests.server import serving


@pytest.fixture(scope="module")
def town(maintenance_url, template_database, tmp_path_factory):
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        made = make_town(engine)
        rng = np.random.default_rng(6)
        for mark, category in (("a-", "01"), ("b-", "02")):
            report_many(
                engine, made, rng.uniform(WEST, WEST + 4 * STEP, 600),
                rng.uniform(SOUTH, SOUTH + 4 * STEP, 600), rng.uniform(0, 100, 600), mark=mark,
                category=category,
            )  # fmt: skip
        folder = tmp_path_factory.mktemp("data")
        with serving(url, folder) as base, httpx.Client(base_url=base, timeout=60) as http:
            yield engine, made, http
        engine.dispose()


def page(http, made, **asked):
    answer = http.get(
        "/heatmaps/incidents",
        params={"jurisdiction": made.jurisdiction_id, "style": "hexagon", "lang": "en", **asked},
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def drawn(text):
    """Cells by name with their corners and counts in the whole window."""
    layer = json.loads(re.search(r'"layer":(\{.*?\}),"linked"', text).group(1))
    shapes = json.loads(re.search(r'"shapes":(\{"rings".*?\})\}\)', text).group(1))
    whole = layer["frames"][0]
    counts = dict(zip(whole["i"], whole["v"], strict=True))
    return {
        name: (ring, counts.get(at, 0))
        for at, (name, ring) in enumerate(zip(shapes["cells"], shapes["rings"], strict=True))
    }


def listed(http, made, **asked):
    found, cursor = [], None
    while True:
        params = {"jurisdiction": made.jurisdiction_id, "limit": 200, **asked}
        answer = http.get(
            "/api/v1/incidents", params=params | ({"cursor": cursor} if cursor else {})
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found += told["items"]
        cursor = told["next"]
        if not cursor:
            return found


def test_hexagons_are_cells_of_h3_with_their_outlines(town):
    _, made, http = town
    cells = drawn(page(http, made))
    assert sum(count for _, count in cells.values()) == 1200
    for name, (ring, count) in cells.items():
        assert count > 0
        assert h3.is_valid_cell(name)
        assert np.allclose(ring, h3.cell_to_boundary(name), atol=1e-6)
    assert len({h3.get_resolution(name) for name in cells}) == 1


def test_the_list_of_a_cell_has_exactly_the_cases_counted_in_it(town):
    _, made, http = town
    resolution = None
    for name, (_, count) in sorted(drawn(page(http, made)).items())[::5]:
        resolution = h3.get_resolution(name)
        cases = listed(http, made, cell=name)
        assert len(cases) == count
        assert {h3.latlng_to_cell(one["lat"], one["lon"], resolution) for one in cases} == {name}
        assert [one["id"] for one in cases] == sorted((one["id"] for one in cases), key=lambda it: (
            next(c["reported_at"] for c in cases if c["id"] == it), it), reverse=True)  # fmt: skip
    narrow = drawn(page(http, made, category="02"))
    name, (_, count) = max(narrow.items(), key=lambda item: item[1][1])
    assert len(listed(http, made, cell=name, category="02")) == count
    asked = {"jurisdiction": made.jurisdiction_id, "cell": name, "status": "open"}
    assert http.get("/api/v1/desk/count", params=asked).json()["count"] == len(
        listed(http, made, cell=name, status="open")
    )


def test_cells_of_any_other_resolution_are_listed_too(town):
    _, made, http = town
    name = max(drawn(page(http, made)).items(), key=lambda item: item[1][1])[0]
    parent = h3.cell_to_parent(name)
    of_parent = listed(http, made, cell=parent)
    children = {one["id"] for child in h3.cell_to_children(parent) for one in
                listed(http, made, cell=child)}  # fmt: skip
    inside = {
        one["id"] for one in listed(http, made)
        if h3.latlng_to_cell(one["lat"], one["lon"], h3.get_resolution(parent)) == parent
    }  # fmt: skip
    assert {one["id"] for one in of_parent} == inside
    assert len(inside & children) >= 0.8 * len(inside)  # children overlap their parents' edges
    assert listed(http, made, cell=h3.latlng_to_cell(0, 0, 9)) == []
    refused = http.get(
        "/api/v1/incidents", params={"jurisdiction": made.jurisdiction_id, "cell": "nowhere"}
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "h3-cell-invalid")


def test_a_cell_and_a_figure_are_asked_together(town):
    _, made, http = town
    name, (_, count) = max(drawn(page(http, made)).items(), key=lambda item: item[1][1])
    both = listed(http, made, cell=name, measure="found")
    assert {one["id"] for one in both} == {one["id"] for one in listed(http, made, cell=name)}
    assert len(both) == count < len(listed(http, made, measure="found"))


def test_a_new_case_is_in_its_cell_at_once(town):
    engine, made, http = town
    name, (_, count) = max(drawn(page(http, made)).items(), key=lambda item: item[1][1])
    lat, lon = h3.cell_to_latlng(name)
    report_many(engine, made, [lon], [lat], [0.01], mark="new-")
    assert len(listed(http, made, cell=name)) == count + 1
    assert drawn(page(http, made))[name][1] == count + 1


def test_the_exported_file_names_its_cells(town):
    _, made, http = town
    text = page(http, made, download=True)
    assert drawn(text).keys() == drawn(page(http, made)).keys()
    assert '"linked":false' in text.replace(" ", "")


def test_rates_and_periods_are_of_the_same_cells(town):
    _, made, http = town
    since = (datetime.now(UTC) - timedelta(days=90)).isoformat()
    text = page(http, made, since=since, play="month", per="area")
    layer = json.loads(re.search(r'"layer":(\{.*?\}),"linked"', text).group(1))
    whole, *months = layer["frames"]
    assert sum(one["n"] for one in months) == whole["n"]
    names = list(drawn(text))
    per_km2 = [1e6 / h3.cell_area(name, unit="m^2") for name in names]
    assert np.allclose(layer["rate"], per_km2, rtol=1e-4)
