"""Every row has one status; a wrong coordinate system and faults of grids are told in numbers."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.geometry import from_metric, metric_crs, projector, wgs84_to_bd09, wgs84_to_gcj02
from gis.messages import LANGUAGES
from gis.report import Report
from gis.routing.batch import STATUSES, CrsDoubt, route_batch
from gis.routing.locator import Locator
from gis.routing.survey import survey
from tests.unit.routing.exact_reference import lattice, moved

RNG = np.random.default_rng(4)


@pytest.fixture(scope="module")
def town() -> Locator:
    """Thirty grids of some 400 m in Zhengzhou."""
    grids = moved(lattice(6, 5, 0.2, np.random.default_rng(1)), 0.004, 113.60, 34.74)
    return Locator.build(grids, [f"{k:02}" for k in range(30)])


def places(number: int) -> tuple[np.ndarray, np.ndarray]:
    return RNG.uniform(113.6001, 113.6239, number), RNG.uniform(34.7401, 34.7599, number)


def in_system(code: int, lon: np.ndarray, lat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Easting and northing in a projected system."""
    x, y = shapely.get_coordinates(projector(4326, code)(shapely.points(lon, lat))).T
    return x, y


def test_each_point_has_one_status(town):
    lon = [113.61, 113.5, np.nan, np.inf, 500.0, 113.61]
    lat = [34.75, 34.75, 34.75, 34.75, 34.75, 95.0]
    routed = route_batch(town, lon, lat)
    told = [STATUSES[k] for k in routed.statuses]
    assert told == ["inside", "outside", "invalid", "invalid", "invalid", "invalid"]
    assert ((routed.grids >= 0) == (routed.statuses == 0)).all()


def test_points_in_other_systems_find_the_same_grids(town):
    lon, lat = places(500)
    expected = route_batch(town, lon, lat).grids
    for name, shift in (("gcj02", wgs84_to_gcj02), ("bd09", wgs84_to_bd09)):
        assert (route_batch(town, *shift(lon, lat), crs=name).grids == expected).all()
    crs = metric_crs((113.6, 34.74))
    xy = shapely.get_coordinates(from_metric(shapely.points(5e5, 3.8e6), crs))
    back = route_batch(town, [5e5], [3.8e6], crs=crs)
    assert np.allclose([back.lon[0], back.lat[0]], xy[0])


@pytest.mark.parametrize(
    "stated, shift, reading",
    [
        ("EPSG:4326", wgs84_to_gcj02, "gcj02"),
        ("EPSG:4326", wgs84_to_bd09, "bd09"),
        ("EPSG:4326", lambda lon, lat: (lat, lon), "swapped"),
        ("bd09", lambda lon, lat: (lon, lat), "EPSG:4326"),
        ("EPSG:4547", lambda lon, lat: (lon, lat), "EPSG:4326"),
        ("EPSG:4547", lambda lon, lat: in_system(4546, lon, lat), "EPSG:4546"),
        ("EPSG:4547", lambda lon, lat: in_system(4526, lon, lat), "EPSG:4526"),
        ("EPSG:4547", lambda lon, lat: in_system(4497, lon, lat), "EPSG:4497"),
        ("EPSG:4547", lambda lon, lat: in_system(4547, lon, lat)[::-1], "swapped"),
        ("EPSG:4326", lambda lon, lat: in_system(4547, lon, lat), "EPSG:4547"),
        ("gcj02", lambda lon, lat: in_system(4526, lon, lat), "EPSG:4526"),
    ],
)
def test_a_wrong_system_is_suspected_with_numbers_and_remedy(town, stated, shift, reading):
    doubt, report = CrsDoubt(locator=town, crs=stated), Report()
    for _ in range(5):
        doubt.watch(*shift(*places(400)))
    doubt.report(report)
    (finding,) = report.findings
    assert finding.outcome == "warned"
    assert finding.params["reading"] == reading
    assert finding.params["inside_then"] > finding.params["inside"]
    for language in LANGUAGES:
        text = finding.text(language)
        assert "{" not in text
        assert reading in text or reading == "swapped"


@pytest.mark.parametrize("strays", [0, 1, 60, 400])
def test_points_off_the_grids_for_other_reasons_raise_no_suspicion(town, strays):
    doubt, report = CrsDoubt(locator=town), Report()
    doubt.watch(*places(400))
    doubt.watch(RNG.uniform(113, 114, strays), RNG.uniform(34, 35, strays))
    doubt.watch([np.nan], [np.inf])
    doubt.report(report)
    assert not report.findings


@pytest.mark.parametrize("code", [4547, 4526, 32650, 3857])
def test_the_right_projected_system_raises_no_suspicion(town, code):
    doubt, report = CrsDoubt(locator=town, crs=f"EPSG:{code}"), Report()
    doubt.watch(*in_system(code, *places(400)))
    doubt.watch(*in_system(code, RNG.uniform(113, 114, 60), RNG.uniform(34, 35, 60)))
    doubt.report(report)
    assert not report.findings


def test_no_points_raise_no_suspicion(town):
    report = Report()
    CrsDoubt(locator=town).report(report)
    nowhere = CrsDoubt(locator=Locator.build([None], ["a"]))
    nowhere.watch([113.6] * 9, [34.7] * 9)
    nowhere.report(report)
    assert not report.findings


def square(x_m: float, y_m: float, side_m: float):
    """A square in metres from a corner of the town."""
    crs = metric_crs((113.6, 34.74))
    return from_metric(shapely.box(x_m, y_m, x_m + side_m, y_m + side_m), crs)


def test_overlaps_and_gaps_are_measured_and_placed():
    grids = np.array(
        [
            square(5e5, 3.8e6, 100) - square(5e5 + 10, 3.8e6 + 10, 5),
            square(5e5 + 90, 3.8e6, 100),
            square(5e5 + 300, 3.8e6, 50),
            square(5e5 + 310, 3.8e6 + 10, 10),
        ],
        object,
    )
    found = survey(grids, np.array(["a", "b", "c", "inside c"]))
    assert [fault.codes for fault in found.overlaps] == [("a", "b"), ("c", "inside c")]
    assert [fault.area_m2 for fault in found.overlaps] == pytest.approx([1000, 100], rel=1e-3)
    assert [fault.area_m2 for fault in found.gaps] == pytest.approx([25], rel=1e-3)
    for fault, shape in zip(found.overlaps, (grids[0] & grids[1], grids[3]), strict=True):
        assert shape.intersects(shapely.Point(fault.lon, fault.lat))
    report = Report()
    found.add_to(report)
    assert [it.code for it in report.findings] == ["routing-overlaps", "routing-gaps"]
    for language in LANGUAGES:
        for finding in report.findings:
            assert "{" not in finding.text(language)


def test_a_clean_partition_has_no_faults(town):
    grids = moved(lattice(6, 5, 0.2, np.random.default_rng(1)), 0.004, 113.60, 34.74)
    found = survey(grids, np.arange(30))
    assert found.overlaps == found.gaps == ()
    assert survey(np.array([None], object), np.array(["a"])).gaps == ()
