"""Web hooks: kept by administrators for the organisations of their tree; signed, and called.

A call is a POST of JSON. `Wangge-Delivery` is the same at every try, so that a receiver drops what
it has had; `Wangge-Signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256, under the hook's secret, of
the seconds since 1970, a dot and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from gis.errors import InputError, NotFoundError
from gis.incidents.notices import KINDS
from gis.store import accounts, audit, outbox, web_hooks
from gis.store.engine import acting
from gis.workflows.account_changes import Administrator

CONNECT_S, READ_S, WHOLE_S = 5.0, 5.0, 15.0
MOST_BYTES = 65_536  # of an answer; nothing in it matters


class NotSentError(Exception):
    """A try that failed: a word for why, what the other side said, and whether it is no use to try
    again."""

    def __init__(self, error: str, detail: str = "", *, final: bool = False) -> None:
        super().__init__(error)
        self.error, self.detail, self.final = error, detail, final


def add_hook(
    engine: Engine,
    by: Administrator,
    *,
    organisation_id: int,
    name: str,
    url: str,
    kinds: Sequence[str],
) -> tuple[dict[str, Any], str]:
    """Keep a web hook; gives it, and its secret, which is told only now.

    Raises InputError `web-hook-url`, `notice-kind-unknown`; NotFoundError `organisation-not-found`
    outside the tree.
    """
    _check(url, kinds)
    secret = secrets.token_urlsafe(32)
    with acting(engine, by.actor) as connection:
        known = {
            one["id"] for one in accounts.organisations(connection, within=by.within, words="")
        }
        if organisation_id not in known:
            raise NotFoundError("organisation-not-found", id=organisation_id)
        hook_id = web_hooks.add(
            connection, organisation_id=organisation_id, name=name, url=url, secret=secret,
            kinds=sorted(set(kinds)),
        )  # fmt: skip
        audit.record(
            connection, "web-hook-add", f"web hook {hook_id}",
            {"organisation": organisation_id, "name": name, "url": url, "kinds": sorted(kinds)},
        )  # fmt: skip
        return web_hooks.hook(connection, hook_id, by.within), secret


def change_hook(
    engine: Engine,
    hook_id: int,
    by: Administrator,
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    paused: bool,
) -> dict[str, Any]:
    """Change a web hook; gives it as it is then. Raises what adding raises, NotFoundError
    `web-hook-not-found`."""
    _check(url, kinds)
    after = {"name": name, "url": url, "kinds": sorted(set(kinds)), "paused": paused}
    with acting(engine, by.actor) as connection:
        before = web_hooks.hook(connection, hook_id, by.within, lock=True)
        web_hooks.change(connection, hook_id, **after)
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changed:
            audit.record(connection, "web-hook-change", f"web hook {hook_id}", changed)
        return web_hooks.hook(connection, hook_id, by.within)


def end_hook(engine: Engine, hook_id: int, by: Administrator) -> None:
    """End a web hook. Raises NotFoundError `web-hook-not-found`."""
    with acting(engine, by.actor) as connection:
        before = web_hooks.hook(connection, hook_id, by.within, lock=True)
        web_hooks.end(connection, hook_id)
        told = {"name": before["name"], "url": before["url"]}
        audit.record(connection, "web-hook-end", f"web hook {hook_id}", told)


def test_hook(engine: Engine, hook_id: int, by: Administrator) -> int:
    """Have a web hook called without anything to tell. Raises NotFoundError
    `web-hook-not-found`."""
    with acting(engine, by.actor) as connection:
        web_hooks.hook(connection, hook_id, by.within)
        return outbox.add_test(connection, hook_id=hook_id)


def deliveries(connection: Connection, hook_id: int, within: str) -> list[dict[str, Any]]:
    """The last calls of a web hook. Raises NotFoundError `web-hook-not-found`."""
    web_hooks.hook(connection, hook_id, within)
    return outbox.listed(connection, hook_id=hook_id)


def try_again(engine: Engine, hook_id: int, delivery_id: int, by: Administrator) -> None:
    """Have a call that failed made again. Raises NotFoundError `web-hook-not-found`,
    `delivery-not-found`."""
    with acting(engine, by.actor) as connection:
        web_hooks.hook(connection, hook_id, by.within)
        if not outbox.try_again(connection, delivery_id, hook_ids=[hook_id]):
            raise NotFoundError("delivery-not-found", id=delivery_id)


def _check(url: str, kinds: Sequence[str]) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        _ = parts.port
    except ValueError:
        good = False
    if not good or any(sign.isspace() for sign in url):
        raise InputError("web-hook-url", field="url")
    check_kinds(kinds)


def check_kinds(kinds: Sequence[str]) -> None:
    """Let pass kinds of notices that there are. Raises InputError `notice-kind-unknown`."""
    for kind in kinds:
        if kind not in KINDS:
            raise InputError("notice-kind-unknown", kind=kind, field="kinds")


def signature(secret: str, moment: int, body: bytes) -> str:
    """What a receiver computes, too, and compares."""
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={mac.hexdigest()}"


def body_of(row: dict[str, Any]) -> bytes:
    """What is sent, the same at every try. It names nobody."""
    (notice,) = row["notices"] or [None]
    told: dict[str, Any] = {
        "delivery": str(row["key"]),
        "kind": "test" if notice is None else notice["kind"],
        "at": row["created_at"].isoformat() if notice is None else notice["at"],
        "organisation": row["organisation_code"],
    }
    if notice is not None:
        params = dict(notice["params"])
        serial, category = params.pop("serial", None), params.pop("category", None)
        told["notice"] = notice["id"]
        if notice["incident_id"] is not None:
            told["incident"] = {
                "id": notice["incident_id"], "serial": serial, "category": category,
                "title": params.pop("title", None),
            }  # fmt: skip
        told["params"] = {name: value for name, value in params.items() if name != "from"}
    return json.dumps(told, ensure_ascii=False).encode()


def call(row: dict[str, Any]) -> str:
    """Call a web hook once; gives the status of its answer. Redirects are not followed. Raises
    NotSentError."""
    import httpx

    body, moment, began = body_of(row), int(time.time()), time.monotonic()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Wangge",
        "Wangge-Delivery": str(row["key"]),
        "Wangge-Attempt": str(row["attempts"]),
        "Wangge-Signature": signature(row["secret"], moment, body),
    }
    waits = httpx.Timeout(READ_S, connect=CONNECT_S)
    try:
        with (
            httpx.Client(timeout=waits, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", row["url"], content=body, headers=headers) as answer,
        ):
            size = 0
            for piece in answer.iter_raw():
                size += len(piece)
                if size > MOST_BYTES or time.monotonic() - began > WHOLE_S:
                    break
    except httpx.TimeoutException as late:
        raise NotSentError("timeout", str(late)) from late
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
        raise NotSentError("unreachable", str(fault)) from fault
    if answer.is_redirect:
        raise NotSentError(
            "redirected", f"{answer.status_code} {answer.headers.get('location', '')}"
        )
    if not answer.is_success:
        raise NotSentError("status", str(answer.status_code))
    return str(answer.status_code)
