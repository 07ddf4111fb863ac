"""Accounts and their tokens, and the audit trail: for administrators, each in their own tree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.schemas import Line, Names, PlainText, RowId, not_blank
from api.services import CallerServices, Held
from gis.errors import ForbiddenError
from gis.store import accounts as store
from gis.store import audit as audit_store
from gis.workflows import account_changes as changes
from gis.workflows import audit
from gis.workflows.account_changes import Administrator
from gis.workflows.accounts import NewAccount as Wanted

router = APIRouter(tags=["accounts"])

Role = Literal["planner", "dispatcher", "leader", "grid_worker", "department", "administrator"]
Name = Annotated[Line, AfterValidator(not_blank), Field(min_length=1, max_length=100)]
Id = Annotated[RowId, Field(strict=True)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountValues(_Body):
    """Without an organisation: of the whole installation. A grid worker's names the person."""

    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=6)]
    organisation_id: Id | None = None
    person_id: Id | None = None


class NewAccount(AccountValues):
    login: Annotated[PlainText, Field(max_length=100)]


class NewToken(_Body):
    """Without `days` it holds until it is revoked."""

    name: Name
    days: Annotated[int, Field(strict=True, ge=1, le=3650)] | None = None


class Organisation(BaseModel):
    id: int
    code: str
    kind: str
    name: Names


class Places(BaseModel):
    items: list[Organisation]


class Person(BaseModel):
    id: int
    name: str


class Account(BaseModel):
    id: int
    login: str
    name: str
    roles: list[str]
    organisation_id: int | None
    organisation: Organisation | None
    person_id: int | None
    person: Person | None
    must_change_password: bool
    has_password: bool
    has_oidc: bool
    synthetic: bool
    disabled_at: datetime | None
    signed_in_at: datetime | None
    recorded_at: datetime
    recorded_by: str


class Accounts(BaseModel):
    """By id; `next` is what to send as `after`, null on the last page."""

    items: list[Account]
    next: int | None


class FirstPassword(BaseModel):
    """The password is told only here. It must be changed at the first sign-in."""

    login: str
    password: str


class Made(BaseModel):
    account: Account
    password: str


class Token(BaseModel):
    id: int
    name: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class Tokens(BaseModel):
    items: list[Token]


class Issued(BaseModel):
    """The token is told only here."""

    id: int
    token: str


class AuditEntry(BaseModel):
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


class AuditPage(BaseModel):
    """The newest first; `next` is what to send as `before`, null on the last page."""

    items: list[AuditEntry]
    next: int | None


class AuditState(BaseModel):
    """`broken` is the first entry that is not as it was written; null where all are right."""

    entries: int
    head: str
    broken: int | None


def whole(held: Held) -> Iterator[Connection]:
    """A read-only transaction beyond the caller's scope: these tables are no scope's."""
    with held.callers.engine.connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql("SET LOCAL statement_timeout = '60s'")
        yield connection


Whole = Annotated[Connection, Depends(whole, scope="function")]


@router.get("/accounts", response_model=Accounts)
def list_accounts(
    held: Held,
    whole: Whole,
    q: Annotated[Line | None, Query(max_length=100)] = None,
    role: Role | None = None,
    disabled: bool = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
) -> dict[str, Any]:
    """Accounts of the own tree, by id; with `disabled` also those that may not sign in."""
    found = store.some(
        whole, within=administrator(held).within, limit=limit + 1, after=after, words=q or None,
        role=role, disabled=disabled,
    )  # fmt: skip
    items = found[:limit]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get("/accounts/organisations", response_model=Places)
def places(
    held: Held, whole: Whole, q: Annotated[Line, Query(max_length=100)] = ""
) -> dict[str, Any]:
    """Organisations of the own tree that accounts may belong to: whose name or code holds `q`."""
    return {"items": store.organisations(whole, within=administrator(held).within, words=q)}


@router.post("/accounts", response_model=Made, status_code=201)
def add_account(held: Held, given: NewAccount) -> dict[str, Any]:
    """Make an account. 409 `login-taken`; 403 `account-outside` beyond the own tree."""
    values = given.model_dump()
    wanted = Wanted(**values | {"roles": tuple(values["roles"])})
    account, password = changes.add_account(held.callers.engine, wanted, administrator(held))
    return {"account": account, "password": password}


@router.put("/accounts/{account_id}", response_model=Account)
def change_account(held: Held, account_id: RowId, given: AccountValues) -> dict[str, Any]:
    """Change name, roles, organisation and person. 409 `last-administrator`; 403 `account-own`."""
    values = given.model_dump()
    return changes.change_account(
        held.callers.engine, account_id, administrator(held),
        **values | {"roles": tuple(values["roles"])},
    )  # fmt: skip


@router.post("/accounts/{account_id}/disable", response_model=Account)
def disable_account(held: Held, account_id: RowId) -> dict[str, Any]:
    """End all sessions and tokens of an account; it cannot sign in any more."""
    return changes.disable_account(held.callers.engine, account_id, administrator(held))


@router.post("/accounts/{account_id}/enable", response_model=Account)
def enable_account(held: Held, account_id: RowId) -> dict[str, Any]:
    """Let a disabled account sign in again."""
    return changes.enable_account(held.callers.engine, account_id, administrator(held))


@router.post("/accounts/{account_id}/unlock", status_code=204)
def unlock_account(held: Held, account_id: RowId) -> None:
    """Forget the refused tries of an account, so that nobody needs to wait."""
    changes.unlock_account(held.callers.engine, account_id, administrator(held))


@router.post("/accounts/{account_id}/password", response_model=FirstPassword)
def reset_password(held: Held, account_id: RowId) -> dict[str, str]:
    """Give a new first password, for somebody who has forgotten theirs."""
    login, password = changes.reset_password(held.callers.engine, account_id, administrator(held))
    return {"login": login, "password": password}


@router.get("/accounts/{account_id}/tokens", response_model=Tokens)
def list_tokens(held: Held, whole: Whole, account_id: RowId) -> dict[str, Any]:
    """The tokens of an account, the newest first."""
    store.one(whole, account_id, within=administrator(held).within)
    return {"items": store.tokens(whole, account_id)}


@router.post("/accounts/{account_id}/tokens", response_model=Issued, status_code=201)
def give_token(held: Held, account_id: RowId, given: NewToken) -> dict[str, Any]:
    """Issue a token for a machine, which then may what the account may."""
    number, token = changes.give_token(
        held.callers.engine, account_id, given.name, given.days, administrator(held)
    )
    return {"id": number, "token": token}


@router.post("/accounts/{account_id}/tokens/{token_id}/revoke", status_code=204)
def take_token(held: Held, account_id: RowId, token_id: RowId) -> None:
    """Let a token hold no longer."""
    changes.take_token(held.callers.engine, account_id, token_id, administrator(held))


@router.get("/audit", response_model=AuditPage)
def audit_trail(
    held: Held,
    whole: Whole,
    action: Annotated[str | None, Query(max_length=40, pattern=r"^[a-z-]+$")] = None,
    q: Annotated[Line | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: RowId | None = None,
) -> dict[str, Any]:
    """The audit trail, the newest first: what the own tree did, and what was done to it. It is not
    for administrators of a sub-district or a community: 403 `audit-outside`."""
    _require_whole(held)
    found = audit_store.entries(
        whole, limit=limit + 1, before=before, action=action, words=q or None,
        within=administrator(held).within,
    )  # fmt: skip
    items = found[:limit]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.get("/audit/state", response_model=AuditState)
def audit_state(held: Held, whole: Whole) -> audit.Verified:
    """Check the chain of all entries, of whatever tree, from end to end. Note down `entries` and
    `head` elsewhere now and then."""
    _require_whole(held)
    return audit.verify(whole)


def administrator(held: CallerServices) -> Administrator:
    """The caller as somebody who changes accounts, in the tree of the own organisation."""
    prefix = held.caller.scope.prefix
    if prefix is None:  # a department that is attached to nothing
        raise ForbiddenError("account-outside")
    return Administrator(actor=held.actor, within=prefix, account_id=held.caller.account_id)


def _require_whole(held: CallerServices) -> None:
    if held.caller.organisation_kind not in (None, "city", "district"):
        raise ForbiddenError("audit-outside")
