"""A database of before is brought to this schema with all it holds, whoever was renamed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from gis.store import migrate
from gis.store.cluster import create_database, prepare
from gis.store.engine import acting, make_engine
from tests.conftest import _drop, _url
from tests.factories import inserter, make_town

# An account that was renamed once, and what was noted in its name before and after.
FORMER, LATTER, LOGIN = "王敏 (wangmin)", "王敏之 (wangmin)", "wangmin"
STRANGER = "public"


@pytest.fixture(scope="module")
def engine(maintenance_url: str) -> Iterator[Engine]:
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name)
    url = _url(maintenance_url, name)
    prepare(url)
    command.upgrade(migrate._config(url), "0019")
    made = make_engine(url)
    yield made
    made.dispose()
    _drop(maintenance_url, name)


class Before:
    """What a database at 0019 held; rows by the names that the test gives them."""

    def __init__(self, engine: Engine) -> None:
        self.ids: dict[str, int] = {}
        self.names: dict[str, dict[int, str]] = {"photo": {}, "supplement": {}}
        self.town = make_town(engine)
        with acting(engine, "tests") as connection:
            self.one = inserter(connection)
            self.account = int(self.one("account", login=LOGIN, name="王敏之", recorded_by="tests"))
            for name in ("open", "closed"):
                self.ids[name] = self.case(connection, name)
            self.hands(connection)
            self.clocks(connection)
            self.sent(connection)
            connection.execute(
                text("UPDATE incident SET stage = 'closed', closed_at = now() WHERE id = :id"),
                {"id": self.ids["closed"]},
            )

    def case(self, connection: Connection, name: str) -> int:
        query = """INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source,
            title, reported_at, stage, plan_id, grid_id, grid_code, route_rule, location)
          VALUES (:serial, :of, '0101', 2, 'patrol', 'x', now() - interval '9 days', 'dispatched',
            :plan, :grid, '410102004001001', 'inside',
            ST_SetSRID(ST_MakePoint(113.6001, 34.7501), 4326)) RETURNING id"""
        town = self.town
        values = {
            "serial": f"410102-20260101-0000{len(self.ids) + 1}", "of": town.jurisdiction_id,
            "plan": town.plan_id, "grid": town.grid_ids["410102004001001"],
        }  # fmt: skip
        return int(connection.execute(text(query), values).scalar_one())

    def hands(self, connection: Connection) -> None:
        connection.execute(
            text(
                "UPDATE hand SET accepted_at = since, accepted_by = :who, until = since,"
                " ended_by = :who, ended_how = 'done' WHERE incident_id = :id AND until IS NULL"
            ),
            {"who": FORMER, "id": self.ids["open"]},
        )
        connection.execute(
            text(
                "INSERT INTO approval (incident_id, kind, until, reason, asked_at, asked_by, code,"
                " rank) VALUES (:id, 'park', now() + interval '1 day', 'x', now(), :who,"
                " '410102', 1)"
            ),
            {"who": FORMER, "id": self.ids["open"]},
        )

    def clocks(self, connection: Connection) -> None:
        of = self.town.jurisdiction_id
        calendar = connection.scalar(
            text(
                "INSERT INTO office_calendar (jurisdiction_id, zone, week, days, digest, actor)"
                " VALUES (:of, 'Asia/Shanghai', '[[],[],[],[],[],[],[]]', '{}', 'x', 'tests')"
                " RETURNING id"
            ),
            {"of": of},
        )
        deadline = connection.scalar(
            text(
                "INSERT INTO deadline (jurisdiction_id, stage, amount, unit, soon_share, planned,"
                " recorded_by, reason) VALUES (:of, 'case', 3, 'calendar_days', 0.25,"
                " tstzrange('2026-01-01Z', NULL), 'tests', 'x') RETURNING id"
            ),
            {"of": of},
        )
        for name, case, kind, told, state in (
            ("silenced", "open", "case", 2, {}),
            ("fresh", "open", "collected", 0, {}),
            ("paused", "open", "registered", 2, {"paused_at"}),
            ("stopped", "open", "dispatched", 3, {"stopped_at"}),
            ("of a closed case", "closed", "case", 2, {}),
        ):
            moments = {one: one in state for one in ("paused_at", "stopped_at")}
            self.ids[name] = int(
                connection.execute(
                    text(
                        "INSERT INTO clock (incident_id, kind, deadline_id, calendar_id, amount,"
                        " unit, soon_share, started_at, due_at, soon_at, told, paused_at,"
                        " stopped_at) VALUES (:case, :kind, :deadline, :calendar, 3,"
                        " 'calendar_days', 0.25, now() - interval '9 days',"
                        " now() - interval '6 days', now() - interval '7 days', :told,"
                        " CASE WHEN :paused_at THEN now() END, CASE WHEN :stopped_at THEN now() END"
                        ") RETURNING id"
                    ),
                    {"case": self.ids[case], "kind": kind, "told": told, "deadline": deadline,
                     "calendar": calendar, **moments},
                ).scalar_one()
            )  # fmt: skip

    def sent(self, connection: Connection) -> None:
        """Photos, supplements and keys, the same ones under both names of the account."""
        used = {"incident_id": self.ids["open"], "stage": "dispatched", "used_by": FORMER}
        for name, key, by, days, more in (
            ("used", "one", FORMER, 5, used), ("spare", "one", LATTER, 1, {}),
            ("older", "two", FORMER, 5, {}), ("newer", "two", LATTER, 1, {}),
            ("alone", "three", FORMER, 5, {}), ("keyless", None, LATTER, 1, {}),
            ("stranger", "one", STRANGER, 1, {"account_id": None}),
        ):  # fmt: skip
            values = {
                "sha256": "a" * 64, "sent_sha256": "b" * 64, "bytes": 1, "width": 1, "height": 1,
                "key": key, "uploaded_by": by, "account_id": self.account, **more,
            }  # fmt: skip
            made = self.dated(connection, "photo", "uploaded_at", days, values, more)
            self.names["photo"][made] = name
        for name, key, by, days in (
            ("first", "one", FORMER, 5), ("second", "one", LATTER, 1),
            ("apart", "two", FORMER, 5), ("plain", None, FORMER, 5), ("again", None, LATTER, 1),
            ("unknown", "one", STRANGER, 1),
        ):  # fmt: skip
            values = {
                "incident_id": self.ids["open"], "source": "patrol", "text": "x", "key": key,
                "recorded_by": by, "fingerprint": b"x",
                "source_ref": "r-1" if name == "first" else None,
            }  # fmt: skip
            made = self.dated(connection, "supplement", "recorded_at", days, values)
            self.names["supplement"][made] = name
        for key, by, days in (
            ("one", FORMER, 5), ("one", LATTER, 1), ("two", FORMER, 5), ("one", STRANGER, 1),
        ):  # fmt: skip
            connection.execute(
                text(
                    "INSERT INTO idempotency_key (caller, key, fingerprint, incident_id,"
                    " recorded_at) VALUES (:by, :key, 'x', :id, now() - make_interval(days => :d))"
                ),
                {"by": by, "key": key, "id": self.ids["open"], "d": days},
            )

    def dated(
        self, connection: Connection, table: str, at: str, days: int, values: dict[str, Any],
        used: dict[str, Any] | None = None,
    ) -> int:  # fmt: skip
        """Insert a row of so many days ago; gives its id."""
        columns = [*values, at, *(["used_at"] if used and "used_by" in used else []),
                   *(["reported_at"] if table == "supplement" else [])]  # fmt: skip
        given = [f":{one}" if one in values else "now() - make_interval(days => :days)"
                 for one in columns]  # fmt: skip
        query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(given)})"
        made = connection.execute(text(f"{query} RETURNING id"), {**values, "days": days})
        return int(made.scalar_one())


def test_what_was_done_under_a_former_name_is_the_account_s(engine):
    before = Before(engine)
    account, ids = before.account, before.ids
    migrate.upgrade(engine.url.render_as_string(hide_password=False))
    with engine.connect() as connection:

        def rows(query: str) -> dict[Any, Any]:
            found = connection.execute(text(query))
            return {row[0]: row[1] if len(row) == 2 else tuple(row[1:]) for row in found}

        assert set(
            connection.execute(
                text("SELECT accepted_account_id, ended_account_id FROM hand"
                     " WHERE incident_id = :id AND ended_by = :who"),
                {"id": ids["open"], "who": FORMER},
            )
        ) == {(account, account)}  # fmt: skip
        asked = "SELECT asked_account_id FROM approval WHERE incident_id = :id"
        assert connection.scalar(text(asked), {"id": ids["open"]}) == account

        mine = f"account {account}"
        keys = connection.execute(text("SELECT caller, key FROM idempotency_key")).all()
        assert sorted(tuple(row) for row in keys) == sorted(
            [(mine, "one"), (FORMER, "one"), (mine, "two"), (STRANGER, "one")]
        )
        newest = "SELECT now() - recorded_at < '2 days' FROM idempotency_key WHERE caller = :me"
        assert connection.scalar(text(f"{newest} AND key = 'one'"), {"me": mine}) is True

        kept = rows("SELECT id, key FROM photo")
        assert {before.names["photo"][number]: key for number, key in kept.items()} == {
            "used": "one", "spare": None, "older": None, "newer": "two", "alone": "three",
            "keyless": None, "stranger": "one",
        }  # fmt: skip
        callers = rows("SELECT id, caller, ref_of FROM supplement")
        assert {before.names["supplement"][number]: of for number, (of, _) in callers.items()} == {
            "first": FORMER, "second": mine, "apart": mine, "plain": mine, "again": mine,
            "unknown": STRANGER,
        }  # fmt: skip
        assert {before.names["supplement"][number]: of for number, (_, of) in callers.items()} == {
            **dict.fromkeys(("second", "apart", "plain", "again", "unknown")), "first": "410102",
        }  # fmt: skip

        looked_at = connection.scalars(text("SELECT id FROM clock WHERE next_at <= now()"))
        assert list(looked_at) == [ids["silenced"]]
        disabled = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"
        assert connection.scalar(text(disabled)) == 0
        assert migrate.differences(connection) == []
