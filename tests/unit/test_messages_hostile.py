"""No sentence is ever broken, whatever is put into it."""

from __future__ import annotations

import re

import pytest

from gis.messages import FOLDER, LANGUAGES, translate

MESSAGE = re.compile(r"^([a-z][\w-]*) =((?:.*\n)(?:[ \t}].*\n|\n(?=[ \t}]))*)", re.MULTILINE)
HOSTILE = {
    "very long": "长" * 100_000,
    "turning": "\u202eabc\u2066def",
    "braces": "{ $count } {???} { -term }",
    "newlines and controls": "a\r\nb\x1b[31m\x07",
    "none": None,
    "a great number": 10**400,
    "no number": float("nan"),
    "endless": float("-inf"),
    "a list": ["x" * 3000] * 3,
    "true": True,
    "negative": -1,
    "one": 1,
}


def catalogue(language: str, parameter: str = r"\$(\w+)") -> dict[str, set[str]]:
    """The parameters that each message of a language and its parts take, by its code."""
    found: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}
    for path in sorted(FOLDER.glob(f"*.{language}.ftl")):
        for code, body in MESSAGE.findall(path.read_text(encoding="utf-8") + "\n"):
            found[code] = set(re.findall(parameter, body))
            parts[code] = set(re.findall(r"\{ ([a-z][a-z-]+) \}", body))
    for code, used in parts.items():
        found[code] |= {name for part in used for name in found[part]}
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", HOSTILE)
def test_every_sentence_bears_hostile_parameters(language, kind, caplog):
    value, shown = HOSTILE[kind], catalogue(language, r"\$(\w+)(?! *->)")
    for code, names in catalogue(language).items():
        text = translate(code, language, dict.fromkeys(names, value))
        own = text.replace(str(value), "") if kind == "braces" else text
        assert text != code
        assert "{" not in own, text[:200]
        assert len(text) < 5000
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x07\x1b]", text)
        if kind == "very long" and names & shown[code] - {"count"}:
            assert "长…" in text
    assert not caplog.records, "Fluent reported a fault"
