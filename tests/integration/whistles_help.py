"""An office that blows whistles over the API, for tests of what becomes of them."""

from __future__ import annotations

from datetime import datetime

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from gis.store import web_hooks
from gis.store.engine import acting
from tests.factories import inserter
from tests.integration.two_districts import City, place_of
from tests.signing import sign_in

GRID = "410102004001001"
WHISTLES = "/api/v1/whistles"


class Office:
    """The city, its departments by name, and what its people ask of the API."""

    def __init__(self, engine: Engine, city: City, client: TestClient) -> None:
        self.engine, self.city, self.client = engine, city, client
        self.departments = {"D01": city.organisations["410102-D01"]}
        self.headers = dict(city.headers)
        with acting(engine, "tests") as connection:
            for number in (2, 3):
                self.departments[f"D0{number}"] = inserter(connection)(
                    "organisation", code=f"410102-D0{number}", kind="department",
                    name_zh=f"部门{number}", name_en=f"Bureau {number}",
                    parent_id=city.organisations["410102"],
                )  # fmt: skip
        for name in ("D02", "D03"):
            self.headers[name] = sign_in(
                engine, "department", organisation_id=self.departments[name], name=name
            )
        self.headers["D01"] = city.headers["department"]

    def ask(
        self, who: str, method: str, path: str, key: str = "", **sent: object
    ) -> httpx.Response:
        headers = self.headers[who] | ({"Idempotency-Key": key} if key else {})
        return self.client.request(method, WHISTLES + path, headers=headers, **sent)

    def blow(self, who: str = "sub_district/dispatcher", *, key: str = "", **given: object) -> dict:
        answer = self.ask(who, "POST", "", key, json=self.wanted(**given))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def wanted(self, *, to: str = "D01 D02", **given: object) -> dict:
        lon, lat = place_of(GRID)
        wanted = {
            "departments": [self.departments.get(name, 2**62) for name in to.split()],
            "purpose": "占道经营反弹", "place": "秦岭路口", "minutes": 30, **given,
        }  # fmt: skip
        return wanted if "incident_id" in wanted else {"lon": lon, "lat": lat, **wanted}

    def step(self, who: str, whistle: dict, action: str, **given: object) -> httpx.Response:
        if "of" in given:
            given["organisation_id"] = self.departments[str(given.pop("of"))]
        return self.ask(who, "POST", f"/{whistle['id']}/steps", json={"action": action, **given})

    def take(self, who: str, whistle: dict, action: str, **given: object) -> dict:
        answer = self.step(who, whistle, action, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rename(self, who: str, name: str) -> None:
        """Give an account another name, and wait until the API knows it by that."""
        with acting(self.engine, "tests") as connection:
            connection.execute(
                text("UPDATE account SET name = :name WHERE id = :id"),
                {"id": self.city.accounts[who], "name": name},
            )
        for _ in range(500):
            told = self.client.get("/api/v1/session", headers=self.headers[who])
            if name in told.text:
                return
        raise AssertionError(f"still called otherwise: {told.text}")

    def hook(self, code: str, *kinds: str) -> int:
        """A web hook of an organisation that nobody answers."""
        with acting(self.engine, "tests") as connection:
            return web_hooks.add(
                connection, organisation_id=self.city.organisations[code], name="回调",
                url="http://127.0.0.1:9/", secret="s3cret", kinds=list(kinds),
            )  # fmt: skip

    def pass_time(self, *whistles: dict) -> None:
        """Let the time of whistles be up, as if they had been blown an hour earlier."""
        with self.engine.begin() as connection:
            # Only the owner of the tables can lift the rules that keep a whistle as it is.
            for table, of, moments in (
                ("whistle", "id", ("called_at", "due_at", "ended_at")),
                ("whistle_call", "whistle_id", ("coming_at", "arrived_at")),
            ):
                earlier = ", ".join(f"{one} = {one} - interval '1 hour'" for one in moments)
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                connection.execute(
                    text(f"UPDATE {table} SET {earlier} WHERE {of} = ANY(:ids)"),
                    {"ids": [one["id"] for one in whistles]},
                )
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))

    def rows(self, query: str, **values: object) -> list:
        with self.engine.connect() as connection:
            return list(connection.execute(text(query), values))


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def standings(whistle: dict) -> dict[str, str]:
    return {one["organisation"]["code"][-3:]: one["standing"] for one in whistle["calls"]}


def attendance(office: Office, since: datetime) -> dict[str, dict[str, int]]:
    params = {
        "jurisdiction": office.city.organisations["410102"],
        "since": since.isoformat(),
        "until": "2190-01-01T00:00:00Z",
    }
    answer = office.ask("district", "GET", "/attendance", params=params)
    assert answer.status_code == 200, answer.text
    return {
        one["organisation"]["code"][-3:]: {k: v for k, v in one.items() if k != "organisation"}
        for one in answer.json()["items"]
    }
