"""Whoever follows cases hears each change once, as soon as it is there, whatever order commits
have and whatever becomes of connections; and nobody's insert pays for it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from api.caller import Callers
from api.events import _may_concern, _sight
from gis.incidents.notices import Notice
from gis.store.engine import acting, make_engine, speak_as
from gis.store.follower import MOST_CASES
from gis.workflows.notices import tell_all
from tests.conftest import module_database
from tests.factories import make_town
from tests.integration.following import following
from tests.integration.tiles_help import add_incidents
from tests.integration.two_districts import City, make_city, sign_in_all


@pytest.fixture(scope="module")
def url(maintenance_url: str, template_database: str) -> Iterator[str]:
    with module_database(maintenance_url, template_database) as made:
        yield made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url, pool_size=20)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(scope="module")
def ids(city: City) -> list[int]:
    return sorted(city.incidents.values())


def change(connection: Connection, incident_id: int) -> None:
    speak_as(connection, "tests")
    query = "UPDATE incident SET severity = 1 + severity % 3 WHERE id = :id"
    connection.execute(text(query), {"id": incident_id})


def test_what_commits_late_is_told_once_and_holds_nobody_back(
    engine: Engine, url: str, ids: list[int]
) -> None:
    with engine.connect() as before:  # under way when the follower begins
        change(before, ids[0])
        with following(url) as heard, engine.connect() as late, engine.connect() as never:
            change(late, ids[1])
            change(never, ids[2])
            for one in ids[3:5]:
                with engine.begin() as early:
                    change(early, one)
                heard.until(lambda h, one=one: (one, "changed") in h.changes)
            assert heard.changes == [(one, "changed") for one in ids[3:5]]
            late.commit()
            heard.until(lambda h: (ids[1], "changed") in h.changes)
            never.rollback()
            before.commit()
            heard.until(lambda h: (ids[0], "changed") in h.changes)
            with engine.begin() as last:
                change(last, ids[5])
            heard.until(lambda h: (ids[5], "changed") in h.changes)
            assert sorted(heard.changes) == sorted(
                (ids[place], "changed") for place in (0, 1, 3, 4, 5)
            )


def test_writers_at_random_are_each_heard_exactly_once(
    engine: Engine, url: str, ids: list[int]
) -> None:
    """Of every transaction that commits one step is told; each case once for each look at least,
    so that the last state of each is told after its last commit."""
    told: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    kinds = ("whistle_arrived", "whistle_called")
    with engine.connect() as connection:
        accounts = list(connection.scalars(text("SELECT id FROM account ORDER BY id LIMIT 4")))

    def write(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(25):
            with engine.connect() as connection:
                speak_as(connection, "tests")
                tell_all(connection, [Notice(kind=rng.choice(kinds), accounts=[accounts[seed]])])
                if rng.random() < 0.5:
                    threading.Event().wait(rng.random() / 50)
                if rng.random() < 0.3:
                    connection.rollback()
                    continue
                change(connection, ids[seed])
                connection.commit()
                kept[str(seed)] += 1

    with following(url) as heard:
        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        with acting(engine, "tests") as connection:
            change(connection, ids[5])
        heard.until(lambda h: (ids[5], "changed") in h.changes)
        for one, _ in heard.changes:
            told[str(ids.index(one))] += 1
        assert {account for account, _ in heard.inboxes} == set(accounts)
    for seed in range(4):
        assert 1 <= told[str(seed)] <= kept[str(seed)]


def test_a_cut_line_loses_and_doubles_nothing(engine: Engine, url: str, ids: list[int]) -> None:
    with following(url) as heard:
        with acting(engine, "tests") as connection:
            change(connection, ids[0])
        heard.until(lambda h: (ids[0], "changed") in h.changes)
        with acting(engine, "tests") as connection:
            change(connection, ids[1])
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                    " datname = current_database() AND query LIKE '%WITH step AS MATERIALIZED%'"
                    " AND pid <> pg_backend_pid()"
                )
            )
        with acting(engine, "tests") as connection:
            change(connection, ids[2])
        heard.until(lambda h: (ids[2], "changed") in h.changes)
        assert heard.changes == [(one, "changed") for one in ids[:3]]
        assert False in heard.hearing


def test_notices_wake_only_the_inboxes_that_they_are_in(
    engine: Engine, url: str, city: City
) -> None:
    with engine.connect() as connection:
        first, second = connection.scalars(text("SELECT id FROM account ORDER BY id LIMIT 2"))
    with following(url) as heard:
        with acting(engine, "tests") as connection:
            tell_all(connection, [Notice(kind="whistle_arrived", accounts=[first])])
            tell_all(connection, [Notice(kind="emergency", accounts=[first])])
        with acting(engine, "tests") as connection:
            tell_all(connection, [Notice(kind="whistle_arrived", accounts=[second])])
        heard.until(lambda h: (second, False) in h.inboxes)
        assert heard.inboxes == [(first, True), (second, False)]


def test_a_great_many_are_not_named(engine: Engine, maintenance_url, template_database) -> None:
    with module_database(maintenance_url, template_database) as other:
        own = make_engine(other)
        town = make_town(own)
        with following(other) as heard:
            add_incidents(own, town, MOST_CASES + 1, spread=0.001, seed=1)
            heard.until(lambda h: [word.cases for word in h.words] == [None])
            add_incidents(own, town, 1, spread=0.001, seed=2)
            heard.until(lambda h: len(h.cases) == 1)
        # As after a restore from another server, whose transactions bore higher numbers.
        with own.begin() as connection:
            connection.execute(text("ALTER TABLE incident_event DISABLE TRIGGER USER"))
            connection.execute(text("UPDATE incident_event SET transaction_id = 9000000000"))
            connection.execute(text("ALTER TABLE incident_event ENABLE TRIGGER USER"))
        with following(other) as heard:
            add_incidents(own, town, 1, spread=0.001, seed=3)
            heard.until(lambda h: len(h.cases) == 1)
            assert [word.cases is None for word in heard.words] == [False]
            # And as rows that are brought in while somebody follows: of numbers yet to come.
            add_incidents(own, town, 1, spread=0.001, seed=4)
            heard.until(lambda h: len(h.cases) == 2)
            brought = heard.cases[-1]["id"]
            with own.begin() as connection:
                connection.execute(text("ALTER TABLE incident_event DISABLE TRIGGER USER"))
                connection.execute(
                    text("UPDATE incident_event SET transaction_id = 9000000000"
                         " WHERE incident_id = :id"), {"id": brought},
                )  # fmt: skip
                connection.execute(text("ALTER TABLE incident_event ENABLE TRIGGER USER"))
            for count, seed in ((3, 5), (4, 6)):
                add_incidents(own, town, 1, spread=0.001, seed=seed)
                heard.until(lambda h, count=count: len(h.cases) >= count)
            assert [one for one, _ in heard.changes].count(brought) == 1
        own.dispose()


def test_no_trigger_of_a_report_notifies(engine: Engine) -> None:
    """But that of clocks, where the new one is the next of all."""
    with engine.connect() as connection:
        found = connection.scalars(
            text(
                "SELECT DISTINCT p.proname FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid ="
                " t.tgfoid WHERE t.tgrelid::regclass::text IN ('incident', 'incident_event',"
                " 'hand', 'clock', 'notice', 'notice_account', 'idempotency_key', 'alarm',"
                " 'supplement', 'photo') AND p.prosrc ~ 'pg_notify'"
            )
        ).all()
    assert set(found) <= {"tell_next_moment"}


def test_whoever_sees_a_case_is_asked_about_it(engine: Engine, url: str, city: City) -> None:
    """What spares the database a question is never narrower than its policies."""
    callers = Callers(engine, idle=timedelta(hours=1))
    with following(url) as heard:
        with acting(engine, "tests") as connection:
            everything = set(connection.scalars(text("SELECT id FROM incident")))
            # Reported by the worker, who was called otherwise then, where they hold no post.
            reported = city.incidents["410102004001002"]
            connection.execute(
                text(
                    "INSERT INTO incident_event (incident_id, at, actor, action, from_stage,"
                    " to_stage) SELECT :id, now(), '旧名 (' || login || ')', 'report',"
                    " 'dispatched', 'dispatched' FROM account WHERE id = :worker"
                ),
                {"id": reported, "worker": city.accounts["worker"]},
            )
            for one in sorted(everything):
                change(connection, one)
        heard.until(lambda h: {case["id"] for case in h.cases} == everything)
        for who, header in city.headers.items():
            caller = callers._look_up(header["Authorization"].split()[1])
            assert caller is not None
            with caller.engine.connect() as connection:
                seen = set(connection.scalars(text("SELECT id FROM incident")))
            asked = {one["id"] for one in heard.cases if _may_concern(caller.scope, one)}
            assert seen <= asked, who
            assert who != "worker" or reported in seen
    districts = [who for who in city.headers if who.startswith("district")]
    scopes = [callers._look_up(city.headers[who]["Authorization"].split()[1]) for who in districts]
    assert len({_sight(found.scope) for found in scopes if found}) <= 2
