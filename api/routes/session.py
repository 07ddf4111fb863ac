"""Signing in and out, who one is, and one's own password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.caller import COOKIE, Caller
from api.errors import language_of
from api.oidc import Provider
from api.permissions import pages_for, rows_for
from api.schemas import Names, PlainText
from api.seals import Sealed
from api.services import CallerServices, Held, OpenHeld, OpenReading, Services
from gis.errors import ForbiddenError
from gis.store.credentials import new_secret
from gis.workflows import sign_in as workflow
from gis.workflows.demo_accounts import offered_accounts
from gis.workflows.sign_in import Visitor

router = APIRouter(tags=["session"])
# Tells a browser that somebody signed in with, so that strangers who guess do not lock it out. It
# opens nothing.
DEVICE = "wangge_device"
DEVICE_LASTS_S = 31 * 86_400
Secret = Annotated[str, Field(min_length=1, max_length=200)]


class SignIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    login: Annotated[PlainText, Field(min_length=1, max_length=100)]
    password: Secret


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    former: Secret
    password: Annotated[str, Field(max_length=1000)]


class Organisation(BaseModel):
    id: int
    kind: str
    name: Names


class SignedIn(BaseModel):
    """Who is signed in. Without an organisation the account belongs to the whole installation.

    `below`: what the codes of all grids begin with that it sees, where it sees a part only.
    """

    id: int
    login: str
    name: str
    roles: list[str]
    organisation: Organisation | None
    below: str | None
    person_id: int | None
    must_change_password: bool
    synthetic: bool
    expires_at: datetime | None


class DemoAccount(BaseModel):
    login: str
    name: str
    role: str
    organisation: Names
    password: str


class Session(BaseModel):
    """Who is signed in, if anybody, and the pages for them.

    `may`: what only some roles may call, and this caller may, as `POST /deadlines`.
    `csrf` goes back in the header `X-CSRF-Token` of every request that changes something. `demo`
    has accounts only while nobody is signed in, and only where all data are synthetic. `oidc` is
    the name of the office's own sign-in, if there is one (`GET /session/oidc`).
    """

    account: SignedIn | None
    csrf: str | None
    pages: list[str]
    may: list[str]
    demo: list[DemoAccount]
    oidc: str | None


@router.get("/session", response_model=Session)
def session(
    request: Request, held: OpenHeld, reading: OpenReading, response: Response
) -> dict[str, Any]:
    """Who is signed in, if anybody, and how one signs in here."""
    response.headers["Cache-Control"] = "no-store"
    caller: Caller | None = request.state.caller
    if caller is None:
        issuer = Provider(held.settings)
        return {
            "account": None,
            "csrf": None,
            "pages": [],
            "may": [],
            "demo": offered_accounts(reading),
            "oidc": held.settings.oidc_name if issuer.configured else None,
        }
    return _told(caller)


@router.post("/session", response_model=None, status_code=204)
def sign_in(request: Request, held: OpenHeld, sealed: Sealed, given: SignIn) -> Response:
    """Sign in by password: the answer sets the cookie of a new session.

    401 `sign-in-wrong` whatever was wrong; 429 `sign-in-locked` or `too-many-requests` with
    `Retry-After`; 403 `account-disabled`.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForbiddenError("csrf-missing")
    visitor = visitor_of(request, held)
    address = visitor.address or ""
    held.tries.take(address)
    secret = workflow.sign_in(held.engine, given.login, given.password, visitor, key=sealed.key)
    held.tries.give_back(address)
    answer = with_cookie(Response(status_code=204), request, held, secret)
    answer.set_cookie(
        DEVICE,
        visitor.device or "",
        max_age=DEVICE_LASTS_S,
        path="/api/v1/session",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.delete("/session", status_code=204)
def sign_out(request: Request, held: Held) -> Response:
    """Sign out here."""
    return _end(held, _session_of(held.caller))


@router.delete("/sessions", status_code=204)
def sign_out_everywhere(request: Request, held: Held) -> Response:
    """Sign out wherever this account is signed in. Its tokens are revoked one by one instead."""
    return _end(held, None)


@router.put("/session/password", status_code=204)
def change_password(request: Request, held: Held, given: NewPassword) -> Response:
    """Change one's own password; this window goes on in a new session, all others end.

    422 `password-wrong` for the former one, or what is wrong with the new one.
    """
    _session_of(held.caller)
    secret = workflow.change_password(
        held.callers.engine,  # one's own password lies in no scope
        held.caller.login,
        former=given.former,
        password=given.password,
        visitor=visitor_of(request, held),
        actor=held.actor,
    )
    held.callers.forget(held.caller.account_id)
    return with_cookie(Response(status_code=204), request, held, secret)


def visitor_of(request: Request, held: Services) -> Visitor:
    """Where a request to sign in comes from."""
    return Visitor(
        address=request.client and request.client.host,
        device=request.cookies.get(DEVICE, "")[:100] or new_secret(),
        user_agent=request.headers.get("user-agent"),
        lasts=timedelta(hours=held.settings.session_hours),
        language=language_of(request),
    )


def with_cookie(answer: Response, request: Request, held: Services, secret: str) -> Response:
    """The answer with the cookie of a session: out of reach of scripts and of other sites."""
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(held.settings.session_hours * 3600),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _session_of(caller: Caller) -> int:
    if caller.session_id is None:
        raise ForbiddenError("session-needed")
    return caller.session_id


def _end(held: CallerServices, session_id: int | None) -> Response:
    account_id = held.caller.account_id
    workflow.sign_out(held.callers.engine, account_id, session_id, actor=held.actor)
    held.callers.forget(account_id)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return answer


def _told(caller: Caller) -> dict[str, Any]:
    name = caller.organisation_name
    organisation = name and {
        "id": caller.organisation_id,
        "kind": caller.organisation_kind,
        "name": name,
    }
    account = {
        "id": caller.account_id,
        "login": caller.login,
        "name": caller.name,
        "roles": sorted(caller.roles),
        "organisation": organisation,
        "below": caller.scope.below,
        "person_id": caller.person_id,
        "must_change_password": caller.must_change_password,
        "synthetic": caller.synthetic,
        "expires_at": caller.expires_at,
    }
    return {
        "account": account,
        "csrf": caller.csrf,
        "pages": pages_for(caller.roles),
        "may": rows_for(caller.roles),
        "demo": [],
        "oidc": None,
    }
