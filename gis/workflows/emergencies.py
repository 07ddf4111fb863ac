"""An emergency is told to its whole chain at once, whatever level has the case in hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection

from gis.incidents.notices import Notice
from gis.store import alarms, staging
from gis.store.scope import beyond
from gis.workflows.notices import tell_all

EMERGENCY = 4  # the severity of which the whole chain is told at once


def raise_emergencies(connection: Connection, incident_ids: Sequence[int]) -> None:
    """Tell everybody of the chains of emergencies, from the basic grid up to the city, in the
    caller's transaction: who answers, all posts, attached leaders, and the desks with their
    leaders. Kept, too, for those who have no account and must be telephoned."""
    alarms.raise_alarms(connection, incident_ids)
    chains: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for row in alarms.raised(connection, incident_ids):
        organisations, persons = chains[row["incident_id"]]
        if row["organisation_id"] is not None:
            organisations.append(row["organisation_id"])
        else:
            persons.append(row["person_id"])
    tell_all(
        connection,
        [
            Notice(
                kind="emergency",
                incident_id=incident_id,
                organisations=organisations,
                persons=persons,
            )
            for incident_id, (organisations, persons) in sorted(chains.items())
        ],
    )


def raise_imported(connection: Connection) -> None:
    """The same for what this transaction has imported: open emergencies of the last day. Older ones
    are past alarming; whoever imports an archive wakes nobody."""
    with beyond(connection):
        fresh = staging.fresh(connection, severity=EMERGENCY)
    raise_emergencies(connection, fresh)
