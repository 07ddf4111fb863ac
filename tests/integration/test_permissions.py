"""Who may do what where: every address of the application, each role, inside and outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Response
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.permissions import ASKED, OWN, PERMISSIONS, PUBLIC, allows
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.permission_rows import (
    API,
    BODIES,
    FORMS,
    Side,
    make_things,
    request_of,
    sides,
)
from tests.integration.two_districts import City, make_city, sign_in_all

STREAM = f"GET {API}/events"  # never ends; told apart in test_events
SESSION = {row for row in PERMISSIONS if "/session" in row}
ASKED_FOR = {
    row: access
    for row, access in PERMISSIONS.items()
    if access not in (PUBLIC, ASKED, OWN) and row != STREAM
}
# What everybody signed in may read of another's district: boundaries, and what all share.
SHARED = {
    f"GET {API}/{path}"
    for path in (
        "jurisdictions", "categories", "plans/{plan_id}", "plans/{plan_id}/grids",
        "grids/{grid_id}", "route", "sources", "desk/views", "duty-list/template",
        "staff/template", "weather/template", "my/cases", "deadlines/holidays",
        "deadlines/template", "incidents/near",
        "channels/{channel}/reports", "organisations/tree", "organisations/{organisation_id}",
        # the own ones
        "audit", "audit/state", "accounts", "accounts/organisations", "notices", "me/mail",
        "web-hooks", "my/grids", "visits/template",
    )
} | {"GET /metrics", "GET /tiles/{layer}.json", "GET /tiles/{layer}/{z}/{x}/{y}.mvt"}  # fmt: skip
# Where an answer that is not refused says of each part that it is not there.
EMPTY = {f"POST {API}/steps": '"taken":false'}
WITHOUT_BODY = {
    "POST /desk/views", "PATCH /desk/views/{view_id}", "DELETE /desk/views/{view_id}",
    "POST /notices/{notice_id}/acknowledge", "POST /me/mail/test", "DELETE /web-hooks/{hook_id}",
    "POST /web-hooks/{hook_id}/test", "POST /web-hooks/{hook_id}/deliveries/{delivery_id}/retry",
    "POST /web-hooks/{hook_id}/retry", "POST /me/mail/{delivery_id}/retry",
    "DELETE /drafts/{plan_id}", "POST /drafts/{plan_id}/take-back",
    "DELETE /draft-jobs/{draft_job_id}", "DELETE /atlases/{atlas_id}",
    "POST /drafts/{plan_id}/settle",
    *(f"POST /accounts/{{account_id}}/{what}" for what in (
        "disable", "enable", "unlock", "password", "tokens/{token_id}/revoke")),
}  # fmt: skip
# What anybody may do anywhere in the own district: report, begin a draft, comment on one, search on
# one. What it changes of boundaries is asked with each operation.
DISTRICT_WIDE = {
    f"POST {API}/{path}"
    for path in (
        "incidents",
        "drafts",
        "drafts/{plan_id}/comments",
        "drafts/{plan_id}/jobs",
        "plans/{plan_id}/atlases",
        "jurisdictions/{jurisdiction_id}/generated-drafts",
    )
}
# Writes of what belongs to no part of the city.
OWN_THINGS = {
    f"POST {API}/notices/read", f"PUT {API}/me/mail", f"POST {API}/me/mail/test",
    f"POST {API}/desk/views", f"POST {API}/photos", f"PUT {API}/sources/{{source}}",
    f"POST {API}/channels/{{channel}}/reports",
    # Whoever may read a draft may say what they think of it.
    f"POST {API}/drafts/{{plan_id}}/comments",
}  # fmt: skip


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
def parts(engine: Engine, city: City) -> dict[str, Side]:
    return sides(city, make_things(engine, city))


@pytest.fixture(scope="module")
def client(
    engine: Engine, parts: dict[str, Side], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("data")
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=folder, log_level="CRITICAL"), url)
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


def test_every_address_is_in_the_matrix(client: TestClient) -> None:
    listed = {row.replace(":path", "") for row in PERMISSIONS}
    paths = client.get("/api/openapi.json").json()["paths"]
    served = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert served <= listed, "give it a row in api/permissions.py"
    writing = {row.replace(f" {API}", " ") for row in ASKED_FOR if not row.startswith("GET")}
    known = set(BODIES) | FORMS | WITHOUT_BODY
    assert writing - known == set(), "say in permission_rows what is sent to it"


def test_nobody_gets_anything_without_signing_in(
    client: TestClient, parts: dict[str, Side]
) -> None:
    for row in (*ASKED_FOR, STREAM):
        sent = request_of(row, parts["410102"])
        for header in ({}, {"Authorization": "Bearer wg_nobody"}):
            answer = client.request(**sent, headers=header)
            assert answer.status_code == 401, row
            assert answer.json()["code"] == "sign-in-needed"


@pytest.mark.parametrize(
    ("who", "roles"),
    [
        *((f"district/{role}", {role})
          for role in ("planner", "dispatcher", "leader", "administrator")),
        ("worker", {"grid_worker"}), ("department", {"department"}),
    ],
)  # fmt: skip
def test_each_role_may_do_what_the_table_says_and_nothing_else(
    client: TestClient, city: City, parts: dict[str, Side], who: str, roles: set[str]
) -> None:
    """Asked about the other district, so that nothing is changed where a role is let through."""
    wrong = {}
    for row, access in ASKED_FOR.items():
        answer = client.request(**request_of(row, parts["410103"]), headers=city.headers[who])
        told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        refused = answer.status_code == 403 and told.get("code") == "role-not-allowed"
        if refused is allows(access, frozenset(roles)) or answer.status_code in (401, 500):
            wrong[row] = (answer.status_code, told.get("code"))
    assert not wrong, "\n" + "\n".join(f"{row}: {told}" for row, told in wrong.items())


@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("district", "410103"), ("sub_district", "410103"), ("community", "410103"),
        ("worker", "410103"), ("department", "410103"), ("other", "410102"),
        ("sub_district", "410102005"), ("community", "410102005"), ("worker", "410102005"),
    ],
)  # fmt: skip
def test_nothing_outside_is_told_or_changed(
    client: TestClient, engine: Engine, city: City, parts: dict[str, Side], who: str, where: str
) -> None:
    before = fingerprint(engine)
    side, wrong = parts[where], {}
    for row, access in ASKED_FOR.items():
        if not allows(access, roles_of(who)) or row in OWN_THINGS:
            continue
        if row in DISTRICT_WIDE and len(where) > 6:
            continue
        answer = client.request(**request_of(row, side), headers=city.headers[who])
        shown = [word for word in side.words if word in answer.text]
        if shown or answer.status_code in (401, 500) or not _refused(row, side, who, answer):
            wrong[row] = (answer.status_code, shown, answer.text[:200])
    assert not wrong, "\n" + "\n".join(f"{row}: {told}" for row, told in wrong.items())
    assert fingerprint(engine) == before


def _refused(row: str, side: Side, who: str, answer: Response) -> bool:
    status = answer.status_code
    reading = row.startswith("GET")
    if row in SHARED or (row in EMPTY and EMPTY[row] in answer.text):
        return True
    if len(side.code) == 6:
        return status in ((404, 403) if reading else (404, 403, 409, 422))
    # A part of the own district: lists of the district are answered, with what is the own.
    named = "{incident_id}" in row
    return status in (404, 403) if named and reading else not named or status >= 400


@pytest.mark.parametrize("who", ["district", "city", "installation"])
def test_everything_inside_is_there(
    client: TestClient, city: City, parts: dict[str, Side], who: str
) -> None:
    side, wrong = parts["410102"], {}
    missing = {"{photo_id}", "{ref:path}", "{view_id}", "{departure_id}", "{atlas_id}",
               "{bulletin_id}/file", "staff/imports"}  # fmt: skip
    for row in ASKED_FOR:
        if not row.startswith("GET") or any(name in row for name in missing):
            continue
        answer = client.request(**request_of(row, side), headers=city.headers[who])
        shown = [word for word in parts["410103"].words if word in answer.text]
        if answer.status_code not in (200, 204) or (who == "district" and shown):
            wrong[row] = (answer.status_code, shown, answer.text[:200])
    assert not wrong, "\n" + "\n".join(f"{row}: {told}" for row, told in wrong.items())


def test_what_is_written_inside_is_let_through(
    client: TestClient, city: City, parts: dict[str, Side]
) -> None:
    """The last of all, because it changes what the others look at."""
    wrong = {}
    missing = {
        "{photo_id}",
        "{view_id}",
        "{departure_id}",
        "{atlas_id}",
        "{token_id}",
        "{notice_id}",
        "{delivery_id}",
        "publishing",
        "/sources/",
    }
    for row in sorted(ASKED_FOR, key=lambda row: row.endswith(("/leaving", "/close"))):
        if row.startswith("GET") or any(name in row for name in missing):
            continue
        answer = client.request(
            **request_of(row, parts["410102"]), headers=city.headers["district"]
        )
        if answer.status_code >= 500 or answer.status_code in (401, 403, 404):
            wrong[row] = (answer.status_code, answer.text[:200])
    assert not wrong, "\n" + "\n".join(f"{row}: {told}" for row, told in wrong.items())


def roles_of(who: str) -> frozenset[str]:
    """The roles of the accounts that the test signs in."""
    alone = {"worker": {"grid_worker"}, "department": {"department"}}
    return frozenset(alone.get(who, {"planner", "dispatcher", "leader", "administrator"}))


def fingerprint(engine: Engine) -> dict[str, str]:
    """What all tables hold, but for what signing in, asking and refused imports leave behind."""
    left = {
        "expectation_count",  # found and counted when a board is first asked for
        "unit_edge",
        "unit_expectation",
        "import_job",
        "session",
        "api_token",
        "sign_in_attempt",
        "audit_entry",
        "spatial_ref_sys",
    }
    with engine.connect() as connection:
        names = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        return {
            name: connection.scalar(
                text(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {name} AS t")
            )
            for name in names
            if name not in left | {"spatial_ref_sys"}
        }
