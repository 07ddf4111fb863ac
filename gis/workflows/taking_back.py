"""A departure called off before its moment, or taken back after it by a new change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError
from gis.store import audit, departures, organisations, posts, staff
from gis.store.engine import acting
from gis.store.plans_in_force import hold_in_force
from gis.workflows import hand_on
from gis.workflows.locators import Locators

PLANNED = ("attachment", "duty", "contact", "absence", "substitute")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What came of it: posts and others that are as before, those that could not be given back
    because somebody else has them by now, open cases that moved again, and `acted`, those that
    stay because somebody has done something with them since."""

    restored: int
    kept: int
    cases: int
    acted: int


def take_back(
    engine: Engine,
    locators: Locators,
    jurisdiction_id: int,
    departure_id: int,
    *,
    reason: str,
    actor: str,
) -> TakenBack:
    """Undo a departure. Before its moment nothing of it will happen; after it the person is there
    again from now on, has the posts that the successors still hold or that stand vacant, and the
    open cases and parts of cases that it moved go back to whoever answers now, with a note and a
    notice to those concerned, unless somebody has done something with them since.

    What was stays history. Raises NotFoundError `departure-not-found`, ConflictError
    `departure-undone`, `publish-busy`.
    """
    with acting(engine, actor, action="hand_over", reason=reason) as connection:
        hold_in_force(connection, jurisdiction_id)
        found = departures.departure(connection, jurisdiction_id, departure_id)
        if found["undone_at"] is not None:
            raise ConflictError("departure-undone", id=departure_id)
        now = organisations.clock(connection)
        begun = found["at"] <= now
        back = _Back(connection, found, now, actor, reason)
        restored, kept = back.restored() if begun else back.called_off()
        # Before the notes of what moves back: by that they are told from those of the departure.
        departures.note_undone(connection, departure_id, reason)
        cases = acted = 0
        if begun:
            done = departures.acted_on(connection, departure_id)
            moved = departures.cases_moved(connection, departure_id)
            were = {case["incident_id"]: case for case in found["done"].get("cases", [])}
            left = [case for case in moved if case[1].incident_id not in done]
            handed = hand_on.move_back(connection, locators, left, departure_id, were)
            departures.return_parts(connection, found["done"].get("parts", []), found["person_id"])
            cases, acted = len(handed.moves()), len(moved) - len(left)
        audit.record(
            connection, "departure-undo", f"person {found['person_id']}",
            {"departure": departure_id, "reason": reason},
        )  # fmt: skip
        return TakenBack(restored=restored, kept=kept, cases=cases, acted=acted)


class _Back:
    """The rows of one departure, one after the other."""

    def __init__(
        self,
        connection: Connection,
        found: Mapping[str, Any],
        now: datetime,
        actor: str,
        reason: str,
    ) -> None:
        self._connection, self._found, self._now = connection, found, now
        self._actor, self._reason = actor, reason
        self._done: Mapping[str, Any] = found["done"]

    def called_off(self) -> tuple[int, int]:
        """Before its moment: what it would begin is called off, what it would end goes on."""
        count = 0
        for post in self._done["posts"]:
            if post["begun"] is not None:
                self._end_post(post["begun"], self._now)
            if _moment(post["since"]) >= self._found["at"]:  # it was called off as a whole
                count += self._hold(post, _moment(post["since"]))
                continue
            posts.end(
                self._connection, post["id"], _moment(post["until"]),
                actor=post["ended_by"], reason=post["ended_reason"],
            )  # fmt: skip
            count += 1
        for name in PLANNED:
            table = "absence" if name == "substitute" else name
            for row in self._done.get(name, []):
                if row["begun"] is not None:
                    departures.end(self._connection, table, row["begun"], self._now)
                departures.end(self._connection, table, row["id"], None)
                count += 1
        if "version" in self._done:
            staff.end_version(self._connection, self._done["version"], None)
        return count, 0

    def restored(self) -> tuple[int, int]:
        """After it: the person is there again and gets back what is still to be had."""
        if self._found["whole"]:
            self._return()
        given = [self._post_again(post) for post in self._done["posts"]]
        for name in PLANNED:
            given += [self._planned_again(name, row) for row in self._done.get(name, [])]
        if self._done.get("keeper") is not None:
            back = departures.keep_queues(
                self._connection, self._done["queues"], self._found["person_id"],
                instead_of=self._done["keeper"],
            )  # fmt: skip
            given += [place < back for place in range(len(self._done["queues"]))]
        wanted = [one for one in given if one is not None]
        return sum(wanted), len(wanted) - sum(wanted)

    def _return(self) -> None:
        last = staff.last_version(self._connection, self._found["person_id"])
        if last is not None and last["until"] is not None:
            staff.add_version(
                self._connection, since=max(self._now, last["until"]),
                person_id=self._found["person_id"], name=last["name"], phone=last["phone"],
                organisation_id=last["organisation_id"],
            )  # fmt: skip

    def _post_again(self, post: Mapping[str, Any]) -> bool | None:
        until = _moment(post["until"])
        if until is not None and until <= self._now:
            return None
        if post["begun"] is not None and not self._end_post(post["begun"], self._now):
            return False
        since = _moment(post["since"])
        return self._hold(post, max(self._now, since) if since else self._now)

    def _end_post(self, post_id: int, at: datetime) -> bool:
        """End a successor's post; False if it has ended before, or belongs to a former plan."""
        held = posts.held_now_or_later(self._connection, post_id, at)
        if held:
            posts.end(self._connection, post_id, at, actor=self._actor, reason=self._reason)
        return held

    def _hold(self, post: Mapping[str, Any], since: datetime | None) -> bool:
        try:
            posts.add(
                self._connection, person_id=self._found["person_id"], grid=post["grid"],
                role=post["role"], seat=post["seat"], since=since or self._now,
                until=_moment(post["until"]), reason=self._reason, actor=self._actor,
            )  # fmt: skip
        except ConflictError:
            return False
        return True

    def _planned_again(self, name: str, row: Mapping[str, Any]) -> bool | None:
        table = "absence" if name == "substitute" else name
        until = _moment(row["until"])
        if until is not None and until <= self._now:
            return None
        since = _moment(row["since"])
        assert since is not None  # every planned row begins
        if row["begun"] is not None and not departures.end_if_lasting(
            self._connection, table, row["begun"], self._now
        ):
            return False
        copied = departures.copy(
            self._connection, table, row, since=max(self._now, since), until=until,
            reason=self._reason,
        )  # fmt: skip
        return copied is not None


def _moment(told: str | datetime | None) -> datetime | None:
    return datetime.fromisoformat(told) if isinstance(told, str) else told
