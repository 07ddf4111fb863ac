"""What sub-districts, departments and reporters think of the work of each other, each once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from gis.store.engine import acting
from tests.integration.scores_help import Scoring, refused, scoring

OTHER = "410102005001001"


@pytest.fixture(scope="module")
def office(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scoring]:
    with scoring(maintenance_url, template_database, tmp_path_factory.mktemp("d")) as made:
        yield made


def test_marks_are_for_those_who_worked_together_and_given_once(office: Scoring) -> None:
    today = office.get("district")["today"]
    department = office.city.organisations["410102-D01"]
    given = {
        "jurisdiction": office.office, "receiver_id": department, "month": today,
        "marks": {"promptness": 90, "quality": 80, "cooperation": 70},
    }  # fmt: skip
    assert office.get("sub_district/leader", "/marks")["to_mark"] == []
    answer = office.ask("sub_district/leader", "POST", "/marks", json=given)
    assert refused(answer) == (403, "score-mark-nothing-common")
    case = office.report(at=today, department=True, due=None)
    office.tally()
    asked = office.get("sub_district/leader", "/marks")["to_mark"]
    assert [one["code"] for one in asked] == ["410102-D01"]
    asked = office.get("department", "/marks")["to_mark"]
    assert [one["code"] for one in asked] == ["410102004"]
    told = office.put("sub_district/leader", "/marks", **given)
    assert told["to_mark"] == [] and told["items"][0]["mark"] == 80
    again = office.ask("sub_district/leader", "POST", "/marks", json=given)
    assert refused(again) == (409, "score-marked-already")
    lacking = {**given, "marks": {"quality": 1}}
    answer = office.ask("sub_district/leader", "POST", "/marks", json=lacking)
    assert refused(answer) == (422, "score-mark-criteria")
    back = {**given, "receiver_id": office.city.organisations["410102004"]}
    office.put("department", "/marks", **back)
    for who in ("district/leader", "community/leader"):
        assert refused(office.ask(who, "POST", "/marks", json=given)) == (
            403, "score-mark-not-yours",
        )  # fmt: skip
    old = {**given, "month": "2026-01-05"}
    answer = office.ask("sub_district/leader", "POST", "/marks", json=old)
    assert refused(answer)[0] in (403, 422)
    seen = office.get("district", "/marks")["items"]
    assert {one["code"]: one["givers"] for one in seen} == {"410102-D01": 1, "410102004": 1}
    assert office.ledger(case)


def test_satisfaction_says_how_many_answered(office: Scoring) -> None:
    for answer in ("satisfied", "satisfied", "dissatisfied", None):
        case = office.report(OTHER, at="2026-04-02")
        office.close(case, "2026-04-03")
        if answer:
            with acting(office.engine, "tests", action="evaluate") as connection:
                connection.execute(
                    text("SELECT set_config('wangge.data', :data, true)"),
                    {"data": f'{{"step": {{"satisfaction": "{answer}"}}}}'},
                )
                connection.execute(
                    text("UPDATE incident SET satisfaction = :answer WHERE id = :id"),
                    {"id": case, "answer": answer},
                )
        if answer == "dissatisfied":  # what is taken up again was closed all the same
            office.reopen(case, "2026-04-04")
    office.tally()
    today = office.get("district")["today"]
    found = office.get("district", "/satisfaction", since="2026-04-01", until="2190-01-01")["items"]
    (one,) = [one for one in found if one["code"] == "410102005"]
    assert (one["satisfied"], one["dissatisfied"], one["answered"], one["closed"]) == (2, 1, 3, 4)
    assert one["share"] == pytest.approx(2 / 3)
    assert one["low"] < one["share"] < one["high"]
    assert today > "2026-04-01"
    mine = office.get("sub_district", "/satisfaction", since="2026-04-01", until="2190-01-01")
    assert "410102005" not in {one["code"] for one in mine["items"]}
    assert (
        mine["part"]
        and not office.get("district", "/satisfaction", since="2026-04-01", until="2190-01-01")[
            "part"
        ]
    )
