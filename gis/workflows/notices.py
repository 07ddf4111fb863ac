"""Telling people: notices are written in the transaction of what they tell of, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from gis.incidents.notices import KINDS, Notice
from gis.store import notices


def tell_all(connection: Connection, told: Sequence[Notice]) -> None:
    """Tell organisations, persons and accounts of something, in the caller's transaction.

    An organisation's dispatchers or department accounts hear it, and its leaders where the kind
    says so (`gis.incidents.notices.KINDS`); a person hears it by the account that is theirs. The
    transaction's actor hears only what is urgent. Mail and web hooks follow from it. Raises
    KeyError for a kind that there is not.
    """
    for one in told:
        KINDS[one.kind]
    notices.tell(connection, told)
