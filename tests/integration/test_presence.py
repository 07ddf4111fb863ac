"""Two at one case hear of each other through two processes, until one of them leaves."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, text

from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.two_districts import City, make_city
from tests.server import serving
from tests.signing import sign_in

CASE = "410102004001001"


class Page:
    """An open stream of events, and what it has been told so far."""

    def __init__(self, base: str, headers: dict[str, str], answer: httpx.Response) -> None:
        self.base, self.headers = base, headers
        self.lines = answer.iter_lines()
        self.stream = self.next("hello")["stream"]

    def next(self, event: str) -> dict[str, Any]:
        """The next event of a kind; a stream that says nothing for too long fails by time-out."""
        wanted = False
        for line in self.lines:
            if line.startswith("data:") and wanted:
                told: dict[str, Any] = json.loads(line.removeprefix("data:"))
                return told
            wanted = line.strip() == f"event: {event}"
        raise AssertionError("the stream has ended")

    def say(self, incident: int | None, *, base: str | None = None, **more: Any) -> int:
        said = {"stream": self.stream, "incident": incident, **more}
        url = f"{base or self.base}/api/v1/presence"
        return httpx.put(url, json=said, headers=self.headers, timeout=30).status_code


@contextmanager
def page(base: str, headers: dict[str, str]) -> Iterator[Page]:
    with httpx.stream("GET", f"{base}/api/v1/events", headers=headers, timeout=30) as answer:
        yield Page(base, headers, answer)


@pytest.fixture(scope="module")
def database(maintenance_url: str, template_database: str) -> Iterator[str]:
    with module_database(maintenance_url, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def engine(database: str) -> Iterator[Engine]:
    made = make_engine(database)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    return make_city(engine)


@pytest.fixture(scope="module")
def bases(database: str, city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("d")
    with serving(database, folder) as one, serving(database, folder) as other:
        yield one, other


def test_two_at_one_case_hear_of_each_other_across_processes(
    engine: Engine, city: City, bases: tuple[str, str]
) -> None:
    def someone(name: str, code: str = "410102") -> dict[str, str]:
        organisation = city.organisations[code]
        return sign_in(engine, "dispatcher", organisation_id=organisation, name=name)

    def someone_with(role: str, name: str) -> dict[str, str]:
        return sign_in(engine, role, organisation_id=city.organisations["410102"], name=name)

    case, (one, other) = city.incidents[CASE], bases
    wang, li = someone("王敏"), someone("李华")
    with page(one, wang) as first:
        # What a page says may come to another process than its stream hangs on.
        assert first.say(case, base=other) == 204
        assert first.next("presence") == {"incident": case, "others": []}
        with page(other, li) as second:
            assert second.say(case) == 204
            assert second.next("presence") == {"incident": case, "others": ["王敏"]}
            assert first.next("presence") == {"incident": case, "others": ["李华"]}
            assert second.say(city.incidents["410102005001001"]) == 204
            assert first.next("presence") == {"incident": case, "others": []}
            assert second.say(case) == 204
            assert first.next("presence")["others"] == ["李华"]
        # The page is closed without a word.
        assert first.next("presence") == {"incident": case, "others": []}
        # Nobody is told of a case by saying that it is open.
        with page(other, someone("外人", "410103")) as outside:
            assert outside.say(case) == 404
    draft = city.drafts["410102"]
    with page(one, someone_with("planner", "王敏")) as first, page(other, wang) as outside:
        assert first.say(None, plan=draft, grid=CASE) == 204
        assert first.next("drafters") == {"plan": draft, "others": []}
        assert outside.say(None, plan=draft) == 404
        with page(other, someone_with("planner", "李华")) as second:
            assert second.say(None, plan=draft) == 204
            assert second.next("drafters")["others"] == [{"name": "王敏", "grid": CASE}]
            assert first.next("drafters")["others"] == [{"name": "李华", "grid": None}]
            units = [city.units[CASE]]
            stroke = {"key": str(uuid.uuid4()), "kind": "pin", "base": 0,
                      "params": {"units": units, "pinned": True}}  # fmt: skip
            done = httpx.post(f"{one}/api/v1/drafts/{draft}/operations", json=stroke,
                              headers=first.headers, timeout=30)  # fmt: skip
            assert done.json()["version"] == 1
            told = {"plan": draft, "version": 1, "actor": done.json()["operation"]["actor"]}
            assert second.next("draft") == told
        assert first.next("drafters")["others"] == []
    with engine.connect() as connection:
        tables = connection.scalars(
            text("SELECT relname FROM pg_class WHERE relname LIKE '%presence%'")
        ).all()
    assert tables == []
