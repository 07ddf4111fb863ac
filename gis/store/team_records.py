"""Reports and votes of work teams: each side's newest counts, and none is ever changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from gis.assessment.three_by_three import GRADES, Ballot
from gis.errors import NotFoundError

REPORTS = """
SELECT DISTINCT ON (team_id, side) id, team_id, side, withdrawn, given_on, body, file_name,
       octet_length(content) AS file_bytes, reason, recorded_at, recorded_by
FROM team_report WHERE team_id = ANY (:ids) ORDER BY team_id, side, id DESC
"""
BALLOTS = """
SELECT DISTINCT ON (team_id, side) id, team_id, side, withdrawn, held_on, called_by, invited,
       present, void, excellent, good, fair, poor, reason, recorded_at, recorded_by
FROM team_ballot WHERE team_id = ANY (:ids) ORDER BY team_id, side, id DESC
"""
ADD_REPORT = """
INSERT INTO team_report (team_id, jurisdiction_id, side, withdrawn, given_on, body, file_name,
  media_type, content, reason, recorded_by)
VALUES (:team, 0, :side, :withdrawn, :given_on, :body, :file_name, :media_type, :content, :reason,
  '')
RETURNING id
"""
ADD_BALLOT = """
INSERT INTO team_ballot (team_id, jurisdiction_id, side, withdrawn, held_on, called_by, invited,
  present, void, excellent, good, fair, poor, reason, recorded_by)
VALUES (:team, 0, :side, :withdrawn, :held_on, :called_by, :invited, :present, :void, :excellent,
  :good, :fair, :poor, :reason, '')
RETURNING id
"""
NOTHING = dict.fromkeys(("invited", "present", "void", *GRADES), 0)


def reports(connection: Connection, team_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The reports that count, by team and to whom."""
    return _newest(connection, REPORTS, team_ids)


def ballots(connection: Connection, team_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The votes that count, by team and side."""
    return _newest(connection, BALLOTS, team_ids)


def as_ballot(row: Mapping[str, Any]) -> Ballot:
    """Stored counts as the domain reads them."""
    return Ballot(
        invited=row["invited"], present=row["present"], void=row["void"],
        votes={grade: row[grade] for grade in GRADES},
    )  # fmt: skip


def add_report(
    connection: Connection,
    team_id: int,
    side: str,
    *,
    given_on: date | None,
    body: str | None = None,
    file: tuple[str, str, bytes] | None = None,
    reason: str | None = None,
) -> int:
    """Note that a team has reported to one of three; without a day, that it has not, after all.
    `file`: its name, its media type, and what is in it."""
    name, media_type, content = file or (None, None, None)
    values = {
        "team": team_id, "side": side, "withdrawn": given_on is None, "given_on": given_on,
        "body": body, "file_name": name, "media_type": media_type, "content": content,
        "reason": reason,
    }  # fmt: skip
    return int(connection.execute(text(ADD_REPORT), values).scalar_one())


def add_ballot(
    connection: Connection,
    team_id: int,
    side: str,
    *,
    held_on: date | None,
    called_by: str | None = None,
    counts: Mapping[str, int] | None = None,
    reason: str | None = None,
) -> int:
    """Note the votes of a side; without a day, that there are none, after all."""
    values = {
        "team": team_id, "side": side, "withdrawn": held_on is None, "held_on": held_on,
        "called_by": called_by, "reason": reason, **NOTHING, **(counts or {}),
    }  # fmt: skip
    return int(connection.execute(text(ADD_BALLOT), values).scalar_one())


def report_file(connection: Connection, team_id: int, report_id: int) -> tuple[str, str, bytes]:
    """The name, the media type and the content of a report's file. Raises NotFoundError
    `team-report-file-not-found`."""
    query = """SELECT file_name, media_type, content FROM team_report
      WHERE id = :id AND team_id = :team AND content IS NOT NULL"""
    row = connection.execute(text(query), {"id": report_id, "team": team_id}).one_or_none()
    if row is None:
        raise NotFoundError("team-report-file-not-found", id=report_id)
    return row.file_name, row.media_type, bytes(row.content)


def _newest(
    connection: Connection, query: str, team_ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for row in connection.execute(text(query), {"ids": list(team_ids)}).mappings():
        found[row["team_id"]][row["side"]] = dict(row)
    return found
