"""Passwords under argon2: hashed and checked a few at a time, since each takes 64 MiB."""

from __future__ import annotations

import secrets
import threading
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from gis.errors import InputError

SHORTEST, LONGEST = 10, 200
# No letters or digits that are taken for one another when read out or copied from paper.
LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
_AT_ONCE = threading.BoundedSemaphore(4)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    """The hash of a password that nobody knows: an unknown login takes as long as a known one."""
    return _hasher().hash(secrets.token_urlsafe(32))


def hash_of(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _hasher().hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Whether a password is the one of a hash; without a hash never, after just as long."""
    with _AT_ONCE:
        try:
            right = _hasher().verify(password[:LONGEST], kept or _nobodys())
        except UnknownHashError:
            return False
    return right and kept is not None


def first_password() -> str:
    """A password to be told once and changed at once: 78 bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def require_good(password: str, *, login: str, name: str, former: str | None = None) -> None:
    """Let a new password pass. Raises InputError `password-short`, `password-long`,
    `password-simple`, `password-named`, `password-same`.

    Long rather than full of signs (NIST SP 800-63B, 5.1.1.2).
    """
    fault = None
    if len(password) < SHORTEST:
        fault = InputError("password-short", least=SHORTEST, field="password")
    elif len(password) > LONGEST:
        fault = InputError("password-long", most=LONGEST, field="password")
    elif len(set(password)) < 5 or password.casefold() in COMMON:
        fault = InputError("password-simple", field="password")
    elif login in password.casefold() or (len(name) > 2 and name.casefold() in password.casefold()):
        fault = InputError("password-named", field="password")
    elif former is not None and is_right(password, former):
        fault = InputError("password-same", field="password")
    if fault is not None:
        raise fault


# Of the most used passwords those that are long enough to pass the other rules.
COMMON = frozenset(
    (
        "1234567890", "0987654321", "0123456789", "12345678910", "qwertyuiop", "1q2w3e4r5t",
        "1qaz2wsx3edc", "zaq12wsxcde3", "password123", "password12", "password1234", "passw0rd123",
        "administrator", "admin12345", "admin123456", "qwerty12345", "qwerty123456", "abcd123456",
        "abc1234567", "abcdefghij", "a1b2c3d4e5", "woaini1314520", "woaini1314", "woaini520",
        "5201314520", "1314520520", "asdfghjkl1", "zxcvbnm123", "iloveyou12", "welcome123",
        "changeme123", "letmein123", "wangge1234", "wangge12345", "wangge123456",
    )
)  # fmt: skip
