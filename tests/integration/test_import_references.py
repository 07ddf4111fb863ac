"""References of many rows are checked at once: the same is refused, kept and written as else."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from psycopg import errors as postgres
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from gis.store.bulk import references_at_once
from gis.store.engine import acting
from gis.store.scope import Scope, scoped
from gis.store.staging import WRITTEN
from gis.workflows import deadlines
from tests.factories import make_town
from tests.integration.import_help import assert_gapless, rows, saved, taken_in

MODE = "SELECT current_setting('session_replication_role')"
# What a row must be besides, so that nothing but the reference stands against it.
APART = {
    "incident": {"serial": "'T-' || serial", "source_ref": "NULL"},
    "incident_event": {},
    "hand": {"is_lead": "false"},
    "clock": {"stopped_at": "now()", "next_at": "NULL"},
}
BESIDES = {
    "fk_incident_merged_into": {
        "dismissed": "'merged'", "stage": "'closed'", "closed_at": "reported_at",
    },
    "fk_incident_contact_id": {
        "post_id": "NULL", "responsible_level": "NULL", "department_id": "jurisdiction_id",
    },
    "fk_incident_queue_id": {"plan_id": "NULL", "grid_id": "NULL", "grid_code": "NULL"},
    "fk_hand_accepted_account_id": {"accepted_at": "now()", "accepted_by": "'x'"},
}  # fmt: skip
NOWHERE = {"category_code": "'9999'", "grid_code": "'999999999999999'"}
KEYS = """
SELECT conrelid::regclass::text AS table, conname AS name, array_agg(attname::text) AS columns
FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
WHERE contype = 'f' AND conrelid = ANY (cast(cast(:tables AS text[]) AS regclass[]))
GROUP BY conrelid, conname ORDER BY 1, 2
"""
# What this session has written, table by table: of those that refer to others.
TOUCHED = """
SELECT relname::text, n_tup_ins + n_tup_upd FROM pg_stat_xact_user_tables
WHERE relid IN (SELECT conrelid FROM pg_constraint WHERE contype = 'f')
"""
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = cast(:table AS regclass) AND attnum > 0
AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum
"""
# All that an import leaves, but for numbers, and the moment at which it happened to run.
LEFT = {
    "incident": "SELECT to_jsonb(i) - '{id,serial,source_ref,recorded_at}'::text[]"
    " FROM incident AS i WHERE source_ref LIKE :of",
    "incident_event": "SELECT i.title, to_jsonb(e)"
    " - '{id,incident_id,recorded_at,transaction_id,reason}'::text[]"
    " FROM incident_event AS e JOIN incident AS i ON i.id = incident_id WHERE source_ref LIKE :of",
    "hand": "SELECT i.title, to_jsonb(h) - '{id,incident_id,since}'::text[]"
    " FROM hand AS h JOIN incident AS i ON i.id = incident_id WHERE source_ref LIKE :of",
    "clock": "SELECT i.title, to_jsonb(c) - '{id,incident_id}'::text[]"
    " - CASE WHEN kind = 'case' THEN '{}' ELSE '{started_at,due_at,soon_at,next_at,turns}' END"
    "::text[] FROM clock AS c JOIN incident AS i ON i.id = incident_id WHERE source_ref LIKE :of",
}
CELLS = """
SELECT level, cell, category, sum(found), sum(open), sum(sum_px), sum(sum_py), sum(open_sum_px),
       sum(open_sum_py) FROM incident_cell GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@pytest.fixture
def town(engine):
    made = make_town(engine)
    deadlines.begin(
        engine, made.jurisdiction_id, actor="tests", reason="defaults",
        since=datetime(2025, 1, 1, tzinfo=UTC), first_year=2025,
    )  # fmt: skip
    return made


def mixed(reference):
    """Open and closed ones, some off the town, some with a due date of their own."""
    frame = rows(40, reference=reference, outside=6)
    closed = [None if i % 3 else "2026-01-05T09:00:00Z" for i in range(40)]
    return frame.assign(
        办结时间=closed, 截止时间=[None if i % 5 else "2026-02-01" for i in range(40)]
    )


@contextmanager
def modes(engine):
    """The modes in which incidents and clocks are written."""
    seen = Counter()

    def look(connection, cursor, statement, *_):
        if statement.lstrip().startswith(("INSERT INTO incident (", "INSERT INTO clock (")):
            driver = connection.connection.dbapi_connection
            seen[driver.execute(MODE).fetchone()[0]] += 1

    event.listen(engine, "before_cursor_execute", look)
    yield seen
    event.remove(engine, "before_cursor_execute", look)


def left(engine, reference):
    with engine.connect() as connection:
        found = {}
        for table, query in LEFT.items():
            written = connection.execute(text(query), {"of": f"{reference}%"})
            found[table] = sorted(map(repr, written.all()))
        found["cells"] = [tuple(map(int, row)) for row in connection.execute(text(CELLS))]
    return found


def test_what_is_written_is_the_same_as_row_by_row(engine, town, tmp_path):
    with modes(engine) as seen:
        assert taken_in(engine, town, saved(mixed("A"), tmp_path / "a.csv"))[0] == 40
        at_once = left(engine, "A")
        assert set(seen) == {"replica"}
        with engine.begin() as connection:  # as if a later migration had forgotten one
            connection.execute(text("ALTER TABLE hand ENABLE TRIGGER hand_references_hold"))
        assert taken_in(engine, town, saved(mixed("B"), tmp_path / "b.csv"))[0] == 40
        assert set(seen) == {"replica", "origin"}
    one_by_one = left(engine, "B")
    for table in LEFT:
        assert at_once[table], table
        assert at_once[table] == one_by_one[table], table
    doubled = [(*row[:3], *(2 * value for value in row[3:])) for row in at_once["cells"]]
    assert doubled == one_by_one["cells"]
    assert_gapless(engine)


def copied(connection, table, changed):
    """A further row like one that is there, but for some columns."""
    columns = list(connection.scalars(text(COLUMNS), {"table": table}))
    values = [changed.get(name, name) for name in columns]
    sample = "grid_id IS NOT NULL AND is_open AND post_id IS NOT NULL"
    which = (
        sample
        if table == "incident"
        else f"incident_id IN (SELECT id FROM incident WHERE {sample} AND serial NOT LIKE 'T-%')"
    )
    return connection.execute(
        text(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"
            f" FROM {table} WHERE {which} ORDER BY id LIMIT 1"
        )
    ).rowcount


def test_each_reference_is_refused_as_row_by_row(engine, town, tmp_path):
    taken_in(engine, town, saved(mixed("A"), tmp_path / "a.csv"))
    with engine.connect() as connection:
        keys = connection.execute(text(KEYS), {"tables": list(WRITTEN)}).all()
    assert {key.table for key in keys} == set(WRITTEN)
    for key in keys:
        column = key.columns[0]
        besides = APART[key.table] | BESIDES.get(key.name, {})
        changed = besides | {column: NOWHERE.get(column, "999999")}
        sharing = {one.name for one in keys if one.table == key.table and column in one.columns}
        for tables in (WRITTEN, ()):  # at once, and row by row
            with pytest.raises(DBAPIError) as refused, acting(engine, "tests") as connection:
                connection.execute(text("SELECT set_config('wangge.hands', 'given', true)"))
                with references_at_once(connection, tables):
                    mode = connection.scalar(text(MODE))
                    assert mode == ("replica" if tables else "origin")
                    copied(connection, key.table, changed)
            assert isinstance(refused.value.orig, postgres.ForeignKeyViolation), (key, refused)
            assert refused.value.orig.diag.constraint_name in sharing
        with acting(engine, "tests") as connection:  # and nothing else stood against it
            connection.execute(text("SELECT set_config('wangge.hands', 'given', true)"))
            with references_at_once(connection, WRITTEN):
                assert copied(connection, key.table, APART[key.table]) == 1
            connection.rollback()


def test_what_is_referred_to_stays_and_all_that_is_written_is_checked(engine, town, tmp_path):
    taken_in(engine, town, saved(mixed("A"), tmp_path / "a.csv"))
    with acting(engine, "tests") as connection:
        before = dict(connection.execute(text(TOUCHED)).all())
        with references_at_once(connection, WRITTEN):
            assert copied(connection, "incident", APART["incident"]) == 1
            assert copied(connection, "clock", APART["clock"]) == 1
        assert connection.scalar(text(MODE)) == "origin"
        person, post, grid, category = connection.execute(
            text("SELECT person_id, post_id, grid_id, category_code FROM incident"
                 " WHERE serial LIKE 'T-%'")
        ).one()  # fmt: skip
        for table, column, value in (
            ("person", "id", person), ("post", "id", post), ("grid", "id", grid),
            ("category", "code", category), ("organisation", "id", town.jurisdiction_id),
        ):  # fmt: skip
            lock = f"SELECT FROM {table} WHERE {column} = :value FOR UPDATE NOWAIT"
            with pytest.raises(DBAPIError) as held, engine.begin() as other:
                other.execute(text(lock), {"value": value})
            assert isinstance(held.value.orig, postgres.LockNotAvailable), table
        after = dict(connection.execute(text(TOUCHED)).all())
        assert {name for name in after if after[name] != before.get(name)} == set(WRITTEN)
        connection.rollback()


def test_a_role_that_may_not_has_rows_checked_one_by_one(engine, town):
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL ROLE wangge_app"))
        with references_at_once(connection, WRITTEN):
            assert connection.scalar(text(MODE)) == "origin"
        assert connection.scalar(text("SELECT 1")) == 1
    scope = Scope(
        account_id=1, actor="a (a)", roles=frozenset({"dispatcher"}), organisation_id=None,
        organisation_kind=None, prefix=None,
    )  # fmt: skip
    with scoped(engine, scope).begin() as connection:  # the owner of the tables sets it for them
        with references_at_once(connection, WRITTEN):
            now = connection.execute(text(f"SELECT current_user, ({MODE})")).one()
            assert tuple(now) == ("wangge_app", "replica")
        now = connection.execute(text(f"SELECT current_user, ({MODE})")).one()
        assert tuple(now) == ("wangge_app", "origin")
