"""A district that reviews its work teams, asked through the API as its people ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.two_districts import City, make_city, sign_in_all

API = "/api/v1"
YEAR = 2024
REPORTS = ("sending_unit", "sub_district", "assembly")
SIDES = ("sub_district", "community", "households")
PDF = b"%PDF-1.4 report"


def counts(*votes: int, invited: int = 0, present: int = 0, void: int = 0) -> dict[str, int]:
    came = present or sum(votes) + void
    told = dict(zip(("excellent", "good", "fair", "poor"), votes, strict=True))
    return {"invited": invited or came, "present": came, "void": void, **told}


class Reviewing:
    def __init__(self, engine: Engine, city: City, client: TestClient) -> None:
        self.engine, self.city, self.client = engine, city, client
        self.office = city.organisations["410102"]

    def ask(self, who: str, method: str, path: str, key: str = "", **sent: Any) -> httpx.Response:
        headers = self.city.headers[who] | ({"Idempotency-Key": key} if key else {})
        return self.client.request(method, API + path, headers=headers, **sent)

    def get(self, path: str, who: str = "district/leader", **params: Any) -> Any:
        answer = self.ask(who, "GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, told: Any, who: str = "district/leader", *, key: str = "",
             status: int = 201) -> Any:  # fmt: skip
        answer = self.ask(who, "POST", path, key, json=told)
        assert answer.status_code == status, answer.text
        return answer.json()

    def open(self, year: int = YEAR, **more: Any) -> Any:
        return self.post("/team-reviews", {"jurisdiction": self.office, "year": year, **more})

    def team(self, name: str = "一队", **more: Any) -> dict[str, Any]:
        return {
            "name": name, "sender_id": self.city.organisations["410102-D01"],
            "sub_district_id": self.city.organisations["410102004"],
            "community_ids": [self.city.organisations["410102004001"]],
            "leader": "张明", "members": ["李华"], **more,
        }  # fmt: skip

    def add(self, review: int, name: str = "一队", **more: Any) -> Any:
        """A team of a review, as it is shown once it was added."""
        told = self.post(f"/team-reviews/{review}/teams", self.team(name, **more))
        return next(one for one in told["teams"] if one["name"] == name)

    def one(self, review: int, team: int) -> Any:
        found = self.get(f"/team-reviews/{review}")["teams"]
        return next(one for one in found if one["id"] == team)

    def report(self, team: int, side: str, version: int, who: str = "district/leader",
               **more: Any) -> httpx.Response:  # fmt: skip
        told = {"side": side, "version": str(version), "given_on": "2024-12-20",
                "body": "全年工作情况", **more}  # fmt: skip
        file, key = told.pop("file", None), told.pop("key", "")
        files = {"file": file} if file else {"file": ("", b"")}
        told = {name: value for name, value in told.items() if value is not None}
        return self.ask(who, "POST", f"/work-teams/{team}/reports", key, data=told, files=files)

    def vote(self, team: int, version: int, sides: dict[str, Any], who: str = "district/leader",
             key: str = "", **more: Any) -> httpx.Response:  # fmt: skip
        told = {"version": version, "held_on": "2024-12-28", "called_by": "第一考核组",
                "sides": sides, **more}  # fmt: skip
        return self.ask(who, "POST", f"/work-teams/{team}/ballots", key, json=told)

    def complete(self, review: int, name: str, *votes: int) -> int:
        """A team with three reports and the same votes of three sides; gives its id."""
        team = self.add(review, name)
        for place, side in enumerate(REPORTS):
            answer = self.report(team["id"], side, team["version"] + place)
            assert answer.status_code == 201, answer.text
        answer = self.vote(team["id"], team["version"] + 3, dict.fromkeys(SIDES, counts(*votes)))
        assert answer.status_code == 201, answer.text
        return int(team["id"])

    def publish(self, review: int, reason: str | None = None, **more: Any) -> httpx.Response:
        version = self.get(f"/team-reviews/{review}")["version"]
        told = {"version": version, "reason": reason, **more}
        return self.ask("district/leader", "POST", f"/team-reviews/{review}/publication", json=told)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]


def reviewing(maintenance_url: str, template: str, folder: Path) -> Iterator[Reviewing]:
    """The two districts in a database of their own, and the application on it."""
    with module_database(maintenance_url, template) as url:
        engine = make_engine(url)
        city = make_city(engine)
        sign_in_all(engine, city)
        with TestClient(create_app(Settings(data_dir=folder, log_level="ERROR"), url)) as client:
            yield Reviewing(engine, city, client)
        engine.dispose()


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def fields(answer: httpx.Response) -> list[str]:
    return [one["field"] for one in answer.json().get("errors") or []]


def plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
