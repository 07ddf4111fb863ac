"""Telling people: notices are written in the transaction of what they tell of, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gis.incidents.notices import KINDS, Notice
from gis.store import notices


def tell(
    connection: Connection,
    kind: str,
    *,
    incident_id: int | None = None,
    organisations: Sequence[int] = (),
    persons: Sequence[int] = (),
    accounts: Sequence[int] = (),
    params: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Tell organisations, persons and accounts of something, in the caller's transaction.

    An organisation's dispatchers or department accounts hear it, and its leaders where the kind
    says so (`gis.incidents.notices.KINDS`); a person hears it by the account that is theirs. The
    transaction's actor hears only what is urgent. Mail and web hooks follow from it. `params`: what
    the sentence `notice-<kind>` says beside the case, whose serial, category and title it has.
    Raises KeyError for a kind that there is not.
    """
    told = Notice(
        kind=kind,
        incident_id=incident_id,
        organisations=organisations,
        persons=persons,
        accounts=accounts,
        params=params or {},
        at=at,
    )
    tell_all(connection, [told])


def tell_all(connection: Connection, told: Sequence[Notice]) -> None:
    """The same for many at once, in one statement."""
    for one in told:
        KINDS[one.kind]
    notices.tell(connection, told)
