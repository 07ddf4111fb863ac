"""Open pages: each hears what its reader may, and is closed with what the reader stands for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from api import events as live
from api.caller import Callers
from api.events import LiveEvents
from gis.incidents.notices import Notice
from gis.store.cluster.database import connection_string
from gis.store.engine import acting, make_engine
from gis.store.follower import Follower
from gis.workflows.notices import tell_all
from tests.conftest import module_database
from tests.integration.two_districts import City, make_city, sign_in_all

GRID, FAR = "410102004001001", "410103001001001"


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


class Page:
    """An open page: what it was told, and whether its stream has ended."""

    def __init__(self, events: LiveEvents, callers: Callers, header: dict[str, str]) -> None:
        self.secret = header["Authorization"].split()[1]
        caller = callers._look_up(self.secret)
        assert caller is not None
        self.told: list[tuple[str, Any]] = []
        self.ended = asyncio.Event()
        self.stream = events.subscribe(caller, self.secret)
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.stream:
            self.told.append((message["event"], json.loads(message["data"])))
        self.ended.set()

    @property
    def cases(self) -> set[int]:
        return {data["id"] for event, data in self.told if event == "incident"}

    async def until(self, holds) -> None:
        async with asyncio.timeout(20):
            while not holds():
                await asyncio.sleep(0.02)


class Office:
    """A process that passes on what happens, and its pages by who looks at them."""

    def __init__(self, engine: Engine, url: str, city: City) -> None:
        self.city = city
        self.callers = Callers(engine, idle=timedelta(hours=1))
        self.follower = Follower(connection_string(url), heard=lambda _: None)
        self.events = LiveEvents(engine, url, self.follower, lambda _: None, self.callers)
        self.pages: dict[str, Page] = {}

    async def __aenter__(self) -> Office:
        await self.follower.start()
        self.events.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for page in self.pages.values():
            page.task.cancel()
        await self.events.stop()
        await self.follower.stop()

    async def open(self, *who: str) -> None:
        for one in who:
            self.pages[one] = Page(self.events, self.callers, self.city.headers[one])
        for one in who:
            page = self.pages[one]
            await page.until(lambda page=page: page.told)


def change(engine: Engine, *ids: int) -> None:
    with acting(engine, "tests") as connection:
        connection.execute(
            text("UPDATE incident SET severity = 1 + severity % 3 WHERE id = ANY(:ids)"),
            {"ids": list(ids)},
        )


def test_each_hears_of_the_own_cases_and_administrators_of_none(
    engine: Engine, url: str, city: City
) -> None:
    """Asked once for all who see alike, however many pages are open."""
    near, far = city.incidents[GRID], city.incidents[FAR]
    queries: list[str] = []

    def note(*given: Any) -> None:
        if "wangge" not in given[2] and "FROM incident" in given[2]:
            queries.append(given[2])

    async def play() -> dict[str, Page]:
        async with Office(engine, url, city) as office:
            who = ("district/dispatcher", "district/leader", "district", "worker", "other/leader",
                   "district/administrator")  # fmt: skip
            await office.open(*who)
            event.listen(engine, "before_cursor_execute", note)
            change(engine, near, far)
            for one in who[:5]:
                page = office.pages[one]
                await page.until(lambda page=page: page.cases)
            event.remove(engine, "before_cursor_execute", note)
            with acting(engine, "tests") as connection:
                accounts = [city.accounts["district/administrator"]]
                tell_all(connection, [Notice(kind="handed_over", accounts=accounts)])
            told = office.pages["district/administrator"]
            await told.until(lambda: ("notice", {"urgent": False}) in told.told)
            return office.pages

    pages = asyncio.run(play())
    for one in ("district/dispatcher", "district/leader", "district", "worker"):
        assert pages[one].cases == {near}, one
        assert ("notice", {"urgent": False}) not in pages[one].told
    assert pages["other/leader"].cases == {far}
    assert pages["district/administrator"].cases == set()
    assert 0 < len(queries) <= 3, "a district, the other one, and the worker"


def test_a_stream_ends_with_the_account_the_token_and_the_post(
    engine: Engine, url: str, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "STANDING_S", 0.2)

    async def play() -> None:
        async with Office(engine, url, city) as office:
            await office.open("worker", "district/leader", "other/leader", "district/planner")
            with acting(engine, "tests") as connection:
                connection.execute(
                    text(
                        "UPDATE post SET held = tstzrange(lower(held), now()), ended_by = 'tests'"
                        " WHERE upper_inf(held) AND person_id ="
                        " (SELECT person_id FROM account WHERE id = :id)"
                    ),
                    {"id": city.accounts["worker"]},
                )
                connection.execute(
                    text("UPDATE api_token SET revoked_at = now() WHERE account_id = :id"),
                    {"id": city.accounts["district/leader"]},
                )
                connection.execute(
                    text("UPDATE api_token SET expires_at = now() WHERE account_id = :id"),
                    {"id": city.accounts["other/leader"]},
                )
            for one in ("worker", "district/leader", "other/leader"):
                async with asyncio.timeout(20):
                    await office.pages[one].ended.wait()
            assert not office.pages["district/planner"].ended.is_set()

    asyncio.run(play())


def test_a_rush_lets_pages_load_anew_now_and_then_only(
    engine: Engine, url: str, city: City
) -> None:
    async def play() -> list[str]:
        async with Office(engine, url, city) as office:
            await office.open("district/dispatcher", "district/administrator")
            for _ in range(50):
                office.events.reload()
            page = office.pages["district/dispatcher"]
            await page.until(lambda: ("reload", {}) in page.told)
            change(engine, city.incidents[GRID])
            await page.until(lambda: page.cases)
            assert ("reload", {}) not in office.pages["district/administrator"].told
            return [name for name, _ in page.told]

    assert asyncio.run(play()).count("reload") == 1
