"""The demo's leaders and the units that they are attached to, brought into the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from gis.demo.city import DemoCity
from gis.demo.leaders import attachments, leaders
from gis.store import base_data, staff_rows
from gis.store.base_data import PersonRow

REASON = "合成演示数据"


def write_attachments(
    connection: Connection,
    city: DemoCity,
    grids: pd.DataFrame,
    posts: pd.DataFrame,
    *,
    people: Mapping[str, int],
    organisations: Mapping[str, int],
    since: datetime,
) -> None:
    """Store the leaders above the grids, and every attachment, from `since` on or from the
    beginning of the post that it goes with. `people`: ids of who holds posts."""
    above = leaders(city, grids)
    ids = dict(people) | base_data.write_people(
        connection,
        [
            PersonRow(
                key=str(row.person_id), name=row.name, phone=row.phone,
                organisation_code=row.organisation_code,
            )
            for row in _rows(above)
        ],
        organisations,
        synthetic=True,
    )  # fmt: skip
    staff_rows.write_attachments(
        connection,
        [
            {
                "person": ids[str(row.person_id)],
                "organisation": organisations[row.organisation_code],
                "kind": row.kind, "target": row.target_code, "place": "",
                "since": since if pd.isna(row.since) else row.since.to_pydatetime(),
                "until": None, "reason": REASON,
            }
            for row in _rows(attachments(above, posts))
        ],
    )  # fmt: skip


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    yield from frame.itertuples(index=False)
