"""`wangge export plan …`: every format under a Chinese name, refusals that say what to do."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from api.cli import build
from gis.errors import WanggeError
from gis.files.plan_export import EXTENSIONS
from gis.messages import translate
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.two_districts import City, make_city

GRID = "410102004001001"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    return make_city(engine)


@pytest.fixture
def environment(engine: Engine, tmp_path: Path) -> dict[str, str]:
    url = engine.url.render_as_string(hide_password=False)
    data = str(tmp_path / "data")
    return {"DATABASE_URL": url, "WANGGE_DATA_DIR": data, "WANGGE_LANGUAGE": "zh-CN"}


def export(environment: dict[str, str], *words: object) -> Any:
    call = ["export", "plan", *map(str, words)]
    return CliRunner().invoke(build(), call, env=environment, catch_exceptions=True)


@pytest.mark.parametrize(("form", "suffix"), EXTENSIONS.items())
def test_every_format_is_written_under_a_chinese_name(
    environment: dict[str, str], city: City, tmp_path: Path, form: str, suffix: str
) -> None:
    out = tmp_path / f"网格方案 第一稿{suffix}"
    done = export(environment, city.plans["410102"], "--format", form, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == {"file": str(out), "grids": 3, "bytes": out.stat().st_size}
    assert out.stat().st_size > 50
    assert [left.name for left in tmp_path.iterdir() if left.name.startswith(".")] == []


def test_a_part_is_written_and_told_in_words(
    environment: dict[str, str], city: City, tmp_path: Path
) -> None:
    out = tmp_path / "表.csv"
    done = export(environment, city.plans["410102"], "--format", "csv", "--out", out,
                  "--within", GRID)  # fmt: skip
    assert "表.csv" in done.stdout and "1 个基础网格" in done.stdout
    assert out.read_text("utf-8-sig").splitlines()[1:] == [f"{GRID},{GRID}"]


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ((10**6, "--format", "csv"), "1000000"),
        ((0, "--format", "doc"), "gpkg, shp, geojson"),
        ((0, "--format", "csv", "--within", "410109001"), "410109001"),
        ((0, "--format", "csv", "--out", "没有/这个/文件夹.csv"), "文件夹.csv"),
    ],
)
def test_what_cannot_be_exported_says_what_to_do_and_writes_nothing(
    environment: dict[str, str], city: City, tmp_path: Path, words: tuple[Any, ...], remedy: str
) -> None:
    plan, *rest = words
    out = tmp_path / "出.csv"
    if "--out" in rest:
        rest[-1] = tmp_path / rest[-1]
    refused = export(environment, plan or city.plans["410102"], "--out", out, *rest)
    # What the command line prints of it, and ends with 1.
    assert isinstance(refused.exception, WanggeError), refused.output
    error = refused.exception
    assert remedy in translate(error.code, "zh-CN", error.params)
    assert not out.exists()


def test_a_terminal_shows_how_far_it_is(
    environment: dict[str, str], city: City, tmp_path: Path
) -> None:
    screen, terminal = pty.openpty()
    call = [
        sys.executable, "-m", "api.cli", "export", "plan", str(city.plans["410102"]),
        "--format", "gpkg", "--out", str(tmp_path / "方案.gpkg"),
    ]  # fmt: skip
    more = {"TERM": "xterm-256color", "COLUMNS": "100"}
    running = subprocess.Popen(
        call, env=os.environ | environment | more, stdout=subprocess.PIPE, stderr=terminal
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            block = os.read(screen, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not block:
            break
        seen += block
    os.close(screen)
    said, _ = running.communicate()
    words = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert running.returncode == 0, words
    assert "读取方案" in words and "写文件" in words and "100%" in words
    assert "方案.gpkg" in said.decode()
