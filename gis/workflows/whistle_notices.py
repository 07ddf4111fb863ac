"""Who is told what of a whistle: those called, and whoever called when all are there or one is not.

Each is told in the transaction of what it tells of. The sentences name the case, if it is about
one, and `place`, `purpose`, `until`, and, by language, `caller` and `department`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from gis.incidents.notices import Notice
from gis.incidents.whistles import all_there
from gis.store import whistles
from gis.store.scope import beyond
from gis.workflows import notices


def tell_called(connection: Connection, whistle_id: int) -> None:
    """Tell the departments that they are called."""
    found = whistles.one(connection, whistle_id)
    notices.tell_all(
        connection, [_notice(found, "whistle_called", call, [_id(call)]) for call in found["calls"]]
    )


def tell_arrived(connection: Connection, whistle_id: int) -> None:
    """Tell whoever called that everybody is there, if that is so."""
    found = _whole(connection, whistle_id)
    if all_there(whistles.state_of(found)):
        told = _notice(found, "whistle_arrived", None, [found["caller"]["id"]])
        notices.tell_all(connection, [told])


def tell_absent(connection: Connection, whistle_id: int, organisation_ids: Sequence[int]) -> None:
    """Tell those who were found absent, and whoever called them."""
    found = _whole(connection, whistle_id)
    notices.tell_all(
        connection,
        [
            _notice(found, "whistle_absent", call, [found["caller"]["id"], _id(call)])
            for call in found["calls"]
            if _id(call) in organisation_ids
        ],
    )


def _whole(connection: Connection, whistle_id: int) -> dict[str, Any]:
    """The whistle as it is, whatever part of it whoever acts may see."""
    with beyond(connection):
        return whistles.one(connection, whistle_id)


def _id(call: dict[str, Any]) -> int:
    return int(call["organisation"]["id"])


def _notice(
    found: dict[str, Any], kind: str, call: dict[str, Any] | None, organisations: Sequence[int]
) -> Notice:
    return Notice(
        kind=kind,
        incident_id=found["incident"]["id"] if found["incident"] else None,
        organisations=organisations,
        params={
            "whistle": found["id"],
            "place": found["place"],
            "purpose": found["purpose"],
            "until": found["due_at"].isoformat(),
            "caller": found["caller"]["name"],
            **({"department": call["organisation"]["name"]} if call else {}),
        },
    )
