"""Rows of posts and attachments in a workbook against what is known, every fault by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gis.files.staff import ROLES, TIES, Sheet, word
from gis.store.posts import SEATS
from gis.workflows.staff_checks import PeopleChecks
from gis.workflows.staff_plan import NEVER, Changes, Held, Known, Reader, Somebody, Tied


class Checks(PeopleChecks):
    """All sheets of one workbook."""

    def all(self) -> Changes:
        """What the whole workbook changes."""
        for what in ("organisations", "people", "posts", "attachments"):
            if what in self.sheets:
                reader = Reader(what, self.faults, self.zone)
                for row, given in self.rows(what):
                    getattr(self, what)(reader, row, given)
        return self.changes

    # posts

    def posts(self, reader: Reader, row: int, given: Mapping[str, Any]) -> None:
        dates = reader.moments(row, given)
        if not reader.needs(row, given, ("grid_code", "role", "person")) or dates is None:
            return
        code, person = str(given["grid_code"]), self.who(reader, row, given)
        grid = self.known.grids.get(code)
        if grid is None:
            reader.fault(row, "grid-unknown", "grid_code", code)
        role = word(ROLES, given["role"])
        seats = dict(SEATS[grid.level]).get(role or "") if grid is not None else None
        if grid is not None and seats is None:
            reader.fault(row, "role-wrong", "role", given["role"])
        if person is None or grid is None or role is None or seats is None:
            return
        seat: int | None = 1 if seats == 1 else None
        if "seat" in given:
            told = str(given["seat"])
            seat = int(told) if told.isascii() and told.isdigit() and len(told) < 3 else 0
            if not 1 <= seat <= seats:
                reader.fault(row, "seat-wrong", "seat", told)
                return
        asked = Held(
            id=None, person=person, code=code, role=role, seat=seat or 0,
            since=dates[0] or self.now, until=dates[1], row=row,
            reason=str(given["reason"]) if "reason" in given else None,
        )  # fmt: skip
        self._hold(reader, asked, seats, given_since=dates[0])

    def _hold(
        self, reader: Reader, asked: Held, seats: int, *, given_since: datetime | None
    ) -> None:
        row = asked.row or 0
        listed = self.known.posts[asked.code, asked.role]
        past = asked.until is not None and asked.until <= self.now
        own = [
            it for it in listed
            if it.person is asked.person and (not asked.seat or it.seat == asked.seat)
            and (it.overlaps(asked.since, asked.until) or (not past and self._lasts(it)))
        ]  # fmt: skip
        if own:
            if own[-1].row is not None:
                reader.fault(row, "repeated", "person", f"{asked.person.name} → {own[-1].row}")
                return
            own[-1].row = row
            self._same_post(reader, row, own[-1], asked)
            return
        if not asked.seat:
            free = [
                seat for seat in range(1, seats + 1)
                if not any(it.seat == seat and it.overlaps(asked.since, asked.until)
                           for it in listed)
            ]  # fmt: skip
            if not free:
                reader.fault(row, "full", "role", asked.code)
                return
            asked.seat = free[0]
        over = [
            it for it in listed if it.seat == asked.seat and it.overlaps(asked.since, asked.until)
        ]
        if over and not self._replace(reader, row, asked, over, given_since):
            return
        listed.append(asked)
        self.changes.begun.append(asked)

    def _replace(
        self, reader: Reader, row: int, asked: Held, over: list[Held], given: datetime | None
    ) -> bool:
        """Whether the one who holds it now can make room, from now on or later."""
        holder = over[-1]
        if any(it.row is not None for it in over):
            told = next(it for it in over if it.row is not None)
            reader.fault(row, "contradicts", "person", f"{asked.code} → {told.row}")
            return False
        at = max(asked.since, self.now)
        if not self._lasts(holder) or holder.since > at or (asked.until or NEVER) <= at:
            told_at = f"{asked.code} {holder.person.name} {holder.since:%Y-%m-%d}"
            reader.fault(row, "taken", "person", told_at)
            return False
        if given is not None and given < at:
            reader.fault(row, "from-now", "since", f"{given:%Y-%m-%d}")
        asked.since = at
        holder.until = at
        self.changes.ended.append((holder, at))
        return True

    def _same_post(self, reader: Reader, row: int, held: Held, asked: Held) -> None:
        if asked.until == held.until or asked.until is None or not self._lasts(held):
            self.changes.already += 1
            return
        at = asked.until
        if at <= self.now:
            reader.fault(row, "past-end", "until", f"{at:%Y-%m-%d}")
            at = self.now
        later = [
            it for it in self.known.posts[held.code, held.role]
            if it is not held and it.seat == held.seat and it.overlaps(held.since, at)
        ]  # fmt: skip
        if later:
            reader.fault(row, "taken", "until", f"{held.code} {later[0].person.name}")
            return
        held.until = at
        held.reason = asked.reason
        self.changes.ended.append((held, at))

    def _lasts(self, it: Held | Tied) -> bool:
        return it.until is None or it.until > self.now

    # attachments

    def attachments(self, reader: Reader, row: int, given: Mapping[str, Any]) -> None:
        dates = reader.moments(row, given)
        if not reader.needs(row, given, ("person", "kind", "target_code")) or dates is None:
            return
        person = self.who(reader, row, given)
        kind = word(TIES, given["kind"])
        if kind is None:
            reader.fault(row, "kind-unknown", "kind", given["kind"], "分包, 联系, 蹲点")
        if person is None or kind is None:
            return
        unit = person.unit
        if "organisation" in given:
            unit = self.known.unit_of(str(given["organisation"]))
        if unit is None:
            reader.fault(row, "organisation-unknown", "organisation", given.get("organisation", ""))
            return
        target = str(given["target_code"])
        above = unit.parent_code if unit.kind == "department" else unit.code
        if not above or not target.startswith(above) or len(target) <= len(above):
            reader.fault(row, "not-below", "target_code", f"{unit.code} → {target}")
            return
        if target not in self.known.grids and (
            target not in self.known.units or self.known.units[target].kind == "department"
        ):
            reader.fault(row, "target-unknown", "target_code", target)
            return
        asked = Tied(
            id=None, person=person, unit=unit, kind=kind, target=target,
            place=str(given.get("place", "")), since=dates[0] or self.now, until=dates[1],
            reason=str(given["reason"]) if "reason" in given else None, row=row,
        )  # fmt: skip
        self._tie(reader, row, asked)

    def _tie(self, reader: Reader, row: int, asked: Tied) -> None:
        listed = self.known.ties[asked.target, asked.place]
        lasting = [it for it in listed if self._lasts(it)]
        own = [it for it in lasting if it.person is asked.person]
        if own:
            held = own[-1]
            if held.row is not None:
                reader.fault(row, "repeated", "person", f"{asked.person.name} → {held.row}")
                return
            held.row = row
            if held.kind == asked.kind and asked.until in (held.until, None):
                self.changes.already += 1
            elif held.kind == asked.kind:
                at = max(asked.until or self.now, self.now)
                held.until = at
                self.changes.untied.append((held, at))
            else:
                self._instead(held, asked)
            return
        rivals = [
            it for it in lasting
            if asked.kind == "in_charge" == it.kind and it.unit is asked.unit
            and it.since < (asked.until or NEVER) and asked.since < (it.until or NEVER)
        ]  # fmt: skip
        if any(it.row is not None for it in rivals):
            reader.fault(row, "contradicts", "person", f"{asked.target} → {rivals[-1].row}")
            return
        if rivals and rivals[-1].since > max(asked.since, self.now):
            reader.fault(row, "taken", "person", f"{asked.target} {rivals[-1].person.name}")
            return
        if rivals:
            self._instead(rivals[-1], asked)
            return
        past = [
            it for it in listed if it.person is asked.person
            and it.since < (asked.until or NEVER) and asked.since < (it.until or NEVER)
        ]  # fmt: skip
        if past:
            self.changes.already += 1
            return
        listed.append(asked)
        self.changes.tied.append(asked)

    def _instead(self, held: Tied, asked: Tied) -> None:
        """One attachment ends, and another begins at that moment, from now on or later."""
        asked.since = max(asked.since, self.now)
        held.until = asked.since
        self.changes.untied.append((held, asked.since))
        self.known.ties[asked.target, asked.place].append(asked)
        self.changes.tied.append(asked)


def missing(
    known: Known, sheets: Mapping[str, Sheet], now: datetime
) -> tuple[list[Somebody], list[Held], list[Tied]]:
    """People, posts and attachments that last and that no row of their sheet is about."""

    def lasts(it: Held | Tied) -> bool:
        return it.id is not None and it.row is None and (it.until is None or it.until > now)

    everybody: dict[int, Somebody] = {}
    for named in known.people.values():
        everybody |= {id(one): one for one in named}
    gone = [
        one for one in everybody.values()
        if not one.seen and not one.left and not one.keeps_queue and one.unit and one.unit.own
    ]  # fmt: skip
    return (
        gone if "people" in sheets else [],
        [it for held in known.posts.values() for it in held if lasts(it)]
        if "posts" in sheets else [],
        [it for tied in known.ties.values() for it in tied if lasts(it)]
        if "attachments" in sheets else [],
    )  # fmt: skip
