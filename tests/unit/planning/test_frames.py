"""Planning on arrays and GeoDataFrames, in any coordinate system; and the examples in the docs."""

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import InputError
from gis.planning.frames import grids_frame, units_from_frame
from gis.planning.generate import generate_plan
from gis.planning.model import PlanRequest, Units
from tests.unit.planning.drawn import city

DOCS = Path(__file__).parents[3] / "docs" / "balancing.md"
CITY = city(12, 9)
REQUEST = PlanRequest(grids=5, tolerance=0.1, effort=0.2)


def frame(crs=4547, **columns):
    """The drawn city in Zhengzhou."""
    shapes = shapely.transform(CITY.polygons, lambda xy: xy + np.array([460_000, 3_850_000]))
    values = {"unit_id": CITY.unit_id, "pop": CITY.columns["pop"], **columns}
    return gpd.GeoDataFrame(values, geometry=list(shapes), crs=4547).to_crs(crs)


@pytest.mark.parametrize("crs", [4547, 4326, 4490, 3857, 32649, 2263, "+proj=longlat +lon_0=90"])
def test_any_coordinate_system_is_measured_in_metres_and_given_back(crs):
    given = frame(crs)
    units = units_from_frame(given)
    assert np.allclose(shapely.area(units.polygons), shapely.area(CITY.polygons), rtol=1e-3)
    plan = generate_plan(units, REQUEST)
    grids = grids_frame(given, units, plan)
    assert grids.crs == given.crs and list(grids["grid_id"]) == list(plan.grid_ids)
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    given["grid_id"] = plan.grid_of_unit()
    together = given.dissolve("grid_id").geometry.to_numpy()
    off = shapely.area(shapely.symmetric_difference(together, grids.geometry.to_numpy()))
    assert off.max() < 1e-6 * shapely.area(together).max()
    people = given.groupby("grid_id")["pop"].sum()
    assert np.allclose(grids["pop"], people) and grids["contiguous"].all()
    assert np.abs(grids["deviation"]).max() == pytest.approx(plan.certificate.max_deviation)


def test_names_of_columns_the_index_and_other_loads_are_as_the_caller_has_them():
    given = frame(人口=CITY.columns["pop"]).drop(columns="pop").set_index("unit_id")
    given["cases"] = pd.array(range(len(given)), dtype="Int64")
    units = units_from_frame(given, unit_id=None, columns={"pop": "人口", "cases": "cases"})
    plan = generate_plan(units, PlanRequest(grids=4, balance="cases", tolerance=0.2, effort=0.2))
    grids = grids_frame(given, units, plan, simplify_m=20)
    assert grids["load"].tolist() == grids["cases"].tolist()
    assert grids["cases"].sum() == given["cases"].sum()
    assert grids["pop"].sum() == pytest.approx(given["人口"].sum())
    assert shapely.coverage_is_valid(grids.geometry.to_numpy())
    ids = [str(name) for name in plan.grid_of_unit()]
    assert grids_frame(given, units, ids)["units"].tolist() == grids["units"].tolist()


def bad(code, given, **more):
    with pytest.raises(InputError) as refused:
        units_from_frame(given, **more)
    assert refused.value.code == code and "{" not in str(refused.value).replace('{"pop"', "")
    return refused.value.params


def test_what_cannot_be_used_is_named():
    bad("frame-no-geometry", pd.DataFrame({"unit_id": ["a"], "pop": [1]}))
    bad("frame-crs-missing", frame().set_crs(None, allow_override=True))
    bad("frame-outside-world", frame().set_crs(4326, allow_override=True))
    assert "pop" in bad("frame-column-missing", frame(), columns=["people"])["found"]
    bad("frame-column-missing", frame(), unit_id="id")
    bad("plan-no-units", frame().iloc[:0])
    shapes = frame().geometry.tolist()
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for code, shape in (
        ("frame-no-polygon", None), ("frame-no-polygon", shapely.Point(4.6e5, 3.85e6)),
        ("frame-no-polygon", shapely.Polygon()), ("frame-invalid", bow),
    ):  # fmt: skip
        mixed = frame().set_geometry([*shapes[:3], shape, *shapes[4:]], crs=4547)
        assert bad(code, mixed)["unit"] == "b00003"
    for value in (np.nan, -1.0, np.inf, None, "many"):
        people = [*CITY.columns["pop"][:5], value, *CITY.columns["pop"][6:]]
        assert bad("plan-value-invalid", frame(pop=people))["unit"] == "b00005"
    for value in (None, np.nan, pd.NA, ""):
        ids = [*CITY.unit_id[:5], value, *CITY.unit_id[6:]]
        assert bad("plan-unit-id-missing", frame(unit_id=ids))["row"] == 6
    ids = [*CITY.unit_id[:5], "b00001", *CITY.unit_id[6:]]
    assert bad("plan-unit-id-duplicate", frame(unit_id=ids))["unit"] == "b00001"


def test_frame_units_and_plan_of_different_lengths_are_refused():
    given = frame()
    units = units_from_frame(given)
    for rows, plan in ((given.iloc[1:], ["a"] * 108), (given, ["a"] * 107)):
        with pytest.raises(InputError) as refused:
            grids_frame(rows, units, plan)
        assert refused.value.code == "frame-length"


def test_lists_are_taken_for_arrays_and_their_lengths_compared():
    shapes = [shapely.box(x, 0, x + 100, 100) for x in range(0, 600, 100)]
    units = Units(unit_id=range(6), polygons=shapes, columns={"pop": [1, 2, 3, 3, 2, 1]})
    plan = generate_plan(units, PlanRequest(grids=2))
    assert plan.labels.tolist() in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])
    for more in ({"polygons": shapes[1:]}, {"columns": {"pop": [1]}}, {"columns": {"pop": [[1]]}}):
        given = {"unit_id": range(6), "polygons": shapes, "columns": {}, **more}
        with pytest.raises(InputError) as refused:
            Units(**given)
        assert refused.value.code == "plan-column-length"


def test_the_examples_of_the_documentation_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame(4490).rename(columns={"pop": "人口"}).to_file("units.gpkg")
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.S)
    assert len(blocks) >= 2
    known: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(DOCS), "exec"), known)
    written = gpd.read_file("grids.gpkg")
    assert len(written) == 6 and written.crs == 4490
