"""A workbook of organisations, people, posts and attachments, taken in whole or not at all."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gis.errors import ConflictError, InputError, WanggeError
from gis.files.staff import read_workbook
from gis.progress import Progress, silent
from gis.report import Report
from gis.store import audit, departures, import_jobs, organisations, staff, staff_rows
from gis.store.engine import acting
from gis.store.hand_over import OpenIncident
from gis.store.import_jobs import RunningImport
from gis.store.plans_in_force import hold_in_force
from gis.workflows import hand_on
from gis.workflows.departures import Leaving, leave_in
from gis.workflows.locators import Locators
from gis.workflows.staff_plan import Changes, Faults, Held, Known, Somebody, Tied, Unit
from gis.workflows.staff_post_checks import Checks, missing
from gis.workflows.units_and_people import NewOrganisation, change_in, change_person_in, create_in

SHARES = {"staff-step-read": (0.0, 0.3), "staff-step-check": (0.3, 0.5),
          "staff-step-write": (0.5, 1.0)}  # fmt: skip
BLOCK = 2000
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRequest:
    """Which workbook is for which tree, and what to do with it."""

    jurisdiction_id: int
    file_name: str
    time_zone: str
    actor: str
    dry_run: bool = False
    end_missing: bool = False
    language: str = "zh-CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDone:
    """What came of a workbook, or would in a dry run.

    `missing_…`: what the file does not name, ended only if that was asked for. `cases`: open ones
    that went to somebody else.
    """

    organisations_added: int
    organisations_changed: int
    people_added: int
    people_changed: int
    posts_begun: int
    posts_ended: int
    attachments_begun: int
    attachments_ended: int
    already: int
    missing_people: int
    missing_posts: int
    missing_attachments: int
    cases: int
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """As JSON-ready values."""
        return asdict(self)


def import_staff(
    engine: Engine,
    locators: Locators,
    request: StaffRequest,
    path: Path,
    *,
    report: Report,
    progress: Progress = silent,
    job_id: int | None = None,
) -> StaffDone:
    """Record what a workbook changes, in one transaction; or nothing.

    Every fault is in `report` by sheet, row and column. What is recorded stays; what changed
    becomes a dated change from now on. Raises InputError `staff-…`, `file-…`, `staff-refused` (see
    the report); NotFoundError `organisation-not-found`; ConflictError `staff-changed-meanwhile`.
    """
    progress("staff-step-read", 0.0)
    sheets = read_workbook(path, report=report)
    progress("staff-step-check", 0.0)
    root_id, name = request.jurisdiction_id, request.file_name
    try:
        with acting(engine, request.actor, action="hand_over", reason=name) as connection:
            organisations.organisation(connection, root_id, root_id)
            staff_rows.lock(connection, root_id)
            if not request.dry_run:
                hold_in_force(connection, root_id)
            now = organisations.clock(connection)
            known = Known(connection, root_id)
            faults = Faults(sheets, report)
            zone = ZoneInfo(request.time_zone)
            changes = Checks(known, sheets, faults, zone, now, request.language).all()
            refused = faults.tell()
            if refused:
                raise InputError("staff-refused", count=refused, file=name)
            left_out = missing(known, sheets, now)
            done = _counted(changes, left_out, request)
            report.rows_accepted = report.rows_read
            if not request.dry_run:
                progress("staff-step-write", 0.0)
                cases = _Writing(connection, locators, request, now, progress).write(
                    known, changes, left_out if request.end_missing else ([], [], [])
                )
                done = _counted(changes, left_out, request, cases)
                audit.record(connection, "staff-import", f"organisation {root_id}",
                             {"file": name, **done.as_dict()})  # fmt: skip
            if job_id is not None:
                import_jobs.finish(
                    connection, job_id, report, written=report.rows_accepted,
                    done={"done": done.as_dict()},
                )  # fmt: skip
    except IntegrityError as error:
        raise ConflictError("staff-changed-meanwhile", file=name) from error
    progress("staff-step-write", 1.0)
    return done


def start(engine: Engine, request: StaffRequest, path: Path) -> RunningImport:
    """Note an import before it runs, so that it can be followed; it must be closed.

    Raises NotFoundError `jurisdiction-not-found`, ConflictError `import-running-already`.
    """
    return import_jobs.start(
        engine, jurisdiction_id=request.jurisdiction_id, file_name=request.file_name,
        sha256=hashlib.sha256(b"staff" + path.read_bytes()).hexdigest(), dry_run=request.dry_run,
        again=True, created_by=request.actor, zone=ZoneInfo(request.time_zone),
    )  # fmt: skip


def run(
    engine: Engine,
    locators: Locators,
    request: StaffRequest,
    path: Path,
    running: RunningImport,
) -> None:
    """Carry out a noted import and note how it ended. Removes the saved file."""
    report = Report(source=request.file_name)

    def follow(step: str, fraction: float) -> None:
        begin, end = SHARES[step]
        with engine.begin() as other:
            import_jobs.note_progress(other, running.id, step, begin + (end - begin) * fraction)

    with running:
        try:
            import_staff(
                engine, locators, request, path, report=report, progress=follow, job_id=running.id
            )
        except Exception as raised:
            error = raised if isinstance(raised, WanggeError) else WanggeError("internal-error")
            if not isinstance(raised, WanggeError):
                log.exception("staff import failed", job=running.id)
            if "file" in error.params:  # the user knows it by its name
                error.params["file"] = request.file_name
            with suppress(SQLAlchemyError, ConflictError), engine.begin() as other:
                import_jobs.finish(other, running.id, report, error=error)
        finally:
            path.unlink(missing_ok=True)


Missing = tuple[Sequence[Somebody], Sequence[Held], Sequence[Tied]]


def _counted(
    changes: Changes, left_out: Missing, request: StaffRequest, cases: int = 0
) -> StaffDone:
    ended = request.end_missing
    return StaffDone(
        organisations_added=len(changes.new_units),
        organisations_changed=len(changes.changed_units),
        people_added=len(changes.new_people),
        people_changed=len(changes.changed_people) + len(changes.numbers),
        posts_begun=len(changes.begun),
        posts_ended=len(changes.ended) + (len(left_out[1]) if ended else 0),
        attachments_begun=len(changes.tied),
        attachments_ended=len(changes.untied) + (len(left_out[2]) if ended else 0),
        already=changes.already,
        missing_people=len(left_out[0]),
        missing_posts=len(left_out[1]),
        missing_attachments=len(left_out[2]),
        cases=cases,
        dry_run=request.dry_run,
    )


class _Writing:
    """Writes what a workbook changes; gives how many open cases went to somebody else."""

    def __init__(
        self, connection: Connection, locators: Locators, request: StaffRequest, now: datetime,
        progress: Progress,
    ) -> None:  # fmt: skip
        self._connection, self._locators, self._request = connection, locators, request
        self._now, self._progress = now, progress

    def write(self, known: Known, changes: Changes, left_out: Missing) -> int:
        self._units(known, changes)
        self._progress("staff-step-write", 0.1)
        self._people(changes)
        self._progress("staff-step-write", 0.4)
        gone, posts, ties = left_out
        ended = [*changes.ended, *((held, self._now) for held in posts)]
        self._posts(known, changes, ended)
        self._progress("staff-step-write", 0.6)
        self._ties(changes, [*changes.untied, *((tied, self._now) for tied in ties)])
        self._progress("staff-step-write", 0.7)
        cases = self._hand_on(ended)
        for done, one in enumerate(gone):
            assert one.id is not None  # nobody who is new is missing
            given = Leaving(person_id=one.id, reason=self._request.file_name)
            left = leave_in(
                self._connection, self._locators, self._request.jurisdiction_id, given,
                self._request.actor,
            )  # fmt: skip
            cases += sum(left.cases.values())
            if done % BLOCK == 0:
                self._progress("staff-step-write", 0.8 + 0.2 * done / len(gone))
        return cases

    def _units(self, known: Known, changes: Changes) -> None:
        root_id = self._request.jurisdiction_id
        root = organisations.organisation(self._connection, root_id, root_id)
        for unit, since in changes.new_units:
            given = NewOrganisation(
                code=unit.code, kind=unit.kind, name_zh=unit.name_zh, name_en=unit.name_en,
                parent_code=unit.parent_code, since=since,
            )  # fmt: skip
            unit.id = create_in(self._connection, root, given)
        for unit, changed, at in changes.changed_units:
            values = dict(changed)
            parent: Unit | None = values.pop("parent", None)
            if parent is not None:
                values["parent_id"] = parent.id
            assert unit.id is not None  # it is on record
            change_in(self._connection, root_id, unit.id, at=at, **values)

    def _people(self, changes: Changes) -> None:
        ids = staff_rows.new_ids(self._connection, "person", len(changes.new_people))
        by_since: dict[datetime | None, list[dict[str, Any]]] = defaultdict(list)
        for number, one in zip(ids, changes.new_people, strict=True):
            one.id = number
            by_since[one.since].append(
                {"id": number, "name": one.name, "phone": one.phone, "staff_number": one.number,
                 "organisation_id": one.unit.id if one.unit else None}
            )  # fmt: skip
        for since, rows in by_since.items():
            organisations.tell_since(self._connection, since)
            staff_rows.write_people(self._connection, rows)
        organisations.tell_since(self._connection, None)
        for one in changes.numbers:
            if one.id is not None:
                staff.set_number(self._connection, one.id, one.number)
        for one, changed, at in changes.changed_people:
            values = dict(changed)
            unit: Unit | None = values.pop("unit", None)
            if unit is not None:
                values["organisation_id"] = unit.id
            assert one.id is not None  # on record
            change_person_in(self._connection, one.id, at=at, quiet=True, **values)

    def _posts(
        self, known: Known, changes: Changes, ended: Sequence[tuple[Held, datetime]]
    ) -> None:
        name = self._request.file_name
        staff_rows.end_posts(
            self._connection,
            [{"id": held.id, "at": at, "reason": held.reason or name} for held, at in ended],
        )
        staff_rows.write_posts(
            self._connection,
            [
                {
                    "person": held.person.id, "grid": known.grids[held.code].id,
                    "level": known.grids[held.code].level, "role": held.role, "seat": held.seat,
                    "since": held.since, "until": held.until, "reason": held.reason or name,
                }
                for held in changes.begun
            ],
        )  # fmt: skip

    def _ties(self, changes: Changes, untied: Sequence[tuple[Tied, datetime]]) -> None:
        name = self._request.file_name
        staff_rows.end_attachments(
            self._connection,
            [{"id": tied.id, "at": at, "reason": tied.reason or name} for tied, at in untied],
        )
        staff_rows.write_attachments(
            self._connection,
            [
                {
                    "person": tied.person.id, "organisation": tied.unit.id, "kind": tied.kind,
                    "target": tied.target, "place": tied.place, "since": tied.since,
                    "until": tied.until, "reason": tied.reason or name,
                }
                for tied in changes.tied
            ],
        )  # fmt: skip

    def _hand_on(self, ended: Sequence[tuple[Held, datetime]]) -> int:
        """A departure for each person and moment at which posts end; those of now move cases."""
        groups: dict[tuple[int, datetime], list[Held]] = defaultdict(list)
        for held, at in ended:
            assert held.person.id is not None and held.id is not None  # on record
            groups[held.person.id, at].append(held)
        moved = 0
        for (person_id, at), listed in groups.items():
            ids = [held.id for held in listed if held.id is not None]
            departure_id = departures.add(
                self._connection, person_id=person_id,
                jurisdiction_id=self._request.jurisdiction_id, whole=False, post_ids=ids, at=at,
                reason=self._request.file_name, done={"posts": []},
            )  # fmt: skip
            if at <= self._now:
                cases = departures.cases_of(self._connection, person_id, ids, lock=True)
                gone: list[OpenIncident] = []
                if cases:
                    handed = hand_on.move(self._connection, self._locators, cases, departure_id)
                    gone = handed.moved()
                departures.note_moved(self._connection, departure_id, gone)
                moved += len(gone)
        return moved
