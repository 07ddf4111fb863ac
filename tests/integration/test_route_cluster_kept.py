"""What lies in OUT.parts: all that is needed to go on, nobody else's, and no more than is ours."""

from __future__ import annotations

import pickle
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from gis.errors import ConflictError, InputError
from gis.files import point_parts
from gis.files.owners import join_owners
from gis.progress import silent
from gis.report import Report
from gis.routing.locator import Locator
from gis.workflows import route_cluster, route_parts
from gis.workflows.route_cluster import route_on_cluster


def frame(number=300):
    lon = 113.6 + 1e-5 * np.arange(number)
    return pd.DataFrame({"point_id": [f"点{k}" for k in range(number)], "lon": lon, "lat": 34.74})


def cut(source, folder):
    report = Report()
    made = point_parts.cut_points(
        source, staged=folder / "points.parquet", report=report, crs=None, progress=silent
    )
    return made, report


def job_of(folder, points):
    locator = Locator.build(np.array([shapely.box(113, 34, 114, 35)], object), np.array(["a"]))
    (folder / route_parts.MARK).write_text("m")
    return route_parts.Job(
        points=points, folder=folder, suffix=".parquet", mark="m",
        locator=route_cluster._leave(folder, locator), size=points.path.stat().st_size,
        versions=route_parts.versions(),
    )  # fmt: skip


def test_a_part_without_any_good_row_joins_with_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(point_parts, "PART_BYTES", 1000)
    source = tmp_path / "点.csv"
    source.write_text(frame(100).to_csv(index=False) + "\n" * 3000, encoding="utf-8")
    points, _ = cut(source, tmp_path)
    job = job_of(tmp_path, points)
    done = [route_parts.route_part(job, part, k) for k, part in enumerate(points.parts)]
    assert all(part.error is None for part in done)
    assert not done[-1].rows
    parts = [route_parts.owners_path(job, part.number) for part in done]
    shares = list(join_owners(parts, tmp_path / "o.parquet", job.suffix, pa.string()))
    assert shares[-1] == 1
    assert pd.read_parquet(tmp_path / "o.parquet").point_id.tolist() == frame(100).point_id.tolist()


def test_what_a_worker_of_an_earlier_run_still_writes_is_not_taken(tmp_path):
    source = tmp_path / "p.csv"
    frame().to_csv(source, index=False)
    points, _ = cut(source, tmp_path)
    earlier = job_of(tmp_path, points)
    now = replace(earlier, mark="n")
    assert route_parts.route_part(earlier, points.parts[0], 0).error is None
    assert route_parts.finished(earlier, 0) is not None
    assert route_parts.finished(now, 0) is None
    assert not route_parts.owners_path(now, 0).exists()


class Planted:
    """Leaves a trace where somebody reads it."""

    def __reduce__(self):
        return exec, ("open(__import__('os').environ['TRACE'], 'w').close()",)


def test_a_locator_that_the_client_did_not_leave_is_never_read(tmp_path, monkeypatch):
    monkeypatch.setenv("TRACE", str(tmp_path / "trace"))
    source = tmp_path / "p.csv"
    frame().to_csv(source, index=False)
    points, _ = cut(source, tmp_path)
    job = job_of(tmp_path, points)
    (tmp_path / route_parts.LOCATOR).write_bytes(pickle.dumps(Planted()))
    done = route_parts.route_part(job, points.parts[0], 0)
    assert done.error is not None
    assert done.error[0] == "dask-path-not-shared"
    assert not (tmp_path / "trace").exists()
    assert route_parts.route_part(job_of(tmp_path, points), points.parts[0], 0).error is None


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path, monkeypatch):
    out = tmp_path / "o.csv"
    (tmp_path / "o.csv.parts").mkdir()
    (tmp_path / "o.csv.parts" / "论文.docx").write_text("three years")
    with pytest.raises(ConflictError) as refused, route_cluster._kept(out):
        raise InputError("table-empty", file="p.csv")
    assert refused.value.code == "dask-folder-taken"
    assert (tmp_path / "o.csv.parts" / "论文.docx").read_text() == "three years"


def test_somebody_else_s_folder_is_refused(tmp_path, monkeypatch):
    theirs = tmp_path / "o.csv.parts"
    theirs.mkdir()
    mine = route_cluster.os.fstat
    monkeypatch.setattr(
        route_cluster.os, "fstat",
        lambda number: replace_uid(mine(number), theirs.stat().st_uid + 1),
    )  # fmt: skip
    with pytest.raises(ConflictError) as refused, route_cluster._kept(tmp_path / "o.csv"):
        pass
    assert refused.value.code == "dask-folder-taken"


def replace_uid(found, uid):
    return type(found)([*found[:4], uid, *found[5:10]])


@pytest.mark.parametrize("kind", ["xlsx", "geojson", "wrong name"])
def test_a_run_that_goes_on_tells_what_was_found_in_a_copied_file(tmp_path, kind):
    points = frame()
    if kind == "xlsx":
        points["lon"] = points.lon.astype(object)
        points.loc[7, "lon"] = "abc"
        source = tmp_path / "p.xlsx"
        points.to_excel(source, index=False)
    else:
        shapes = gpd.GeoSeries(gpd.points_from_xy(points.lon, points.lat), crs=4326)
        shapes[7] = shapely.LineString([(113, 34), (114, 35)])
        source = tmp_path / ("p.geojson" if kind == "geojson" else "p.gpkg")
        gpd.GeoDataFrame(points[["point_id"]], geometry=shapes).to_file(source)
        if kind == "wrong name":
            source = source.rename(tmp_path / "p.shp")
    _, first = cut(source, tmp_path)
    _, again = cut(source, tmp_path)
    wanted = {
        "xlsx": ["number-unreadable"],
        "geojson": ["geometry-wrong-kind"],
        "wrong name": ["file-wrong-extension", "geometry-wrong-kind"],
    }
    assert sorted(it.code for it in first.findings) == wanted[kind]
    assert again.findings == first.findings


def test_points_that_are_not_there_are_told_as_such(tmp_path):
    with pytest.raises(InputError) as refused:
        route_on_cluster(
            tmp_path / "g.gpkg", tmp_path / "p.csv", tmp_path / "o.csv", scheduler="tcp://[::1]:9"
        )
    assert refused.value.code == "file-missing"
