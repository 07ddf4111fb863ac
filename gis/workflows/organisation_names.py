"""Organisations as offices write them in files: by code or by name."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from gis.files.columns import cell_text
from gis.report import Report
from gis.store.contacts import organisations


def organisation_ids(connection: Connection, jurisdiction_id: int) -> dict[str, int | None]:
    """Ids of a jurisdiction's organisations by code and by either name; None where several bear
    one name."""
    found: dict[str, int | None] = {}
    listed = organisations(connection, jurisdiction_id)
    for one in listed:
        for name in {one["name"]["zh"], one["name"]["en"]}:
            found[name] = None if name in found else one["id"]
    return found | {one["code"]: one["id"] for one in listed}


def named_ids(
    values: pd.Series, known: dict[str, int | None], *, required: bool, report: Report
) -> list[int | None]:
    """The ids of a column of organisations; every one that is unknown is refused by row."""
    texts = values.map(cell_text)
    ids = [known.get(text) if text else None for text in texts]
    wrong = [
        row
        for row, text, found in zip(values.index, texts, ids, strict=True)
        if found is None and (text or required)
    ]
    if wrong:
        examples = sorted({texts[row] or "—" for row in wrong})[:5]
        report.add(
            "refused", "row-organisation-unknown", rows=wrong, column=str(values.name),
            examples=", ".join(examples),
        )  # fmt: skip
    return ids
