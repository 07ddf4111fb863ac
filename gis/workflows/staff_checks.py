"""Rows of organisations and people in a workbook against what is known, every fault by row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gis.errors import WanggeError
from gis.files.staff import KINDS, Sheet, word
from gis.messages import translate
from gis.workflows.staff_plan import (
    Changes,
    Faults,
    Known,
    Reader,
    Somebody,
    Unit,
    digits,
)
from gis.workflows.units_and_people import NewOrganisation, parent_code_of

LEVELS = {"city": 0, "district": 1, "sub_district": 2, "community": 3, "department": 4}


class PeopleChecks:
    """The sheets of units and people of one workbook, each against what the ones before leave."""

    def __init__(
        self, known: Known, sheets: Mapping[str, Sheet], faults: Faults, zone: ZoneInfo,
        now: datetime, language: str,
    ) -> None:  # fmt: skip
        self.known, self.changes = known, Changes()
        self.sheets, self.faults, self.zone = sheets, faults, zone
        self.now, self._language = now, language
        self._done: dict[Any, tuple[int, Any]] = {}

    def rows(self, what: str) -> list[tuple[int, Mapping[str, Any]]]:
        rows = list(self.sheets[what].rows.items())
        if what == "organisations":  # those above come first, wherever they stand
            rows.sort(key=lambda it: LEVELS.get(word(KINDS, it[1].get("kind", "")) or "", 9))
        return rows

    def once(self, reader: Reader, row: int, role: str, key: Any, says: Any, shown: str) -> bool:
        """Whether a row is the first about something; a second one repeats or contradicts it."""
        before = self._done.get(key)
        if before is None:
            self._done[key] = (row, says)
            return True
        reader.fault(row, "repeated" if before[1] == says else "contradicts", role,
                     f"{shown} → {before[0]}")  # fmt: skip
        return False

    # organisations

    def organisations(self, reader: Reader, row: int, given: Mapping[str, Any]) -> None:
        dates = reader.moments(row, given)
        if not reader.needs(row, given, ("code", "kind", "name_zh")) or dates is None:
            return
        kind = word(KINDS, given["kind"])
        if kind is None:
            reader.fault(row, "kind-unknown", "kind", given["kind"], "市, 区县, 街道, 社区, 部门")
            return
        code = str(given["code"])
        asked = NewOrganisation(
            code=code, kind=kind, name_zh=str(given["name_zh"]), name_en=given.get("name_en"),
            parent_code=str(given["parent_code"]) if "parent_code" in given else None,
        )  # fmt: skip
        try:
            parent = parent_code_of(asked)
        except WanggeError as wrong:
            told = translate(wrong.code, self._language, wrong.params)
            reader.fault(row, "organisation-wrong", str(wrong.params["field"]), told)
            return
        says = (kind, asked.name_zh, asked.name_en, parent)
        if not self.once(reader, row, "code", ("unit", code), says, code):
            return
        unit = self.known.units.get(code)
        if unit is None:
            self._new_unit(reader, row, asked, parent, dates[0])
            return
        if unit.kind != kind or not unit.own:
            reader.fault(row, "kind-unknown", "kind", f"{code}: {given['kind']}", unit.kind)
            return
        changed: dict[str, Any] = {}
        if unit.name_zh != asked.name_zh:
            changed["name_zh"] = asked.name_zh
        if asked.name_en and unit.name_en != asked.name_en:
            changed["name_en"] = asked.name_en
        if kind == "department" and parent and parent != unit.parent_code:
            above = self.known.units.get(parent)
            if above is None or above.kind == "department":
                reader.fault(row, "organisation-unknown", "parent_code", parent)
                return
            changed["parent"] = above
        if not changed and not unit.closed:
            self.changes.already += 1
            return
        self.changes.changed_units.append((unit, changed, self._from(reader, row, dates[0])))
        unit.name_zh = asked.name_zh
        self.known.units_by_name[asked.name_zh].append(unit)

    def _new_unit(
        self, reader: Reader, row: int, asked: NewOrganisation, parent: str | None,
        since: datetime | None,
    ) -> None:  # fmt: skip
        above = self.known.units.get(parent) if parent else None
        if above is None or not above.own or above.kind == "department":
            reader.fault(row, "organisation-unknown", "parent_code", parent or "-")
            return
        unit = Unit(
            id=None, code=asked.code, kind=asked.kind, name_zh=asked.name_zh,
            name_en=asked.name_en, parent_code=parent,
        )  # fmt: skip
        self.known.add_unit(unit)
        self.changes.new_units.append((unit, since))

    def _from(self, reader: Reader, row: int, since: datetime | None) -> datetime | None:
        """From when a change counts: never from before now."""
        if since is not None and since < self.now:
            reader.fault(row, "from-now", "since", f"{since:%Y-%m-%d}")
            return None
        return since

    # people

    def people(self, reader: Reader, row: int, given: Mapping[str, Any]) -> None:
        dates = reader.moments(row, given)
        if not reader.needs(row, given, ("person", "organisation")) or dates is None:
            return
        unit = self.known.unit_of(str(given["organisation"]))
        if unit is None or unit.closed:
            reader.fault(row, "organisation-unknown", "organisation", given["organisation"])
            return
        name = str(given["person"])
        phone, number = (
            str(given[it]) if it in given else None for it in ("phone", "staff_number")
        )
        key = ("person", number) if number else ("person", name, digits(phone))
        says = (name, digits(phone), unit.code)
        if not self.once(reader, row, "person", key, says, name):
            return
        found = self._match(reader, row, name, phone, number, unit)
        if found is False:
            return
        if found is None:
            one = Somebody(
                id=None, name=name, phone=phone, number=number, unit=unit, seen=True,
                since=dates[0],
            )  # fmt: skip
            self.known.add_person(one)
            self.changes.new_people.append(one)
            return
        assert isinstance(found, Somebody)
        self._changed(reader, row, found, (name, phone, number, unit), dates[0])

    def _match(
        self, reader: Reader, row: int, name: str, phone: str | None, number: str | None, unit: Unit
    ) -> Somebody | bool | None:
        """Whom a row is about: None for somebody new, False where it cannot be said."""
        if number and number in self.known.numbers:
            return self.known.numbers[number]
        namesakes = [one for one in self.known.people.get(name, []) if not one.seen]
        same = [one for one in namesakes if digits(one.phone) == digits(phone)]
        here = [one for one in namesakes if one.unit is unit and not one.left]
        if not same:  # a number that was or is left out tells nobody apart
            same = [one for one in here if not one.phone or not phone]
        staying = [one for one in same if not one.left] or same
        if len(staying) > 1:
            reader.fault(row, "person-ambiguous", "person", f"{name} {phone or ''}".strip())
            return False
        if staying:
            if number and staying[0].number and staying[0].number != number:
                return None
            return staying[0]
        if here:
            reader.fault(row, "namesake", "phone", f"{name} {here[0].phone}")
        return None

    def _changed(
        self, reader: Reader, row: int, one: Somebody,
        told: tuple[str, str | None, str | None, Unit], since: datetime | None,
    ) -> None:  # fmt: skip
        name, phone, number, unit = told
        one.seen = True
        if one.left:
            reader.fault(row, "person-left", "person", one.name)
            return
        changed: dict[str, Any] = {}
        if one.name != name:
            changed["name"] = name
        if phone and digits(one.phone) != digits(phone):
            changed["phone"] = phone
        if one.unit is not unit:
            changed["unit"] = unit
        if number and one.number is None:
            one.number = number
            self.known.numbers[number] = one
            self.changes.numbers.append(one)
        elif not changed:
            self.changes.already += 1
        if changed:
            self.changes.changed_people.append((one, changed, self._from(reader, row, since)))
            one.unit = unit
            if "name" in changed:
                self.known.people[name].append(one)

    def who(self, reader: Reader, row: int, given: Mapping[str, Any]) -> Somebody | None:
        """The person that a row of posts or attachments names."""
        name = str(given["person"])
        number = str(given.get("staff_number", ""))
        if number in self.known.numbers:
            one = self.known.numbers[number]
            if one.name != name:
                reader.fault(row, "number-other", "staff_number", f"{number}: {one.name}")
                return None
            return self._there(reader, row, one)
        named = list(dict.fromkeys(map(id, self.known.people.get(name, []))))
        people = {id(one): one for one in self.known.people.get(name, [])}
        found = [people[it] for it in named]
        if "phone" in given:
            found = [it for it in found if digits(it.phone) == digits(str(given["phone"]))]
        found = [it for it in found if not it.left] or found
        if len(found) == 1:
            return self._there(reader, row, found[0])
        told = " ".join(str(given[it]) for it in ("person", "phone", "staff_number") if it in given)
        reader.fault(row, "person-ambiguous" if found else "person-unknown", "person", told)
        return None

    def _there(self, reader: Reader, row: int, one: Somebody) -> Somebody | None:
        if one.left:
            reader.fault(row, "person-left", "person", one.name)
            return None
        return one
