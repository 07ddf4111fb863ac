"""Whatever is sent to any address, as the schema describes it or not: no 5xx, and every refusal a
problem in the reader's words. Schemathesis makes the requests, the same ones at every run.

WANGGE_SCHEMA_EXAMPLES says how many for each address and way of making them (1).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from httpx import Response
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from pydantic import ValidationError
from schemathesis import Case, GenerationMode
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from api.permissions import PERMISSIONS, PUBLIC
from api.schemas import Problem
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.permission_rows import Side, make_things, sides
from tests.integration.two_districts import City, make_city, place_of, sign_in_all

EXAMPLES = int(os.environ.get("WANGGE_SCHEMA_EXAMPLES", "1"))
SEED = int(os.environ.get("WANGGE_SCHEMA_SEED", "5"))
STREAM = "GET /api/v1/events"  # never ends
# Signs out, or takes rights from, the account that asks: asked by others in their own tests.
SELF = {"DELETE /api/v1/sessions", "DELETE /api/v1/session"}
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(scope="module")
def side(engine: Engine, city: City) -> Side:
    return sides(city, make_things(engine, city))["410102"]


@pytest.fixture(scope="module")
def client(
    engine: Engine, side: Side, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("data")
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=folder, log_level="CRITICAL", sign_in_tries=10_000), url)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def wrong(answer: Response) -> str | None:
    """What an answer should not be."""
    kind = answer.headers.get("content-type", "")
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.text[:300]}"
    if answer.status_code < 400:
        return None
    if not kind.startswith("application/problem+json"):
        return f"{answer.status_code} as {kind}: {answer.text[:200]}"
    try:
        told = Problem.model_validate_json(answer.content)
    except ValidationError as fault:
        return f"no problem: {fault}"
    bare = told.detail == told.code or "{ $" in told.detail
    return f"no sentence: {told.code}" if bare or told.status != answer.status_code else None


def sent(client: TestClient, case: Case, headers: dict[str, str]) -> Response:
    told = case.as_transport_kwargs(base_url="http://testserver")
    own = {
        name: value
        for name, value in told.pop("headers").items()
        if name.lower() not in ("authorization", "cookie", "user-agent")
    }
    told.pop("cookies", None)
    data = told.pop("data", None)
    body = {"content": data} if isinstance(data, (bytes, str)) else {"data": data}
    return client.request(**told, **body, headers=own | headers, follow_redirects=False)


def at_home(case: Case, side: Side) -> None:
    """Let a request ask about what is there, or few would come further than its number."""
    lon, lat = place_of(side.grid)
    real = side.ids | {"jurisdiction": side.jurisdiction, "lon": lon, "lat": lat, "crs": "wgs84"}
    real |= {"grid": side.grid, "grid_code": side.grid, "category": "0101"}
    for part in (case.query, case.body):
        if isinstance(part, dict):
            part.update({name: real[name] for name in part.keys() & real.keys()})
            part.update({name: "试验" for name, value in part.items() if value == ""})
            if "jurisdiction" in part:  # what is optional is as often about nothing that is there
                for name in ("after", "before", "cursor", "photo_ids"):
                    part.pop(name, None)


def ask(
    strategy: SearchStrategy[Case], client: TestClient, headers: dict[str, str], home: Side | None
) -> tuple[int, set[str]]:
    """How many requests a strategy made, and what was wrong with the answers."""
    asked, found = 0, set()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=strategy)
    def one(case: Case) -> None:
        nonlocal asked
        asked += 1
        if home is not None:
            at_home(case, home)
        fault = wrong(sent(client, case, headers))
        if fault is not None:
            found.add(fault)

    one()
    return asked, found


def faults_of(
    client: TestClient, headers: dict[str, str], rows: set[str], side: Side
) -> dict[str, set[str]]:
    """What was wrong, by address."""
    schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
    found: dict[str, set[str]] = {}
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        row = f"{operation.method.upper()} {operation.path}"
        if row not in rows:
            continue
        ids: dict[str, Any] = {
            name: side.ids[name] for name in side.ids if f"{{{name}}}" in operation.path
        }
        for mode in MODES:
            known = {"path_parameters": ids} if ids and mode is GenerationMode.POSITIVE else {}
            try:
                number, faults = ask(
                    operation.as_strategy(generation_mode=mode, **known), client, headers,
                    side if mode is GenerationMode.POSITIVE else None,
                )  # fmt: skip
            except Unsatisfiable:
                # Nothing can be wrong about an address that takes nothing.
                assert mode is GenerationMode.NEGATIVE, row
                continue
            asked += number
            if faults:
                found.setdefault(row, set()).update(faults)
    assert asked > len(rows)
    return found


def listed() -> set[str]:
    return {row.replace(":path", "") for row in PERMISSIONS} - SELF - {STREAM}


def test_nothing_that_anybody_with_all_roles_sends_breaks_it(
    client: TestClient, city: City, side: Side
) -> None:
    rows = {row for row in listed() if "/api/v1/" in row or row.startswith("GET /heatmaps")}
    found = faults_of(client, city.headers["installation"], rows, side)
    assert not found, "\n".join(f"{row}: {sorted(what)[0]}" for row, what in found.items())


def test_nothing_that_strangers_send_breaks_it(client: TestClient, side: Side) -> None:
    rows = {row for row in listed() if PERMISSIONS.get(row) is PUBLIC and "/api/v1/" in row}
    found = faults_of(client, {}, rows, side)
    assert not found, "\n".join(f"{row}: {sorted(what)[0]}" for row, what in found.items())
