"""What publishing leaves as it is, how little it writes of that, and previews page by page."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from gis.errors import ConflictError
from gis.store import hand_over_notes
from gis.store.cases import case as incident
from gis.store.engine import acting
from gis.workflows import previews
from gis.workflows.choices import choose_owner
from gis.workflows.locators import Locators
from gis.workflows.publishing import publish_plan
from tests.factories import STEP as CELL
from tests.factories import make_draft, make_town, redrawn
from tests.integration.following import following
from tests.integration.publishing_help import (
    FIRST,
    SECOND,
    STEP,
    preview,
    publish,
    report_at,
    rows,
    town_with_reports,
)  # fmt: skip
from tests.integration.rules_help import contact, report, rule

METRE = 1 / 91_600  # of longitude, at this latitude


def given_by_choice(engine, town):
    """A report 12 m west of the boundary of row 0 that a dispatcher gave to the eastern grid."""
    incident_id = report_at(engine, (CELL - 12 * METRE) / STEP - 0.5, 0)
    choose_owner(engine, Locators(), incident_id, grid_code=SECOND, reason="门牌", version=1,
                 actor="dispatcher")  # fmt: skip
    return incident_id


def owner_of(engine, incident_id):
    query = "SELECT grid_code, route_rule, plan_id, person_id FROM incident WHERE id = :id"
    return rows(engine, query, id=incident_id)[0]


@pytest.mark.parametrize("cut", [2, 1])
def test_what_a_dispatcher_gave_to_a_near_grid_stays_with_it(engine, cut):
    town, _ = town_with_reports(engine)
    chosen = given_by_choice(engine, town)
    plan = make_draft(engine, town, redrawn({0: cut, 1: 3}))
    tried, shown, _ = preview(engine, plan, limit=10)
    assert chosen not in [row["incident_id"] for row in shown]
    assert publish(engine, plan).moves == tried.moves
    assert owner_of(engine, chosen) == (SECOND, "chosen", plan, town.person_ids[SECOND])
    # And through the one after it.
    back = make_draft(engine, town, redrawn({}))
    publish(engine, back)
    assert owner_of(engine, chosen)[:3] == (SECOND, "chosen", back)


@pytest.mark.parametrize(
    ("shapes", "code"),
    [(redrawn({0: 3}), FIRST), ({c: s for c, s in redrawn({0: 4}).items() if c != SECOND}, FIRST)],
)
def test_a_choice_ends_with_its_grid_or_far_from_it_and_the_note_says_so(engine, shapes, code):
    town, _ = town_with_reports(engine)
    chosen = given_by_choice(engine, town)
    plan = make_draft(engine, town, shapes)
    _, shown, _ = preview(engine, plan, limit=10)
    ended = {row["incident_id"]: row["choice_ended"] for row in shown}
    assert ended.pop(chosen) is True
    assert not any(ended.values())
    publish(engine, plan)
    assert owner_of(engine, chosen)[:3] == (code, "inside", plan)
    with engine.connect() as connection:
        notes, _ = hand_over_notes.notes(connection, town.jurisdiction_id, limit=10)
    assert {note["incident_id"] for note in notes if note["choice_ended"]} == {chosen}


def test_what_stays_is_told_once_for_all_and_each_case_still_says_who_and_when_and_why(engine):
    town, ids = town_with_reports(engine)
    queued = report_at(engine, -500, 0)
    before = dict(list(rows(engine, "SELECT incident_id, count(*) FROM incident_event GROUP BY 1")))
    versions = dict(list(rows(engine, "SELECT id, version FROM incident")))
    plan = make_draft(engine, town, redrawn({0: 3}))
    with following(engine.url.render_as_string(hide_password=False)) as heard:
        with acting(engine, "王", action="publish", reason="第三季度调整") as connection:
            done = publish_plan(connection, plan)
        heard.until(lambda h: bool(h.changes))
    assert [move.incident_id for move in done.moves] == [ids[1]]
    assert heard.changes == [(ids[1], "changed")]
    after = dict(list(rows(engine, "SELECT incident_id, count(*) FROM incident_event GROUP BY 1")))
    assert {one: after[one] - before[one] for one in before} == {
        ids[0]: 0, ids[1]: 1, ids[2]: 0, ids[3]: 0, queued: 0,
    }  # fmt: skip
    now = dict(list(rows(engine, "SELECT id, version FROM incident")))
    assert {one for one in now if now[one] > versions[one]} == set(ids[:3])
    (carried,) = rows(engine, "SELECT * FROM carried_over WHERE to_plan_id = :p", p=plan)
    assert (carried.from_plan_id, carried.incident_ids) == (town.plan_id, [ids[0], ids[2]])
    with engine.connect() as connection:
        step = incident(connection, ids[2])["history"][-1]
        assert incident(connection, queued)["history"][-1]["action"] != "publish"
    assert (step["actor"], step["action"], step["reason"]) == ("王", "publish", "第三季度调整")
    assert step["data"] == {"plan_id": [town.plan_id, plan]}
    assert step["from_stage"] == step["to_stage"] == "dispatched"
    with pytest.raises(Exception, match="append-only"), acting(engine, "x") as connection:
        connection.execute(text("UPDATE carried_over SET actor = 'x'"))


def test_nothing_but_a_plan_is_left_out_of_a_case_s_own_history(engine):
    """Every column that can be written: a change of it, beside the plan's, has its own step."""
    columns = rows(
        engine,
        "SELECT column_name, data_type FROM information_schema.columns WHERE"
        " table_name = 'incident' AND is_generated = 'NEVER'",
    )
    compared = rows(engine, "SELECT prosrc FROM pg_proc WHERE proname = 'incident_changed'")[0][0]
    followed = {"id", "version", "plan_id", "grid_id", "post_id"}
    for name in {column.column_name for column in columns} - followed:
        assert f"n.{name}," in compared or f"n.{name})" in compared, name
        assert f"o.{name}," in compared or f"o.{name})" in compared, name


def test_a_bulk_change_is_planned_for_many_rows_whatever_was_changed_before(engine):
    """In a session of many single changes a plan made for one row would be used, and be quadratic:
    the triggers that compare rows before and after must not let it."""
    settings = rows(
        engine,
        "SELECT proname, proconfig FROM pg_proc WHERE prosrc LIKE '%before_change AS o%'",
    )
    assert {row.proname for row in settings} == {
        "incident_changed", "incident_changes_hands", "incident_tiles_changed",
    }  # fmt: skip
    assert all("enable_nestloop=off" in row.proconfig for row in settings)


def test_all_pages_of_a_preview_come_from_one_computation(engine, monkeypatch):
    town, _ = town_with_reports(engine)
    for _ in range(4):
        report_at(engine, 1.25 * CELL / STEP - 0.5, 0)
    plan, other = (make_draft(engine, town, redrawn({0: cut})) for cut in (3, 1))
    computed = []
    compute = previews.preview
    monkeypatch.setattr(previews, "preview", lambda *a: computed.append(a[1]) or compute(*a))
    kept = previews.Previews()
    first, shown, after = kept.page(engine, plan, limit=2)
    seen = [row["incident_id"] for row in shown]
    late = report_at(engine, 1.25 * CELL / STEP - 0.5, 0)
    while after is not None:
        again, shown, after = kept.page(engine, plan, limit=2, after=after)
        assert again is first
        seen += [row["incident_id"] for row in shown]
    assert (len(seen), computed) == (5, [plan])
    assert late not in seen
    # What the list must not be stale in: the plan in force, the draft, and its own age.
    with acting(engine, "tests") as connection:
        connection.execute(text("UPDATE grid SET name_zh = 'x' WHERE plan_id = :p"), {"p": plan})
    assert late in [row["incident_id"] for row in
                    kept.page(engine, plan, limit=10, after=1)[1]]  # fmt: skip
    publish(engine, other)
    assert kept.page(engine, plan, limit=10, after=1)[0].former_id == other
    monkeypatch.setattr(previews, "KEPT_S", -1.0)
    kept.page(engine, plan, limit=10, after=1)
    assert computed == [plan] * 4
    publish(engine, plan)
    with pytest.raises(ConflictError) as refused:
        kept.page(engine, plan, limit=10, after=1)
    assert refused.value.code == "plan-not-draft"


def test_no_more_previews_are_kept_than_a_few(engine):
    town, _ = town_with_reports(engine)
    kept = previews.Previews()
    for cut in (1, 3, 1, 3, 1, 3):
        kept.page(engine, make_draft(engine, town, redrawn({0: cut})), limit=1)
    assert len(kept._kept) == previews.KEPT_PREVIEWS


def test_the_chain_of_a_case_that_a_department_answers_for_is_that_of_the_plan_in_force(engine):
    """It has no post that says since when: the new plan's posts begin with the plan."""
    town = make_town(engine)
    ((office,),) = rows(engine, "SELECT id FROM organisation WHERE code = '410102004'")
    contact(engine, town, office)
    rule(engine, town, organisation_id=office)
    case = report(engine, Locators())
    publish(engine, make_draft(engine, town, redrawn({0: 3})))
    with engine.connect() as connection:
        after = incident(connection, case["id"])
    assert after["department"]["answers"]

    def held(chain):
        return [[post["person"]["id"] for post in link["posts"]] for link in chain]

    assert any(held(case["chain"]))
    assert held(after["chain"]) == held(case["chain"])


def test_another_post_of_the_same_person_is_told_in_the_case_s_own_history(engine):
    """As what somebody answered, and for whom, can be asked for any moment."""
    town, ids = town_with_reports(engine)
    with acting(engine, "tests") as connection:
        connection.execute(
            text(
                "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
                " WHERE id = (SELECT post_id FROM incident WHERE id = :id)"
            ),
            {"id": ids[0]},
        )
        connection.execute(
            text(
                "INSERT INTO post (person_id, grid_id, grid_level, role, seat, held, recorded_by)"
                " SELECT post.person_id, post.grid_id, grid_level, 'assistant', 1,"
                " tstzrange(now(), NULL), 'tests' FROM post JOIN incident ON post.id = post_id"
                " WHERE incident.id = :id"
            ),
            {"id": ids[0]},
        )
        connection.execute(
            text(
                "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
                " WHERE upper_inf(held) AND role <> 'assistant' AND grid_id IN"
                " (SELECT id FROM grid WHERE :code LIKE code || '%' AND plan_id = :plan)"
            ),
            {"code": FIRST, "plan": town.plan_id},
        )
    (before,) = rows(engine, "SELECT post_id, person_id FROM incident WHERE id = :i", i=ids[0])
    publish(engine, make_draft(engine, town, redrawn({})))
    (after,) = rows(engine, "SELECT post_id, person_id FROM incident WHERE id = :i", i=ids[0])
    assert after.person_id == before.person_id
    last = rows(engine, "SELECT data FROM incident_event WHERE incident_id = :i ORDER BY id DESC",
                i=ids[0])[0].data  # fmt: skip
    assert last["post_id"] == [before.post_id, after.post_id]
    carried = rows(engine, "SELECT unnest(incident_ids) FROM carried_over ORDER BY 1")
    assert [one for (one,) in carried] == ids[1:3]
