"""Which incidents to list, and in which order: as SQL, every value bound."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gis.errors import InputError

Due = Literal["overdue", "soon", "none"]
Marked = Literal["parked", "supervised"]
Order = Literal["newest", "due"]
OPEN_STAGES = ("collected", "registered", "dispatched", "handled", "fed_back")
STAGES = (*OPEN_STAGES, "closed", "evaluated")

# Due soon by its clocks; a case that came with a deadline and has none, by a quarter of its time.
SOON_AT = """coalesce(
  (SELECT min(clock.soon_at) FROM clock WHERE clock.incident_id = i.id
     AND clock.stopped_at IS NULL AND clock.paused_at IS NULL),
  i.due_at - (i.due_at - i.reported_at) * 0.25)"""
DUE = {
    "overdue": "i.due_at < now()",
    "soon": f"i.due_at >= now() AND {SOON_AT} <= now()",
    "none": "i.due_at IS NULL",
}
MARKED = {"parked": "i.parked_until IS NOT NULL", "supervised": "i.supervised_until IS NOT NULL"}
# A department's cases: it is in charge beside the grid, or has or had them in hand.
OF_DEPARTMENT = """i.id IN (
  SELECT id FROM incident WHERE department_id = :department_id
  UNION ALL SELECT incident_id FROM hand WHERE organisation_id = :department_id)"""
IN_HAND = """i.is_open AND i.id IN (
  SELECT incident_id FROM hand WHERE until IS NULL AND person_id = :hand_person
  UNION ALL
  SELECT incident_id FROM hand WHERE until IS NULL AND organisation_id = :hand_organisation)"""
# What row security lets somebody see who sees no tree; looked up, not waited for row by row.
OF_CALLER = """i.id IN (
  SELECT id FROM incident WHERE grid_code = ANY(:own_grids)
  UNION ALL SELECT id FROM incident WHERE person_id = :own_person
  UNION ALL SELECT id FROM incident WHERE department_id = ANY(:own_departments)
  UNION ALL SELECT incident_id FROM hand WHERE until IS NULL AND person_id = :own_person
  UNION ALL SELECT incident_id FROM hand WHERE organisation_id = ANY(:own_departments))"""
SUB_DISTRICT = 9  # digits of its code
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # how the cursor writes that there is no deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCases:
    """The cases of a grid worker (of these grids, of this person) or of departments."""

    grid_codes: tuple[str, ...]
    person_id: int | None
    department_ids: tuple[int, ...]

    def values(self) -> dict[str, Any]:
        """What OF_CALLER binds."""
        return {
            "own_grids": list(self.grid_codes),
            "own_person": self.person_id,
            "own_departments": list(self.department_ids),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Among:
    """Incidents that were counted elsewhere, the newest first as lists have them: ids, and when
    each was reported in microseconds since 1970."""

    ids: npt.NDArray[np.int64]
    at_us: npt.NDArray[np.int64]

    def after(self, at: datetime, row_id: int) -> Among:
        """What is older than an incident that was reported at a moment."""
        told = (at - EPOCH) // timedelta(microseconds=1)
        turned = self.at_us[::-1]
        first = int(np.searchsorted(turned, told, side="left"))
        end = int(np.searchsorted(turned, told, side="right"))
        same = int(np.searchsorted(self.ids[::-1][first:end], row_id, side="left"))
        start = len(turned) - first - same
        return Among(ids=self.ids[start:], at_us=self.at_us[start:])

    def both(self, other: Among) -> Among:
        """Those that are among others, too."""
        here = np.isin(self.ids, other.ids)
        return Among(ids=self.ids[here], at_us=self.at_us[here])


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFilter:
    """Which incidents of a jurisdiction to list; None is any. `bbox`: west, south, east, north.

    `grid_code` and `organisation_code` stand for all below them. `person_id` answers for it,
    `department_id` is in charge of it or had it in hand. `due`, `marked` and `in_hand` (of a
    person, of an organisation) ask for open incidents only. `own`: of somebody who sees
    no part of the jurisdiction, but cases. `among`: of these only, which are looked up.
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
    organisation_code: str | None = None
    department_id: int | None = None
    due: Due | None = None
    marked: Marked | None = None
    in_hand: tuple[int | None, int | None] | None = None
    own: OwnCases | None = None
    among: Among | None = None

    @property
    def steady(self) -> bool:
        """Whether the way to look for it is the same whatever its values are: a few at most of all
        incidents lie elsewhere, so that the newest of them are soon found among the newest."""
        free = {"jurisdiction_id", "status", "stage", "severity", "category", "queue_only"}
        whole = (self.status, self.stage, self.severity, self.category) == ("all", None, None, None)
        if whole and len(self.grid_code or "") <= SUB_DISTRICT:
            free.add("grid_code")
        return (self.category is None or len(self.category) == 2) and all(
            getattr(self, field.name) is None or field.name in free for field in fields(self)
        )

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
        if self.marked is not None:
            clauses += ["i.is_open", MARKED[self.marked]]
        if self.in_hand is not None:
            clauses.append(IN_HAND)
            values |= dict(zip(("hand_person", "hand_organisation"), self.in_hand, strict=True))
        if self.category is not None:
            column = "top_category" if len(self.category) == 2 else "category_code"
            clauses.append(f"i.{column} = :category")
            values["category"] = self.category
        if self.grid_code is not None:
            clauses.append("i.grid_code ^@ :grid_prefix")
            values["grid_prefix"] = self.grid_code
        if self.own is not None:
            clauses.append(OF_CALLER)
            values |= self.own.values()
        if self.organisation_code is not None:
            clauses.append("i.grid_code ^@ :organisation_prefix")
            values["organisation_prefix"] = self.organisation_code
        if self.queue_only:
            clauses.append("i.queue_id IS NOT NULL")
        if self.department_id is not None:
            clauses.append(OF_DEPARTMENT)
            values["department_id"] = self.department_id
        for column in ("severity", "source", "person_id"):
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
