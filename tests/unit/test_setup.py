"""Setting up: what is installed again, what pip's configuration becomes, what CI prints last."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from gis.messages import translate
from scripts import environment, frontend, pip_settings, words

ROOT = Path(__file__).resolve().parents[2]


def pins(kind: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{kind}.lock").read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[.*?\])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(("smaller", "larger"), [("runtime", "dev"), ("dev", "bench")])
def test_a_larger_lock_holds_the_smaller_in_the_same_versions(smaller: str, larger: str) -> None:
    assert pins(smaller).items() <= pins(larger).items()


@pytest.mark.parametrize("kind", [*environment.KINDS, "installer"])
def test_locks_carry_hashes_and_name_no_registry(kind: str) -> None:
    text = (ROOT / "requirements" / f"{kind}.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|--index|--find-links", text)


def test_an_environment_for_tests_also_serves_the_demo_but_not_the_reverse() -> None:
    def stamp(kind: str, lock: str) -> dict[str, str]:
        return {"kind": kind, "lock": lock}

    current = environment.lock_digest
    assert environment.is_current(stamp("dev", current("dev")), "runtime")
    assert environment.is_current(stamp("dev", current("dev")), "dev")
    assert not environment.is_current(stamp("runtime", current("runtime")), "dev")
    assert not environment.is_current(stamp("dev", "of an older lock"), "dev")
    assert not environment.is_current({}, "runtime")


def test_pages_are_built_again_when_their_sources_change_and_only_then(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.ts").write_text("1")
    (tmp_path / "src" / "网格.vue").write_text("2")
    first = frontend.sources_digest(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("built")
    (tmp_path / "node_modules" / "x").mkdir(parents=True)
    (tmp_path / "node_modules" / "x" / "index.js").write_text("fetched")
    os.utime(tmp_path / "src" / "a.ts", (1, 1))
    assert frontend.sources_digest(tmp_path) == first
    (tmp_path / "src" / "a.ts").write_text("3")
    second = frontend.sources_digest(tmp_path)
    (tmp_path / "src" / "a.ts").rename(tmp_path / "src" / "b.ts")
    assert len({first, second, frontend.sources_digest(tmp_path)}) == 3


def test_pip_mirrors_and_certificates_are_told_to_uv() -> None:
    listed = (
        "global.index-url='https://mirror.example/simple'\n"
        "global.extra-index-url='https://a.example/s https://b.example/s'\n"
        "global.timeout='60'\n"
        "install.trusted-host='mirror.example'\n"
        ":env:.find-links='/opt/wheels /srv/wheels'\n"
        ":env:.timeout='180'\n"
        ":env:.disable-pip-version-check='1'\n"
    )
    variables, untold = pip_settings.for_uv(listed)
    assert not untold
    assert variables == {
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://a.example/s https://b.example/s",
        "UV_FIND_LINKS": "/opt/wheels,/srv/wheels",
        "UV_INSECURE_HOST": "mirror.example",
        "UV_HTTP_TIMEOUT": "180",
    }


def test_what_uv_cannot_be_told_leaves_the_work_to_pip() -> None:
    _, untold = pip_settings.for_uv("global.client-cert='/c.pem'\ninstall.no-binary=':all:'\n")
    assert untold == ["client-cert", "no-binary"]


@pytest.mark.parametrize(
    ("locale", "language"), [("zh_CN.UTF-8", "zh-CN"), ("C", "en"), ("", "en")]
)
def test_the_sentences_before_any_package_are_those_of_the_catalogue(
    locale: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WANGGE_LANGUAGE", "LC_ALL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", locale)
    params = {"found": "v18.0.1", "oldest": "20.19"}
    assert words.sentence("setup-node-old", **params) == translate(
        "setup-node-old", language, params
    )


@pytest.mark.parametrize(
    ("last_line", "status"), [("3 passed in 1.20s", 0), ("1 failed, 2 passed in 1.20s", 2)]
)
def test_ci_ends_with_the_summary_and_passes_the_status_on(
    tmp_path: Path, last_line: str, status: int
) -> None:
    make = tmp_path / "make"
    make.write_text(f"#!/bin/sh\necho '==== {last_line} ===='\necho 'Error' >&2\nexit {status}\n")
    make.chmod(0o755)
    result = subprocess.run(
        ["bash", ".ci/run"],
        cwd=ROOT,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status
    assert last_line in result.stdout.splitlines()[-1]
