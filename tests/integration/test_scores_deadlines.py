"""Points judge a closing as closure figures do: more time that comes too late heals nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.incidents.deadlines import Setting
from gis.workflows import deadlines, scores
from gis.workflows.scores_tally import tally
from tests.integration.closure_help import DAY, NOW
from tests.integration.steps_help import make_desk
from tests.integration.test_closure_deadlines import finish

LATER = NOW + 30 * DAY


@pytest.fixture
def desk(engine: Engine) -> Any:
    made = make_desk(engine)
    here = made.town.jurisdiction_id
    deadlines.begin(
        engine, here, actor="tests", reason="defaults", since=NOW - 400 * DAY,
        first_year=NOW.year - 1,
    )  # fmt: skip
    deadlines.change_setting(engine, here, Setting(reopened="anew"), actor="tests", reason="x")
    scores.begin(
        engine, here, since=(NOW - 60 * DAY).date(), actor="tests", time_zone="Asia/Shanghai"
    )
    return made


def closings(engine: Engine, desk: Any, case: int) -> list[str]:
    tally(engine, desk.town.jurisdiction_id)
    with engine.connect() as connection:
        rows = connection.scalars(
            text(
                "SELECT kind FROM score_fact WHERE incident_id = :id AND of_event = 0"
                " AND starts_with(kind, 'closed') ORDER BY id"
            ),
            {"id": case},
        )
        return list(rows)


def test_more_time_for_what_is_late_already_does_not_make_it_on_time(engine, desk):
    late, asked_in_time = (desk.report(reported_at=NOW - ago) for ago in (40 * DAY, DAY / 24))
    for case in (late, asked_in_time):
        desk.take(case, "extend", desk.lead(), reason="再要时间", until=LATER)
        desk.take(case, "approve_extension", desk.leader)
        assert desk.row(case)["due_at"] > NOW
        finish(desk, case)
    assert closings(engine, desk, late) == ["closed_late"]
    assert closings(engine, desk, asked_in_time) == ["closed_on_time"]


def test_all_time_anew_after_a_late_closing_does_not_either(engine, desk):
    case = desk.report(reported_at=NOW - 40 * DAY)
    finish(desk, case)
    desk.take(case, "reopen", desk.dispatcher, reason="没有办好")
    assert desk.row(case)["due_at"] > NOW
    finish(desk, case)
    assert closings(engine, desk, case) == ["closed_late", "closed_late"]
