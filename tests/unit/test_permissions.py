"""The table of permissions: every address has a row, and each request finds its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Match, Mount

from api.app import create_app
from api.permission_table import table
from api.permissions import (
    API,
    PAGES,
    PERMISSIONS,
    PUBLIC,
    ROLES,
    allows,
    pages_for,
    rows_for,
)
from gis.settings import Settings


@pytest.fixture(scope="module")
def app():
    return create_app(Settings(log_level="ERROR"), "postgresql+psycopg://nobody@/nothing")


def addresses(app):
    """METHOD and path of every route: those of the API, tiles, pages and all that is mounted."""
    found = set()
    for path, methods in app.openapi()["paths"].items():
        found |= {(method.upper(), path) for method in methods}
    for route in app.routes:
        if isinstance(route, Mount):
            found.add(("GET", f"{route.path}/{{file}}"))
        elif getattr(route, "path", None):
            plain = route.path.replace(":path}", "}")
            found |= {(method, plain) for method in route.methods - {"HEAD"}}
    return found


def filled(path):
    return re.sub(r"\{\w+(:path)?\}", "7", path)


def rows():
    """The rows of all addresses, without the kinds of their parameters."""
    shells = {f"GET /{page}": PUBLIC for page in PAGES}
    below = {f"GET /{page}/{{rest}}": PUBLIC for page in PAGES}
    return {row.replace(":path}", "}"): at for row, at in (PERMISSIONS | shells | below).items()}


def answering(app, method, path):
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return next((r for r in app.routes if r.matches(dict(scope))[0] == Match.FULL), None)


def test_every_address_has_a_row_and_every_row_an_address(app):
    there = {f"{method} {path}" for method, path in addresses(app)}
    assert there > {f"GET {API}/incidents", "GET /tiles/{layer}/{z}/{x}/{y}.mvt", "GET /metrics"}
    assert there - set(rows()) == set()
    for row in set(rows()) - there:  # a layer of tiles may have a row of its own
        method, path = row.split(" ")
        assert answering(app, method, filled(path)) is not None, row


def test_a_request_finds_the_row_of_the_route_that_answers_it(app):
    looked_up, listed = table(), rows()
    for method, path in addresses(app):
        assert looked_up.find(method, filled(path)) == listed[f"{method} {path}"], path
    # An address without parameters must not be taken for one with them by the router.
    for row in listed:
        method, path = row.split(" ")
        if "{" in path or not path.startswith("/api/v1"):
            continue
        taken = answering(app, method, path)
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
        assert not taken.matches(scope)[1].get("path_params"), path


@pytest.mark.parametrize(
    "path",
    ["/api/v1/nothing", "/api/v1/incidents/", "//api/v1/incidents", "/api/v1/incidents/1/2",
     "/api/v1/../v1/incidents", "/API/v1/incidents", "", "/sign-in2"],
)  # fmt: skip
def test_what_is_not_listed_is_not_there(path):
    assert table().find("GET", path) is None
    assert table().methods(path) == []


def test_buttons_of_the_pages_ask_for_rows_that_are_for_some_roles_only():
    web = Path(__file__).resolve().parents[2] / "web" / "src"
    asked = {
        row
        for path in [*web.rglob("*.vue"), *web.rglob("*.ts")]
        for row in re.findall(r"\bmay\(\s*'([A-Z]+ /[^']*)'", path.read_text(encoding="utf-8"))
    }
    assert len(asked) > 15
    told = {role: set(rows_for(frozenset({role}))) for role in ROLES}
    assert asked - set().union(*told.values()) == set()
    assert "POST /deadlines" in told["administrator"]
    assert [role for role in ROLES if "POST /rules" in told[role]] == ["planner"]
    assert rows_for(frozenset()) == []


def test_no_row_names_a_role_that_does_not_exist_and_each_role_has_a_page():
    for access in PERMISSIONS.values():
        assert isinstance(access, frozenset) is False or access <= set(ROLES)
    for role in ROLES:
        assert pages_for(frozenset({role})), role
    assert not allows(PERMISSIONS[f"GET {API}/accounts"], frozenset(set(ROLES) - {"administrator"}))
    assert pages_for(frozenset()) == []
