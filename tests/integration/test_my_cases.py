"""A grid worker's own list: in hand or to answer for, open, what is due first on top."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from gis.incidents.lifecycle import Target
from gis.store.engine import acting
from gis.store.my_cases import my_cases
from tests.factories import STEP, WEST
from tests.integration.steps_help import CODE, Refused, make_desk

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


def test_who_has_a_hand_in_a_case_or_answers_for_it_finds_it_and_nobody_else(engine):
    desk = make_desk(engine)
    me = desk.town.person_ids[CODE]
    late, soon, never, gone, sent = (desk.report(title=name) for name in "abcde")
    elsewhere = desk.report(title="f", lon=WEST + STEP * 1.5)
    desk.take(gone, "handle", desk.lead(), result="已清理")
    desk.take(gone, "feed_back", desk.lead(), result="已恢复")
    desk.take(gone, "verify_result", desk.doer("dispatcher", "核查员"), verdict=True)
    desk.take(gone, "close", desk.dispatcher)
    other = desk.town.person_ids["城管局"]
    desk.take(
        sent, "redispatch", desk.dispatcher, reason="归口",
        target=Target(organisation_id=desk.organisations["城管局"]),
    )  # fmt: skip
    with acting(engine, "tests") as connection:
        for case, due in ((late, NOON), (soon, NOON - timedelta(hours=3)), (never, None)):
            connection.execute(
                text("UPDATE incident SET due_at = :due WHERE id = :id"), {"due": due, "id": case}
            )
        mine, following = my_cases(connection, me, limit=50)
        ids = [row["id"] for row in mine]
        assert following is None
        assert [one for one in ids if one in (late, soon, never)] == [soon, late, never]
        assert not {gone, elsewhere} & set(ids)
        assert all(row["task"]["mine"] for row in mine if row["id"] in (late, soon, never))
        assert [row["id"] for row in my_cases(connection, other, limit=50)[0]] == [sent]
        # Page by page it is the same list.
        joined: list[int] = []
        cursor = None
        while True:
            page, cursor = my_cases(connection, me, limit=1, cursor=cursor)
            joined += [row["id"] for row in page]
            if cursor is None:
                break
        assert joined == ids
        with Refused("cursor-invalid"):
            my_cases(connection, me, limit=1, cursor="nonsense")


def test_a_task_that_was_taken_up_says_so(engine):
    desk = make_desk(engine)
    case = desk.report()
    with engine.connect() as connection:
        before = my_cases(connection, desk.town.person_ids[CODE], limit=5)[0]
    desk.take(case, "accept", desk.lead())
    with engine.connect() as connection:
        after = my_cases(connection, desk.town.person_ids[CODE], limit=5)[0]
    assert [row["task"]["accepted"] for row in (*before, *after)] == [False, True]
    assert after[0]["version"] > before[0]["version"]
