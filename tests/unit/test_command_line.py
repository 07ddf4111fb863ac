"""The command line speaks the reader's language and starts fast."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
import typer
from typer.testing import CliRunner

from api.cli import build
from api.cli.console import show_table
from api.cli.help import cells, parameter_text
from gis.messages import LANGUAGES, plain

HEAVY = {"fluent", "rich", "numpy", "pandas", "geopandas", "sqlalchemy", "fastapi"}


def commands() -> Iterator[tuple[str, Any]]:
    """Every command below `wangge` with the words that call it."""

    def below(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, Any]]:
        yield " ".join(words), command
        for name, inner in getattr(command, "commands", {}).items():
            yield from below((*words, name), inner)

    return below((), typer.main.get_command(build()))


@pytest.fixture(params=LANGUAGES)
def tongue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("WANGGE_LANGUAGE", request.param)
    return str(request.param)


def test_every_command_and_parameter_is_explained(tongue: str) -> None:
    missing = []
    for words, command in commands():
        path = "-".join(("help", *words.split()))
        if plain(path, tongue) is None:
            missing.append(path)
        for param in command.params:
            if parameter_text(path, param.name, tongue) is None:
                missing.append(f"{path}-{param.name}")
    assert missing == []


def test_help_pages_are_in_one_language_and_fit_the_terminal(
    tongue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for words, _ in commands():
        told = CliRunner().invoke(build(), [*words.split(), "--help"]).stdout
        chinese = re.search(r"[\u4e00-\u9fff]{2,}", told.replace("人口 …", ""))
        assert bool(chinese) is (tongue == "zh-CN"), words
        assert ("Usage:" in told) is (tongue == "en")
        assert max(cells(line) for line in told.splitlines()) <= 80, words


def test_a_mistyped_command_is_told_in_the_readers_language(tongue: str) -> None:
    call = [sys.executable, "-m", "api.cli", "plan", "score", "--colour"]
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "--colour" in told.stderr
    assert ("没有选项" in told.stderr) is (tongue == "zh-CN")
    assert "No such option" not in told.stderr


def test_a_refusal_is_one_sentence_and_its_cause_only_for_who_asks(
    tongue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "u.parquet").write_bytes(b"PAR1" + b"\7" * 400)
    call = [sys.executable, "-m", "api.cli", "plan", "score", str(tmp_path / "u.parquet"), "p.csv"]
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    monkeypatch.setenv("WANGGE_LOG_LEVEL", "debug")
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert re.search(r"\w+(Error|Invalid)", told.stderr)


def test_the_help_page_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom typer.testing import CliRunner\nfrom api.cli import build\n"
        "assert CliRunner().invoke(build(), ['plan', '--help']).exit_code == 0\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )
    call = [sys.executable, "-c", program]
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert "typer" in told.stdout.split(), told.stderr
    assert HEAVY.isdisjoint(told.stdout.split())


def test_the_table_of_a_score_is_whole_and_in_the_readers_language(
    tongue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = [f"41010200401200{number}" for number in range(4)]
    units = gpd.GeoDataFrame(
        {"unit_id": names, "pop": [1234567, 5, 10, 20]},
        geometry=[shapely.box(113 + x / 100, 34, 113.01 + x / 100, 34.01) for x in range(4)],
        crs=4326,
    )
    units.to_file(tmp_path / "u.gpkg")
    plan = "\n".join(f"{name},秦岭路社区第{i // 2}网格" for i, name in enumerate(names))
    (tmp_path / "p.csv").write_text(f"unit_id,grid_id\n{plan}\n", encoding="utf-8")
    told = CliRunner().invoke(
        build(), ["plan", "score", str(tmp_path / "u.gpkg"), str(tmp_path / "p.csv")]
    )
    lines = [line for line in told.stdout.splitlines() if line.strip()]
    heading = plain("table-compactness", tongue)
    assert heading is not None and heading in lines[0]
    assert "…" not in told.stdout and "True" not in told.stdout
    rows = [line for line in lines if "秦岭路" in line]
    assert len(rows) == 2 and all(plain("table-yes", tongue) in row.split() for row in rows)
    # the last column, numbers, ends in one column for all, though Chinese letters are wide
    assert len({cells(line.rstrip()) for line in (lines[0], *rows)}) == 1


def test_a_table_says_no_as_well(tongue: str, capsys: pytest.CaptureFixture[str]) -> None:
    show_table(["grid_id", "contiguous"], [{"grid_id": "a", "contiguous": False}])
    assert plain("table-no", tongue) in capsys.readouterr().out.split()
