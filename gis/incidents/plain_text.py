"""Text as people type it: nothing in it that hides, and nothing that turns the text around it."""

from __future__ import annotations

import re
import unicodedata

# Letters and symbols that show nothing: Hangul fillers and the empty braille pattern.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
# Embeddings, overrides and isolates (Unicode UAX #9): unclosed, they turn the words that follow
# them on a page. Letters of every script keep their own direction without them.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def visible(text: str) -> bool:
    """Whether a reader would see anything of it."""
    return any(c not in BLANK and unicodedata.category(c) not in UNSEEN for c in text)


def clean_text(text: str) -> str:
    """Text of several lines without control characters and without unseen ones at its ends."""
    text = CONTROLS.sub(" ", TURNING.sub("", text))
    if not visible(text):
        return ""
    start, end = 0, len(text)
    while not visible(text[start]) and unicodedata.category(text[start]) not in ("Mn", "Me"):
        start += 1
    while not visible(text[end - 1]) and unicodedata.category(text[end - 1]) not in ("Mn", "Me"):
        end -= 1
    return text[start:end]


def clean_line(text: str) -> str:
    """The same on one line, as titles and addresses are."""
    return clean_text(BREAKS.sub(" ", text))
