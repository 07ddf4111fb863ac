"""The catalogues: whole in both languages, and Chinese sentences with Chinese punctuation."""

from __future__ import annotations

import json
import re

import pytest
from fluent.syntax import ast, parse

from gis.messages import FOLDER, LANGUAGES, best_language, plain, translate

WEB = FOLDER.parent.parent / "web/src/i18n/zh-CN.json"
# A Western mark that touches a Chinese character; decimal commas and codes do not.
WESTERN = re.compile(r"[\u4e00-\u9fff\u201d][,:;?!()]|[,:;?!()][\u4e00-\u9fff\u201c]")


def entries(language: str) -> list[ast.Message]:
    found = []
    for path in sorted(FOLDER.glob(f"*.{language}.ftl")):
        body = parse(path.read_text(encoding="utf-8")).body
        assert not [entry for entry in body if isinstance(entry, ast.Junk)], path.name
        found += [entry for entry in body if isinstance(entry, ast.Message)]
    return found


def test_each_message_is_there_once_in_both_languages() -> None:
    said = {language: [entry.id.name for entry in entries(language)] for language in LANGUAGES}
    for names in said.values():
        assert len(names) == len(set(names))
    assert set(said["en"]) == set(said["zh-CN"])


def test_every_error_that_is_raised_has_its_sentence() -> None:
    root = FOLDER.parent.parent
    files = [file for part in ("gis", "api", "tiles") for file in (root / part).rglob("*.py")]
    raised = re.compile(r'\w+Error\(\s*"([a-z0-9]+(?:-[a-z0-9]+)+)"')
    codes = {code for file in files for code in raised.findall(file.read_text(encoding="utf-8"))}
    assert len(codes) > 300
    assert {code for code in codes if translate(code, "en") == code} == set()


def test_chinese_sentences_have_chinese_punctuation() -> None:
    lines = [
        line
        for path in sorted(FOLDER.glob("*.zh-CN.ftl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert [line for line in lines if WESTERN.search(line)] == []
    texts = re.findall(r'": "(.*)"', json.dumps(json.loads(WEB.read_text("utf-8")), indent=0,
                                                ensure_ascii=False))  # fmt: skip
    assert len(texts) > 200
    assert [text for text in texts if WESTERN.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_quick_way_says_the_same_as_fluent(language: str) -> None:
    quick = 0
    for entry in entries(language):
        sentence = plain(entry.id.name, language)
        if sentence is not None:
            quick += 1
            assert entry.value is not None and len(entry.value.elements) == 1
            assert isinstance(entry.value.elements[0], ast.TextElement)
            assert entry.value.elements[0].value == sentence
    assert quick > 100
    assert translate("no-such-message", language) == "no-such-message"


def test_the_language_of_a_terminal_or_browser_is_found() -> None:
    assert best_language("zh_CN.UTF-8") == "zh-CN"
    assert best_language("en_GB.UTF-8") == best_language("C.UTF-8") == "en"
    assert best_language("fr,en;q=0.5") == "en"
    assert best_language("de_DE.UTF-8", default="en") == "en"
