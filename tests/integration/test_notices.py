"""Who is told of what: by step, by clock, of an emergency at once, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, text

from gis.incidents.lifecycle import Target
from gis.incidents.notices import Notice
from gis.store import notices
from gis.store.engine import acting, make_engine
from gis.workflows.emergencies import raise_emergencies
from gis.workflows.notices import tell_all
from gis.workflows.step_notices import tell_of_clocks
from gis.workflows.supervisions import tell_supervisions
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, inserter
from tests.integration.import_help import saved, taken_in
from tests.integration.steps_help import CODE, Desk, closed, handled, make_desk
from tests.signing import make_account

OTHER = "410102004001002"


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    made = make_desk(engine)
    with acting(engine, "tests") as connection:
        one = inserter(connection)
        leader = made.town.person_ids["attached"] = one("person", name="分包领导")
        made.town.person_ids["reporter"] = one("person", name="甲")
        one(
            "attachment", person_id=leader, organisation_id=made.organisations["district"],
            kind="in_charge", target_code="410102004", place="", planned="[2020-01-01Z,)",
        )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def people(engine: Engine, desk: Desk) -> dict[str, int]:
    """Accounts by what they are called here."""
    town, at = desk.town, desk.organisations
    worker = {"organisation_id": at["sub_district"]}
    return {
        "lead": make_account(engine, "grid_worker", person_id=town.person_ids[CODE], **worker),
        "other": make_account(engine, "grid_worker", person_id=town.person_ids[OTHER], **worker),
        "reporter": make_account(
            engine,
            "grid_worker",
            person_id=town.person_ids["reporter"],
            login="jia",
            name="甲",
            **worker,
        ),
        "director": make_account(
            engine, "grid_worker", person_id=town.person_ids[CODE[:12]], **worker
        ),
        "attached": make_account(
            engine, "leader", person_id=town.person_ids["attached"], organisation_id=at["district"]
        ),
        "dispatcher": make_account(engine, "dispatcher", organisation_id=at["district"]),
        "wangmin": make_account(
            engine, "dispatcher", organisation_id=at["district"], login="wangmin", name="王敏"
        ),
        "leader": make_account(engine, "leader", organisation_id=at["district"]),
        "street": make_account(engine, "dispatcher", organisation_id=at["sub_district"]),
        "planner": make_account(engine, "planner", organisation_id=at["district"]),
        "administrator": make_account(engine, "administrator", organisation_id=at["district"]),
        "department": make_account(engine, "department", organisation_id=at["城管局"]),
        "city": make_account(engine, "dispatcher", "leader", organisation_id=at["city"]),
    }


class Told:
    """What has been told since it was made: (account, kind) in order."""

    def __init__(self, engine: Engine, people: dict[str, int]) -> None:
        self.engine = engine
        self.names = {number: name for name, number in people.items()}
        self.last = self._max()

    def _max(self) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(text("SELECT coalesce(max(id), 0) FROM notice")) or 0)

    def now(self) -> set[tuple[str, str]]:
        query = text(
            "SELECT a.account_id, n.kind FROM notice_account AS a JOIN notice AS n"
            " ON n.id = a.notice_id WHERE n.id > :last"
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query, {"last": self.last}).all()
        assert len(rows) == len(set(rows)), "told twice"
        self.last = self._max()
        return {(self.names[row.account_id], row.kind) for row in rows}


@pytest.fixture
def told(engine: Engine, people: dict[str, int]) -> Told:
    return Told(engine, people)


def test_a_case_is_told_to_whoever_gets_it_at_each_step(desk: Desk, told: Told) -> None:
    case = desk.report()
    assert told.now() == {("lead", "sent")}
    desk.take(case, "return", desk.lead(), reason="不归我管")
    assert told.now() == {("dispatcher", "returned"), ("wangmin", "returned")}
    to = Target(organisation_id=desk.organisations["城管局"])
    desk.take(case, "dispatch", desk.dispatcher, target=to)
    assert told.now() == {("department", "sent")}
    until = datetime.now(UTC) + timedelta(days=30)
    department = desk.doer("department", at="城管局")
    desk.take(case, "supervise", desk.dispatcher, reason="领导关注", until=until)
    assert told.now() == {("department", "supervised")}
    desk.take(case, "park", department, reason="等材料", until=until)
    assert told.now() == {
        ("dispatcher", "approval_asked"), ("wangmin", "approval_asked"),
        ("leader", "approval_asked"), ("attached", "approval_asked"),
    } | {("street", "approval_asked")}  # fmt: skip
    desk.take(case, "refuse_parking", desk.leader, reason="今天办完")
    assert told.now() == {("department", "approval_decided")}
    to = Target(person_id=desk.town.person_ids[CODE])
    desk.take(case, "redispatch", desk.dispatcher, reason="改派", target=to)
    assert told.now() == {("lead", "sent")}
    desk.take(case, "escalate", desk.lead(), reason="超出能力")
    assert told.now() == {("director", "escalated")}


def test_a_supervision_whose_time_is_over_is_told_once_by_many(
    desk: Desk, told: Told, engine: Engine
) -> None:
    case = desk.report()
    told.now()
    done = closed(desk)
    told.now()
    to = Target(organisation_id=desk.organisations["城管局"])
    desk.take(case, "return", desk.lead(), reason="不归我管")
    desk.take(case, "dispatch", desk.dispatcher, target=to)
    until = datetime.now(UTC) + timedelta(days=2)
    desk.take(case, "supervise", desk.dispatcher, reason="两日内办结", until=until)
    told.now()
    assert tell_supervisions(engine) == 0
    for moment in (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)):
        with acting(engine, "test") as connection:
            connection.execute(
                text("UPDATE incident SET supervised_until = :at WHERE id = ANY(:ids)"),
                {"at": moment, "ids": [case, done]},
            )
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _: tell_supervisions(engine), range(8))) == 1
        assert told.now() >= {
            ("department", "supervision_over"), ("dispatcher", "supervision_over"),
            ("leader", "supervision_over"),
        }  # fmt: skip


def test_what_the_desk_has_in_its_queue_is_not_told_and_the_actor_hears_nothing(
    desk: Desk, told: Told
) -> None:
    case = handled(desk)
    assert told.now() == {("lead", "sent")}
    checker = desk.doer("dispatcher", "核查员")
    desk.take(case, "verify_result", checker, verdict=False, reason="没清干净")
    assert told.now() == {("lead", "returned")}
    done = closed(desk)
    told.now()
    desk.take(done, "evaluate", desk.dispatcher, satisfaction="dissatisfied", reason="还在")
    # The actor's own account has that very name.
    assert told.now() == {("dispatcher", "reopened")}


def test_merging_and_rejecting_are_told_to_whoever_had_or_reported_it(
    engine: Engine, desk: Desk, told: Told, people: dict[str, int]
) -> None:
    main, second = desk.report(), desk.report(lon=WEST + 1.5 * STEP)
    assert told.now() == {("lead", "sent"), ("other", "sent")}
    desk.take(second, "merge", desk.dispatcher, reason="同一件事", target=Target(incident_id=main))
    assert told.now() == {("other", "merged"), ("lead", "merged")}
    with engine.connect() as connection:
        (newest, *_) = notices.inbox(connection, people["other"], limit=1)
        serial = connection.scalar(text("SELECT serial FROM incident WHERE id = :i"), {"i": main})
    assert newest["params"]["main"] == serial


def test_a_reporter_is_told_by_whatever_name_they_are_called_now(
    engine: Engine, desk: Desk, told: Told, people: dict[str, int]
) -> None:
    case = desk.report()
    with acting(engine, "甲 (jia)") as connection:
        connection.execute(
            text(
                "INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage)"
                " SELECT id, now(), current_actor(), 'report', stage, stage FROM incident"
                " WHERE id = :id"
            ),
            {"id": case},
        )
        query = text("UPDATE account SET name = '乙' WHERE id = :id")
        connection.execute(query, {"id": people["reporter"]})
    desk.take(case, "return", desk.lead(), reason="不归我管")
    told.now()
    desk.take(case, "reject", desk.dispatcher, reason="重复")
    assert ("reporter", "rejected") in told.now()


def test_clocks_are_told_to_the_holder_and_overdue_ones_to_the_desk(
    engine: Engine, desk: Desk, told: Told
) -> None:
    case = desk.report()
    told.now()
    with acting(engine, "system") as connection:
        tell_of_clocks(connection, {"due_soon": [case]})
    assert told.now() == {("lead", "due_soon")}
    with acting(engine, "system") as connection:
        tell_of_clocks(connection, {"overdue": [case, case]})
    assert told.now() == {
        (who, "overdue") for who in ("lead", "dispatcher", "wangmin", "leader", "attached")
    }


CHAIN = {"lead", "director", "attached", "dispatcher", "wangmin", "leader", "street", "city"}


def test_an_emergency_is_told_to_its_whole_chain_at_once_and_acknowledged_once(
    engine: Engine, desk: Desk, told: Told, people: dict[str, int]
) -> None:
    case = desk.report(severity=4)
    assert told.now() == {(who, "emergency") for who in CHAIN} | {("lead", "sent")}
    with acting(engine, "王敏 (wangmin)") as connection:
        (waits,) = notices.inbox(connection, people["wangmin"], limit=9, urgent=True)
        assert notices.acknowledge(connection, people["wangmin"], waits["id"]) == case
        notices.note_acknowledged(connection, case)
    with acting(engine, "王敏 (wangmin)") as connection:
        assert notices.acknowledge(connection, people["wangmin"], waits["id"]) is None
        assert notices.acknowledge(connection, people["planner"], waits["id"]) is None
        assert notices.inbox(connection, people["wangmin"], limit=9, urgent=True) == []
        chain = notices.alarm_of(connection, case)
        told_in_history = connection.scalar(
            text(
                "SELECT actor FROM incident_event WHERE incident_id = :i AND action = 'acknowledge'"
            ),
            {"i": case},
        )
    assert told_in_history == "王敏 (wangmin)"
    known = {row["account_name"] for row in chain if row["acknowledged_at"]}
    assert known == {"王敏"}
    unreached = [row for row in chain if not row["reached"]]
    assert {row["role"] for row in unreached} == {"first_responsible"}, "has no account"


def test_a_desk_is_reached_by_its_own_accounts_alone(
    engine: Engine, desk: Desk, told: Told, people: dict[str, int]
) -> None:
    """A grid lead belongs to the same sub-district, and does not answer for its desk."""
    street, lead = desk.organisations["sub_district"], desk.town.person_ids[CODE]
    case = desk.report(severity=4)

    def rows(connection: Connection) -> dict[int, tuple[bool, bool]]:
        return {
            row["organisation_id"] or row["person_id"]: (
                row["reached"],
                bool(row["acknowledged_at"]),
            )
            for row in notices.alarm_of(connection, case)
            if row["organisation_id"] == street or row["person_id"] == lead
        }

    with acting(engine, "tests") as connection:
        assert rows(connection) == {street: (True, False), lead: (True, False)}
        (waits, *_) = notices.inbox(connection, people["lead"], limit=1, urgent=True)
        assert notices.acknowledge(connection, people["lead"], waits["id"]) == case
        assert rows(connection) == {street: (True, False), lead: (True, True)}
        disable = text("UPDATE account SET disabled_at = now() WHERE id = :id")
        connection.execute(disable, {"id": people["street"]})
        # Nobody is at the desk any more: it must be telephoned.
        assert rows(connection) == {street: (False, False), lead: (True, True)}
        connection.rollback()
    told.now()


def test_an_import_alarms_for_open_emergencies_of_today_only(
    engine: Engine, desk: Desk, told: Told, tmp_path
) -> None:
    now = datetime.now(UTC)
    frame = pd.DataFrame(
        {
            "经度": WEST + STEP / 2, "纬度": SOUTH + STEP / 2, "类别": "0101",
            "上报时间": [
                (now - timedelta(minutes=9)).isoformat(), (now - timedelta(days=3)).isoformat(),
                (now - timedelta(minutes=8)).isoformat(), (now - timedelta(minutes=7)).isoformat(),
            ],
            "办结时间": ["", "", (now - timedelta(minutes=5)).isoformat(), ""],
            "严重程度": [4, 4, 4, 2], "标题": ["今天", "三天前", "已办结", "不急"],
        }
    )  # fmt: skip
    written, _ = taken_in(engine, desk.town, saved(frame, tmp_path / "急.csv"))
    assert written == 4
    assert told.now() == {(who, "emergency") for who in CHAIN}
    with engine.connect() as connection:
        alarmed = connection.scalars(
            text(
                "SELECT DISTINCT title FROM alarm JOIN incident AS i ON i.id = incident_id"
                " WHERE title IN ('今天', '三天前', '已办结', '不急')"
            )
        ).all()
    assert alarmed == ["今天"]


def test_inboxes_are_their_owners_and_marks_stay_there(
    engine: Engine, desk: Desk, people: dict[str, int]
) -> None:
    with acting(engine, "tests") as connection:
        for _ in range(3):
            accounts = [people["planner"], people["city"]]
            tell_all(connection, [Notice(kind="whistle_arrived", accounts=accounts)])
        before = notices.unread_count(connection, people["city"])
        rows = notices.inbox(connection, people["planner"], limit=2)
        older = notices.inbox(connection, people["planner"], limit=2, before=rows[-1]["id"])
        assert [len(rows), len(older)] == [2, 1]
        assert notices.mark_read(connection, people["planner"], [rows[0]["id"]]) == 1
        assert notices.unread_count(connection, people["planner"]) == 2
        assert notices.mark_read(connection, people["planner"], None) == 2
        assert notices.unread_count(connection, people["city"]) == before


def test_what_is_taken_back_was_never_told(engine: Engine, desk: Desk, told: Told) -> None:
    case = desk.report()
    with pytest.raises(ZeroDivisionError), acting(engine, "tests") as connection:
        raise_emergencies(connection, [case])
        assert notices.alarm_of(connection, case)
        raise ZeroDivisionError
    assert told.now() == {("lead", "sent")}
