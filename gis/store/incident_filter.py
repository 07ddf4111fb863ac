"""Which incidents to list, and in which order: as SQL, every value bound."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from gis.errors import InputError

Due = Literal["overdue", "soon", "none"]
Order = Literal["newest", "due"]
OPEN_STAGES = ("collected", "registered", "dispatched", "handled", "fed_back")
STAGES = (*OPEN_STAGES, "closed", "evaluated")

# Due soon as the clock on the page shows it: no more than a quarter of the time is left.
DUE = {
    "overdue": "i.due_at < now()",
    "soon": "i.due_at >= now() AND i.due_at - now() < (i.due_at - i.reported_at) * 0.25",
    "none": "i.due_at IS NULL",
}
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # how the cursor writes that there is no deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents of a jurisdiction to list; None is any. `bbox`: west, south, east, north.

    `grid_code` is that of a grid or organisation of any level. `person_id` answers for it,
    `department_id` is first in charge of it. `due` asks for open incidents only.
    """

    jurisdiction_id: int
    status: str = "all"
    category: str | None = None
    severity: int | None = None
    grid_code: str | None = None
    queue_only: bool = False
    since: datetime | None = None
    until: datetime | None = None
    bbox: tuple[float, float, float, float] | None = None
    words: str | None = None
    stage: str | None = None
    source: str | None = None
    person_id: int | None = None
    department_id: int | None = None
    due: Due | None = None

    def where(self) -> tuple[str, dict[str, Any]]:
        """The SQL conditions, every value bound; `words` are left to the list."""
        clauses = ["i.jurisdiction_id = :jurisdiction_id"]
        values: dict[str, Any] = {"jurisdiction_id": self.jurisdiction_id}
        if self.status != "all":
            clauses.append("i.is_open" if self.status == "open" else "NOT i.is_open")
        if self.stage is not None:
            clauses += self._of_stage(self.stage)
        if self.due is not None:
            clauses += ["i.is_open", DUE[self.due]]
        if self.category is not None:
            column = "top_category" if len(self.category) == 2 else "category_code"
            clauses.append(f"i.{column} = :category")
            values["category"] = self.category
        if self.grid_code is not None:
            clauses.append("i.grid_code LIKE :grid_prefix")
            values["grid_prefix"] = f"{self.grid_code}%"
        if self.queue_only:
            clauses.append("i.queue_id IS NOT NULL")
        for column in ("severity", "source", "person_id", "department_id"):
            wanted = getattr(self, column)
            if wanted is not None:
                clauses.append(f"i.{column} = :{column}")
                values[column] = wanted
        if self.since is not None:
            clauses.append("i.reported_at >= :since")
            values["since"] = self.since
        if self.until is not None:
            clauses.append("i.reported_at < :until")
            values["until"] = self.until
        if self.bbox is not None:
            clauses.append(
                "i.location_3857 && ST_Transform("
                "ST_MakeEnvelope(:west, :south, :east, :north, 4326), 3857)"
            )
            values |= dict(zip(("west", "south", "east", "north"), self.bbox, strict=True))
        return " AND ".join(clauses), values

    def _of_stage(self, stage: str) -> list[str]:
        """Written out, not bound: only then the planner knows that the small index holds it."""
        if stage not in STAGES:
            raise InputError("stage-unknown", stage=stage, field="stage")
        clauses = [f"i.stage = '{stage}'"]
        return [*clauses, "i.is_open"] if stage in OPEN_STAGES else clauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An order that pages can be cut from: its columns, each way the same, and how it turns."""

    columns: tuple[str, str]
    descending: bool

    @property
    def by(self) -> str:
        way = " DESC" if self.descending else ""
        return f"ORDER BY {self.columns[0]}{way}, {self.columns[1]}{way}"

    @property
    def after(self) -> str:
        sign = "<" if self.descending else ">"
        return f"({', '.join(self.columns)}) {sign} (:after_at, :after_id)"


# What has no deadline stands last.
LISTED: dict[str, Listed] = {
    "newest": Listed(columns=("i.reported_at", "i.id"), descending=True),
    "due": Listed(columns=("coalesce(i.due_at, 'infinity')", "i.id"), descending=False),
}


def write_cursor(at: datetime | None, row_id: int) -> str:
    """An opaque mark after a row of a list, by the moment and the id that it is ordered by."""
    said = f"{(at or NEVER).isoformat()}|{row_id}"
    return base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> dict[str, Any]:
    """The values of `Listed.after`. Raises InputError `cursor-invalid`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, row_id = base64.urlsafe_b64decode(padded).decode().split("|")
        moment, last = datetime.fromisoformat(at), int(row_id)
    except (ValueError, binascii.Error) as error:
        raise InputError("cursor-invalid", field="cursor") from error
    if moment.tzinfo is None or not 0 < last < 2**63:
        raise InputError("cursor-invalid", field="cursor")
    return {"after_at": "infinity" if moment == NEVER else moment, "after_id": last}
