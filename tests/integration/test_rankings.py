"""Who stands where: fairly compared, shown to whom it is for, published once, also after a stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.caller import Callers
from gis.assessment.periods import former, period_of
from gis.store.engine import acting
from gis.workflows.closure import ClosureView
from gis.workflows.scores_city import publish_cities
from gis.workflows.scores_rankings import publish_closed
from tests.integration.scores_help import GRID, Scoring, refused, scoring

SECOND, OTHER, FAR = "410102004001002", "410102005001001", "410103001001001"
ZONE = ZoneInfo("Asia/Shanghai")
MARCH = {"since": "2026-03-01T00:00:00+08:00", "until": "2026-04-01T00:00:00+08:00"}


@pytest.fixture(scope="module")
def office(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scoring]:
    """In March: twenty cases in one grid, eighteen of them in time; ten in the next, five in time;
    four of another sub-district, none in time; five of another district, three in time."""
    with scoring(maintenance_url, template_database, tmp_path_factory.mktemp("d")) as made:
        for grid, count, well in ((GRID, 20, 18), (SECOND, 10, 5), (OTHER, 4, 0), (FAR, 5, 3)):
            for k in range(count):
                case = made.report(grid, due="2026-03-20")
                made.close(case, "2026-03-10" if k < well else "2026-03-25")
        made.tally()
        yield made


def closure(office: Scoring, who: str, path: str = "/below", **asked: Any) -> Any:
    told = {"jurisdiction": office.office, **MARCH, **asked}
    answer = office.client.get(
        f"/api/v1/stats/closure{path}", params=told, headers=office.city.headers[who]
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_units_below_are_those_of_whoever_asks(office: Scoring) -> None:
    seen = {
        "city": ("district", {"410102": (34, 23), "410103": (5, 3)}, ["410103"]),
        "district": ("level1", {"410102004": (30, 23), "410102005": (4, 0)}, ["410102005"]),
        "sub_district": ("level2", {"410102004001": (30, 23)}, []),
        "community": ("level3", {GRID: (20, 18), SECOND: (10, 5)}, [SECOND]),
    }
    for who, (by, rows, named) in seen.items():
        found = closure(office, f"{who}/leader")
        assert found["by"] == by
        assert {one["key"]: (one["due"], one["on_time"]) for one in found["items"]} == rows, who
        assert (found["named"], found["total"]["due"]) == (
            named, sum(due for due, _ in rows.values()),
        )  # fmt: skip
        ranks = [one["on_time_rate"]["rank"] for one in found["items"]]
        assert ranks == sorted(ranks)
        for one in found["items"]:
            rate = one["on_time_rate"]
            assert rate["low"] <= rate["rate"] <= rate["high"]
            assert rate["rank_low"] <= rate["rank"] <= rate["rank_high"]
    deeper = closure(office, "district", grid="410102004001")
    assert deeper["by"] == "level3" and len(deeper["items"]) == 2
    assert closure(office, "city/leader", jurisdiction=office.city.organisations["410103"])[
        "by"
    ] == "district"  # fmt: skip
    nothing = closure(
        office, "district", until="2025-12-01T00:00:00Z", since="2025-11-01T00:00:00Z"
    )
    assert nothing["items"] == [] and nothing["named"] == []
    answer = office.client.get(
        "/api/v1/stats/closure/below", params={"jurisdiction": office.office},
        headers=office.city.headers["worker"],
    )  # fmt: skip
    assert refused(answer) == (403, "role-not-allowed")


def test_each_number_below_leads_to_as_many_cases(office: Scoring) -> None:
    found = closure(office, "district/leader")
    for one in found["items"]:
        for measure in ("due", "on_time", "missed"):
            listed = office.client.get(
                "/api/v1/incidents",
                params={"jurisdiction": office.office, "status": "all", "measure": measure,
                        "grid": one["key"], "as_of": found["as_of"], "limit": 100, **MARCH},
                headers=office.city.headers["district/leader"],
            ).json()["items"]  # fmt: skip
            want = one["due"] - one["on_time"] if measure == "missed" else one[measure]
            assert len(listed) == want


def test_points_are_compared_by_the_case_for_the_same_mix(office: Scoring) -> None:
    """All cases are of one category: what is fair is what is per case, by hand."""
    found = office.get("district", "/ranking", board="district", day="2026-03-15")
    rows = {one["code"]: one for one in found["items"]}
    well, late, patrol = 0.5, -0.5, 0.2
    points = {"410102004": 30 * patrol + 23 * well + 7 * late, "410102005": 4 * patrol + 4 * late}
    for code, cases in (("410102004", 30), ("410102005", 4)):
        one = rows[code]
        assert one["points"] == pytest.approx(points[code])
        assert one["per_100_cases"] == pytest.approx(100 * points[code] / cases, abs=0.01)
        assert one["fair"]["fair"] == pytest.approx(100 * points[code] / cases, abs=0.01)
        mean = sum(points.values()) / 34
        assert one["fair"]["expected"] == pytest.approx(100 * mean, abs=0.01)
        squares = 23 * 0.7**2 + 11 * 0.3**2  # 0.7 for one in time, −0.3 for one that was late
        error = 100 * ((squares / 34 - mean**2) / cases) ** 0.5
        assert one["fair"]["high"] - one["fair"]["fair"] == pytest.approx(1.96 * error, abs=0.01)
        assert one["small"] is (cases < 30)
    assert rows["410102004"]["fair"]["rank"] == 1
    assert rows["410102005"]["fair"]["apart"] is None  # four cases say nothing


def test_people_are_ranked_among_all_and_shown_to_whom_they_are_for(office: Scoring) -> None:
    people = {grid: office.city.people[f"post-{grid}"] for grid in (GRID, SECOND, OTHER)}
    found = office.get("district/leader", "/people", day="2026-03-15")
    assert (found["among"], found["state"], found["level"]) == (3, "over", 3)
    rows = {one["id"]: one for one in found["items"]}
    assert set(rows) == set(people.values())
    first, second, third = (rows[people[grid]] for grid in (GRID, SECOND, OTHER))
    assert (first["name"]["zh"], first["role"], first["code"]) == (f"岗{GRID}", "lead", GRID)
    assert first["points"] == pytest.approx(20 * 0.2 + 18 * 0.5 - 2 * 0.5)
    assert second["points"] == pytest.approx(10 * 0.2)
    assert [one["rank"] for one in (first, second, third)] == [1, 2, 3]
    assert (first["due"], first["on_time"], first["cases"], first["entries"]) == (20, 18, 20, 40)
    assert first["fair"]["rank_low"] == 1 and third["small"] and third["fair"]["apart"] is None
    assert first["on_time_rate"]["rate"] == 0.9
    seen = {
        "sub_district/leader": {GRID, SECOND}, "community/leader": {GRID, SECOND},
        "worker": {GRID}, "city/leader": {GRID, SECOND, OTHER},
        "district/administrator": {GRID, SECOND, OTHER},
    }  # fmt: skip
    for who, grids in seen.items():
        part = office.get(who, "/people", day="2026-03-15")
        assert {one["id"] for one in part["items"]} == {people[grid] for grid in grids}, who
        assert part["among"] == 3
        assert all(one == rows[one["id"]] for one in part["items"]), who  # ranks are among all
    for who in ("district/dispatcher", "district/planner", "department"):
        assert refused(office.ask(who, "GET", "/people"))[0] == 403, who
    assert refused(office.ask("other/leader", "GET", "/people"))[0] == 404
    elsewhere = {"place": "410102005"}
    answer = office.ask("sub_district/leader", "GET", "/people", params=elsewhere)
    assert refused(answer) == (404, "score-place-not-found")
    part = office.get("district/leader", "/people", day="2026-03-15", place="410102004")
    assert part["among"] == 2
    assert office.get("district/leader", "/people", day="2026-03-15", level=2)["items"] == []
    week = office.get("district/leader", "/people", day="2026-03-10", span="week")
    assert week["period"] == {"since": "2026-03-09", "until": "2026-03-16"}


def test_districts_are_for_the_centre_until_they_are_published(office: Scoring) -> None:
    found = office.get("city/leader", "/districts", day="2026-03-15")
    assert (found["state"], found["city"]["code"], found["withheld"]) == ("over", "4101", False)
    rows = {one["code"]: one for one in found["items"]}
    assert {code: (one["due"], one["on_time"]) for code, one in rows.items()} == {
        "410102": (34, 23), "410103": (5, 3),
    }  # fmt: skip
    assert [one["rank"] for one in found["items"]] == [1, 2]
    assert [one["bottom"] for one in found["items"]] == [False, True]
    assert found["total"]["due"] == 39
    assert rows["410103"]["on_time_rate"]["rank_low"] == 1  # five cases: it might be the first
    for who in ("district/leader", "sub_district/leader", "department", "other/leader"):
        place = office.city.organisations["410103" if who.startswith("other") else "410102"]
        part = office.get(who, "/districts", day="2026-03-15", jurisdiction=place)
        assert part["withheld"] and part["items"] == [] and part["total"] is None, who


def begun(office: Scoring, days: int) -> None:
    """As if the office had begun to score so many days ago, and nothing had been published."""
    with office.engine.begin() as connection:
        for table in ("score_setting", "score_ranking"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        connection.execute(
            text("UPDATE score_setting SET recorded_at = now() - make_interval(days => :days)"),
            {"days": days},
        )
        connection.execute(text("DELETE FROM score_ranking"))
        for table in ("score_setting", "score_ranking"):
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def published(office: Scoring, board: str) -> list[tuple[str, date]]:
    with office.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT code, since FROM score_ranking WHERE board = :board ORDER BY 1, 2"),
            {"board": board},
        )
        return [(row.code, row.since) for row in rows]


def months_before(day: date, count: int) -> list[date]:
    found = [period_of(day, "month")]
    while len(found) <= count:
        found.append(former(found[-1], "month"))
    return [one.since for one in found[:0:-1]]


def at_once(*work: Any) -> list[Any]:
    """Several workers, begun at the same moment; what each gives."""
    both, told = threading.Barrier(len(work)), []

    def do(one: Any) -> None:
        both.wait()
        told.append(one())

    threads = [threading.Thread(target=do, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return told


def test_what_was_missed_is_made_up_once_by_two_workers(office: Scoring) -> None:
    begun(office, 100)
    today = datetime.now(ZONE).date()
    told = at_once(*[lambda: publish_closed(office.engine, office.office)] * 2)
    since_begun = [
        one for one in months_before(today, 6)
        if period_of(one, "month").until > today - timedelta(days=100)
    ]  # fmt: skip
    assert published(office, "district") == [("410102", one) for one in since_begun]
    assert 3 <= len(since_begun) <= 4
    weeks = published(office, "street")
    assert len(weeks) == 2 * 6 and len(set(weeks)) == 12  # two sub-districts, six weeks
    assert sorted(told) == [0, 12 + 2 * len(since_begun)]
    view = ClosureView()
    cities = at_once(*[lambda: publish_cities(office.engine, [office.office], lambda: view)] * 2)
    assert sorted(cities) == [0, len(since_begun)]
    assert published(office, "city") == [("4101", one) for one in since_begun]
    assert publish_closed(office.engine, office.office) == 0
    assert publish_cities(office.engine, [office.office], lambda: view) == 0
    # Published, it is for all who are in the city, whatever they may see of others.
    last = str(since_begun[-1])
    for who in ("district/leader", "sub_district/leader", "department", "city/leader"):
        found = office.get(who, "/districts", day=last)
        assert found["state"] == "published" and not found["withheld"], who
        assert {one["code"] for one in found["items"]} == {"410102", "410103"}
    assert datetime.fromisoformat(found["as_of"]) <= datetime.now(UTC)


def test_nothing_is_made_up_from_before_the_office_began(office: Scoring) -> None:
    begun(office, 0)
    publish_closed(office.engine, office.office)
    today = datetime.now(ZONE).date()
    assert published(office, "district") == [("410102", months_before(today, 1)[0])]


def exposed(office: Scoring, who: str, kind: str = "media_exposed", **given: Any) -> Any:
    return office.enter(who, kind, **{"day": str(datetime.now(ZONE).date())} | given)


def test_a_month_made_up_after_the_next_counts_each_point_once(office: Scoring) -> None:
    """The worker came back and, as it once did, published the last month only: the one before is
    made up beside it, and no point counts twice or never."""
    begun(office, 100)
    today = datetime.now(ZONE).date()
    early, late = months_before(today, 2)
    sub = office.city.organisations["410102004"]
    assert (
        exposed(office, "district/leader", organisation_id=sub, day=str(early)).status_code == 201
    )
    publish_closed(office.engine, office.office)
    with office.engine.begin() as connection:
        connection.execute(text("ALTER TABLE score_ranking DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM score_ranking WHERE since < :late"), {"late": late})
        connection.execute(text("ALTER TABLE score_ranking ENABLE TRIGGER USER"))
    # Told of only now, for a day of the month that was missed.
    assert (
        exposed(office, "district/leader", organisation_id=sub, day=str(early)).status_code == 201
    )
    publish_closed(office.engine, office.office)

    def of(day: date) -> dict[str, Any]:
        found = office.get("district", "/ranking", board="district", day=str(day))
        (row,) = [one for one in found["items"] if one["code"] == "410102004"]
        return {**row, "state": found["state"]}

    assert (of(early)["state"], of(early)["points"]) == ("published", -5)
    assert (of(late)["points"], of(late)["corrections"]) == (0, 0)
    now = of(today)
    assert (now["state"], now["corrections"]) == ("open", -5)


def test_a_sub_district_enters_by_hand_for_whom_it_leads(office: Scoring) -> None:
    leader, community = "sub_district/leader", office.city.organisations["410102004001"]
    standing = office.get(leader)
    assert (standing["over_all"], standing["enters_below"]) == (False, "410102004")
    assert office.get("district/leader")["enters_below"] is None
    first = exposed(office, leader, organisation_id=community)
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["points"], told["code"], told["subject"]) == (-5, "410102004001", "community")
    assert "sub_district/leader" in told["entered_by"]
    person = exposed(office, leader, "commended", person_id=office.city.people[f"post-{SECOND}"])
    assert person.status_code == 201 and person.json()["points"] == 3, person.text
    outside: list[dict[str, Any]] = [
        {"organisation_id": office.city.organisations["410102004"]},  # itself
        {"organisation_id": office.city.organisations["410102005"]},
        {"organisation_id": office.city.organisations["410102-D01"]},
    ]
    for given in outside:
        assert refused(exposed(office, leader, **given)) == (403, "score-hand-below"), given
    people = office.city.people
    for name in (f"post-{OTHER}", "410102-D01"):
        answer = exposed(office, leader, person_id=people[name])
        assert answer.status_code in (403, 422), name
    for who in ("sub_district/administrator", "community/leader"):
        answer = exposed(office, who, organisation_id=community)
        assert refused(answer) == (403, "scores-need-whole"), who
    for who in ("sub_district/dispatcher", "worker", "department"):
        answer = exposed(office, who, organisation_id=community)
        assert refused(answer) == (403, "role-not-allowed"), who
    answer = exposed(office, leader, organisation_id=community, points=-9)
    assert refused(answer) == (422, "score-hand-points")
    # The community appeals, and somebody who is over both decides.
    appealed = office.put("community/leader", f"/entries/{told['id']}/appeal", reason="不属实")
    decision = {"decision": "upheld", "reason": "查实不属于该社区"}
    path = f"/appeals/{appealed['appeal']['id']}/decide"
    assert refused(office.ask(leader, "POST", path, json=decision)) == (403, "scores-need-whole")
    done = office.put("district/administrator", path, status=200, **decision)
    assert done["standing"] == 0


def test_nobody_of_a_sub_district_enters_for_themselves(office: Scoring) -> None:
    """A leader who holds a post there, and with points of their own choosing by a free rule."""
    account, person = office.city.accounts["sub_district/leader"], f"post-{SECOND}"
    with acting(office.engine, "tests") as connection:
        connection.execute(
            text("UPDATE account SET person_id = :person WHERE id = :id"),
            {"person": office.city.people[person], "id": account},
        )
        connection.execute(
            text(
                "INSERT INTO score_rule (jurisdiction_id, series, kind, subjects, points,"
                " categories, severities, sources, name_zh, name_en, held, recorded_by) VALUES"
                " (:of, 0, 'by_hand', '{community}', 1, '{}', '{}', '{}', 'x', 'x',"
                " daterange('2026-01-01', NULL), '')"
            ),
            {"of": office.office},
        )
    leader, community = "sub_district/leader", office.city.organisations["410102004001"]
    answer = exposed(office, leader, "commended", person_id=office.city.people[person])
    assert refused(answer) == (403, "score-hand-below")
    answer = exposed(office, leader, "by_hand", organisation_id=community, points=50)
    assert refused(answer) == (422, "score-hand-points-fixed")
    assert exposed(office, leader, "by_hand", organisation_id=community).status_code == 201
    # And the database says the same, whatever the application forgets.
    token = office.city.headers[leader]["Authorization"].split()[1]
    caller = Callers(office.engine, idle=timedelta(hours=1))._look_up(token)
    assert caller is not None
    fact = (
        "INSERT INTO score_fact (jurisdiction_id, source, event_id, kind, at, day, grid_code,"
        " reason, document, recorded_by, recorded_account_id) SELECT :of, :source, -1, 'commended',"
        " now(), :day, :code, 'x', 'x', 'x', :account RETURNING id"
    )
    entry = (
        "INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id,"
        " person_id, code, day, points) SELECT :of, :fact, id, :subject, :organisation, :person,"
        " :code, :day, :points FROM score_rule WHERE kind = 'commended'"
    )
    day = datetime.now(ZONE).date()
    usual = {
        "of": office.office, "source": "hand", "day": day, "code": "410102004001", "points": 3,
        "account": account, "subject": "community", "organisation": community, "person": None,
    }  # fmt: skip
    tries: list[tuple[str, dict[str, Any]]] = [
        ("fact", {"source": "incident"}),
        ("fact", {"code": "410102005001"}),
        ("fact", {"account": office.city.accounts["district/leader"]}),
        ("entry", {"points": 900}),
        ("entry", {"subject": "sub_district", "code": "410102004",
                   "organisation": office.city.organisations["410102004"]}),
        ("entry", {"organisation": office.city.organisations["410102005"]}),
        ("entry", {"subject": "person", "organisation": None,
                   "person": office.city.people[person]}),
        ("entry", {"day": day - timedelta(days=1)}),
    ]  # fmt: skip
    for step, change in tries:
        values = {**usual, **change}
        with (
            pytest.raises(DBAPIError, match="row-level security"),
            acting(caller.engine, caller.actor) as connection,
        ):
            of_fact = usual if step == "entry" else values
            made = connection.scalar(text(fact), of_fact)
            connection.execute(text(entry), {**values, "fact": made})
    with acting(caller.engine, caller.actor) as connection:
        made = connection.scalar(text(fact), usual)
        assert connection.execute(text(entry), {**usual, "fact": made}).rowcount == 1
