"""Ctrl-C on `wangge plan generate`, a real process: the best plan so far, whole and certified."""

import json
import os
import signal
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pytest

from gis.messages import translate
from gis.planning.adjacency.graph import build_graph
from gis.planning.judging.score import measure, numbered
from tests.unit.planning.drawn import city

CITY = city(24, 20)
CODES = ("plan-step-read", "plan-step-graph", "plan-step-improve")
STEPS = {code: translate(code, "en", {}) for code in CODES}


@pytest.fixture
def started(tmp_path):
    """A search in a process of its own that would take many minutes; `started(step)` gives it once
    it says that it has begun that step."""
    source, out = tmp_path / "units.parquet", tmp_path / "plan.csv"
    columns = {"unit_id": CITY.unit_id, "pop": CITY.columns["pop"]}
    gpd.GeoDataFrame(columns, geometry=list(CITY.polygons), crs=32649).to_parquet(source)
    command = [sys.executable, "-c", "from api.cli import main; main()", "plan", "generate"]
    command += [str(source), "--grids", "12", "--effort", "1000", "--out", str(out), "--json"]
    running = []

    def start(step, *more):
        process = subprocess.Popen(
            [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | {"WANGGE_LANGUAGE": "en"}, restore_signals=True,
        )  # fmt: skip
        running.append(process)
        assert any(STEPS[step] in line for line in process.stderr), "it never began"
        return process, out

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("step", STEPS)
def test_one_interrupt_gives_the_best_plan_so_far(started, step):
    process, out = started(step)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    certificate = json.loads(said)
    assert process.returncode in (0, 3)
    assert certificate["stopped_early"] and certificate["contiguous"]
    plan = pd.read_csv(out, dtype=str)
    assert plan["unit_id"].tolist() == CITY.unit_id.tolist()
    labels, names = numbered(plan["grid_id"].tolist())
    found = measure(build_graph(CITY.polygons), labels, CITY.columns["pop"])
    assert len(names) == 12 and found.contiguous.all()


def test_a_second_interrupt_ends_the_command_quietly(started):
    process, out = started("plan-step-read")
    process.send_signal(signal.SIGINT)
    assert any(STEPS["plan-step-graph"] in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=120)
    assert "Traceback" not in complaint
    assert process.returncode == 130 or out.exists()
