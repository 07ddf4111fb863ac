"""What the caller has been told, what is read and acknowledged, and what comes by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.errors import language_of
from api.mail_server import mail_server
from api.schemas import Names, PlainText, RowId
from api.services import Held, Reading
from gis.errors import ConflictError, InputError, NotFoundError
from gis.incidents.notices import KINDS
from gis.messages import translate
from gis.store import audit, incidents, notices, outbox, web_hooks
from gis.store.engine import acting
from gis.store.names import names
from gis.workflows.mails import check_address
from gis.workflows.sentences import sentence
from gis.workflows.web_hooks import check_kinds

router = APIRouter(tags=["notices"])
Ids = Annotated[list[Annotated[RowId, Field(strict=True)]], Field(max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Notice(BaseModel):
    """`text`: in the language of the request. Where the case is not the caller's to see any more
    it says only that, and `serial` and `incident_id` are None."""

    id: int
    kind: str
    text: str
    at: datetime
    serial: str | None
    incident_id: int | None
    plan_id: int | None
    urgent: bool
    read_at: datetime | None
    acknowledged_at: datetime | None


class Inbox(BaseModel):
    """`urgent`: what waits to be acknowledged, whatever page is asked for. `next`: `before` of the
    next page; None on the last."""

    items: list[Notice]
    urgent: list[Notice]
    unread: int
    next: int | None


class Read(_Body):
    """Without `ids`: all."""

    ids: Ids | None = None


class Marked(BaseModel):
    marked: int


class Reached(BaseModel):
    """Somebody in the chain of an emergency. `reached`: an account of theirs has the notice; else
    they must be telephoned."""

    level: int
    role: str | None
    name: Names
    phone: str | None
    reached: bool
    acknowledged_at: datetime | None
    acknowledged_by: str | None


class Alarm(BaseModel):
    items: list[Reached]


class MailChoice(_Body):
    address: Annotated[PlainText, Field(max_length=254)]
    kinds: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=len(KINDS))]


class Delivery(BaseModel):
    """`error`: a word for why the last try failed; `detail`: what the other side said."""

    id: int
    key: str
    state: str
    kinds: list[str]
    attempts: int
    created_at: datetime
    next_at: datetime
    done_at: datetime | None
    error: str | None
    detail: str | None


class Mail(BaseModel):
    """`offered`: whether the installation sends mail at all. `all_kinds`: what may be chosen."""

    offered: bool
    address: str | None
    kinds: list[str]
    all_kinds: list[str]
    deliveries: list[Delivery]


@router.get("/notices", response_model=Inbox)
def inbox(
    held: Held,
    reading: Reading,
    request: Request,
    limit: Annotated[int, Query(ge=1, le=100)] = 30,
    before: Annotated[RowId | None, Query()] = None,
    unread: bool = False,
) -> dict[str, Any]:
    """The own notices, the newest first."""
    account = held.caller.account_id
    rows = notices.inbox(reading, account, limit=limit + 1, before=before, unread=unread)
    urgent = notices.inbox(reading, account, limit=20, urgent=True)
    zone, language = ZoneInfo(held.settings.time_zone), language_of(request)
    return {
        "items": [_shown(row, language, zone) for row in rows[:limit]],
        "urgent": [_shown(row, language, zone) for row in urgent],
        "unread": notices.unread_count(reading, account),
        "next": rows[limit - 1]["id"] if len(rows) > limit else None,
    }


@router.post("/notices/read", response_model=Marked)
def read(held: Held, body: Read) -> dict[str, int]:
    """Mark own notices as read; those of others, and unknown ones, are passed over."""
    with acting(held.engine, held.actor) as connection:
        return {"marked": notices.mark_read(connection, held.caller.account_id, body.ids)}


@router.post("/notices/{notice_id}/acknowledge", response_model=Marked)
def acknowledge(held: Held, notice_id: RowId) -> dict[str, int]:
    """Take notice of an emergency: the history of the case says who has, and when."""
    account = held.caller.account_id
    with acting(held.engine, held.actor) as connection:
        if not notices.holds(connection, account, notice_id):
            raise NotFoundError("notice-not-found", id=notice_id)
        incident_id = notices.acknowledge(connection, account, notice_id)
        if incident_id is not None:
            notices.note_acknowledged(connection, incident_id)
        return {"marked": int(incident_id is not None)}


@router.get("/incidents/{incident_id}/alarm", response_model=Alarm)
def alarm(reading: Reading, incident_id: RowId) -> dict[str, Any]:
    """Everybody who was told of an emergency, and who has acknowledged it."""
    if not incidents.by_ids(reading, [incident_id]):
        raise NotFoundError("incident-not-found", id=incident_id)
    items = []
    for row in notices.alarm_of(reading, incident_id):
        name = row.pop("name")
        of_organisation = names(row.pop("name_zh"), row.pop("name_en"))
        row["acknowledged_by"] = row.pop("account_name")
        items.append({**row, "name": of_organisation if name is None else names(name, name)})
    return {"items": items}


@router.get("/me/mail", response_model=Mail)
def mail(held: Held, reading: Reading) -> dict[str, Any]:
    """Where the caller wants mail, of which kinds, and the last ones that were sent."""
    account = held.caller.account_id
    sent = outbox.listed(reading, account_id=account)
    return {
        **web_hooks.mail_choice(reading, account),
        "offered": mail_server(held.settings) is not None,
        "all_kinds": list(KINDS),
        "deliveries": [{**row, "key": str(row["key"])} for row in sent],
    }


@router.put("/me/mail", response_model=Mail)
def choose_mail(held: Held, body: MailChoice) -> dict[str, Any]:
    """Choose where mail goes and which kinds of notices come by it, from now on."""
    address = check_address(body.address)
    check_kinds(body.kinds)
    account, kinds = held.caller.account_id, sorted(set(body.kinds))
    with acting(held.engine, held.actor) as connection:
        before = web_hooks.mail_choice(connection, account)
        web_hooks.choose_mail(connection, account, address, kinds)
        after = {"address": address, "kinds": kinds}
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changed:
            audit.record(connection, "mail-choose", f"account {account}", changed)
    with held.engine.connect() as connection:
        return mail(held, connection)


@router.post("/me/mail/test", response_model=Marked, status_code=202)
def test_mail(held: Held) -> dict[str, int]:
    """Have a mail sent to the chosen address that tells of nothing, a few times an hour."""
    if mail_server(held.settings) is None:
        raise ConflictError("mail-off")
    account = held.caller.account_id
    with held.engine.connect() as connection:
        address = web_hooks.mail_choice(connection, account)["address"]
    if address is None:
        raise InputError("mail-address", field="address")
    held.tests.take(f"account {account}")
    services = held.callers.engine  # only the owner writes into the outbox
    with acting(services, held.actor) as connection:
        outbox.add_test(connection, account_id=account, address=address)
        audit.record(connection, "mail-test", f"account {account}", {"address": address})
    return {"marked": 1}


@router.post("/me/mail/{delivery_id}/retry", response_model=Marked, status_code=202)
def retry_mail(held: Held, delivery_id: RowId) -> dict[str, int]:
    """Have an own mail that was given up sent again, to the address that is chosen now."""
    account = held.caller.account_id
    with acting(held.callers.engine, held.actor) as connection:
        if not outbox.try_again(connection, account_id=account, delivery_id=delivery_id):
            raise NotFoundError("delivery-not-found", id=delivery_id)
        told = {"delivery": delivery_id}
        audit.record(connection, "mail-retry", f"account {account}", told)
    return {"marked": 1}


def _shown(row: dict[str, Any], language: str, zone: ZoneInfo) -> dict[str, Any]:
    if not row["visible"]:
        hidden = translate("notice-hidden", language)
        return {**row, "text": hidden, "serial": None, "incident_id": None, "plan_id": None}
    return {
        **row,
        "plan_id": row["params"].get("plan"),
        "text": sentence(row["kind"], row["params"], language, zone),
        "serial": row["params"].get("serial"),
    }
