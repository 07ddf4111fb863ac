"""The schema holds what the code promises: models and migrations agree, history cannot be bent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from gis.store import migrate
from gis.store.engine import acting
from gis.store.models import Base
from tests.factories import LONG_AGO, hold, make_town, tie

DEFINITIONS = """
SELECT conrelid::regclass::text AS table_name, conname AS name, pg_get_constraintdef(oid) AS body
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
  AND conrelid NOT IN ('spatial_ref_sys'::regclass)
UNION ALL
SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename NOT IN ('spatial_ref_sys', 'alembic_version')
UNION ALL
SELECT table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default,
       generation_expression, is_identity)
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name IN
  (SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
  AND table_name NOT IN ('spatial_ref_sys', 'alembic_version')
"""


def test_alembic_finds_nothing_left_to_migrate(engine):
    with engine.connect() as connection:
        assert migrate.differences(connection) == []


def test_models_and_migrations_make_the_same_constraints_indexes_and_columns(engine):
    with engine.connect() as connection:
        migrated = {tuple(row) for row in connection.execute(text(DEFINITIONS))}
        connection.execute(text("CREATE SCHEMA aside"))
        connection.execute(text("SET search_path = aside, public"))
        Base.metadata.create_all(connection, checkfirst=False)
        aside = DEFINITIONS.replace("'public'", "'aside'")
        modelled = {
            tuple(str(part).replace("aside.", "public.") for part in row)
            for row in connection.execute(text(aside))
        }
        connection.rollback()
    migrated = {tuple(str(part) for part in row) for row in migrated}
    plain = {(t.replace("public.", ""), n, b.replace("public.", "")) for t, n, b in migrated}
    others = {(t.replace("public.", ""), n, b.replace("public.", "")) for t, n, b in modelled}
    plain = {row for row in plain if row[0] != "alembic_version"}
    assert plain ^ others == set()


def test_upgrade_twice_is_harmless(database_url):
    migrate.upgrade(database_url)
    assert migrate.current(database_url) == migrate.newest()


def refused(engine, statement, message="", **values):
    with pytest.raises(DBAPIError, match=message), acting(engine, "tests") as connection:
        connection.execute(text(statement), values)


def test_nobody_sits_on_a_taken_seat(engine):
    town = make_town(engine)
    code = "410102004001001"
    with pytest.raises(IntegrityError, match="ex_post_seat"), acting(engine, "tests") as connection:
        hold(connection, town.person_ids["duty"], town.grid_ids[code], 3, "lead")


def test_a_post_is_ended_once_and_never_rewritten(engine):
    town = make_town(engine)
    someone = town.person_ids["410102004001001"]
    end = (
        "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
        " WHERE person_id = :p"
    )
    refused(engine, "UPDATE post SET role = 'adviser' WHERE person_id = :p", "ended", p=someone)
    refused(engine, "DELETE FROM post WHERE person_id = :p", "append-only", p=someone)
    with acting(engine, "tests") as connection:
        connection.execute(text(end), {"p": someone})
    refused(engine, end, "ended", p=someone)


@pytest.mark.parametrize(
    ("role", "level"), [("lead", 2), ("director", 3), ("first_responsible", 2), ("mayor", 1)]
)
def test_a_role_belongs_to_its_level(engine, role, level):
    town = make_town(engine, posts=False)
    code = {1: "410102004", 2: "410102004001", 3: "410102004001001"}[level]
    with pytest.raises(IntegrityError), acting(engine, "tests") as connection:
        hold(connection, town.person_ids["duty"], town.grid_ids[code], level, role)


def test_two_plans_are_never_in_force_together(engine):
    town = make_town(engine)
    refused(
        engine,
        "INSERT INTO plan (jurisdiction_id, name, status, effective, tolerance, created_by)"
        " VALUES (:j, 'second', 'published', tstzrange(now(), NULL), 0.05, 'tests')",
        "ex_plan_effective",
        j=town.jurisdiction_id,
    )


def test_a_plan_in_force_is_frozen(engine):
    town = make_town(engine)
    refused(
        engine, "UPDATE grid SET name_zh = 'x' WHERE plan_id = :p", "cannot change", p=town.plan_id
    )
    refused(engine, "DELETE FROM grid_unit WHERE plan_id = :p", "cannot change", p=town.plan_id)


def test_a_grid_hangs_below_the_grid_that_its_code_names(engine):
    town = make_town(engine, published=False)
    refused(
        engine,
        "INSERT INTO grid (plan_id, code, name_zh, population, households, area_m2, load,"
        " deviation, units, compactness, hue, geom, geom_3857_low)"
        " SELECT plan_id, '410102009001001', name_zh, 1, 1, 1, 1, 0, 1, 1, 0, geom, geom_3857_low"
        " FROM grid WHERE plan_id = :p LIMIT 1",
        "fk_grid_plan_id_parent_code",
        p=town.plan_id,
    )


def insert_incident(connection, town, serial="410102-20260101-00001", **changed):
    values = {
        "serial": serial, "j": town.jurisdiction_id, "category": "0101", "title": "试验",
        "reported": datetime.now(UTC) - timedelta(days=1), "stage": "dispatched", "closed": None,
        "plan": town.plan_id, "grid": town.grid_ids["410102004001001"],
        "code": "410102004001001", "queue": None, "rule": "inside",
    } | changed  # fmt: skip
    return connection.execute(
        text(
            "INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title,"
            " reported_at, stage, closed_at, plan_id, grid_id, grid_code, queue_id, route_rule,"
            " location) VALUES (:serial, :j, :category, 2, 'patrol', :title, :reported, :stage,"
            " :closed, :plan, :grid, :code, :queue, :rule,"
            " ST_SetSRID(ST_MakePoint(113.6001, 34.7501), 4326)) RETURNING id"
        ),
        values,
    ).scalar_one()


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"reported": datetime.now(UTC) + timedelta(days=2)}, "not_in_future"),
        ({"queue": 1}, "one_owner"),
        ({"plan": None, "grid": None, "code": None}, "one_owner"),
        ({"code": "410102004001002"}, "fk_incident"),
        ({"stage": "closed"}, "closed_at"),
        ({"stage": "lost"}, "stage"),
        ({"title": ""}, "title_length"),
        ({"category": "99"}, "category"),
    ],
)
def test_an_incident_that_cannot_be_is_refused(engine, changed, constraint):
    town = make_town(engine)
    with pytest.raises(DBAPIError, match=constraint), acting(engine, "tests") as connection:
        insert_incident(connection, town, **changed)


def test_every_change_of_an_incident_is_history_with_who_and_why(engine):
    town = make_town(engine)
    with acting(engine, "张三", action="report", reason="巡查发现") as connection:
        made = insert_incident(connection, town)
    with acting(engine, "李四", action="close", reason="已整改") as connection:
        connection.execute(
            text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
            {"id": made},
        )
    with engine.connect() as connection:
        steps = connection.execute(
            text(
                "SELECT actor, action, from_stage, to_stage, reason, data FROM incident_event"
                " WHERE incident_id = :id ORDER BY id"
            ),
            {"id": made},
        ).all()
        version = connection.scalar(
            text("SELECT version FROM incident WHERE id = :id"), {"id": made}
        )
    assert [tuple(step)[:5] for step in steps] == [
        ("张三", "report", None, "collected", "巡查发现"),
        ("李四", "close", "dispatched", "closed", "已整改"),
    ]
    assert steps[1].data["stage"] == ["dispatched", "closed"]
    assert version == 2


def test_history_cannot_be_changed_and_nothing_changes_without_a_name(engine):
    town = make_town(engine)
    with acting(engine, "tests") as connection:
        made = insert_incident(connection, town)
    for statement in (
        "UPDATE incident_event SET actor = 'nobody'",
        "DELETE FROM incident_event",
        "TRUNCATE incident_event",
        "DELETE FROM incident",
        "UPDATE plan_event SET actor = 'nobody'",
    ):
        refused(engine, statement, "append-only")
    with pytest.raises(DBAPIError, match="without a name"), engine.begin() as connection:
        connection.execute(text("UPDATE incident SET title = 'x' WHERE id = :id"), {"id": made})


@pytest.mark.parametrize(
    ("kind", "code", "parent_kind"),
    [("community", "410102004001", "district"), ("sub_district", "410102005", "sub_district")],
)
def test_organisations_hang_one_level_below_another(engine, kind, code, parent_kind):
    make_town(engine)
    refused(
        engine,
        "INSERT INTO organisation (code, kind, name_zh, parent_id)"
        " SELECT :code, :kind, 'x', id FROM organisation WHERE kind = :parent_kind LIMIT 1",
        "fk_organisation",
        code=code,
        kind=kind,
        parent_kind=parent_kind,
    )


def test_a_post_starts_at_some_moment(engine):
    town = make_town(engine, posts=False)
    with acting(engine, "tests") as connection:
        made = hold(
            connection, town.person_ids["duty"], town.grid_ids["410102004001001"], 3, "lead",
            since=LONG_AGO, until=LONG_AGO + timedelta(days=1),
        )  # fmt: skip
    assert made > 0
    scratch = create_engine(engine.url)
    refused(
        scratch,
        "INSERT INTO post (person_id, grid_id, grid_level, role, held, recorded_by)"
        " VALUES (:p, :g, 3, 'lead', tstzrange(NULL, NULL), 'tests')",
        "held_since",
        p=town.person_ids["duty"],
        g=town.grid_ids["410102004001001"],
    )
    scratch.dispose()


def test_a_department_is_tied_to_a_community_once_at_a_time_and_again_later(engine):
    town = make_town(engine)
    community = town.grid_ids["410102004001"]
    with acting(engine, "tests") as connection:
        made = tie(connection, community)
        tie(connection, town.grid_ids["410102004002"])
    with pytest.raises(IntegrityError, match="tie_once"), acting(engine, "tests") as connection:
        tie(connection, community, since=datetime.now(UTC))
    with acting(engine, "tests") as connection:
        connection.execute(
            text("UPDATE department_tie SET held = tstzrange(lower(held), now()) WHERE id = :id"),
            {"id": made},
        )
        again = connection.scalar(text("SELECT now()"))
        assert tie(connection, community, since=again) > made


@pytest.mark.parametrize("code", ["410102004", "410102004001001"])
def test_departments_are_tied_to_communities_only(engine, code):
    town = make_town(engine)
    with (
        pytest.raises(IntegrityError, match="fk_department_tie_grid"),
        acting(engine, "tests") as connection,
    ):
        tie(connection, town.grid_ids[code])


def test_only_a_department_is_tied(engine):
    town = make_town(engine)
    refused(
        engine,
        "INSERT INTO department_tie (department_id, grid_id, held)"
        " VALUES (:o, :g, tstzrange(now(), NULL))",
        "fk_department_tie_department",
        o=town.jurisdiction_id,
        g=town.grid_ids["410102004001"],
    )


def test_a_tie_is_ended_once_by_somebody_and_never_rewritten_or_forgotten(engine):
    town = make_town(engine)
    community = town.grid_ids["410102004001"]
    with acting(engine, "张三", reason="条块融合") as connection:
        made = tie(connection, community)
    end = "UPDATE department_tie SET held = tstzrange(lower(held), now()) WHERE id = :id"
    for statement, message in (
        ("UPDATE department_tie SET grid_id = :other WHERE id = :id", "only be ended"),
        ("UPDATE department_tie SET recorded_by = 'x' WHERE id = :id", "only be ended"),
        ("UPDATE department_tie SET reason = 'x' WHERE id = :id", "only be ended"),
        ("DELETE FROM department_tie WHERE id = :id", "append-only"),
        ("TRUNCATE department_tie", "append-only"),
    ):
        values = {"id": made, "other": town.grid_ids["410102004002"]}
        refused(engine, statement, message, **values)
    with pytest.raises(DBAPIError, match="without a name"), engine.begin() as connection:
        connection.execute(text(end), {"id": made})
    with pytest.raises(DBAPIError, match="without a name"), engine.begin() as connection:
        tie(connection, town.grid_ids["410102004002"])
    with acting(engine, "李四", reason="机构撤并") as connection:
        connection.execute(text(end), {"id": made})
    refused(engine, end, "only be ended", id=made)
    with engine.connect() as connection:
        told = connection.execute(
            text("SELECT recorded_by, reason, ended_by, ended_reason FROM department_tie")
        ).one()
    assert tuple(told) == ("张三", "条块融合", "李四", "机构撤并")
