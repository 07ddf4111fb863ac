"""Row security in the database itself: what a scope sees and changes, and that nothing is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from api.caller import Callers
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.two_districts import SEEN, WHO, City, make_city, sign_in_all

# Tables that the application's role may not touch at all, each with why.
CLOSED = {
    "account": "accounts are managed by the owner, who checks the tree",
    "account_role": "as accounts",
    "session": "secrets",
    "api_token": "secrets",
    "sign_in_attempt": "secrets",
    "audit_entry": "written by record_audit alone, read by the owner for administrators",
    "follow_code": "secrets of those who follow a report",
    "incident_cell": "sums over everybody; tiles are drawn by the owner, for a scope",
    "staff_revision": "written by triggers alone",
    "web_hook": "secrets; managed by the owner, who checks the tree",
    "alembic_version": "of the migrations",
}
# Tables without rows of anybody: read by everybody, by their own grants.
PUBLIC = {"spatial_ref_sys": "coordinate systems of PostGIS"}


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(scope="module")
def of(engine: Engine, city: City) -> dict[str, Engine]:
    """The engine of each account."""
    callers = Callers(engine, idle=timedelta(hours=1))
    found = {}
    for who, header in city.headers.items():
        caller = callers._look_up(header["Authorization"].split()[1])
        assert caller is not None
        found[who] = caller.engine
    return found


def ids(engine: Engine, query: str, **values: object) -> set[int]:
    with engine.connect() as connection:
        return set(connection.scalars(text(query), values))


def test_every_table_is_guarded_closed_or_public(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT c.relname, c.relrowsecurity, EXISTS (SELECT FROM pg_policy"
                " WHERE polrelid = c.oid) AS policies, has_table_privilege('wangge_app', c.oid,"
                " 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE') AS open FROM pg_class AS c"
                " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
            )
        ).all()
    wrong = {}
    for name, guarded, policies, is_open in tables:
        if name in CLOSED:
            right = not is_open
        elif name in PUBLIC:
            right = True
        else:
            right = guarded and policies and is_open
        if not right:
            wrong[name] = "guard it (guard_rows), or give a reason in CLOSED or PUBLIC"
    assert not wrong
    assert (set(CLOSED) | set(PUBLIC)) <= {name for name, *_ in tables}


def test_the_role_is_held_to_policies_and_owns_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,"
                " (SELECT count(*) FROM pg_class WHERE relowner = r.oid) AS owned"
                " FROM pg_roles AS r WHERE rolname = 'wangge_app'"
            )
        ).one()
    assert tuple(row) == (False, False, False, False, False, 0)


def test_triggers_do_what_their_caller_may_not(engine: Engine) -> None:
    """And find only what is meant by the names in them."""
    with engine.connect() as connection:
        left = connection.scalars(
            text(
                "SELECT p.oid::regprocedure::text FROM pg_proc AS p WHERE p.pronamespace ="
                " 'public'::regnamespace AND (p.prorettype = 'trigger'::regtype OR p.prosecdef)"
                " AND NOT (p.prosecdef AND 'search_path=public, pg_temp' = ANY (p.proconfig))"
                " AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')"
            )
        ).all()
    assert not left


def test_without_a_scope_the_role_sees_nothing_of_anybody(engine: Engine, city: City) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL ROLE wangge_app"))
        for table in ("incident", "incident_event", "person", "post", "duty", "hand", "clock"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0, table
        for table in CLOSED:
            with pytest.raises(ProgrammingError), connection.begin_nested():
                connection.execute(text(f"SELECT FROM {table}"))


@pytest.mark.parametrize("who", WHO)
def test_each_sees_the_cases_of_its_tree_and_their_history(
    of: dict[str, Engine], city: City, who: str
) -> None:
    wanted = {city.incidents[name] for name in SEEN[who]}
    assert ids(of[who], "SELECT id FROM incident") == wanted
    assert ids(of[who], "SELECT incident_id FROM incident_event") == wanted
    assert ids(of[who], "SELECT incident_id FROM hand") == wanted
    # No condition makes a hidden row speak, by failing or otherwise.
    asked = "SELECT id FROM incident WHERE 1 / (id - :hidden) IS NOT NULL"
    for name in set(SEEN["installation"]) - SEEN[who]:
        assert ids(of[who], asked, hidden=city.incidents[name]) == wanted


def test_people_are_seen_around_the_own_tree(of: dict[str, Engine], city: City) -> None:
    def seen(who: str) -> set[str]:
        found = ids(of[who], "SELECT id FROM person")
        return {name for name, number in city.people.items() if number in found}

    def of_codes(*codes: str) -> set[str]:
        return {name for name in city.people if re.sub(r"^\w+-(?=\d)", "", name).startswith(codes)}

    assert seen("city") == set(city.people)
    assert seen("district") == of_codes("410102")
    assert seen("other") == of_codes("410103")
    # The chain above, and whoever keeps the queue; not the street next door.
    above = {"410102", "410102-D01", "queue-410102"}
    assert seen("sub_district") == of_codes("410102004") | above
    assert not seen("department") & of_codes("410103")
    assert not seen("worker") & (of_codes("410103") | of_codes("410102005"))


@pytest.mark.parametrize(
    ("who", "statement", "inside", "outside"),
    [
        ("district", "UPDATE incident SET title = 'x' WHERE id = {incident}", "410102004001001",
         "410103001001001"),
        ("sub_district", "UPDATE incident SET title = 'x' WHERE id = {incident}",
         "410102004001002", "410102005001001"),
        ("worker", "UPDATE incident SET title = 'x' WHERE id = {incident}", "410102004001001",
         "410102004001002"),
        ("department", "UPDATE incident SET title = 'x' WHERE id = {incident}",
         "department-410102", "410102004001002"),
        ("district", "UPDATE plan SET note = 'x' WHERE id = {draft}", "410102", "410103"),
        ("district", "UPDATE person_version SET ended_at = now() WHERE person_id = {person}",
         "410102004", "410103"),
        ("sub_district", "UPDATE person_version SET ended_at = now() WHERE person_id = {person}",
         "410102004", "410102"),
        ("city", "UPDATE organisation_version SET ended_at = now() WHERE organisation_id ="
         " {organisation}", "410103", None),
        ("district", "UPDATE organisation_version SET ended_at = now() WHERE organisation_id ="
         " {organisation}", "410102005", "410103"),
    ],
)  # fmt: skip
def test_changes_reach_the_own_tree_only(
    of: dict[str, Engine], city: City, who: str, statement: str, inside: str, outside: str | None
) -> None:
    for name, expected in ((inside, 1), (outside, 0)):
        if name is None:
            continue
        named = {
            "incident": city.incidents.get(name), "draft": city.drafts.get(name),
            "person": city.people.get(name), "organisation": city.organisations.get(name),
        }  # fmt: skip
        with of[who].connect() as connection:
            connection.execute(text("SELECT set_config('wangge.actor', 'tests', true)"))
            done = connection.execute(text(statement.format(**named)))
            assert done.rowcount == expected, name
            connection.rollback()


def test_nothing_new_is_written_outside(of: dict[str, Engine], city: City) -> None:
    statements = {
        "INSERT INTO asset (jurisdiction_id, code, kind, name_zh, reach_m, planned, geom) VALUES"
        " (:id, 'A', 'park', 'x', 0, tstzrange(now(), NULL), 'SRID=4326;POINT(0 0)')": 1,
        "INSERT INTO duty (jurisdiction_id, grid_code, person_id, planned) VALUES (:id,"
        " :code || '001001001', :person, tstzrange(now(), NULL))": 1,
        "INSERT INTO absence (person_id, planned) VALUES (:person, tstzrange(now(), NULL))": 1,
        "INSERT INTO person (name, organisation_id) VALUES ('x', :id)": 1,
        "INSERT INTO plan (jurisdiction_id, name, tolerance, created_by) VALUES (:id, 'x', 0.1,"
        " 'tests')": 1,
        "INSERT INTO import_job (jurisdiction_id, file_name, sha256, created_by) VALUES (:id,"
        " 'x', 'x', 'tests')": 1,
    }
    for statement in statements:
        for code, may in (("410102", True), ("410103", False)):
            values = {
                "id": city.organisations[code], "code": code, "person": city.people[code],
            }  # fmt: skip
            with of["district"].connect() as connection:
                connection.execute(text("SELECT set_config('wangge.actor', 'tests', true)"))
                if may:
                    connection.execute(text(statement), values)
                else:
                    with pytest.raises(ProgrammingError, match="row-level security"):
                        connection.execute(text(statement), values)
                connection.rollback()


def test_a_setting_of_one_transaction_is_nothing_to_the_next(
    engine: Engine, of: dict[str, Engine], city: City
) -> None:
    with of["district"].begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM incident"))
    with engine.connect() as connection:
        connection.execute(text("SET LOCAL ROLE wangge_app"))
        assert connection.scalar(text("SELECT count(*) FROM incident")) == 0


def test_sessions_and_secrets_stay_closed_to_everybody(of: dict[str, Engine]) -> None:
    for who in ("installation", "worker"):
        for table in ("session", "api_token", "account", "audit_entry"):
            with pytest.raises(DBAPIError), of[who].connect() as connection:
                connection.execute(text(f"SELECT * FROM {table}"))
