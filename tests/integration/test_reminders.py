"""Whoever owes a diary or its check is told once a day, however many workers look, and restart."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from gis.incidents.public_holidays import china_calendar
from gis.store import deadlines, patrol_settings
from gis.store.engine import acting, make_engine
from gis.workflows.reminders import remind
from tests.conftest import module_database
from tests.factories import inserter, make_town
from tests.signing import make_account

GRID, OTHER, FAR = "410102004001001", "410102004001002", "410102004002001"
ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY = datetime(2026, 11, 20, 18, 0, tzinfo=ZONE)


@pytest.fixture
def engine(database_url):
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def town(engine):
    made = make_town(engine)
    with acting(engine, "tests") as connection:
        deadlines.add_calendar(connection, made.jurisdiction_id, china_calendar(2025, 2026), None)
    return made


@pytest.fixture
def who(engine, town):
    """Accounts: two leads of one community, one of another that has no leader of its own."""
    with acting(engine, "tests") as connection:
        parent = connection.scalar(text("SELECT id FROM organisation WHERE code = '410102004'"))
        first = inserter(connection)(
            "organisation", code=GRID[:12], kind="community", name_zh="一社区", parent_id=parent
        )
    people = town.person_ids
    return {
        "one": make_account(engine, "grid_worker", organisation_id=first, person_id=people[GRID]),
        "two": make_account(engine, "grid_worker", organisation_id=first, person_id=people[OTHER]),
        "community": make_account(engine, "leader", organisation_id=first),
        "street": make_account(engine, "leader", organisation_id=parent),
        "district": make_account(engine, "leader", organisation_id=town.jurisdiction_id),
        "dispatcher": make_account(engine, "dispatcher", organisation_id=first),
    }


def told(engine, who):
    """How many notices of each kind are in each inbox."""
    query = """SELECT a.account_id, n.kind, n.params FROM notice_account AS a
      JOIN notice AS n ON n.id = a.notice_id WHERE n.kind LIKE 'diary%' ORDER BY n.id"""
    name = {account: one for one, account in who.items()}
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    return Counter((name[row.account_id], row.kind) for row in rows), [row.params for row in rows]


def write(engine, town, grid, day):
    with acting(engine, "tests") as connection:
        inserter(connection)(
            "diary", jurisdiction_id=town.jurisdiction_id, grid_code=grid, day=day, text="走访",
            author="x",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (FRIDAY - timedelta(seconds=1), {}),
        (FRIDAY, {"one": 1, "two": 1}),
        (FRIDAY + timedelta(hours=5), {"one": 1, "two": 1}),
        (FRIDAY + timedelta(days=1), {}),  # Saturday
        (datetime(2026, 10, 1, 18, 30, tzinfo=ZONE), {}),  # National Day
        (datetime(2026, 10, 10, 18, 0, tzinfo=ZONE), {"one": 1, "two": 1}),  # worked Saturday
    ],
)
def test_a_missing_diary_is_told_of_at_the_end_of_working_days(engine, town, who, now, expected):
    remind(engine, now)
    found, _ = told(engine, who)
    assert {name: n for (name, kind), n in found.items() if kind == "diary_missing"} == expected


def test_who_wrote_is_on_leave_or_is_checked_is_not_told_and_a_substitute_is(engine, town, who):
    write(engine, town, GRID, FRIDAY.date())
    people = town.person_ids
    with acting(engine, "tests") as connection:
        connection.execute(
            text("INSERT INTO absence (person_id, substitute_id, planned, reason, recorded_by)"
                 " VALUES (:away, :acts, tstzrange(:since, :until), 'x', 'tests')"),
            {"away": people[FAR], "acts": people[OTHER], "since": FRIDAY - timedelta(days=1),
             "until": FRIDAY + timedelta(days=1)},
        )  # fmt: skip
    remind(engine, FRIDAY)
    found, params = told(engine, who)
    assert found == {("two", "diary_missing"): 1}
    assert (params[0]["count"], params[0]["day"]) == (2, "2026-11-20")  # the own and the other's
    monday = FRIDAY + timedelta(days=3)
    with acting(engine, "tests") as connection:
        for grid in (GRID, OTHER):
            inserter(connection)(
                "diary_check", jurisdiction_id=town.jurisdiction_id, grid_code=grid,
                month="2026-11-01", entries=0, verdict="missing",
            )  # fmt: skip
    remind(engine, monday)
    found, _ = told(engine, who)
    assert found == {("two", "diary_missing"): 1}


def test_once_by_any_number_of_workers_and_across_restarts(engine, town, who):
    begin, faults = threading.Barrier(6), []

    def look():
        own = make_engine(engine.url.render_as_string(hide_password=False))
        try:
            begin.wait()
            for _ in range(3):
                remind(own, FRIDAY)
        except Exception as fault:
            faults.append(fault)
        own.dispose()

    workers = [threading.Thread(target=look) for _ in range(6)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert not faults
    remind(engine, FRIDAY + timedelta(hours=1))
    found, _ = told(engine, who)
    assert found == {("one", "diary_missing"): 1, ("two", "diary_missing"): 1}
    # Nobody is there on Monday evening: told on Tuesday, of Monday; and Tuesday's at its end.
    for day, hour, times in ((23, 9, 1), (24, 9, 2), (24, 10, 2), (24, 18, 3)):
        remind(engine, datetime(2026, 11, day, hour, tzinfo=ZONE))
        found, params = told(engine, who)
        assert found[("one", "diary_missing")] == times
    assert [one["day"] for one in params[::2]] == ["2026-11-20", "2026-11-23", "2026-11-24"]


def test_a_worker_that_dies_has_told_nobody_and_the_next_one_does(engine, town, who, monkeypatch):
    from gis.workflows import reminders

    def dies(*_):
        raise RuntimeError("the machine is switched off")

    with monkeypatch.context() as broken:
        broken.setattr(reminders, "tell_all", dies)
        with pytest.raises(RuntimeError):
            remind(engine, FRIDAY)
    assert told(engine, who)[0] == {}
    assert remind(engine, FRIDAY) == 2


def test_the_check_is_asked_of_the_nearest_leader_until_it_is_done(engine, town, who):
    first = datetime(2026, 11, 2, 8, 30, tzinfo=ZONE)
    with acting(engine, "tests") as connection:
        codes = connection.scalars(
            text("SELECT code FROM grid WHERE level = 3 AND starts_with(code, cast(:of AS text))"),
            {"of": GRID[:12]},
        ).all()
    remind(engine, first)
    remind(engine, first)
    found, params = told(engine, who)
    # The community's leader for its own; the street's for the three communities without one.
    checks = {name: n for (name, kind), n in found.items() if kind == "diary_check_due"}
    assert checks == {"community": 1, "street": 1}
    counts = {one["count"] for one in params if one["day"] == "2026-10"}
    assert counts == {len(codes), 16 - len(codes)}
    with acting(engine, "tests") as connection:
        for code in codes:
            inserter(connection)(
                "diary_check", jurisdiction_id=town.jurisdiction_id, grid_code=code,
                month="2026-10-01", entries=0, verdict="missing",
            )  # fmt: skip
    remind(engine, datetime(2026, 11, 6, 9, 0, tzinfo=ZONE))  # the fifth working day
    found, _ = told(engine, who)
    checks = {name: n for (name, kind), n in found.items() if kind == "diary_check_due"}
    assert checks == {"community": 1, "street": 2}


def test_an_office_may_go_without_and_one_without_a_calendar_does(
    engine, town, who, maintenance_url, template_database
):
    with acting(engine, "tests") as connection:
        patrol_settings.set_setting(
            connection, town.jurisdiction_id, keep_days=30, within_m=20.0, remind=False
        )
    assert remind(engine, FRIDAY) == 0
    with module_database(maintenance_url, template_database) as url:
        bare = make_engine(url)
        make_town(bare)
        assert remind(bare, FRIDAY) == 0
        bare.dispose()
