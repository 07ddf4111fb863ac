"""Who keeps a review of work teams and who reads it; what its reports and teams may be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.caller import Callers
from gis.store.engine import acting
from tests.integration.team_reviews_help import PDF, YEAR, Reviewing, fields, refused, reviewing


@pytest.fixture
def office(maintenance_url: str, template_database: str, tmp_path: Path) -> Iterator[Reviewing]:
    yield from reviewing(maintenance_url, template_database, tmp_path)


def test_a_report_is_a_text_or_a_file_of_a_kind_that_offices_read(office: Reviewing) -> None:
    review = office.open()["id"]
    team = office.add(review)
    number, version = team["id"], team["version"]
    assert refused(office.report(number, "assembly", version, body=None)) == (
        422, "team-report-empty",
    )  # fmt: skip
    for name, content in (("述职.exe", b"MZ"), ("述职.pdf", b"<html>"), ("述职", PDF)):
        answer = office.report(number, "assembly", version, file=(name, content))
        assert refused(answer) == (422, "team-report-kind")
    answer = office.report(
        number, "assembly", version, file=("述职.pdf", b"%PDF-" + b"x" * 10_000_000)
    )
    assert refused(answer) == (413, "team-report-too-large")
    answer = office.report(number, "assembly", version, body=None, file=("一队 述职.pdf", PDF))
    assert answer.status_code == 201, answer.text
    (report,) = answer.json()["teams"][0]["reports"]
    assert (report["file_name"], report["file_bytes"]) == ("一队 述职.pdf", len(PDF))
    path = f"/work-teams/{number}/reports/{report['id']}/file"
    got = office.ask("district/leader", "GET", path)
    assert (got.content, got.headers["content-type"]) == (PDF, "application/pdf")
    assert got.headers["content-disposition"].startswith("attachment")
    for who, status in (("sub_district/leader", 404), ("other/leader", 404), ("department", 403)):
        assert office.ask(who, "GET", path).status_code == status
    again = office.report(number, "assembly", version + 1)
    assert refused(again) == (422, "team-reason-needed")
    told = office.post(f"/work-teams/{number}/reports/assembly/withdraw",
                       {"version": version + 1, "reason": "会议无效"}, status=200)  # fmt: skip
    assert told["teams"][0]["reports"] == []
    assert "report_assembly" in told["teams"][0]["missing"]
    twice = office.ask("district/leader", "POST", f"/work-teams/{number}/reports/assembly/withdraw",
                       json={"version": version + 2, "reason": "会议无效"})  # fmt: skip
    assert refused(twice) == (409, "team-nothing-there")
    actions = [one["action"] for one in office.get(f"/team-reviews/{review}/history")["items"]]
    assert actions == ["report-withdraw", "report", "add", "open"]


def test_a_team_is_of_this_district_and_its_departments(office: Reviewing) -> None:
    review = office.open()["id"]
    known = office.city.organisations
    for wrong, code, field in (
        ({"sender_id": known["410103-D01"]}, "team-sender", "sender_id"),
        ({"sender_id": known["410102004"]}, "team-sender", "sender_id"),
        ({"sub_district_id": known["410103001"]}, "team-sub-district", "sub_district_id"),
        ({"sub_district_id": known["410102005"]}, "team-communities", "community_ids"),
        ({"sender_name": "市水利局"}, "team-sender", "sender_id"),
    ):
        answer = office.ask("district/leader", "POST", f"/team-reviews/{review}/teams",
                            json=office.team(**wrong))  # fmt: skip
        assert refused(answer) == (422, code), wrong
        assert fields(answer) == [field]
    team = office.add(review, sender_id=None, sender_name="市水利局")
    assert team["sender"] == {"id": None, "code": None,
                              "name": {"zh": "市水利局", "en": "市水利局"}}  # fmt: skip
    twice = office.ask("district/leader", "POST", f"/team-reviews/{review}/teams",
                       json=office.team())  # fmt: skip
    assert refused(twice) == (409, "team-name-taken")


def test_only_who_is_over_the_whole_keeps_a_review(office: Reviewing) -> None:
    """Before a result is published; and in the database, whatever the application forgets."""
    review = office.open()["id"]
    team = office.complete(review, "一队", 5, 0, 0, 0)
    writes = (
        ("POST", "/team-reviews", {"jurisdiction": office.office, "year": YEAR - 1}),
        ("POST", f"/team-reviews/{review}/teams", office.team("二队")),
        ("POST", f"/team-reviews/{review}/publication", {"version": 1}),
        ("PUT", f"/work-teams/{team}", {**office.team("改"), "version": 1, "reason": "x"}),
        ("POST", f"/work-teams/{team}/left-out", {"left_out": True, "version": 1, "reason": "x"}),
        ("POST", f"/work-teams/{team}/reports/assembly/withdraw", {"version": 1, "reason": "x"}),
    )
    for who in ("sub_district/leader", "community/administrator", "other/leader"):
        for method, path, told in writes:
            answer = office.ask(who, method, path, json=told)
            assert answer.status_code in (403, 404), (who, path, answer.text)
        for path in ("", "/history"):
            answer = office.ask(who, "GET", f"/team-reviews/{review}{path}")
            assert refused(answer) == (404, "team-review-not-found")
    for who in ("district/dispatcher", "district/planner", "department", "worker"):
        answer = office.ask(who, "POST", "/team-reviews", json=writes[0][2])
        assert refused(answer) == (403, "role-not-allowed")
    assert office.get(f"/team-reviews/{review}", "city/leader")["teams"][0]["name"] == "一队"

    def scoped(who: str) -> Any:
        token = office.city.headers[who]["Authorization"].split()[1]
        caller = Callers(office.engine, idle=timedelta(hours=1))._look_up(token)
        assert caller is not None
        return caller

    hidden = ("team_review", "work_team", "team_report", "team_ballot", "team_review_event")
    assert office.publish(review).status_code == 201
    seen = {"district/leader": (1, 1), "sub_district/leader": (0, 1), "department": (0, 1),
            "worker": (0, 1), "district/dispatcher": (0, 1), "other/leader": (0, 0)}  # fmt: skip
    for who, (kept, told) in seen.items():
        with scoped(who).engine.connect() as connection:
            for table in hidden:
                found = connection.scalar(text(f"SELECT count(*) FROM {table}"))
                assert bool(found) is bool(kept), (who, table)
            query = "SELECT count(*) FROM team_review_publication"
            assert connection.scalar(text(query)) == told, who
    caller = scoped("sub_district/leader")
    for query in (
        "INSERT INTO team_ballot (team_id, jurisdiction_id, side, withdrawn, held_on, called_by,"
        " invited, present, excellent, reason, recorded_by) VALUES (:team, :of, 'households',"
        " false, '2024-12-28', 'x', 9, 9, 9, 'x', '')",
        "INSERT INTO team_review_publication SELECT * FROM team_review_publication",
        "INSERT INTO team_review_event SELECT * FROM team_review_event",
    ):
        with pytest.raises(DBAPIError), acting(caller.engine, caller.actor) as connection:
            connection.execute(text(query), {"team": team, "of": office.office})
    # Whose a row is follows from its review: another district's leader cannot slip one in.
    other = scoped("other/leader")
    with pytest.raises(DBAPIError), acting(other.engine, other.actor) as connection:
        connection.execute(
            text(
                "INSERT INTO team_report (team_id, jurisdiction_id, side, withdrawn, given_on,"
                " body, reason, recorded_by) VALUES (:team, :of, 'assembly', false, '2024-12-28',"
                " 'x', 'x', '')"
            ),
            {"team": team, "of": office.city.organisations["410103"]},
        )
