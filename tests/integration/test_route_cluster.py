"""Routing over a real dask cluster on loopback gives what `route_file` gives, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from distributed import LocalCluster
from typer.testing import CliRunner

from api.cli import build
from gis.errors import ConflictError, InputError, UnavailableError, WanggeError
from gis.files import point_parts
from gis.progress import silent
from gis.report import Report
from gis.workflows import route_cluster, route_parts
from gis.workflows.route_cluster import route_on_cluster
from gis.workflows.route_files import route_file

WEST, SOUTH, STEP = 113.60, 34.74, 0.005


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(point_parts, "PART_BYTES", 4000)
    monkeypatch.setattr(point_parts, "PART_ROWS", 100)
    made = tmp_path / "共享 盘"
    made.mkdir()
    cells = [
        shapely.box(x, y, x + STEP, y + STEP)
        for x in WEST + STEP * np.arange(4)
        for y in SOUTH + STEP * np.arange(3)
    ]
    codes = [f"41010200400{k:04}" for k in range(12)]
    gpd.GeoDataFrame({"grid_id": codes}, geometry=cells, crs=4326).to_file(made / "网格.gpkg")
    return made


def table(number=900):
    rng = np.random.default_rng(4)
    lon = WEST + STEP * np.round(rng.uniform(-0.5, 4.5, number), 1)  # many on the boundaries
    lat = SOUTH + STEP * np.round(rng.uniform(-0.5, 3.5, number), 1)
    return pd.DataFrame({"point_id": [f"点{k}" for k in range(number)], "lon": lon, "lat": lat})


def layer(frame):
    shapes = gpd.points_from_xy(frame.lon, frame.lat)
    return gpd.GeoDataFrame(frame[["point_id"]], geometry=shapes, crs=4326)


def over(cluster, folder, source, out="集群.csv", **options):
    return route_on_cluster(
        folder / "网格.gpkg", folder / source, folder / out,
        scheduler=cluster.scheduler_address, **options,
    )  # fmt: skip


def read(path):
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.read_parquet(path)


def told(report):
    return sorted(
        (it.outcome, it.code, it.count, it.rows, it.params.get("examples"))
        for it in report.findings
    )


def messy(folder):
    """Rows that are bad in every way, cells with newlines and quotes, far apart."""
    rows = ["编号,经度,纬度,备注"]
    for k, (name, lon, lat) in enumerate(table().itertuples(index=False)):
        note = f'"第{k}行\n说""是"""' if k % 7 == 0 else ""
        rows.append(f"{name},{lon},{lat},{note}")
    for at, bad in ((90, "x1,abc,1,"), (400, "x2,999,1,"), (555, "x3,,,"), (700, "too,few")):
        rows.insert(at, bad)
    rows.insert(300, "")
    (folder / "点.csv").write_text("\n".join(rows) + "\n", encoding="gb18030")
    return "点.csv"


def made(folder, kind):
    frame = table()
    if kind == "messy":
        return messy(folder)
    name = {"stray": "s.csv", "utf16": "u.csv"}.get(kind, f"点.{kind.removeprefix('geo')}")
    if kind == "stray":
        frame.assign(note='5" pipe').to_csv(folder / name, index=False, quoting=3, escapechar="\\")
    elif kind == "utf16":
        frame.to_csv(folder / name, index=False, encoding="utf-16")
    elif kind == "parquet":
        frame.to_parquet(folder / name, row_group_size=70)
    elif kind == "geoparquet":
        shapes = layer(frame)
        shapes.loc[[5, 500], "geometry"] = None
        shapes.drop(columns="point_id").to_parquet(folder / name, row_group_size=70)
    elif kind == "xlsx":
        frame.assign(point_id=range(len(frame))).to_excel(folder / name, index=False)
    elif kind == "csv":
        frame.to_csv(folder / name, index=False, encoding="utf-8-sig")
    else:
        layer(frame).to_file(folder / name, engine="pyogrio")
    return name


@pytest.mark.parametrize(
    "kind", ["csv", "messy", "stray", "utf16", "parquet", "geoparquet", "gpkg", "xlsx"]
)
def test_answers_order_and_report_are_those_of_the_local_way(cluster, folder, kind):
    source = made(folder, kind)
    for end in (".csv", ".parquet"):
        local = route_file(folder / "网格.gpkg", folder / source, folder / f"本机{end}")
        summary = over(cluster, folder, source, f"集群{end}")
        assert read(folder / f"集群{end}").equals(read(folder / f"本机{end}"))
        counts = (summary.points, summary.inside, summary.outside, summary.invalid)
        assert counts == (local.points, local.inside, local.outside, local.invalid)
        assert told(summary.report) == told(local.report)
        assert told(summary.grids) == told(local.grids)
    assert {it.name for it in folder.iterdir() if "本机" not in it.name} == {
        "网格.gpkg", source, "集群.csv", "集群.parquet",
    }  # fmt: skip


def test_a_csv_is_cut_into_parts_that_hold_every_row_once(folder):
    source = folder / messy(folder)
    cut = point_parts.cut_points(
        source, staged=folder / "s", report=Report(), crs=None, progress=silent
    )
    assert cut.kind == "csv"
    assert len(cut.parts) > 5
    found = [
        name
        for part in cut.parts
        for batch in point_parts.part_batches(cut, part, report=Report())
        for name in batch.ids.to_pylist()
    ]
    assert len(found) == len(set(found)) == 903


def test_a_worker_killed_in_the_middle_loses_nothing(cluster, folder):
    source = made(folder, "csv")
    route_file(folder / "网格.gpkg", folder / source, folder / "本机.csv")
    killed = []

    def kill(step, fraction):
        if step == "routing-step-points" and 0 < fraction < 0.5 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    over(cluster, folder, source, progress=kill)
    assert killed
    assert (folder / "集群.csv").read_bytes() == (folder / "本机.csv").read_bytes()


def stopped(cluster, folder, source):
    """A run that somebody stops when some parts are done."""

    def stop(step, fraction):
        if step == "routing-step-points" and fraction > 0.2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        over(cluster, folder, source, progress=stop)
    assert not (folder / "集群.csv").exists()
    return [it.name for it in (folder / "集群.csv.parts").glob("??????.*.json")]


def test_a_stopped_run_goes_on_where_it_stood(cluster, folder):
    source = made(folder, "csv")
    route_file(folder / "网格.gpkg", folder / source, folder / "本机.csv")
    kept = stopped(cluster, folder, source)
    shares = []
    summary = over(
        cluster, folder, source,
        progress=lambda step, share: shares.append(share) if "points" in step else None,
    )  # fmt: skip
    (resumed,) = [it for it in summary.report.findings if it.code == "dask-resumed"]
    assert resumed.count >= len(kept) >= 2
    assert shares[0] > 0.1
    assert (folder / "集群.csv").read_bytes() == (folder / "本机.csv").read_bytes()
    assert not (folder / "集群.csv.parts").exists()


def test_a_scheduler_that_dies_is_told_and_what_is_done_is_kept(folder, monkeypatch):
    monkeypatch.setattr(route_cluster, "LOST_S", 2)
    source, address = made(folder, "csv"), folder / "scheduler.json"
    common = ["--scheduler-file", str(address), "--no-dashboard"]
    scheduler, worker = (
        subprocess.Popen([sys.executable, "-m", "dask", *call, *common], stderr=subprocess.DEVNULL)
        for call in (
            ["scheduler", "--host", "127.0.0.1", "--port", "0"],
            ["worker", "--no-nanny", "--nthreads", "1"],
        )
    )

    def kill(step, fraction):
        if step == "routing-step-points" and fraction > 0:
            scheduler.kill()

    try:
        for _ in range(600):
            if address.exists() and address.read_text():
                break
            with suppress(subprocess.TimeoutExpired):
                scheduler.wait(0.1)
        at = json.loads(address.read_text())["address"]
        with pytest.raises(UnavailableError) as refused:
            route_on_cluster(
                folder / "网格.gpkg", folder / source, folder / "o.csv", scheduler=at, progress=kill
            )
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()
    assert refused.value.code == "dask-lost"
    assert list((folder / "o.csv.parts").glob("??????.*.json"))
    assert not (folder / "o.csv").exists()


@pytest.mark.parametrize("changed", ["points", "grids", "crs"])
def test_a_changed_input_begins_anew_and_says_so(cluster, folder, changed):
    source, options = made(folder, "csv"), {}
    stopped(cluster, folder, source)
    if changed == "points":
        frame = table()
        frame.lon += STEP
        frame.to_csv(folder / source, index=False, encoding="utf-8-sig")
    elif changed == "grids":
        grids = gpd.read_file(folder / "网格.gpkg")
        grids.iloc[:-1].to_file(folder / "网格.gpkg")
    else:
        options = {"crs": "gcj02"}
    local = route_file(folder / "网格.gpkg", folder / source, folder / "本机.csv", **options)
    summary = over(cluster, folder, source, **options)
    codes = [it.code for it in summary.report.findings]
    assert "dask-anew" in codes
    assert "dask-resumed" not in codes
    assert summary.inside == local.inside
    assert (folder / "集群.csv").read_bytes() == (folder / "本机.csv").read_bytes()


@pytest.mark.parametrize("fault", ["twice", "missing", "empty", "column"])
def test_what_the_local_way_refuses_is_refused_in_the_same_words(cluster, folder, fault):
    frame = table()
    if fault == "twice":
        frame.loc[[3, 850], "point_id"] = "点3"
    elif fault == "missing":
        frame.loc[700, "point_id"] = ""
    elif fault == "empty":
        frame = frame[:0]
    else:
        frame = frame.drop(columns="lat")
    frame.to_csv(folder / "p.csv", index=False)
    errors = []
    for way in (
        lambda: route_file(folder / "网格.gpkg", folder / "p.csv", folder / "o.csv"),
        lambda: over(cluster, folder, "p.csv", "o.csv"),
    ):
        with pytest.raises(InputError) as refused:
            way()
        errors.append((refused.value.code, refused.value.params))
    assert errors[0] == errors[1]
    assert not (folder / "o.csv").exists()


def test_two_runs_do_not_write_to_one_folder(cluster, folder):
    source = made(folder, "csv")

    def again(step, fraction):
        if step == "routing-step-points":
            over(cluster, folder, source)

    with pytest.raises(ConflictError) as refused:
        over(cluster, folder, source, progress=again)
    assert refused.value.code == "dask-running"


def test_other_versions_and_no_dask_are_told(cluster, folder, monkeypatch):
    source = made(folder, "csv")
    older = route_parts.versions() | {"shapely": "1.8.0"}
    with monkeypatch.context() as patched:
        patched.setattr(route_cluster, "versions", lambda: older)
        with pytest.raises(InputError) as refused:
            over(cluster, folder, source)
    assert refused.value.code == "dask-versions-differ"
    assert "1.8.0" in str(refused.value)
    assert not (folder / "集群.csv.parts").exists()  # nothing in it is worth keeping
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UnavailableError) as refused:
        over(cluster, folder, source)
    assert refused.value.code == "dask-missing"
    assert "wangge[dask]" in str(refused.value)


def test_a_folder_or_file_that_is_another_one_on_the_worker_is_told(folder):
    source = folder / made(folder, "csv")
    cut = point_parts.cut_points(
        source, staged=folder / "s", report=Report(), crs=None, progress=silent
    )
    (folder / route_parts.MARK).write_text("a")
    job = route_parts.Job(
        points=cut, folder=folder, suffix=".csv", mark="a", locator="", size=source.stat().st_size,
        versions=route_parts.versions(),
    )  # fmt: skip
    assert route_parts.unfit(job, "w") is None
    elsewhere = replace(job.points, path=folder / "nowhere.csv")
    for wrong in (
        replace(job, mark="b"), replace(job, size=1), replace(job, points=elsewhere),
        replace(job, folder=folder / "nowhere"),
    ):  # fmt: skip
        code, params = route_parts.unfit(wrong, "w")
        assert code == "dask-path-not-shared"
        assert params["worker"] == "w"


def test_no_scheduler_and_no_workers(folder, monkeypatch):
    source = made(folder, "csv")
    monkeypatch.setattr(route_cluster, "CONNECT_S", 1)
    monkeypatch.setattr(route_cluster, "WORKERS_S", 1)
    for address in ("tcp://127.0.0.1:9", "no such thing"):
        with pytest.raises(WanggeError) as refused:
            route_on_cluster(
                folder / "网格.gpkg", folder / source, folder / "o.csv", scheduler=address
            )
        assert refused.value.code == "dask-unreachable"
    with LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as empty:
        with pytest.raises(WanggeError) as refused:
            over(empty, folder, source)
        assert refused.value.code == "dask-no-workers"


def test_on_the_command_line(cluster, folder):
    source = made(folder, "csv")
    call = ["route", str(folder / "网格.gpkg"), str(folder / source), "--out",
            str(folder / "o.csv"), "--scheduler", cluster.scheduler_address, "--json"]  # fmt: skip
    done = CliRunner().invoke(build(), call)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["points"] == 900
