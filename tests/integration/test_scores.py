"""Points from the event to the ranking: each once, by the rule of its day, and put right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.caller import Callers
from gis.store.engine import acting
from gis.workflows.scores_tally import tally
from tests.integration.scores_help import GRID, Scoring, refused, scoring, tomorrow

OTHER = "410102005001001"
MARCH = {"since": "2026-03-01", "until": "2026-04-01"}


@pytest.fixture(scope="module")
def office(
    maintenance_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scoring]:
    with scoring(maintenance_url, template_database, tmp_path_factory.mktemp("d")) as made:
        yield made


def test_a_case_gives_points_once_however_often_it_is_read(office: Scoring) -> None:
    case = office.report()
    office.step(case, "register")
    office.close(case)
    office.tally()
    found = office.ledger(case)
    assert [one for one in found if one[1] == "community"] == [
        ("patrol_found", "community", 0.2), ("patrol_valid", "community", 0.3),
        ("closed_on_time", "community", 0.5),
    ]  # fmt: skip
    assert {one[1] for one in found} == {"community", "sub_district", "person"}
    workers = [threading.Thread(target=tally, args=(office.engine, office.office))
               for _ in range(3)]  # fmt: skip
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert office.ledger(case) == found


def test_what_is_undone_is_put_right_by_another_entry(office: Scoring) -> None:
    case = office.report()
    office.step(case, "register")
    office.tally()
    before = office.ledger(case)
    office.step(case, "reject", stage="closed", closed_at="2026-03-05T02:00:00Z",
                dismissed="rejected")  # fmt: skip
    office.tally()
    after = office.ledger(case)
    assert after[: len(before)] == before
    assert sum(points for *_, points in after) == pytest.approx(0)
    office.step(case, "reopen", stage="registered", closed_at=None, dismissed=None)
    office.close(case, "2026-03-25")
    office.tally()
    by_person = [one for one in office.ledger(case) if one[1] == "person"]
    assert sum(points for *_, points in by_person) == pytest.approx(0.2 + 0.3 - 0.5)
    office.reopen(case, "2026-03-26")
    office.tally()
    by_person = [one for one in office.ledger(case) if one[1] == "person"]
    assert by_person[-2:] == [("closed_late", "person", 0.5), ("reopened", "person", -1.0)]


def test_reading_everything_anew_gives_the_same_ledger(office: Scoring) -> None:
    """In one go or step by step, in blocks or as it happens: no entry more, none less."""
    known = office.dump()
    assert len(known) > 10
    with office.engine.begin() as connection:
        for table in ("score_entry", "score_fact"):
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        connection.execute(
            text(
                "UPDATE score_tally SET archive_after = 0,"
                " archive_until = (SELECT max(id) FROM incident), since_transaction ="
                " pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            )
        )
    office.tally()
    assert office.dump() == known
    assert office.get("district")["archive"] == 1.0


def test_a_change_holds_from_a_day_to_come_and_leaves_past_days_alone(office: Scoring) -> None:
    rules = office.get("district", "/rules")["items"]
    (late,) = [one for one in rules if one["kind"] == "closed_late"]
    given = {
        "jurisdiction": office.office, "former_id": late["id"], "kind": "closed_late",
        "subjects": ["community"], "points": -2, "name_zh": "超期结案", "name_en": "Closed late",
        "reason": "考核办法第二条",
    }  # fmt: skip
    for day in ("2026-03-01", office.get("district")["today"]):
        answer = office.ask("district", "POST", "/rules", json={**given, "since": day})
        assert refused(answer) == (422, "score-rule-past")
    made = office.put("district/leader", "/rules", **given)
    assert made["since"] == tomorrow(office) and made["series"] == late["series"]
    assert made["recorded_by"] and made["reason"] == "考核办法第二条"
    versions = [one for one in office.get("district", "/rules")["items"]
                if one["series"] == late["series"]]  # fmt: skip
    assert [(one["id"], one["until"]) for one in versions] == [
        (made["id"], None), (late["id"], tomorrow(office)),
    ]  # fmt: skip
    held = office.get("district", "/rules", day="2026-03-10")["items"]
    assert {one["id"] for one in held if one["kind"] == "closed_late"} == {late["id"]}
    again = office.ask("district", "POST", "/rules", json=given)
    assert refused(again) == (409, "score-rule-ended")
    # A case of a past day, told of only now, is scored by the rule of its day.
    case = office.report(due="2026-03-03")
    office.close(case, "2026-03-10")
    office.tally()
    assert ("closed_late", "person", -0.5) in office.ledger(case)
    ended = office.put("district", f"/rules/{made['id']}/end", status=200, reason="撤回")
    assert ended["withdrawn"] is True
    with pytest.raises(DBAPIError, match="past day"), acting(office.engine, "x") as connection:
        connection.execute(text("UPDATE score_rule SET points = 9 WHERE id = :id"),
                           {"id": late["id"]})  # fmt: skip


def test_a_rule_that_is_sent_twice_does_not_count_everything_twice(office: Scoring) -> None:
    given = {
        "jurisdiction": office.office, "kind": "rework", "subjects": ["community", "person"],
        "points": -0.25, "categories": ["03"], "severities": [3, 4], "name_zh": "返工",
        "name_en": "Rework", "reason": "考核办法第三条",
    }  # fmt: skip
    made = office.put("district/leader", "/rules", **given)
    again = office.ask("district/leader", "POST", "/rules", json=given)
    assert refused(again) == (409, "score-rule-twice")
    turned = {**given, "subjects": ["person", "community"], "severities": [4, 3], "name_zh": "又"}
    again = office.ask("district/leader", "POST", "/rules", json=turned)
    assert refused(again) == (409, "score-rule-twice")
    office.put("district/leader", "/rules", **{**given, "categories": []})
    office.put("district", f"/rules/{made['id']}/end", status=200, reason="撤回")
    office.put("district/leader", "/rules", **given)


def test_conditions_narrow_what_is_scored(office: Scoring) -> None:
    with acting(office.engine, "tests") as connection:
        connection.execute(
            text(
                "INSERT INTO score_rule (jurisdiction_id, series, kind, subjects, points,"
                " categories, severities, sources, name_zh, name_en, held, recorded_by) SELECT"
                " :of, 0, 'public_reported', '{community}', points, categories, severities,"
                " sources, 'x', 'x', daterange('2026-01-01', NULL), '' FROM (VALUES"
                " (1, '{01}'::text[], '{}'::smallint[], '{hotline_110}'::text[]),"
                " (2, '{0102}', '{}', '{}'), (4, '{}', '{3}', '{}'), (8, '{}', '{1,2}', '{}'))"
                " AS v (points, categories, severities, sources)"
            ),
            {"of": office.office},
        )
    case = office.report(source="hotline_110")
    office.tally()
    points = sorted(one[2] for one in office.ledger(case) if one[1] == "community")
    assert points == [-0.2, 1.0, 4.0]


def exposed(office: Scoring, who: str = "district/leader", *, key: str = "", **given: Any) -> Any:
    sub = {"day": "2026-03-09", "organisation_id": office.city.organisations["410102004"]}
    return office.enter(who, key=key, **sub | given)


def test_entering_by_hand_needs_a_document_and_is_done_once(office: Scoring) -> None:
    first = exposed(office, key="the-same")
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["points"], told["document"], told["kind"]) == (
        -5,
        "督字〔2026〕3号",
        "media_exposed",
    )
    assert told["entered_by"] and told["source"] == "hand"
    assert exposed(office, key="the-same").json()["id"] == told["id"]
    changed = exposed(office, key="the-same", reason="另一件事")
    assert refused(changed) == (422, "idempotency-key-reused")
    assert exposed(office, document=" ").status_code == 422
    assert refused(exposed(office, points=-1)) == (422, "score-hand-points")
    assert refused(exposed(office, day="2190-01-01")) == (422, "score-hand-day")
    other = office.city.organisations["410103001"]
    assert refused(exposed(office, organisation_id=other)) == (422, "score-hand-subject")
    rules = office.get("district", "/rules")["items"]
    late = next(one for one in rules if one["kind"] == "closed_late")
    assert refused(exposed(office, rule_id=late["id"])) == (422, "score-hand-rule")
    assert refused(exposed(office, "sub_district/administrator")) == (403, "scores-need-whole")
    assert refused(exposed(office, "sub_district/leader")) == (403, "score-hand-below")


def test_an_appeal_is_decided_by_somebody_else_and_put_right(office: Scoring) -> None:
    entry = exposed(office).json()
    path = f"/entries/{entry['id']}/appeal"
    mine = office.get("sub_district/leader", "/entries")["items"]
    assert next(one for one in mine if one["id"] == entry["id"])["may_appeal"]
    for who in ("district/leader", "community/leader", "department", "worker"):
        answer = office.ask(who, "POST", path, json={"reason": "不属实"})
        assert answer.status_code in (403, 404), who
    told = office.put("sub_district/leader", path, reason="不属于本街道")
    assert told["appeal"]["reason"] == "不属于本街道" and not told["may_appeal"]
    again = office.ask("sub_district/dispatcher", "POST", path, json={"reason": "再申诉"})
    assert refused(again) == (409, "score-appealed-already")
    number = told["appeal"]["id"]
    decision = {"decision": "changed", "points": -2, "reason": "部分属实"}
    answer = office.ask("sub_district/leader", "POST", f"/appeals/{number}/decide", json=decision)
    assert refused(answer) == (403, "scores-need-whole")
    answer = office.ask("district/leader", "POST", f"/appeals/{number}/decide", json=decision)
    assert refused(answer) == (403, "score-appeal-own-entry")
    pending = office.get("district/administrator", "/appeals", open=True)["items"]
    assert [one["id"] for one in pending if one["may_decide"]] == [entry["id"]]
    done = office.put("district/administrator", f"/appeals/{number}/decide", status=200, **decision)
    assert (done["points"], done["standing"]) == (-5, -2)
    assert done["appeal"]["decision"] == "changed" and done["appeal"]["decided_by"]
    answer = office.ask("district/leader", "POST", f"/appeals/{number}/decide", json=decision)
    assert refused(answer) == (409, "score-appeal-decided")
    sub = office.city.organisations["410102004"]
    rows = office.get("district", "/entries", organisation=sub)["items"]
    (correction,) = [one for one in rows if one["corrects_id"] == entry["id"]]
    assert correction["points"] == 3 and correction["by_appeal"]
    for table in ("score_entry", "score_fact", "score_appeal", "score_ranking"):
        with pytest.raises(DBAPIError), acting(office.engine, "tests") as connection:
            connection.execute(text(f"DELETE FROM {table}"))


def test_what_an_appeal_gave_back_is_not_given_back_twice(office: Scoring) -> None:
    case = office.report(source="hotline_12345")
    office.tally()
    rows = office.get("sub_district/leader", "/entries", limit=200)["items"]
    (entry,) = [one for one in rows if one["incident"] and one["incident"]["id"] == case
                and one["subject"] == "community" and one["points"] == -0.2]  # fmt: skip
    told = office.put("sub_district/leader", f"/entries/{entry['id']}/appeal", reason="误报")
    office.put("district/leader", f"/appeals/{told['appeal']['id']}/decide", status=200,
               decision="upheld", reason="属误报")  # fmt: skip
    office.step(case, "reject", stage="closed", closed_at="2026-03-05T02:00:00Z",
                dismissed="rejected")  # fmt: skip
    office.tally()
    whose = [points for _, subject, points in office.ledger(case) if subject == "sub_district"]
    assert sum(whose) == pytest.approx(0)
    with office.engine.connect() as connection:
        standing = connection.scalar(
            text("SELECT sum(points) FROM score_entry WHERE id = :id OR corrects_id = :id"),
            {"id": entry["id"]},
        )
    assert standing == 0


def test_an_appeal_comes_in_time_or_not_at_all(office: Scoring) -> None:
    entry = exposed(office).json()
    with office.engine.begin() as connection:
        connection.execute(text("ALTER TABLE score_entry DISABLE TRIGGER USER"))
        connection.execute(
            text("UPDATE score_entry SET recorded_at = recorded_at - interval '8 days'"
                 " WHERE id = :id"), {"id": entry["id"]},
        )  # fmt: skip
        connection.execute(text("ALTER TABLE score_entry ENABLE TRIGGER USER"))
    path = f"/entries/{entry['id']}/appeal"
    answer = office.ask("sub_district/leader", "POST", path, json={"reason": "不属实"})
    assert refused(answer) == (409, "score-appeal-late")
    answer = office.ask("district/leader", "PUT", "/setting", json={
        "jurisdiction": office.office, "appeal_days": 30, "small_below": 30})  # fmt: skip
    assert answer.status_code == 200 and answer.json()["setting"]["appeal_days"] == 30
    office.put("sub_district/leader", path, reason="不属实")


def test_each_sees_the_points_of_whom_they_are_or_lead(office: Scoring) -> None:
    office.close(office.report())
    office.close(office.report(OTHER, department=True))
    office.tally()
    everything = office.get("district", "/entries", limit=200, **MARCH)["items"]
    assert {one["subject"] for one in everything} == {
        "person", "community", "sub_district", "department",
    }  # fmt: skip
    by_who = {
        "sub_district": lambda one: one["code"].startswith("410102004"),
        "community": lambda one: one["code"].startswith("410102004001"),
        "department": lambda one: one["subject"] == "department",
        "worker": lambda one: one["person_id"] == office.city.people[f"post-{GRID}"],
    }
    for who, own in by_who.items():
        seen = office.get(who, "/entries", limit=200, **MARCH)["items"]
        assert seen and all(own(one) for one in seen), who
    assert office.ask("other", "GET", "/entries").status_code == 404


def test_a_ranking_adds_up_the_ledger(office: Scoring) -> None:
    found = office.get("district", "/ranking", board="district", day="2026-03-15")
    assert (found["state"], found["subject"], found["tally"]) == ("over", "sub_district", "week")
    assert found["period"] == MARCH
    with office.engine.connect() as connection:
        sums = dict(
            connection.execute(
                text(
                    "SELECT o.code, sum(e.points)::float FROM score_entry AS e JOIN organisation"
                    " AS o ON o.id = e.organisation_id WHERE e.subject = 'sub_district'"
                    " AND e.day >= :since AND e.day < :until GROUP BY 1"
                ),
                MARCH,
            ).all()
        )
    assert {one["code"]: one["points"] for one in found["items"]} == pytest.approx(sums)
    for one in found["items"]:
        assert one["points"] == pytest.approx(one["added"] + one["taken"])
        assert sum(one["tallies"]) == pytest.approx(one["points"])
        assert one["small"] and len(one["tallies"]) == len(found["parts"])
    assert [one["rank"] for one in found["items"]] == [1, 2]
    assert [one["bottom"] for one in found["items"]] == [False, True]
    street = office.get("sub_district", "/ranking", board="street", day="2026-03-05")
    assert street["code"] == "410102004" and street["tally"] == "day"
    assert [one["code"] for one in street["items"]] == ["410102004001"]
    centre = office.get("district", "/ranking", board="centre", day="2026-03-05")
    assert [one["code"] for one in centre["items"]] == ["410102-D01"]
    place = office.ask("sub_district", "GET", "/ranking",
                       params={"board": "street", "place": "410102005"})  # fmt: skip
    assert refused(place) == (404, "score-place-not-found")


def test_a_published_ranking_stays_and_what_comes_later_is_a_correction(office: Scoring) -> None:
    today = office.get("district")["today"]
    before = office.get("district", "/ranking", board="district")
    assert before["state"] == "open" and before["published_at"] is None
    partial = office.get("sub_district", "/ranking", board="district")
    assert partial["withheld"] and partial["items"] == []
    with office.engine.connect() as connection:
        row = connection.execute(
            text("SELECT since, until FROM score_ranking WHERE board = 'district'")
        ).one()  # the tally froze the month before this one
    last = str(row.until - timedelta(days=1))
    kept = office.get("district", "/ranking", board="district", day=last)
    assert kept["state"] == "published"
    assert office.get("sub_district", "/ranking", board="district", day=last) == kept
    answer = exposed(office, day=last)
    assert answer.status_code == 201, answer.text
    assert office.get("district", "/ranking", board="district", day=last) == kept
    after = office.get("district", "/ranking", board="district", day=today)

    def of(found: Any, name: str) -> dict[str, float]:
        return {one["code"]: one[name] for one in found["items"]}

    earlier = of(before, "corrections")
    assert of(after, "corrections")["410102004"] == earlier["410102004"] - 5
    assert of(after, "points")["410102004"] == of(before, "points")["410102004"] - 5


def test_the_database_keeps_a_part_from_scoring_itself(office: Scoring) -> None:
    """Whatever the application forgets."""
    token = office.city.headers["sub_district/leader"]["Authorization"].split()[1]
    caller = Callers(office.engine, idle=timedelta(hours=1))._look_up(token)
    assert caller is not None
    for query in (
        "INSERT INTO score_entry (jurisdiction_id, fact_id, rule_id, subject, organisation_id,"
        " code, day, points) SELECT jurisdiction_id, fact_id, rule_id, subject, organisation_id,"
        " code, day + 1, 100 FROM score_entry LIMIT 1",
        "INSERT INTO score_setting (jurisdiction_id, zone, appeal_days, small_below, recorded_by)"
        " SELECT jurisdiction_id, zone, 300, 0, 'x' FROM score_setting LIMIT 1",
        "INSERT INTO score_ranking SELECT * FROM score_ranking LIMIT 1",
    ):
        with pytest.raises(DBAPIError), acting(caller.engine, caller.actor) as connection:
            connection.execute(text(query))
    with acting(caller.engine, caller.actor) as connection:
        for table in ("score_rule SET ended_reason = 'x'", "score_appeal SET decided_reason = 'x'"):
            assert connection.execute(text(f"UPDATE {table}")).rowcount == 0
