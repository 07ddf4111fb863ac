"""The year-end review of work teams: its life, what adds up, and what was published stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.store.engine import acting
from tests.integration.team_reviews_help import (
    REPORTS,
    SIDES,
    YEAR,
    Reviewing,
    counts,
    fields,
    plain,
    refused,
    reviewing,
)


@pytest.fixture
def office(maintenance_url: str, template_database: str, tmp_path: Path) -> Iterator[Reviewing]:
    yield from reviewing(maintenance_url, template_database, tmp_path)


def test_from_opening_to_what_the_sub_district_reads(office: Reviewing) -> None:
    nothing = office.get("/team-reviews", jurisdiction=office.office)
    assert nothing["keeps"] and nothing["items"] == []
    opened = office.open()
    review = opened["id"]
    assert (opened["year"], opened["teams"], opened["complete"]) == (YEAR, [], False)
    assert opened["rule"]["example"] and sum(opened["rule"]["weights"].values()) == 100
    again = office.ask("district/leader", "POST", "/team-reviews",
                       json={"jurisdiction": office.office, "year": YEAR})  # fmt: skip
    assert refused(again) == (409, "team-review-open")

    best = office.complete(review, "一队", 9, 1, 0, 0)
    office.complete(review, "二队", 1, 9, 0, 0)
    kept = office.get(f"/team-reviews/{review}")
    assert [(one["name"], one["rank"]) for one in kept["teams"]] == [("一队", 1), ("二队", 2)]
    # 0.9 · 100 + 0.1 · 85 and 0.1 · 100 + 0.9 · 85, of each side alike.
    assert [one["score"] for one in kept["teams"]] == [98.5, 86.5]
    assert kept["complete"] and kept["edition"] is None
    assert kept["teams"][0]["sender"]["name"]["zh"] == "机构410102-D01"
    assert kept["teams"][0]["communities"][0]["code"] == "410102004001"

    readers = ("sub_district/leader", "sub_district/dispatcher", "department", "community/leader")
    for who in readers:  # before it is published
        assert office.get("/team-reviews", who, jurisdiction=office.office)["items"] == []
        hidden = office.ask(who, "GET", f"/team-reviews/{review}/publication")
        assert refused(hidden) == (404, "team-review-not-published")
    done = office.publish(review)
    assert done.status_code == 201, done.text
    told = done.json()
    assert (told["edition"], told["editions"]) == (1, 1)
    assert told["published_by"].startswith("district/leader (")
    to = told["result"]["recipients"]
    assert [one["code"] for one in to["sub_districts"]] == ["410102004", "410102005"]
    assert [one["reached"] for one in to["sub_districts"]] == [True, False]
    assert [one["code"] for one in to["senders"]] == ["410102-D01"]
    assert to["teams"] == ["一队", "二队"]
    for who in readers:
        listed = office.get("/team-reviews", who, jurisdiction=office.office)
        assert not listed["keeps"] and listed["items"][0]["teams"] is None
        seen = office.get(f"/team-reviews/{listed['items'][0]['id']}/publication", who)
        assert seen == told
    assert seen["result"]["teams"][0]["ballots"][0]["excellent"] == 9
    assert seen["result"]["teams"][0]["id"] == best


def test_those_who_are_told_find_it_among_their_notices(office: Reviewing) -> None:
    review = office.open()["id"]
    office.complete(review, "一队", 5, 0, 0, 0)
    assert office.publish(review).status_code == 201
    for who in ("sub_district/leader", "sub_district/dispatcher", "department"):
        (one,) = [one for one in office.get("/notices", who)["items"]
                  if one["kind"] == "team_review_published"]  # fmt: skip
        assert str(YEAR) in one["text"], one
    for who in ("community/leader", "other/leader"):
        kinds = [one["kind"] for one in office.get("/notices", who)["items"]]
        assert "team_review_published" not in kinds


def test_a_team_that_lacks_something_keeps_the_year_from_being_published(
    office: Reviewing,
) -> None:
    review = office.open()["id"]
    assert refused(office.publish(review)) == (409, "team-review-empty")
    office.complete(review, "一队", 5, 0, 0, 0)
    late = office.add(review, "二队")
    assert late["missing"] == [f"report_{to}" for to in REPORTS] + [f"votes_{s}" for s in SIDES]
    answer = office.publish(review)
    assert refused(answer) == (409, "team-review-incomplete")
    told = answer.json()
    assert "二队" in told["detail"] and told["data"]["teams"] == [
        {"id": late["id"], "missing": late["missing"]}
    ]
    version = late["version"]
    for place, side in enumerate(("sending_unit", "sub_district")):
        assert office.report(late["id"], side, version + place).status_code == 201
    sides = dict.fromkeys(SIDES, counts(4, 0, 0, 0)) | {"households": counts(5, 0, 0, 0, invited=8)}
    assert office.vote(late["id"], version + 2, sides).status_code == 201
    one = office.one(review, late["id"])
    assert one["missing"] == ["report_assembly", "quorum_households"]
    assert (one["score"], one["rank"]) == (None, None)
    assert refused(office.publish(review)) == (409, "team-review-incomplete")
    office.post(f"/work-teams/{late['id']}/left-out",
                {"left_out": True, "version": one["version"], "reason": "年中撤销"},
                status=200)  # fmt: skip
    done = office.publish(review)
    assert done.status_code == 201, done.text
    result = done.json()["result"]
    assert [one["name"] for one in result["teams"]] == ["一队"]
    assert [(one["name"], one["reason"]) for one in result["left_out"]] == [("二队", "年中撤销")]
    answer = office.report(late["id"], "assembly", one["version"] + 1, reason="补述职")
    assert refused(answer) == (409, "team-left-out")


def test_no_side_has_more_votes_than_people(office: Reviewing) -> None:
    review = office.open()["id"]
    team = office.add(review)
    for wrong, code in (
        (counts(5, 0, 0, 0, invited=9, present=4), "team-votes-too-many"),
        (counts(4, 0, 0, 0, invited=9, present=4, void=1), "team-votes-too-many"),
        (counts(4, 0, 0, 0, invited=3, present=4), "team-votes-present"),
    ):
        right = counts(3, 0, 0, 0)
        answer = office.vote(
            team["id"], team["version"], {"sub_district": right, "households": wrong}
        )
        assert refused(answer) == (422, code)
        assert fields(answer) == ["sides.households"]
    assert refused(office.vote(team["id"], team["version"], {"sub_district": counts(3, 0, 0, 0)},
                               called_by=" ")) == (422, "request-invalid")  # fmt: skip
    for day in ("2023-12-31", "2190-01-01"):
        answer = office.vote(team["id"], team["version"], {"sub_district": counts(3, 0, 0, 0)},
                             held_on=day)  # fmt: skip
        assert refused(answer) == (422, "team-day")
    assert office.one(review, team["id"])["ballots"] == []
    # Whatever the application forgets.
    for told in ("10, 9, 10, 0", "9, 10, 0, 0"):
        with pytest.raises(DBAPIError), acting(office.engine, "tests") as connection:
            connection.execute(
                text(
                    "INSERT INTO team_ballot (team_id, jurisdiction_id, side, withdrawn, held_on,"
                    " called_by, invited, present, excellent, void, recorded_by) VALUES (:team, 0,"
                    f" 'households', false, '2024-12-28', 'x', {told}, '')"
                ),
                {"team": team["id"]},
            )


def test_the_same_key_makes_nothing_twice(office: Reviewing) -> None:
    told = {"jurisdiction": office.office, "year": YEAR}
    review = office.post("/team-reviews", told, key="open-once-1")["id"]
    assert office.post("/team-reviews", told, key="open-once-1")["id"] == review
    path = f"/team-reviews/{review}/teams"
    first = office.post(path, office.team(), key="team-once-1")
    assert office.post(path, office.team(), key="team-once-1") == first
    other = office.ask("district/leader", "POST", path, "team-once-1", json=office.team("二队"))
    assert refused(other) == (422, "idempotency-key-reused")
    team = first["teams"][0]
    for _ in range(2):
        answer = office.report(team["id"], "assembly", team["version"], key="told-once-1")
        assert answer.status_code == 201
    for _ in range(2):
        answer = office.vote(team["id"], team["version"] + 1,
                             {"households": counts(3, 0, 0, 0)}, key="vote-once-1")  # fmt: skip
        assert answer.status_code == 201
    for table in ("team_review", "work_team", "team_report", "team_ballot"):
        assert office.rows(f"SELECT count(*) FROM {table}") == [(1,)], table


def test_two_who_change_the_same_team_do_not_write_over_each_other(office: Reviewing) -> None:
    review = office.open()["id"]
    team, other = office.add(review, "一队"), office.add(review, "二队")
    seen = office.get(f"/team-reviews/{review}")["version"]
    gate = threading.Barrier(4)
    answers: list[tuple[int, Any]] = []

    def vote(number: int) -> None:
        gate.wait()
        answer = office.vote(team["id"], team["version"], {"community": counts(number, 0, 0, 0)})
        answers.append((answer.status_code, number if answer.is_success else answer.json()["code"]))

    hands = [threading.Thread(target=vote, args=(number,)) for number in (1, 2, 3, 4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    won = [number for status, number in answers if status == 201]
    assert len(won) == 1
    assert sorted(told for status, told in answers if status != 201) == ["team-changed"] * 3
    assert office.one(review, team["id"])["ballots"][0]["excellent"] == won[0]
    # Another team is not concerned, but who publishes must have seen it.
    answer = office.report(other["id"], "assembly", other["version"])
    assert answer.status_code == 201
    stale = office.ask("district/leader", "POST", f"/team-reviews/{review}/publication",
                       json={"version": seen})  # fmt: skip
    assert refused(stale) == (409, "team-review-changed")
    changed = {**office.team("三队"), "version": team["version"], "reason": "改名"}
    answer = office.ask("district/leader", "PUT", f"/work-teams/{team['id']}", json=changed)
    assert refused(answer) == (409, "team-changed")
    assert office.one(review, team["id"])["name"] == "一队"


def test_what_is_put_right_says_why_and_what_was_published_stays(office: Reviewing) -> None:
    review = office.open()["id"]
    team = office.complete(review, "一队", 5, 0, 0, 0)
    office.complete(review, "二队", 0, 5, 0, 0)
    first = office.publish(review).json()
    version = office.one(review, team)["version"]
    worse = {"households": counts(0, 0, 0, 5)}
    answer = office.vote(team, version, worse)
    assert refused(answer) == (422, "team-reason-needed") and fields(answer) == ["reason"]
    assert office.vote(team, version, worse, reason="计票录反").status_code == 201
    added = office.ask("district/leader", "POST", f"/team-reviews/{review}/teams",
                       json=office.team("三队"))  # fmt: skip
    assert refused(added) == (422, "team-reason-needed")
    path = f"/team-reviews/{review}/publication"
    assert office.get(path) == first  # as it was published, whatever changed since
    assert refused(office.publish(review)) == (422, "team-reason-needed")
    second = office.publish(review, "更正计票").json()
    assert (second["edition"], second["reason"]) == (2, "更正计票")
    assert [one["name"] for one in second["result"]["teams"]] == ["二队", "一队"]
    assert refused(office.publish(review, "再来")) == (409, "team-review-same")
    old = office.get(path, "sub_district/leader", edition=1)
    assert old["editions"] == 2 and plain(old["result"]) == plain(first["result"])
    assert office.get(path, "sub_district/leader") == second
    # A team that is called otherwise afterwards is as it was in what was published.
    renamed = {
        **office.team("改名"),
        "version": office.one(review, team)["version"],
        "reason": "改名",
    }
    answer = office.ask("district/leader", "PUT", f"/work-teams/{team}", json=renamed)
    assert answer.status_code == 200, answer.text
    assert office.get(path) == second
    history = office.get(f"/team-reviews/{review}/history", limit=4)
    assert [(one["action"], one["reason"]) for one in history["items"]] == [
        ("change", "改名"), ("publish", "更正计票"), ("ballot", "计票录反"), ("publish", None),
    ]  # fmt: skip
    assert history["items"][0]["data"] == {"name": ["一队", "改名"]}
    assert history["items"][2]["data"]["poor"] == 5
    assert all(one["actor"].startswith("district/leader (") for one in history["items"])
    older = office.get(f"/team-reviews/{review}/history", before=history["next"])
    assert older["items"][-1]["action"] == "open"
    for table in ("team_ballot", "team_report", "team_review_publication", "team_review_event"):
        for query in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(DBAPIError), acting(office.engine, "tests") as connection:
                connection.execute(text(query))
    for table in ("work_team", "team_review"):
        with pytest.raises(DBAPIError), acting(office.engine, "tests") as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_votes_are_counted_by_the_rule_that_they_were_cast_under(office: Reviewing) -> None:
    rule = {
        "jurisdiction": office.office, "from_year": YEAR,
        "weights": {"sub_district": 20, "community": 20, "households": 60},
        "points": {"excellent": 100, "good": 80, "fair": 60, "poor": 0},
        "results": {"excellent": 90, "good": 75, "fair": 60}, "quorum": [1, 2], "small_below": 3,
        "reason": "区委〔2024〕9号",
    }  # fmt: skip
    review = office.open()["id"]
    office.post("/team-reviews/rules", rule)
    assert office.get(f"/team-reviews/{review}")["rule"]["weights"]["households"] == 60
    wrong = {**rule, "weights": {"sub_district": 20, "community": 20, "households": 50}}
    answer = office.ask("district/leader", "POST", "/team-reviews/rules", json=wrong)
    assert refused(answer) == (422, "team-rule-weights") and fields(answer) == ["weights"]
    team = office.add(review)
    sides = {"sub_district": counts(3, 0, 0, 0), "community": counts(0, 3, 0, 0),
             "households": counts(0, 0, 3, 0)}  # fmt: skip
    office.vote(team["id"], team["version"], sides)
    assert office.one(review, team["id"])["score"] == 20 + 16 + 36
    late = {**rule, "weights": {"sub_district": 60, "community": 20, "households": 20}}
    for year in (YEAR, YEAR - 1):
        answer = office.ask("district/leader", "POST", "/team-reviews/rules",
                            json={**late, "from_year": year})  # fmt: skip
        if year == YEAR:
            assert refused(answer) == (409, "team-rule-voted")
        else:  # another holds for the year with votes
            assert answer.status_code == 201, answer.text
    office.post("/team-reviews/rules", {**late, "from_year": YEAR + 1})
    assert office.one(review, team["id"])["score"] == 72
    kept = office.get("/team-reviews/rules", "sub_district/leader", jurisdiction=office.office)
    assert [(one["from_year"], one["example"]) for one in kept["items"]] == [
        (YEAR + 1, False), (YEAR, False), (YEAR, True), (YEAR - 1, False),
    ]  # fmt: skip
    with pytest.raises(DBAPIError, match="cast under"), acting(office.engine, "x") as connection:
        connection.execute(
            text(
                "INSERT INTO team_review_rule SELECT (r).* FROM (SELECT jsonb_populate_record("
                "r, '{\"id\": 999}') AS r FROM team_review_rule AS r WHERE from_year = :year"
                " AND example) AS again"
            ),
            {"year": YEAR},
        )


def test_the_teams_of_the_year_before_can_be_taken_over(office: Reviewing) -> None:
    review = office.open(YEAR - 1)["id"]
    office.add(review, "一队")
    gone = office.add(review, "二队")
    told = {"left_out": True, "version": gone["version"], "reason": "撤销"}
    office.post(f"/work-teams/{gone['id']}/left-out", told, status=200)
    told = office.open(YEAR, take_over=True)
    assert [(one["name"], one["leader"], one["reports"]) for one in told["teams"]] == [
        ("一队", "张明", []),
    ]  # fmt: skip
    listed = office.get("/team-reviews", jurisdiction=office.office)["items"]
    assert [one["year"] for one in listed] == [YEAR, YEAR - 1]
    late = office.ask("district/leader", "POST", "/team-reviews",
                      json={"jurisdiction": office.office, "year": 2190})  # fmt: skip
    assert refused(late) == (422, "team-review-year")
