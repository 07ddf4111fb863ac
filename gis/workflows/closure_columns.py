"""The cases that closure figures are counted from, as columns in memory, 72 bytes each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from gis.hotspots.columns import Columns
from gis.store import closure
from gis.workflows.columns import LiveColumns

# As `gis.hotspots.columns.FIELDS`; besides `due`, the deadline that a case is judged by, and
# `closed`, both `gis.assessment.closure.NEVER` where there is none; ids of who answers (0 for
# nobody); whether it was reopened (`again`), and rests without having missed a deadline (`rests`).
FIELDS: Mapping[str, np.dtype[Any]] = {
    "id": np.dtype(np.int64),
    "at": np.dtype(np.int64),
    "due": np.dtype(np.int64),
    "closed": np.dtype(np.int64),
    "lon": np.dtype(np.float64),
    "lat": np.dtype(np.float64),
    "grid": np.dtype(np.int64),
    "person": np.dtype(np.int32),
    "department": np.dtype(np.int32),
    "body": np.dtype(np.int32),
    "category": np.dtype(np.int16),
    "severity": np.dtype(np.int8),
    "source": np.dtype(np.int8),
    "open": np.dtype(np.bool_),
    "merged": np.dtype(np.bool_),
    "again": np.dtype(np.bool_),
    "rests": np.dtype(np.bool_),
}


class CaseColumns(Columns):
    """Cases by ascending id, with what closure figures need."""

    fields: ClassVar[Mapping[str, np.dtype[Any]]] = FIELDS


class LiveCases(LiveColumns):
    """Cases by jurisdiction, as the database holds them at the moment of each question; those that
    were rejected or merged under the negative id of theirs."""

    make: ClassVar[type[Columns]] = CaseColumns
    all_rows = staticmethod(closure.all_rows)
    changed_rows = staticmethod(closure.changed_rows)
