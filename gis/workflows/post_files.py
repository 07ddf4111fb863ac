"""A file of leave and duty rosters taken in whole or not at all, once however often it is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Connection, Engine

from gis.errors import InputError
from gis.files.posts import KINDS, SHIFTS, PostTable, moment_of, read_posts, shift_of
from gis.progress import Progress, silent
from gis.report import SHOWN_EXAMPLES, Report
from gis.store import absences, audit, known, post_rows
from gis.store.engine import acting
from gis.store.people import people

EVERYBODY = 1_000_000
NEVER = datetime.max.replace(tzinfo=UTC)
REACH = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Existing = Mapping[Any, list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostsDone:
    """What came of a file: leave and shifts recorded (or to be, in a dry run), and rows that were
    there already."""

    absences: int
    duties: int
    already: int
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """One good row. Of leave `place` is the person, of a shift the grid."""

    row: int
    kind: str
    person_id: int
    substitute_id: int | None
    grid_code: str | None
    since: datetime
    until: datetime | None
    reason: str | None

    @property
    def place(self) -> int | str:
        return self.person_id if self.grid_code is None else self.grid_code

    @property
    def same(self) -> tuple[Any, ...]:
        return self.place, self.person_id, self.substitute_id, self.since, self.until


def import_posts(
    engine: Engine,
    jurisdiction_id: int,
    path: Path,
    *,
    file_name: str,
    actor: str,
    time_zone: str,
    report: Report,
    dry_run: bool = False,
    progress: Progress = silent,
) -> PostsDone:
    """Record every row of a file of leave and shifts, in one transaction; or none.

    Every fault is in `report` by row and column. What is recorded already is left as it is.
    Times without an offset are of `time_zone`; a day without hours counts whole. Raises
    InputError `file-…`, `column-missing`, `posts-refused` (see the report), NotFoundError
    `jurisdiction-not-found`, ConflictError `absence-twice`, `duty-twice` if somebody else recorded
    the same meanwhile.
    """
    table = read_posts(path, report=report)
    with acting(engine, actor, action="posts-import", reason=file_name) as connection:
        known.require(connection, jurisdiction_id)
        post_rows.lock(connection, jurisdiction_id)
        rows = _Rows(connection, jurisdiction_id, table, ZoneInfo(time_zone), report)
        new, already = rows.checked()
        refused = sum(it.count for it in report.findings if it.outcome == "refused")
        if refused:
            raise InputError("posts-refused", count=refused, file=file_name)
        report.rows_accepted = len(table.frame)
        for done, one in enumerate([] if dry_run else new):
            progress("posts-step-write", done / len(new))
            _write(connection, jurisdiction_id, one, file_name)
        if new and not dry_run:
            audit.record(
                connection, "posts-import", f"organisation {jurisdiction_id}",
                {"file": file_name, "rows": len(new)},
            )  # fmt: skip
    leave = sum(one.kind == "absence" for one in new)
    return PostsDone(absences=leave, duties=len(new) - leave, already=already, dry_run=dry_run)


def _write(connection: Connection, jurisdiction_id: int, one: _Planned, file_name: str) -> None:
    held = {"person_id": one.person_id, "since": one.since, "until": one.until}
    if one.grid_code is None:
        absences.add_absence(
            connection, **held, substitute_id=one.substitute_id, reason=one.reason or file_name
        )
    else:
        absences.add_duty(
            connection, **held, jurisdiction_id=jurisdiction_id, grid_code=one.grid_code,
            reason=one.reason,
        )  # fmt: skip


class _Rows:
    """The rows of a table against the people, grids, leave and shifts of a jurisdiction."""

    def __init__(
        self,
        connection: Connection,
        jurisdiction_id: int,
        table: PostTable,
        zone: ZoneInfo,
        report: Report,
    ) -> None:
        self._connection, self._of = connection, jurisdiction_id
        self._table, self._zone, self._report = table, zone, report
        self._people: dict[str, list[Any]] = defaultdict(list)
        for one in people(connection, jurisdiction_id, limit=EVERYBODY):
            self._people[one["name"]].append(one)
        self._grids = post_rows.grid_codes(connection, jurisdiction_id)
        self._faults: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)

    def checked(self) -> tuple[list[_Planned], int]:
        """The rows to be recorded, and how many are already. The faults go to the report."""
        found: list[_Planned] = []
        for number, cells in self._table.frame.iterrows():
            given = {str(role): cell for role, cell in cells.items() if pd.notna(cell)}
            one = self._row(int(str(number)), given)
            if one is not None:
                found.append(one)
        new, already = self._new(self._once(found))
        for (code, role), rows in sorted(self._faults.items()):
            outcome = "warned" if code in ("posts-row-repeated", "posts-row-ended") else "refused"
            examples = sorted({example for _, example in rows if example})
            self._report.add(
                "warned" if outcome == "warned" else "refused", code, rows=[at for at, _ in rows],
                column=self._table.columns.get(role, role),
                examples=", ".join(examples[:SHOWN_EXAMPLES]) or "-",
                known=", ".join([*SHIFTS] if code == "posts-row-shift-unknown" else [*KINDS]),
            )  # fmt: skip
        return new, already

    def _fault(self, row: int, code: str, role: str, example: Any = "") -> None:
        self._faults[(f"posts-row-{code}", role)].append((row, str(example)))

    def _row(self, row: int, given: dict[str, Any]) -> _Planned | None:
        kind: str | None = "duty" if "grid_code" in given or "shift" in given else "absence"
        if "kind" in given:
            kind = KINDS.get(str(given["kind"]).lower())
            if kind is None:
                self._fault(row, "kind-unknown", "kind", given["kind"])
        person = self._person(row, given, "person", "phone")
        substitute, grid_code = None, None
        if kind == "duty":
            grid_code = str(given.get("grid_code", ""))
            if grid_code not in self._grids:
                missing = "grid-unknown" if grid_code else "grid-missing"
                self._fault(row, missing, "grid_code", grid_code)
                grid_code = None
        elif "substitute" in given:
            substitute = self._person(row, given, "substitute", "substitute_phone")
            if substitute is None:
                person = None
            elif substitute == person:
                self._fault(row, "substitute-self", "substitute", given["substitute"])
                person = None
        span = self._span(row, given, open_ended=kind == "absence")
        if person is None or span is None or kind is None or (kind == "duty" and not grid_code):
            return None
        reason = given.get("reason")
        return _Planned(
            row=row, kind=kind, person_id=person, substitute_id=substitute, grid_code=grid_code,
            since=span[0], until=span[1], reason=str(reason)[:1000] if reason else None,
        )  # fmt: skip

    def _person(self, row: int, given: dict[str, Any], role: str, by_phone: str) -> int | None:
        name, phone = str(given.get(role, "")), str(given.get(by_phone, ""))
        if not name:
            self._fault(row, "person-missing", role)
            return None
        named = self._people.get(name, [])
        if phone:
            named = [one for one in named if _digits(one["phone"]) == _digits(phone)]
        if len(named) == 1:
            return int(named[0]["id"])
        code = "person-ambiguous" if named else "person-unknown"
        self._fault(row, code, role, f"{name} {phone}".strip())
        return None

    def _span(
        self, row: int, given: dict[str, Any], *, open_ended: bool
    ) -> tuple[datetime, datetime | None] | None:
        """From when to when a row lasts: a shift of a day, or two moments."""
        start = "since" if "since" in given else "date"
        if start not in given:
            self._fault(row, "time-missing", "since")
            return None
        since = moment_of(given[start], self._zone)
        until = moment_of(given["until"], self._zone) if "until" in given else None
        for role, read in ((start, since), ("until", until)):
            if role in given and read is None:
                self._fault(row, "time-unreadable", role, given[role])
                return None
            if read is not None and not REACH[0] <= read[0] <= REACH[1]:
                self._fault(row, "time-too-far", role, given[role])
                return None
        assert since is not None  # it is in `given`, and was read
        if "shift" in given:
            hours = shift_of(given["shift"], since[0])
            if hours is None or until is not None or not since[1]:
                code = "shift-unknown" if hours is None else "shift-and-times"
                self._fault(row, code, "shift", given["shift"])
                return None
            return hours
        if until is None:
            if start == "date" and since[1]:
                return since[0], since[0] + timedelta(days=1)
            if open_ended:
                return since[0], None
            self._fault(row, "time-missing", "until")
            return None
        end = until[0] + timedelta(days=1) if until[1] and since[1] else until[0]
        if end <= since[0]:
            self._fault(row, "time-reversed", "until", given["until"])
            return None
        return since[0], end

    def _once(self, found: list[_Planned]) -> list[_Planned]:
        """Each row once; rows of one person's leave or one grid's duty must not overlap."""
        kept: list[_Planned] = []
        last: dict[tuple[str, Any], _Planned] = {}
        for one in sorted(found, key=lambda it: (it.since, it.until or NEVER, it.row)):
            before = last.get((one.kind, one.place))
            if before is not None and before.same == one.same:
                self._fault(one.row, "repeated", "person")
                continue
            if before is not None and one.since < (before.until or NEVER):
                self._fault(one.row, "overlaps-row", "since", before.row)
                continue
            last[(one.kind, one.place)] = one
            kept.append(one)
        return sorted(kept, key=lambda it: it.row)

    def _new(self, found: list[_Planned]) -> tuple[list[_Planned], int]:
        """Those that are not recorded yet, and how many are."""
        stored = self._stored(found)
        new, already = [], 0
        for one in found:
            others = stored.get((one.kind, one.place), [])
            same = [it for it in others if _same(it, one)]
            if same:
                already += 1
                if all(it.ended for it in same):
                    self._fault(one.row, "ended", "since")
                continue
            over = [it for it in others if not it.gone and it.held_since < (one.until or NEVER)
                    and one.since < (it.held_until or NEVER)]  # fmt: skip
            if over:
                times = (over[0].held_since, over[0].held_until)
                told = [
                    f"{it.astimezone(self._zone):%Y-%m-%d %H:%M}" if it else "…" for it in times
                ]
                self._fault(one.row, "overlaps-stored", "since", " – ".join(told))
            else:
                new.append(one)
        return new, already

    def _stored(self, found: list[_Planned]) -> Existing:
        stored: dict[Any, list[Any]] = defaultdict(list)
        leave = [one for one in found if one.kind == "absence"]
        duty = [one for one in found if one.kind == "duty"]
        if leave:
            until = max(one.until or NEVER for one in leave)
            for row in post_rows.leave(
                self._connection, sorted({one.person_id for one in leave}),
                min(one.since for one in leave), None if until == NEVER else until,
            ):  # fmt: skip
                stored[("absence", row.person_id)].append(row)
        if duty:
            for row in post_rows.duty(
                self._connection, self._of, min(one.since for one in duty),
                max(one.until or NEVER for one in duty),
            ):  # fmt: skip
                stored[("duty", row.grid_code)].append(row)
        return stored


def _same(stored: Any, one: _Planned) -> bool:
    substitute = stored.substitute_id if one.kind == "absence" else None
    told = stored.person_id, substitute, stored.since, stored.until
    return told == (one.person_id, one.substitute_id, one.since, one.until)


def _digits(phone: str | None) -> str:
    return "".join(it for it in phone or "" if it.isdigit())
