"""The demo's incidents brought into the database: owned, numbered, with their history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from gis.progress import Progress, silent
from gis.store.bulk import built_afterwards, copy_arrow
from gis.store.demo_hands import write_hands
from gis.store.scope import series_of
from gis.store.serials import serial, take
from gis.workflows.clocks import Office, office_of
from gis.workflows.first_clocks import FirstClocks, first_clocks
from gis.workflows.locators import Locators
from gis.workflows.ownership import Owner, owners_of
from gis.workflows.ruling import Matter

# As many at a time as memory takes lightly; each piece has its share of the bar.
PIECE = 50_000
STEPS = (
    ("register", "registered_at", "collected", "registered"),
    ("dispatch", "dispatched_at", "registered", "dispatched"),
    ("handle", "handled_at", "dispatched", "handled"),
    ("feed_back", "fed_back_at", "handled", "fed_back"),
    ("close", "closed_at", "fed_back", "closed"),
)
OWNED = {
    "plan_id": "int64", "grid_id": "int64", "grid_code": "string", "queue_id": "int64",
    "post_id": "int64", "person_id": "int64", "responsible_level": "int16", "route_rule": "string",
    "rule_id": "int64", "department_id": "int64", "contact_id": "int64",
}  # fmt: skip
SAME = ("severity", "source_ref", "title", "description", "address", "reported_at", "closed_at")


def write_incidents(
    connection: Connection,
    jurisdiction_id: int,
    jurisdiction_code: str,
    table: pd.DataFrame,
    *,
    actor: str,
    time_zone: str,
    progress: Progress = silent,
) -> None:
    """Store the incidents of `gis.demo.incidents` as new rows, oldest first, with every step and,
    of open ones, every hand.

    No incident may be in the database yet: its indexes are made anew at the end.
    """
    days = table["reported_at"].dt.tz_convert(ZoneInfo(time_zone)).dt.date
    numbers = take(connection, jurisdiction_id, Counter(days))
    serials = [serial(jurisdiction_code, day, next(numbers[day])) for day in days]
    locators = Locators()
    office = office_of(connection, jurisdiction_id)
    last = connection.execute(text("SELECT coalesce(max(id), 0) FROM incident")).scalar_one()
    connection.execute(text("SELECT set_config('wangge.hands', 'given', true)"))
    with built_afterwards(connection, ("incident", "incident_event"), progress):
        for start in range(0, len(table), PIECE):
            progress("demo-step-write", start / len(table))
            piece = table.iloc[start : start + PIECE]
            owners = owners_of(
                connection,
                locators,
                jurisdiction_id,
                piece["lon"].to_numpy(),
                piece["lat"].to_numpy(),
                np.array([at.to_pydatetime() for at in piece["reported_at"]], dtype=object),
                matter=Matter(
                    category=piece["category"].tolist(),
                    severity=piece["severity"].tolist(),
                    source=piece["source"].tolist(),
                ),
            ).owners
            first = _clocks(office, piece, actor)
            rows = _rows(
                jurisdiction_id, piece, serials[start : start + PIECE], owners, first.due_at
            )
            copy_arrow(connection, "incident", rows)
            ids = _ids_after(connection, last)
            last = max(ids.values())
            first.write(connection, dict(enumerate(piece["source_ref"].map(ids).tolist())))
            _write_history(connection, actor, piece, ids)
        progress("demo-step-write", 1.0)
    write_hands(connection)


def _rows(
    jurisdiction_id: int,
    piece: pd.DataFrame,
    serials: Sequence[str],
    owners: Sequence[Owner],
    due_at: Sequence[datetime | None],
) -> Any:
    """Incidents as an Arrow table with the columns of the database."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def texts(values: Any) -> Any:
        return pc.cast(pa.array(values), pa.string())

    columns: dict[str, Any] = {
        "serial": pa.array(serials),
        "ref_of": pa.array([series_of(one.partition("-")[0]) for one in serials]),
        "jurisdiction_id": pa.array([jurisdiction_id] * len(piece)),
        "category_code": texts(piece["category"]),
        "source": texts(piece["source"]),
        "stage": texts(piece["stage"]),
        "synthetic": pa.array([True] * len(piece)),
        "due_at": pa.array(due_at, pa.timestamp("us", "UTC")),
        "location": pc.binary_join_element_wise(
            "SRID=4326;POINT(", texts(piece["lon"]), " ", texts(piece["lat"]), ")", ""
        ),
    }
    columns |= {name: pa.array(piece[name]) for name in SAME}
    columns["satisfaction"] = texts(piece["satisfaction"])
    for name, kind in OWNED.items():
        attribute = "rule" if name == "route_rule" else name
        values = [getattr(owner, attribute) for owner in owners]
        columns[name] = pa.array(values, pa.type_for_alias(kind))
    return pa.table(columns)


def _clocks(office: Office | None, piece: pd.DataFrame, actor: str) -> FirstClocks:
    """Clocks of the whole case since the report, and of the stage since its last step."""
    stages = piece["stage"].astype(str)
    since = piece["reported_at"].copy()
    for _, column, _, after in STEPS:
        reached = (stages == after) & piece[column].notna()
        since = since.mask(reached, piece[column])
    return first_clocks(
        office,
        categories=piece["category"].astype(str).tolist(),
        severities=piece["severity"].tolist(),
        stages=stages.tolist(),
        reported_at=[at.to_pydatetime() for at in piece["reported_at"]],
        since=[at.to_pydatetime() for at in since],
        actor=actor,
    )


def _ids_after(connection: Connection, last: int) -> dict[str, int]:
    """Ids of what was just written, by reference."""
    found = connection.execute(
        text("SELECT source_ref, id FROM incident WHERE id > :last"), {"last": last}
    )
    return {row.source_ref: row.id for row in found}


def _write_history(
    connection: Connection, actor: str, piece: pd.DataFrame, ids: dict[str, int]
) -> None:
    import pyarrow as pa

    incident_id = piece["source_ref"].map(ids)
    for action, column, before, after in STEPS:
        known = piece[column].notna()
        count = int(known.sum())
        copy_arrow(
            connection,
            "incident_event",
            pa.table(
                {
                    "incident_id": pa.array(incident_id[known]),
                    "at": pa.array(piece.loc[known, column]),
                    "actor": pa.array([actor] * count),
                    "action": pa.array([action] * count),
                    "from_stage": pa.array([before] * count),
                    "to_stage": pa.array([after] * count),
                }
            ),
        )
