"""The user guide: in both languages, with every picture, address and command that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from api.cli import build
from api.permission_table import table
from api.permissions import PAGES
from scripts.guide_pictures import LANGUAGES, MOST_BYTES, PICTURES

ROOT = Path(__file__).resolve().parents[2]
GUIDE, IMAGES = ROOT / "docs" / "guide", ROOT / "docs" / "images" / "guide"
PAGES_OF = {
    language: sorted(path.name for path in (GUIDE / language).glob("*.md"))
    for language in LANGUAGES
}
EVERY = [(language, name) for language in LANGUAGES for name in PAGES_OF[language]]
each_page = pytest.mark.parametrize(("language", "name"), EVERY, ids=map("/".join, EVERY))


def words(language: str, name: str) -> str:
    return (GUIDE / language / name).read_text(encoding="utf-8")


def headings(language: str, name: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", words(language, name), re.MULTILINE)]


def pictures(language: str, name: str) -> list[str]:
    return re.findall(r"!\[[^\]]+\]\(([^)]+)\)", words(language, name))


def test_the_same_pages_are_there_in_both_languages_with_the_same_parts():
    first, second = LANGUAGES
    assert PAGES_OF[first] == PAGES_OF[second]
    assert len(PAGES_OF[first]) == 8
    for name in PAGES_OF[first]:
        assert headings(first, name) == headings(second, name), name
        assert [Path(one).name for one in pictures(first, name)] == [
            Path(one).name for one in pictures(second, name)
        ], name
        for language in LANGUAGES:
            assert name == "README.md" or f"({name})" in words(language, "README.md")


@each_page
def test_every_picture_and_page_that_is_named_is_there(language, name):
    for target in re.findall(r"\]\(([^)#]+)\)", words(language, name)):
        path = (GUIDE / language / target).resolve()
        assert path.is_file(), target
        if path.suffix == ".webp":
            assert path.parent == IMAGES / language
            assert path.read_bytes()[8:12] == b"WEBP"
            assert path.stat().st_size < MOST_BYTES


def test_every_picture_can_be_made_again_and_is_shown():
    made = {one.name for one in PICTURES}
    for language in LANGUAGES:
        named = {Path(one).stem for name in PAGES_OF[language] for one in pictures(language, name)}
        stored = {path.stem for path in (IMAGES / language).glob("*")}
        assert named == made == stored


@each_page
def test_every_address_that_is_named_is_served_and_is_a_page(language, name):
    listed = table()
    router = (ROOT / "web" / "src" / "router.ts").read_text(encoding="utf-8")
    for address in re.findall(r"`(/[\w/-]+)`", words(language, name)):
        assert listed.find("GET", address) is not None, address
        page, *rest = address.strip("/").split("/")
        assert page in PAGES
        assert f"path: '/{page}'" in router
        nested = not rest or any(f"path: '{of}{rest[0]}" in router for of in ("", f"/{page}/"))
        assert nested, address


@each_page
def test_every_command_that_is_named_is_there(language, name):
    for line in re.findall(r"`wangge ([^`]+)`", words(language, name)):
        command = typer.main.get_command(build())
        for word in line.split():
            # What follows the last command are its arguments.
            if word.startswith("-") or not hasattr(command, "commands"):
                break
            command = command.commands.get(word)
            assert command is not None, line
