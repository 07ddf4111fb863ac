"""Whatever happens to overdue cases, they go up one level at a time, and never wait for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from gis.errors import WanggeError
from gis.incidents.deadlines import Allowance, Setting
from gis.incidents.lifecycle import Target
from gis.store import seats
from gis.store.engine import acting
from gis.workflows import deadlines, due
from gis.workflows.deadlines import Row
from gis.workflows.escalations import escalate_overdue
from gis.workflows.holders import has_above
from gis.workflows.rests import end_rests
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, hold, inserter
from tests.integration.steps_help import Desk, leave, make_desk

HOUR = timedelta(hours=1)
DELAY = 4 * HOUR
CASES, MOVES = 4, 70
SHIFTED = {
    "clock": ("started_at", "due_at", "soon_at", "next_at", "paused_at"),
    "hand": ("since", "until"),
    "clock_notice": ("at",),
    "approval": ("asked_at", "until", "decided_at", "resumed_at"),
    "incident": ("parked_until",),
}


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = create_engine(url)
        made = make_desk(engine)
        of, long_ago = made.town.jurisdiction_id, datetime(2025, 1, 1, tzinfo=UTC)
        deadlines.begin(
            engine, of, actor="tests", reason="defaults", since=long_ago, first_year=2025
        )
        row = Row(category="02", allowance=Allowance(amount=6, unit="calendar_hours"))
        deadlines.record(engine, of, row, since=long_ago, reason="quick", actor="tests")
        setting = Setting(delay=Allowance(amount=4, unit="calendar_hours"))
        deadlines.change_setting(engine, of, setting, reason="up", actor="tests")
        yield made
        engine.dispose()


def pass_time(desk: Desk, by: timedelta) -> None:
    """As if so much time had passed for everything that has a moment."""
    with desk.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table, columns in SHIFTED.items():
            listed = ", ".join(f"{name} = {name} - :by" for name in columns)
            connection.execute(text(f"UPDATE {table} SET {listed}"), {"by": by})


def work(desk: Desk) -> None:
    """What workers do at a moment; each job twice, as queues may."""
    end_rests(desk.engine, desk.locators)
    while due.tell_due(desk.engine):
        pass
    with desk.engine.begin() as connection:
        query = text("DELETE FROM jobs.procrastinate_jobs RETURNING args")
        jobs = connection.execute(query).scalars().all()
    for args in jobs * 2:
        escalate_overdue(desk.engine, desk.locators, **args)


def vacate_or_fill(desk: Desk, rng: np.random.Generator) -> None:
    """A post of the town falls vacant, or is held again."""
    code = str(rng.choice(sorted(desk.town.grid_ids)))
    with desk.engine.connect() as connection:
        query = text(
            "SELECT array_agg(person_id) FROM post WHERE grid_id = :id AND upper_inf(held)"
        )
        there = connection.scalar(query, {"id": desk.town.grid_ids[code]})
    if there:
        leave(desk.engine, *there)
        return
    with acting(desk.engine, "tests") as connection:
        person = inserter(connection)("person", name=f"new at {code}")
        role = {9: "first_responsible", 12: "director", 15: "lead"}[len(code)]
        hold(connection, person, desk.town.grid_ids[code], len(code) // 3 - 2, role,
             since=datetime.now(UTC))  # fmt: skip


def moved(desk: Desk, case: int, rng: np.random.Generator) -> None:
    """Something that people do with a case, if it can be done now."""
    later = datetime.now(UTC) + float(rng.uniform(1, 30)) * HOUR
    top = desk.doer("dispatcher", "市中心", at="city")
    boss = desk.doer("leader", "市领导", at="city")
    people = sorted(desk.town.person_ids.values())
    bodies = sorted(desk.organisations.values())
    target = Target(person_id=int(rng.choice(people)))
    if rng.random() < 0.5:
        target = Target(organisation_id=int(rng.choice(bodies)))
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("redispatch", {"target": target, "reason": "改派"}),
        ("return", {"reason": "错派"}),
        ("dispatch", {"target": target}),
        ("extend", {"reason": "等", "until": later}),
        ("approve_extension", {}),
        ("park", {"reason": "雨", "until": later}),
        ("approve_parking", {}),
        ("resume", {}),
        ("escalate", {"reason": "超范围"}),
    ]
    action, given = deeds[int(rng.integers(len(deeds)))]
    with suppress(WanggeError):
        desk.take(case, action, boss if action.startswith("approve") else top, **given)


def check(desk: Desk, case: int) -> None:
    """One level at a time; nobody relieved before he had the delay; nothing waits that is due."""
    leads = [one for one in desk.hands(case) if one["is_lead"]]
    for before, after in pairwise(leads):
        if before["ended_how"] == "escalated":
            assert after["level"] == before["level"] - 1
            if before["ended_by"] == "system":
                assert before["until"] - before["since"] >= DELAY
                assert after["reason"]
    with desk.engine.connect() as connection:
        query = """SELECT due_at, next_at, clock_timestamp() AS now,
          greatest((SELECT max(at) FROM clock_notice WHERE incident_id = :id AND kind = 'escalate'),
            (SELECT max(resumed_at) FROM approval WHERE incident_id = :id)) AS last
          FROM clock WHERE incident_id = :id AND stopped_at IS NULL AND paused_at IS NULL"""
        clocks = connection.execute(text(query), {"id": case}).all()
        place = desk.row(case)["grid_code"]
        above = has_above(leads[-1]["level"], place, seats.existing(connection, [place]))
    for one in clocks:
        assert one.next_at is not None and one.next_at > one.now - timedelta(seconds=30)
        begun = max(it for it in (one.due_at, leads[-1]["since"], one.last) if it is not None)
        if above:
            assert begun + DELAY > one.now - timedelta(seconds=30)


@pytest.mark.parametrize("seed", [1, 2])
def test_overdue_cases_never_skip_a_level_and_never_stall(desk, seed):
    rng = np.random.default_rng(seed)
    cases = [
        desk.report(
            category="02", lon=WEST + (k % 4 + 0.5) * STEP, lat=SOUTH + (k // 4 + 0.5) * STEP
        )
        for k in range(CASES)
    ]
    for _ in range(MOVES):
        draw = rng.random()
        if draw < 0.35:
            pass_time(desk, float(rng.uniform(0.5, 4.5)) * HOUR)
            work(desk)
            for case in cases:
                check(desk, case)
        elif draw < 0.45:
            vacate_or_fill(desk, rng)
        else:
            moved(desk, int(rng.choice(cases)), rng)
    # Left alone, each reaches the top, one level after each delay, whoever is there.
    pass_time(desk, 40 * HOUR)  # rests and extensions are over
    work(desk)
    for _ in range(6):
        pass_time(desk, DELAY + timedelta(minutes=1))
        work(desk)
    for case in cases:
        check(desk, case)
        assert desk.lead_hand(case)["level"] == -1
