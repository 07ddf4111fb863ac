"""Reports of work teams to three, and the votes of three sides on them: noted, put right, taken
back. Nothing is changed: what is put right stands beside what it puts right, with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine

from gis.assessment.three_by_three import GRADES, Ballot, ballot_fault
from gis.errors import ConflictError, InputError
from gis.store import request_keys
from gis.store import team_records as store
from gis.store.engine import acting
from gis.workflows.team_reviews import held_team, today

MOST_BYTES = 10_000_000
# What a report comes as: by its extension, and how such a file begins.
KINDS: Mapping[str, tuple[str, bytes]] = {
    "pdf": ("application/pdf", b"%PDF-"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\3\4"),
    "doc": ("application/msword", b"\xd0\xcf\x11\xe0"),
    "odt": ("application/vnd.oasis.opendocument.text", b"PK\3\4"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
    "png": ("image/png", b"\x89PNG"),
}


def report(
    engine: Engine,
    team_id: int,
    side: str,
    *,
    given_on: date | None,
    body: str | None,
    file: tuple[str, bytes] | None,
    version: int,
    reason: str | None,
    actor: str,
    time_zone: str,
    key: str | None,
) -> None:
    """Note that a team has reported to one of three on a day, by a text, a file (its name and
    content) or both; without a day, that it has not after all.

    With a reason where it puts right what was noted, and once a result was published. The same key
    again notes nothing again. Raises InputError `team-report-empty`, `team-report-kind`,
    `team-day`, `team-reason-needed`; ConflictError `team-nothing-there`, and as `held_team`.
    """
    if given_on is not None and body is None and file is None:
        raise InputError("team-report-empty", field="body")
    kept = None if file is None or given_on is None else _file(*file)

    def note(connection: Connection, review: Mapping[str, Any]) -> int:
        before = store.reports(connection, [team_id])[team_id].get(side)
        _check(connection, review, before, given_on, reason, "given_on", time_zone)
        return store.add_report(
            connection, team_id, side, given_on=given_on, reason=reason,
            body=None if given_on is None else body, file=kept,
        )  # fmt: skip

    said = [team_id, side, given_on, body, reason, version, _digest(file)]
    _note(engine, team_id, version, "team-report", said, note, reason, actor, key)


def ballots(
    engine: Engine,
    team_id: int,
    sides: Mapping[str, Mapping[str, int]],
    *,
    held_on: date | None,
    called_by: str | None,
    version: int,
    reason: str | None,
    actor: str,
    time_zone: str,
    key: str | None,
) -> None:
    """Note the votes of sides (invited, present, void and each grade) in the meeting of a day that
    an assessment group called; without a day, that they do not count after all.

    Raises InputError `team-votes-…` naming the side, `team-day`, `team-called-by`,
    `team-reason-needed`; ConflictError as `report`.
    """
    if held_on is not None and not called_by:
        raise InputError("team-called-by", field="called_by")
    for side, counts in sides.items() if held_on is not None else ():
        votes = {grade: counts[grade] for grade in GRADES}
        found = Ballot(invited=counts["invited"], present=counts["present"],
                       void=counts["void"], votes=votes)  # fmt: skip
        fault = ballot_fault(found)
        if fault is not None:
            raise InputError(
                fault, side=side.replace("_", "-"), invited=found.invited, present=found.present,
                ballots=found.valid + found.void, field=f"sides.{side}",
            )  # fmt: skip

    def note(connection: Connection, review: Mapping[str, Any]) -> int:
        before = store.ballots(connection, [team_id])[team_id]
        made = 0
        for side, counts in sides.items():
            _check(connection, review, before.get(side), held_on, reason, "held_on", time_zone)
            made = store.add_ballot(
                connection, team_id, side, held_on=held_on, reason=reason,
                called_by=None if held_on is None else called_by,
                counts=None if held_on is None else counts,
            )  # fmt: skip
        return made

    said = [team_id, sides, held_on, called_by, reason, version]
    _note(engine, team_id, version, "team-ballot", said, note, reason, actor, key)


def _note(
    engine: Engine,
    team_id: int,
    version: int,
    kind: str,
    said: Any,
    note: Callable[[Connection, Mapping[str, Any]], int],
    reason: str | None,
    actor: str,
    key: str | None,
) -> None:
    with acting(engine, actor, action=kind, reason=reason) as connection:
        if request_keys.before(connection, actor, key, kind, said) is not None:
            return
        _, review = held_team(connection, team_id, version)
        request_keys.keep(connection, actor, key, kind, said, note(connection, review))


def _check(
    connection: Connection,
    review: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    day: date | None,
    reason: str | None,
    field: str,
    time_zone: str,
) -> None:
    if day is None and (before is None or before["withdrawn"]):
        raise ConflictError("team-nothing-there")
    if not reason and (before is not None or review["edition"]):
        raise InputError("team-reason-needed", field="reason")
    if day is None:
        return
    now = today(connection, review["jurisdiction_id"], time_zone)
    if not date(review["year"], 1, 1) <= day <= now:
        raise InputError(
            "team-day", first=f"{review['year']}-01-01", last=now.isoformat(), field=field
        )


def _file(name: str, content: bytes) -> tuple[str, str, bytes]:
    """A file of a kind that is read in every office; by what it begins with, not by its word."""
    extension = name.rpartition(".")[2].lower()
    media_type, beginning = KINDS.get(extension, ("", b""))
    if not media_type or not content.startswith(beginning):
        raise InputError("team-report-kind", file=name, kinds=", ".join(KINDS), field="file")
    return name, media_type, content


def _digest(file: tuple[str, bytes] | None) -> list[str] | None:
    return None if file is None else [file[0], hashlib.sha256(file[1]).hexdigest()]
