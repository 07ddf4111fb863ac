"""Web hooks: kept by administrators for the organisations of their tree; signed, and called.

A call is a POST of JSON. `Wangge-Delivery` is the same at every try, so that a receiver drops what
it has had; `Wangge-Signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256, under the hook's secret, of
the seconds since 1970, a dot and the body.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from gis.errors import InputError, NotFoundError
from gis.incidents.notices import KINDS
from gis.store import audit, outbox, web_hooks
from gis.store.engine import acting
from gis.workflows.account_changes import Administrator
from gis.workflows.web_hook_networks import USUAL, Reach

if TYPE_CHECKING:
    import httpx

CONNECT_S, READ_S, WHOLE_S = 5.0, 5.0, 15.0
MOST_BYTES = 65_536  # of an answer; nothing in it matters
LATER = (408, 429)  # of the refusals those that ask to come again


class NotSentError(Exception):
    """A try that failed: a word for why, what the other side said, whether it is no use to try
    again, and whether nobody answered at all (`silent`)."""

    def __init__(
        self, error: str, detail: str = "", *, final: bool = False, silent: bool = False
    ) -> None:
        super().__init__(error)
        self.error, self.detail, self.final, self.silent = error, detail, final, silent


def add_hook(
    engine: Engine,
    by: Administrator,
    *,
    organisation_id: int,
    name: str,
    url: str,
    kinds: Sequence[str],
    reach: Reach = USUAL,
) -> tuple[dict[str, Any], str]:
    """Keep a web hook; gives it, and its secret, which is told only now.

    Raises InputError `web-hook-url`, `web-hook-address`, `notice-kind-unknown`; NotFoundError
    `organisation-not-found` outside the tree.
    """
    _check(url, kinds, reach)
    secret = secrets.token_urlsafe(32)
    with acting(engine, by.actor) as connection:
        if not web_hooks.in_tree(connection, organisation_id, by.within):
            raise NotFoundError("organisation-not-found", id=organisation_id)
        hook_id = web_hooks.add(
            connection, organisation_id=organisation_id, name=name, url=url, secret=secret,
            kinds=sorted(set(kinds)),
        )  # fmt: skip
        audit.record(
            connection, "web-hook-add", f"web hook {hook_id}",
            {"organisation": organisation_id, "name": name, "url": url, "kinds": sorted(kinds)},
            organisation_id=organisation_id,
        )  # fmt: skip
    return _read(engine, hook_id, by), secret


def change_hook(
    engine: Engine,
    hook_id: int,
    by: Administrator,
    *,
    name: str,
    url: str,
    kinds: Sequence[str],
    paused: bool,
    reach: Reach = USUAL,
) -> dict[str, Any]:
    """Change a web hook; gives it as it is then. Raises what adding raises, NotFoundError
    `web-hook-not-found`."""
    _check(url, kinds, reach)
    after = {"name": name, "url": url, "kinds": sorted(set(kinds)), "paused": paused}
    with acting(engine, by.actor) as connection:
        before = web_hooks.kept(connection, hook_id, by.within, lock=True)
        web_hooks.change(connection, hook_id, **after)
        changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
        if changed:
            _record(connection, "web-hook-change", before, changed)
    return _read(engine, hook_id, by)


def end_hook(engine: Engine, hook_id: int, by: Administrator) -> None:
    """End a web hook. Raises NotFoundError `web-hook-not-found`."""
    with acting(engine, by.actor) as connection:
        before = web_hooks.kept(connection, hook_id, by.within, lock=True)
        web_hooks.end(connection, hook_id)
        told = {"name": before["name"], "url": before["url"]}
        _record(connection, "web-hook-end", before, told)


def test_hook(engine: Engine, hook_id: int, by: Administrator) -> int:
    """Have a web hook called without anything to tell. Raises NotFoundError
    `web-hook-not-found`."""
    with acting(engine, by.actor) as connection:
        hook = web_hooks.kept(connection, hook_id, by.within)
        delivery_id = outbox.add_test(connection, hook_id=hook_id)
        _record(connection, "web-hook-test", hook, {"url": hook["url"], "delivery": delivery_id})
        return delivery_id


def deliveries(
    connection: Connection, hook_id: int, within: str, *, before: int | None = None, limit: int = 20
) -> list[dict[str, Any]]:
    """The last calls of a web hook; `before`: older than this one. Raises NotFoundError
    `web-hook-not-found`."""
    web_hooks.kept(connection, hook_id, within)
    return outbox.listed(connection, hook_id=hook_id, before=before, limit=limit)


def try_again(
    engine: Engine, hook_id: int, by: Administrator, *, delivery_id: int | None = None
) -> int:
    """Have a call that was given up made again, or all of them; gives how many. Raises
    NotFoundError `web-hook-not-found`, `delivery-not-found`."""
    with acting(engine, by.actor) as connection:
        hook = web_hooks.kept(connection, hook_id, by.within)
        count = outbox.try_again(connection, hook_id=hook_id, delivery_id=delivery_id)
        if delivery_id is not None and not count:
            raise NotFoundError("delivery-not-found", id=delivery_id)
        if count:
            _record(connection, "web-hook-retry", hook, {"delivery": delivery_id, "count": count})
        return count


def _record(
    connection: Connection, action: str, hook: dict[str, Any], detail: dict[str, Any]
) -> None:
    of = hook["organisation_id"]
    audit.record(connection, action, f"web hook {hook['id']}", detail, organisation_id=of)


def _read(engine: Engine, hook_id: int, by: Administrator) -> dict[str, Any]:
    """As it is kept: what waits is not counted while a change holds others up."""
    with engine.connect() as connection:
        return web_hooks.hook(connection, hook_id, by.within)


def _check(url: str, kinds: Sequence[str], reach: Reach) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.username
        _ = parts.port
    except ValueError:
        good = False
    if not good or any(sign.isspace() for sign in url):
        raise InputError("web-hook-url", field="url")
    if reach.refuses_host(host := str(parts.hostname)):
        raise InputError("web-hook-address", address=host, field="url")
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


def call(row: dict[str, Any], *, reach: Reach = USUAL, whole_s: float = WHOLE_S) -> str:
    """Call a web hook once, within `whole_s` however slowly it answers, at an address within
    `reach`; gives the status of its answer. Redirects are not followed. Raises NotSentError,
    `final` where the call is refused."""
    return asyncio.run(_call(row, reach, whole_s))


async def _call(row: dict[str, Any], reach: Reach, whole_s: float) -> str:
    import httpx

    body, moment = body_of(row), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Wangge",
        "Wangge-Delivery": str(row["key"]),
        "Wangge-Attempt": str(row["attempts"]),
        "Wangge-Signature": signature(row["secret"], moment, body),
    }
    waits = httpx.Timeout(READ_S, connect=CONNECT_S)
    status, location = 0, ""
    try:
        async with (
            asyncio.timeout(whole_s),
            httpx.AsyncClient(timeout=waits, follow_redirects=False, trust_env=False) as client,
        ):
            url = httpx.URL(row["url"])
            addresses = await _addresses(url, reach)
            answer = await _first_answer(client, url, addresses, body, headers)
            status, location = answer.status_code, answer.headers.get("location", "")
            size = 0
            async for piece in answer.aiter_raw():
                size += len(piece)
                if size > MOST_BYTES:
                    break
    except (TimeoutError, httpx.TimeoutException) as late:
        if not status:  # what comes after it does not matter
            raise NotSentError("timeout", str(late), silent=True) from late
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
        if not status:
            raise NotSentError("unreachable", str(fault), silent=True) from fault
    if 300 <= status < 400:
        raise NotSentError("redirected", f"{status} {location}")
    if not 200 <= status < 300:
        final = 400 <= status < 500 and status not in LATER
        raise NotSentError("status", str(status), final=final)
    return str(status)


async def _addresses(url: httpx.URL, reach: Reach) -> list[str]:
    """The IP addresses of a host that may be called. Raises NotSentError, never `final`: another
    time the name may be resolved as it should."""
    found = await asyncio.get_running_loop().getaddrinfo(
        url.raw_host.decode("ascii"), url.port, type=socket.SOCK_STREAM
    )
    addresses = list(dict.fromkeys(str(at[0]) for *_, at in found))
    allowed = [one for one in addresses if reach.allows(one)]
    if not allowed:
        raise NotSentError("forbidden", ", ".join(addresses), silent=True)
    return allowed


async def _first_answer(
    client: httpx.AsyncClient, url: httpx.URL, addresses: Sequence[str], body: bytes,
    headers: dict[str, str],
) -> httpx.Response:  # fmt: skip
    """What the first address to which there is a connection answers, as the host of the URL."""
    import httpx

    host = {"Host": url.netloc.decode("ascii")}
    for left, address in enumerate(addresses, 1 - len(addresses)):
        request = client.build_request(
            "POST", url.copy_with(host=address), content=body, headers=headers | host,
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )  # fmt: skip
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if not left:
                raise
    raise AssertionError("a name is resolved to at least one address, or refused")
