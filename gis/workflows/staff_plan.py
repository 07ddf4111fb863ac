"""What a workbook of staff is about: units, people, posts and attachments as known, as to be."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gis.files.posts import moment_of
from gis.files.staff import Sheet
from gis.report import SHOWN_EXAMPLES, Report
from gis.store import staff_rows

NEVER = datetime.max.replace(tzinfo=UTC)
REACH = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
WARNED = ("repeated", "from-now", "past-end", "namesake")
LONGEST = {"person": 100, "name_zh": 200, "name_en": 200, "place": 200, "phone": 40,
           "staff_number": 40, "reason": 500}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Unit:
    """An organisation; without an id it is new."""

    id: int | None
    code: str
    kind: str
    name_zh: str
    name_en: str | None
    parent_code: str | None
    own: bool = True
    closed: bool = False


@dataclass(slots=True, kw_only=True)
class Somebody:
    """A person; without an id new. `seen`: a row of the sheet of people is about them."""

    id: int | None
    name: str
    phone: str | None
    number: str | None
    unit: Unit | None
    left: bool = False
    keeps_queue: bool = False
    seen: bool = False
    since: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Held:
    """A post; without an id to begin. `row`: of the sheet that is about it."""

    id: int | None
    person: Somebody
    code: str
    role: str
    seat: int
    since: datetime
    until: datetime | None
    reason: str | None = None
    row: int | None = None

    def overlaps(self, since: datetime, until: datetime | None) -> bool:
        return self.since < (until or NEVER) and since < (self.until or NEVER)


@dataclass(slots=True, kw_only=True)
class Tied:
    """An attachment, likewise."""

    id: int | None
    person: Somebody
    unit: Unit
    kind: str
    target: str
    place: str
    since: datetime
    until: datetime | None
    reason: str | None = None
    row: int | None = None


@dataclass(slots=True, kw_only=True)
class Changes:
    """What is to be written."""

    new_units: list[tuple[Unit, datetime | None]] = field(default_factory=list)
    changed_units: list[tuple[Unit, dict[str, Any], datetime | None]] = field(default_factory=list)
    new_people: list[Somebody] = field(default_factory=list)
    changed_people: list[tuple[Somebody, dict[str, Any], datetime | None]] = field(
        default_factory=list
    )
    numbers: list[Somebody] = field(default_factory=list)
    begun: list[Held] = field(default_factory=list)
    ended: list[tuple[Held, datetime]] = field(default_factory=list)
    tied: list[Tied] = field(default_factory=list)
    untied: list[tuple[Tied, datetime]] = field(default_factory=list)
    already: int = 0


class Known:
    """All that a jurisdiction has on record, and what the file adds to it."""

    def __init__(self, connection: Connection, root_id: int) -> None:
        self.units: dict[str, Unit] = {}
        self.units_by_name: dict[str, list[Unit]] = defaultdict(list)
        by_id: dict[int, Unit] = {}
        for row in staff_rows.units(connection, root_id):
            unit = Unit(
                id=row.id, code=row.code, kind=row.kind, name_zh=row.name_zh, name_en=row.name_en,
                parent_code=row.parent_code, own=row.own, closed=row.closed,
            )  # fmt: skip
            by_id[row.id] = unit
            self.add_unit(unit)
        self.people: dict[str, list[Somebody]] = defaultdict(list)
        self.numbers: dict[str, Somebody] = {}
        persons: dict[int, Somebody] = {}
        for row in staff_rows.people(connection, root_id):
            one = Somebody(
                id=row.id, name=row.name, phone=row.phone, number=row.staff_number,
                unit=by_id.get(row.organisation_id), left=row.left, keeps_queue=row.keeps_queue,
            )  # fmt: skip
            persons[row.id] = one
            self.add_person(one)
        self.grids = {row.code: row for row in staff_rows.grids(connection, root_id)}
        self.posts: dict[tuple[str, str], list[Held]] = defaultdict(list)
        for row in staff_rows.posts(connection, root_id):
            held = Held(
                id=row.id, person=persons[row.person_id], code=row.code, role=row.role,
                seat=row.seat, since=row.since, until=row.until,
            )  # fmt: skip
            self.posts[row.code, row.role].append(held)
        self.ties: dict[tuple[str, str], list[Tied]] = defaultdict(list)
        for row in staff_rows.attachments(connection, root_id):
            if row.person_id in persons and row.organisation_id in by_id:
                tied = Tied(
                    id=row.id, person=persons[row.person_id], unit=by_id[row.organisation_id],
                    kind=row.kind, target=row.target_code, place=row.place, since=row.since,
                    until=row.until,
                )  # fmt: skip
                self.ties[row.target_code, row.place].append(tied)

    def add_unit(self, unit: Unit) -> None:
        self.units[unit.code] = unit
        for name in {unit.name_zh, unit.name_en} - {None}:
            self.units_by_name[str(name)].append(unit)

    def add_person(self, one: Somebody) -> None:
        self.people[one.name].append(one)
        if one.number:
            self.numbers.setdefault(one.number, one)

    def unit_of(self, cell: str) -> Unit | None:
        """A unit by its code or by a name that only one bears."""
        if cell in self.units:
            return self.units[cell]
        named = self.units_by_name.get(cell, [])
        return named[0] if len(named) == 1 else None


class Faults:
    """Faults by sheet, code and column, told as findings in the end."""

    def __init__(self, sheets: Mapping[str, Sheet], report: Report) -> None:
        self._sheets, self._report = sheets, report
        self._found: dict[tuple[str, str, str, str], list[tuple[int, str]]] = defaultdict(list)

    def add(
        self, what: str, row: int, code: str, role: str, example: Any = "", known: str = ""
    ) -> None:
        self._found[what, code, role, known].append((row, str(example)))

    def tell(self) -> int:
        """Note all findings; gives how many rows are refused."""
        refused = 0
        for (what, code, role, known), rows in sorted(self._found.items()):
            warned = code in WARNED
            refused += 0 if warned else len(rows)
            examples = sorted({example for _, example in rows if example})[:SHOWN_EXAMPLES]
            sheet = self._sheets[what]
            self._report.add(
                "warned" if warned else "refused", f"staff-row-{code}", rows=[at for at, _ in rows],
                sheet=sheet.name, column=sheet.columns.get(role, role),
                examples=", ".join(examples) or "-", known=known,
            )  # fmt: skip
        return refused


class Reader:
    """The cells of one sheet, each fault told by row and column."""

    def __init__(self, what: str, faults: Faults, zone: ZoneInfo) -> None:
        self._what, self._faults, self._zone = what, faults, zone

    def fault(self, row: int, code: str, role: str, example: Any = "", known: str = "") -> None:
        self._faults.add(self._what, row, code, role, example, known)

    def needs(self, row: int, given: Mapping[str, Any], roles: Iterable[str]) -> bool:
        """Whether all these cells are filled, and no text is too long."""
        good = True
        for role in roles:
            if role not in given:
                self.fault(row, "empty-cell", role)
                good = False
        for role, longest in LONGEST.items():
            if role in given and len(str(given[role])) > longest:
                self.fault(row, "too-long", role, str(given[role])[:20] + "…")
                good = False
        return good

    def moments(
        self, row: int, given: Mapping[str, Any]
    ) -> tuple[datetime | None, datetime | None] | None:
        """From when to when; a last day counts whole. None if a cell cannot be read."""
        found: list[datetime | None] = []
        for role in ("since", "until"):
            if role not in given:
                found.append(None)
                continue
            read = moment_of(given[role], self._zone)
            if read is None or not REACH[0] <= read[0] <= REACH[1]:
                self.fault(row, "time-unreadable", role, given[role])
                return None
            whole_day = read[1] and role == "until"
            found.append(read[0] + timedelta(days=1) if whole_day else read[0])
        since, until = found
        if since is not None and until is not None and until <= since:
            self.fault(row, "time-reversed", "until", given["until"])
            return None
        return since, until


def digits(phone: str | None) -> str:
    """A telephone number without what people put between its digits."""
    return "".join(it for it in unicodedata.normalize("NFKC", phone or "") if it.isdigit())
