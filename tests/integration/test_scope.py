"""A scope lasts for a transaction, and goes back to the pool with nobody's connection."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from gis.store.engine import acting
from gis.store.scope import ROLE, Scope, beyond, scoped

WHO = "SELECT current_user, coalesce(current_setting('wangge.scope_account', true), '')"
HOSTILE = "x'; RESET ROLE; SET wangge.scope_jurisdictions = '{1,2,3}'; --"


@pytest.fixture
def one(database_url: str) -> Iterator[Engine]:
    """An engine whose pool has one connection, so that everybody gets the same."""
    made = create_engine(database_url, pool_size=1, max_overflow=0)
    yield made
    made.dispose()


def scope(account_id: int = 7, **values: object) -> Scope:
    given: dict[str, object] = {
        "actor": "王敏 (wangmin)", "roles": frozenset({"dispatcher"}), "organisation_id": 3,
        "organisation_kind": "district", "prefix": "410102", "jurisdiction_ids": (3,),
    }  # fmt: skip
    return Scope(account_id=account_id, **{**given, **values})  # type: ignore[arg-type]


def who(connection: Connection) -> tuple[str, str]:
    user, account = connection.execute(text(WHO)).one()
    return user, account


def test_nothing_of_a_scope_is_left_when_its_transaction_ends(one: Engine) -> None:
    with one.connect() as connection:
        owner, _ = who(connection)
    for number in (7, 8):
        with scoped(one, scope(number)).begin() as connection:
            assert who(connection) == (ROLE, str(number))
        with one.begin() as connection:
            assert who(connection) == (owner, "")
    # However it ends: rolled back, by an error, or by a connection that is given back as it is.
    with scoped(one, scope()).connect() as connection:
        assert who(connection) == (ROLE, "7")
        connection.rollback()
        assert who(connection) == (ROLE, "7")
        connection.commit()
        assert who(connection) == (ROLE, "7")
    with pytest.raises(DBAPIError), scoped(one, scope()).begin() as connection:
        connection.execute(text("SELECT 1 / 0"))
    with one.connect() as connection:
        assert who(connection) == (owner, "")


def test_a_savepoint_keeps_the_scope_and_an_actor_is_named_as_ever(one: Engine) -> None:
    with acting(scoped(one, scope()), "王敏 (wangmin)", reason="why") as connection:
        with pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(text("SELECT 1 / 0"))
        assert who(connection) == (ROLE, "7")
        assert connection.scalar(text("SELECT current_actor()")) == "王敏 (wangmin)"


def test_scopes_at_the_same_time_do_not_meet(engine: Engine) -> None:
    seen: dict[int, set[tuple[str, str]]] = {}

    def look(number: int) -> None:
        own = scoped(engine, scope(number))
        found = set()
        for _ in range(50):
            with own.begin() as connection:
                found.add(who(connection))
        seen[number] = found

    threads = [Thread(target=look, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: {(ROLE, str(number))} for number in range(1, 9)}


def test_beyond_its_scope_a_transaction_sees_all_for_a_block(one: Engine) -> None:
    with one.connect() as connection:
        owner, _ = who(connection)
        with beyond(connection):
            assert who(connection)[0] == owner
    with scoped(one, scope()).begin() as connection:
        with beyond(connection):
            with beyond(connection):
                assert who(connection) == (owner, "7")
            assert who(connection) == (owner, "7")
        assert who(connection) == (ROLE, "7")
        with pytest.raises(LookupError), beyond(connection):
            raise LookupError
        assert who(connection) == (ROLE, "7")
        with connection.begin_nested() as nested:
            with pytest.raises(DBAPIError), beyond(connection):
                connection.execute(text("SELECT 1 / 0"))
            nested.rollback()
        assert who(connection) == (ROLE, "7")
    with scoped(one, scope()).connect() as connection:
        with pytest.raises(DBAPIError), beyond(connection):
            connection.execute(text("SELECT 1 / 0"))
        connection.rollback()
        assert who(connection) == (ROLE, "7")


def test_a_savepoint_within_a_block_beyond_does_not_keep_it(one: Engine) -> None:
    """A savepoint that is rolled back brings back the settings of when it was made."""
    with scoped(one, scope()).begin() as connection:
        with beyond(connection), pytest.raises(DBAPIError), connection.begin_nested():
            connection.execute(text("SELECT 1 / 0"))
        assert who(connection) == (ROLE, "7")


def test_autocommit_has_no_scope_and_is_refused(one: Engine) -> None:
    free = scoped(one, scope()).execution_options(isolation_level="AUTOCOMMIT")
    with pytest.raises(RuntimeError, match="autocommit"), free.connect() as connection:
        connection.execute(text("SELECT 1"))


def test_values_are_never_commands(one: Engine) -> None:
    held = scope(actor=HOSTILE, prefix=HOSTILE, grid_codes=(HOSTILE,))
    with scoped(one, held).begin() as connection:
        assert who(connection)[0] == ROLE
        told = connection.scalar(text("SELECT current_setting('wangge.scope_by')"))
        assert told == HOSTILE
    with one.connect() as connection:
        assert who(connection)[0] != ROLE


@pytest.mark.parametrize(
    ("roles", "kind", "expected"),
    [
        ({"dispatcher"}, "district", ('{"3"}', "", "{}", "", "{}")),
        ({"leader", "grid_worker"}, "city", ('{"3"}', "", "{}", "", "{}")),
        ({"dispatcher"}, "sub_district", ("{}", "410102", "{}", "", "{}")),
        ({"dispatcher"}, "community", ("{}", "410102", "{}", "", "{}")),
        ({"grid_worker"}, "community", ("{}", "", '{"410102004001001"}', "5", "{}")),
        ({"department"}, "department", ("{}", "", "{}", "", '{"9"}')),
        ({"planner", "administrator"}, "department", ("{}", "", "{}", "", '{"9"}')),
        ({"department"}, "district", ("{}", "", '{"410102004001001"}', "5", "{}")),
        (set(), "district", ("{}", "", '{"410102004001001"}', "5", "{}")),
    ],
)
def test_how_much_of_a_tree_is_seen_follows_from_roles_and_organisation(
    roles: set[str], kind: str, expected: tuple[str, ...]
) -> None:
    held = scope(
        roles=frozenset(roles), organisation_kind=kind, department_ids=(9,), person_id=5,
        grid_codes=("410102004001001",),
    ).settings()  # fmt: skip
    names = ("jurisdictions", "below", "grids", "person", "departments")
    assert tuple(held[name] for name in names) == expected


def test_an_unset_prefix_is_nothing_and_an_empty_one_everything() -> None:
    assert scope(prefix=None).settings()["prefix"] == "-"
    assert scope(prefix="").settings()["prefix"] == "*"
