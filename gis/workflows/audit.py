"""Whether the audit trail is whole: every entry as it was written, none left out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection

from gis.errors import InputError
from gis.store import audit

EMPTY = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was found: `broken` is the number of the first entry that is not as it was written, or
    that is missing; None where all `entries` are right. `head` is the hash of the last one.
    """

    entries: int
    head: str
    broken: int | None


def read_noted(given: str) -> tuple[int, str]:
    """The number and the hash of what `NUMBER:HASH` says. Raises InputError."""
    number, _, value = given.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise InputError("audit-noted-unreadable", field="noted")
    return int(number), value


def verify(connection: Connection, *, noted: tuple[int, str] | None = None) -> Verified:
    """Check the whole chain, computing each hash here.

    `noted`: the number and the hash (hexadecimal) of an entry as somebody wrote them down before;
    only with it is it found that the end of the trail was cut off, or all of it written anew.
    Raises InputError `audit-noted-unreadable`.
    """
    if noted is not None and (len(noted[1]) != 64 or noted[0] < 1):
        raise InputError("audit-noted-unreadable", field="noted")
    number, former = 0, EMPTY
    while rows := audit.links(connection, number):
        for row in rows:
            right = hashlib.sha256(former + row.covered.encode()).digest()
            if (row.id, row.former_hash, row.hash) != (number + 1, former, right):
                return Verified(entries=number, head=former.hex(), broken=number + 1)
            number, former = row.id, right
            if noted is not None and noted[0] == number and noted[1].lower() != former.hex():
                return Verified(entries=number, head=former.hex(), broken=number)
    if noted is not None and noted[0] > number:
        return Verified(entries=number, head=former.hex(), broken=number + 1)
    return Verified(entries=number, head=former.hex() if number else "", broken=None)
