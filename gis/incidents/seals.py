"""Words that only this office can have written: links that expire, codes, and references to what
a stranger may name but not guess.

HMAC-SHA-256 over a purpose and a text: what was sealed for one purpose opens no other.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from datetime import datetime

from gis.errors import InputError

# Without 0, 1, I, L, O, U: read aloud, typed from paper, and never a word.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10


def mark(key: bytes, purpose: str, text: str) -> bytes:
    """32 bytes that nobody without the key can make."""
    return hmac.digest(key, f"{purpose}\n{text}".encode(), "sha256")


def short_mark(key: bytes, purpose: str, text: str) -> str:
    """The same in 22 letters that an address can bear (128 bits)."""
    return base64.urlsafe_b64encode(mark(key, purpose, text)[:16]).decode().rstrip("=")


def seal(key: bytes, purpose: str, text: str, until: datetime) -> str:
    """A reference that opens to `text` until a moment. The text is not hidden."""
    inside = f"{text}.{int(until.timestamp())}"
    return f"{inside}.{short_mark(key, purpose, inside)}"


def unseal(key: bytes, purpose: str, sealed: str, now: datetime, *, field: str) -> str:
    """What was sealed for a purpose. Raises InputError `seal-invalid`: forged or expired."""
    inside, _, given = sealed.rpartition(".")
    text, _, until = inside.rpartition(".")
    good = hmac.compare_digest(short_mark(key, purpose, inside).encode(), given.encode())
    if not (good and until.isdecimal() and now.timestamp() <= int(until)):
        raise InputError("seal-invalid", field=field)
    return text


def follow_code(key: bytes, text: str) -> str:
    """A code of ten letters (49 bits) for whoever reported `text`: the same for the same text."""
    number = int.from_bytes(mark(key, "follow", text))
    letters = []
    for _ in range(CODE_LENGTH):
        number, place = divmod(number, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def shown_code(code: str) -> str:
    """A code as people read it: in two halves."""
    return f"{code[:5]}-{code[5:]}"


def code_digest(serial: str, code: str) -> bytes:
    """What is kept of a code, and of one that somebody types, however it is written."""
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKC", code).upper() if letter.isalnum()
    )
    return hashlib.sha256(f"{serial}\n{plain}".encode()).digest()
