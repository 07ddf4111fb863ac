"""Live events: what happens to cases, plans and people, told to every open page that may know."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api import presence
from api.caller import Caller, Callers
from api.permissions import API, PERMISSIONS, allows
from gis.store.cluster.database import connection_string
from gis.store.follower import Follower, Happened
from gis.store.incidents import by_ids
from gis.store.scope import Scope

# What is rare comes by NOTIFY; steps of cases and notices by the follower.
CHANNELS = (
    "wangge_plan", "wangge_import", "wangge_account", "wangge_incident", "wangge_whistle",
    "wangge_unlocated", "wangge_draft", presence.CHANNEL,
)  # fmt: skip
WITHOUT_CONTENT = {"wangge_whistle": "whistle", "wangge_unlocated": "unlocated"}
BACKLOG = 1024
# So often the page of somebody whose session, account or post may have ended is looked at.
STANDING_S = 10.0
LOST_S = 2.0  # so often pages that say nothing any more are looked for
RELOADS_S = 2.0  # however much happens, pages load everything anew no more often than this
log = structlog.get_logger()
Message = dict[str, Any]


@dataclass(slots=True, eq=False)
class Reader:
    """An open page, whose it is, and what it has not read yet; None ends it."""

    caller: Caller
    secret: str
    hears_cases: bool
    hears_drafts: bool
    stream: str = field(default_factory=lambda: uuid.uuid4().hex)
    queue: asyncio.Queue[Message | None] = field(default_factory=lambda: asyncio.Queue(BACKLOG))

    def put(self, message: Message | None) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            message = message and _message("reload", {})
        self.queue.put_nowait(message)


class LiveEvents:
    """Passes on to browsers what the database tells, and survives its restarts.

    A page that reads too slowly, or when a great many cases have changed, is told to `reload`
    instead of being left with a stale map. Each hears of the incidents that its reader may see, and
    of the reader's own notices. The stream ends with the session, and when the account, its roles
    or the posts of its person change: the page asks anew, as whoever it is then.
    """

    def __init__(
        self,
        engine: Engine,
        url: str,
        follower: Follower,
        follow_plans: Callable[[Engine], None],
        callers: Callers,
    ) -> None:
        self.engine = engine
        self.follow_plans = follow_plans
        self.callers = callers
        self.plans_changed = asyncio.Event()
        self.url = connection_string(url)
        self.readers: set[Reader] = set()
        self.tasks: list[asyncio.Task[None]] = []
        self.happened: asyncio.Queue[Happened] = asyncio.Queue()
        self.presence = presence.Presence()
        self.drafters = presence.Presence(of="plan")
        self._leaving: set[asyncio.Task[None]] = set()
        self._reloaded = 0.0
        self._reload: asyncio.TimerHandle | None = None
        follower.listeners.append(self.happened.put_nowait)

    def start(self) -> None:
        runs = (
            self._listen, self._follow, self._pass_on_cases, self._look_after_readers,
            self._forget_lost_pages,
        )  # fmt: skip
        self.tasks = [asyncio.create_task(run()) for run in runs]

    async def stop(self) -> None:
        if self._reload is not None:
            self._reload.cancel()
        for task in self.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def subscribe(self, caller: Caller, secret: str) -> AsyncIterator[Message]:
        """Events from now on, as sse-starlette wants them; `secret`: by which the caller came."""
        cases = allows(PERMISSIONS[f"GET {API}/incidents"], caller.roles)
        drafts = allows(PERMISSIONS[f"GET {API}/drafts"], caller.roles)
        reader = Reader(caller, secret, cases, drafts)
        self.readers.add(reader)
        try:
            yield _message("hello", {"stream": reader.stream})
            while (message := await self._next(reader)) is not None:
                yield message
        finally:
            self.readers.discard(reader)
            self._left(reader)

    async def _next(self, reader: Reader) -> Message | None:
        ends = reader.caller.expires_at
        left = None if ends is None else (ends - datetime.now(UTC)).total_seconds()
        try:
            return await asyncio.wait_for(reader.queue.get(), left)
        except TimeoutError:
            return None

    def publish(self, event: str, data: dict[str, Any], *, cases: bool = False) -> None:
        """Hand one event to every reader of this process; with `cases` to those of cases."""
        for reader in list(self.readers):
            if reader.hears_cases or not cases:
                reader.put(_message(event, data))

    def reload(self) -> None:
        """Let every page load everything anew: at once, or a moment after the last time."""
        if self._reload is not None:
            return
        wait = max(0.0, self._reloaded + RELOADS_S - time.monotonic())
        self._reload = asyncio.get_running_loop().call_later(wait, self._reload_now)

    def _reload_now(self) -> None:
        self._reload, self._reloaded = None, time.monotonic()
        self.publish("reload", {}, cases=True)

    def rights_changed(self, account_id: int | None) -> None:
        """Forget who may what, and let the pages of an account (None: all) ask again."""
        self.callers.forget(account_id)
        for reader in list(self.readers):
            if account_id is None or reader.caller.account_id == account_id:
                reader.put(None)

    async def _listen(self) -> None:
        first = True
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.url, autocommit=True
                ) as connection:
                    for channel in CHANNELS:
                        await connection.execute(f"LISTEN {channel}")
                    if not first:
                        self.callers.forget(None)
                        self.publish("reload", {})
                        self.plans_changed.set()
                    first = False
                    async for notice in connection.notifies():
                        await self._pass_on(notice.channel, json.loads(notice.payload or "null"))
            except (psycopg.OperationalError, OSError) as error:
                log.warning("live events wait for the database", error=str(error))
                first = False
                await asyncio.sleep(1)

    async def _follow(self) -> None:
        """Have the locators of a new plan ready before a report needs them."""
        while True:
            await self.plans_changed.wait()
            self.plans_changed.clear()
            await asyncio.to_thread(self.follow_plans, self.engine)

    async def _look_after_readers(self) -> None:
        """End the streams of those who are nobody any more, or somebody else than they were."""
        while True:
            await asyncio.sleep(STANDING_S)
            for reader in list(self.readers):
                try:
                    now = await asyncio.to_thread(self.callers.standing, reader.secret)
                except SQLAlchemyError as error:
                    log.warning("sessions could not be looked at", error=str(error))
                    break
                if now is None or now.scope != reader.caller.scope:
                    self.callers.forget(reader.caller.account_id)
                    reader.put(None)

    def _left(self, reader: Reader) -> None:
        """Let everybody know that a page is gone, if it had a case or a draft open."""
        if reader.stream not in self.presence.pages.keys() | self.drafters.pages.keys():
            return
        gone = asyncio.create_task(
            asyncio.to_thread(
                presence.say, self.engine, reader.stream, account_id=reader.caller.account_id,
                name=reader.caller.name,
            )
        )  # fmt: skip
        self._leaving.add(gone)
        gone.add_done_callback(self._leaving.discard)

    async def _forget_lost_pages(self) -> None:
        while True:
            await asyncio.sleep(LOST_S)
            self._tell_present(self.presence.forget_lost())
            self._tell_drafters(self.drafters.forget_lost())

    def _tell_present(self, incident_ids: set[int]) -> None:
        """Tell the pages that have one of these cases open who else has."""
        for reader in list(self.readers) if incident_ids else ():
            found = self.presence.beside(reader.stream)
            if found is not None and found[0] in incident_ids:
                reader.put(_message("presence", {"incident": found[0], "others": found[1]}))

    def _tell_drafters(self, plan_ids: set[int]) -> None:
        """Tell the pages that have one of these drafts open who else has, and in which grid."""
        for reader in list(self.readers) if plan_ids else ():
            page = self.drafters.pages.get(reader.stream)
            if page is not None and page.id in plan_ids:
                others = [
                    {"name": one.name, "grid": one.place} for one in self.drafters.others(page)
                ]
                reader.put(_message("drafters", {"plan": page.id, "others": others}))

    def _tell_of_draft(self, jurisdiction: int, told: dict[str, Any]) -> None:
        """Tell whoever may look at the drafts of a jurisdiction."""
        for reader in list(self.readers):
            if reader.hears_drafts and reader.caller.scope.acts_in(jurisdiction):
                reader.put(_message("draft", told))

    async def _pass_on(self, channel: str, payload: Any) -> None:
        if channel == "wangge_plan":
            self.plans_changed.set()
            self.publish("plan", {"id": payload["id"], "change": payload["status"]})
        elif channel == "wangge_import":
            self.publish("import", payload)
        elif channel == "wangge_account":
            self.rights_changed(payload)
        elif channel == presence.CHANNEL:
            self._tell_present(self.presence.hear(payload))
            self._tell_drafters(self.drafters.hear(payload))
        elif channel == "wangge_draft":
            self._tell_of_draft(payload.pop("jurisdiction"), payload)
        elif channel in WITHOUT_CONTENT:
            self.publish(WITHOUT_CONTENT[channel], {}, cases=True)
        elif payload["change"] == "many":
            self.reload()
        else:
            await self._tell([{"id": one, "change": payload["change"]} for one in payload["ids"]])

    async def _pass_on_cases(self) -> None:
        """Tell of what has happened since the last time, of each case once."""
        while True:
            told = [await self.happened.get()]
            while not self.happened.empty():
                told.append(self.happened.get_nowait())
            if any(one.cases is None for one in told):
                self.reload()
            cases: dict[int, dict[str, Any]] = {}
            for case in (case for one in told for case in one.cases or []):
                new = cases.get(case["id"], {}).get("change") == "created"
                cases[case["id"]] = {**case, "change": "created"} if new else case
            if cases and self.readers:
                await self._tell(list(cases.values()))
            inboxes: dict[int, bool] = {}
            for account, urgent in (each for one in told for each in one.inboxes.items()):
                inboxes[account] = urgent or inboxes.get(account, False)
            for reader in list(self.readers):
                if (urgent_ := inboxes.get(reader.caller.account_id)) is not None:
                    reader.put(_message("notice", {"urgent": urgent_}))

    async def _tell(self, cases: list[dict[str, Any]]) -> None:
        """Tell readers of those cases that they may see: asked once for all who see alike, and only
        where one of the cases may be theirs."""
        alike: defaultdict[Hashable, list[Reader]] = defaultdict(list)
        for reader in self.readers:
            if reader.hears_cases:
                alike[_sight(reader.caller.scope)].append(reader)
        changes = {case["id"]: case["change"] for case in cases}
        for readers in list(alike.values()):
            scope = readers[0].caller.scope
            ids = [case["id"] for case in cases if _may_concern(scope, case)]
            if not ids:
                continue
            try:
                rows = await asyncio.to_thread(_rows, readers[0].caller.engine, ids)
            except SQLAlchemyError as error:  # the database went away in between, or is busy
                log.warning("live events could not be read", error=str(error))
                for reader in readers:
                    reader.put(_message("reload", {}))
                continue
            for row in rows:
                for reader in readers:
                    reader.put(_message("incident", {**row, "change": changes[row["id"]]}))


def _sight(scope: Scope) -> Hashable:
    """The same for scopes that see the same cases."""
    if scope.everything:
        return "everything"
    if scope.whole:
        return frozenset(scope.jurisdiction_ids)
    by = None if scope.desk else scope.actor
    return (
        by,
        scope.below,
        scope.person,
        scope.departments,
        scope.grid_codes,
        scope.jurisdiction_ids,
    )


def _may_concern(scope: Scope, case: dict[str, Any]) -> bool:
    """Whether it is worth asking the database if a scope sees a case. Errs on that side only."""
    if "jurisdiction_id" not in case or scope.everything:
        return True
    grid = case["grid_code"] or ""
    return (
        (scope.whole and case["jurisdiction_id"] in scope.jurisdiction_ids)
        or (scope.below is not None and grid.startswith(scope.below))
        or grid in scope.grid_codes
        or (scope.person is not None and scope.person in (case["person_id"], *case["persons"]))
        or bool({case["department_id"], *case["organisations"]} & set(scope.departments))
        or scope.login in case["reporters"]
    )


def _message(event: str, data: dict[str, Any]) -> Message:
    return {"event": event, "data": json.dumps(data, ensure_ascii=False, default=str)}


def _rows(engine: Engine, ids: list[int]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return by_ids(connection, ids)
