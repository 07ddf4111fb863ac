"""Organisations and people created, changed and closed: always from a moment on, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError, NotFoundError
from gis.store import audit, organisations, staff
from gis.store.engine import acting

UNSET: Any = object()  # what a change leaves as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganisation:
    """An organisation to create. A platform unit's code says where it belongs; a department names
    the unit that has it by code."""

    code: str
    kind: str
    name_zh: str
    name_en: str | None = None
    parent_code: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A person to record, in an organisation."""

    name: str
    phone: str | None = None
    organisation_id: int
    staff_number: str | None = None
    since: datetime | None = None


def create_organisation(
    engine: Engine, root_id: int, given: NewOrganisation, *, reason: str, actor: str
) -> int:
    """Create an organisation below a root; gives its id.

    Raises InputError `organisation-code-wrong`, `organisation-parent-unknown`; ConflictError
    `organisation-code-taken`.
    """
    with acting(engine, actor, action="organisation", reason=reason) as connection:
        root = organisations.organisation(connection, root_id, root_id)
        made = create_in(connection, root, given)
        audit.record(
            connection, "organisation-create", f"organisation {made}",
            {"code": given.code, "name": given.name_zh, "reason": reason}, organisation_id=root_id,
        )  # fmt: skip
        return made


def create_in(connection: Connection, root: dict[str, Any] | None, given: NewOrganisation) -> int:
    """The same in a running transaction. Without a root anywhere, also at the top."""
    wanted = parent_code_of(given)
    parent = organisations.by_code(connection, wanted) if wanted else None
    top = root is None and given.kind in ("city", "district")
    if parent is None and not top:
        raise InputError(
            "organisation-parent-unknown", code=wanted or "-", of=given.code, field="parent_code"
        )
    if root is not None and parent is not None:
        try:
            organisations.organisation(connection, root["id"], parent["id"])
        except NotFoundError as outside:
            raise InputError(
                "organisation-parent-unknown", code=wanted, of=given.code, field="parent_code"
            ) from outside
    return organisations.add(
        connection, code=given.code, kind=given.kind, name_zh=given.name_zh,
        name_en=given.name_en, parent_id=parent["id"] if parent else None, since=given.since,
    )  # fmt: skip


def parent_code_of(given: NewOrganisation) -> str | None:
    """The code of the unit above: read off the own code of a platform unit.

    Raises InputError `organisation-code-wrong`, where the code is not one of its kind, and
    `organisation-parent-wrong`, where it says another unit above than the one named.
    """
    length = organisations.LEVELS.get(given.kind)
    if length is None:
        if not given.code or not all(c.isascii() and (c.isalnum() or c == "-") for c in given.code):
            raise InputError("organisation-code-wrong", code=given.code, kind=given.kind,
                             digits=0, field="code")  # fmt: skip
        return given.parent_code
    if len(given.code) != length or not (given.code.isascii() and given.code.isdigit()):
        raise InputError(
            "organisation-code-wrong", code=given.code, kind=given.kind, digits=length,
            field="code",
        )  # fmt: skip
    shorter = {6: 4, 9: 6, 12: 9}.get(length)
    own = given.code[:shorter] if shorter else None
    if given.parent_code and given.parent_code != own:
        raise InputError(
            "organisation-parent-wrong", code=given.code, parent=own or "-",
            given=given.parent_code, field="parent_code",
        )  # fmt: skip
    return own


def change_organisation(
    engine: Engine,
    root_id: int,
    organisation_id: int,
    *,
    name_zh: str | None = None,
    name_en: Any = UNSET,
    parent_id: Any = UNSET,
    at: datetime | None = None,
    reason: str,
    actor: str,
) -> None:
    """Rename an organisation, or hang a department below another unit, from a moment on.

    A closed one is open again from then. Raises NotFoundError `organisation-not-found`; InputError
    `staff-past`, `organisation-parent-fixed`, `change-nothing`; ConflictError `change-coming`.
    """
    with acting(engine, actor, action="organisation", reason=reason) as connection:
        change_in(
            connection, root_id, organisation_id, name_zh=name_zh, name_en=name_en,
            parent_id=parent_id, at=at,
        )  # fmt: skip
        named = {"name_zh": name_zh, "name_en": name_en, "parent": parent_id}
        changed = {key: it for key, it in named.items() if it is not None and it is not UNSET}
        audit.record(
            connection, "organisation-change", f"organisation {organisation_id}",
            {**changed, "at": at, "reason": reason}, organisation_id=root_id,
        )  # fmt: skip


def change_in(
    connection: Connection,
    root_id: int,
    organisation_id: int,
    *,
    name_zh: str | None = None,
    name_en: Any = UNSET,
    parent_id: Any = UNSET,
    at: datetime | None = None,
) -> None:
    """The same in a running transaction."""
    moment = _moment(connection, at)
    own = organisations.organisation(connection, root_id, organisation_id, lock=True)
    last = organisations.last_version(connection, organisation_id)
    values = {
        "kind": own["kind"],
        "name_zh": name_zh or (last or own)["name_zh"],
        "name_en": (last or own)["name_en"] if name_en is UNSET else name_en,
        "parent_id": (last or own)["parent_id"] if parent_id is UNSET else parent_id,
    }
    if values["parent_id"] != own["parent_id"]:
        if own["kind"] != "department":
            raise InputError("organisation-parent-fixed", code=own["code"], field="parent_id")
        above = organisations.organisation(connection, root_id, values["parent_id"])
        if above["kind"] == "department":
            raise InputError(
                "organisation-parent-unknown", code=above["code"], of=own["code"],
                field="parent_id",
            )  # fmt: skip
    if last is not None and last["until"] is None:
        same = all(last[name] == values[name] for name in ("name_zh", "name_en", "parent_id"))
        if same:
            raise InputError("change-nothing", field="name_zh")
        if last["since"] is not None and last["since"] >= moment:
            raise ConflictError("change-coming", at=f"{last['since']:%Y-%m-%d}")
        organisations.end_version(connection, last["id"], moment)
    elif last is not None and last["until"] > moment:
        raise ConflictError("change-coming", at=f"{last['until']:%Y-%m-%d}")
    organisations.add_version(connection, organisation_id=organisation_id, since=moment, **values)


def close_organisation(
    engine: Engine,
    root_id: int,
    organisation_id: int,
    *,
    successor_id: int | None = None,
    at: datetime | None = None,
    reason: str,
    actor: str,
) -> int:
    """Close an organisation from a moment on, merged into a successor if one is named.

    Its people then belong to the successor; gives how many. Raises NotFoundError
    `organisation-not-found`; InputError `staff-past`, `organisation-into-itself`; ConflictError
    `organisation-closed`, `organisation-not-empty`, `change-coming`.
    """
    with acting(engine, actor, action="organisation", reason=reason) as connection:
        moment = _moment(connection, at)
        own = organisations.organisation(connection, root_id, organisation_id, lock=True)
        last = organisations.last_version(connection, organisation_id)
        if last is None or last["until"] is not None:
            raise ConflictError("organisation-closed", code=own["code"])
        if last["since"] is not None and last["since"] >= moment:
            raise ConflictError("change-coming", at=f"{last['since']:%Y-%m-%d}")
        if successor_id == organisation_id:
            raise InputError("organisation-into-itself", field="successor_id")
        if successor_id is not None:
            other = organisations.organisation(connection, root_id, successor_id)
            if other["closed_at"] is not None and other["closed_at"] <= moment:
                raise ConflictError("organisation-closed", code=other["code"])
        hangs = organisations.what_hangs_on(connection, organisation_id, moment)
        left = hangs["people"] if successor_id is None else 0
        if hangs["children"] or hangs["plans"] or left:
            raise ConflictError(
                "organisation-not-empty", code=own["code"], children=hangs["children"],
                people=left, plans=hangs["plans"],
            )  # fmt: skip
        moved = 0
        if successor_id is not None:
            for person_id in staff.people_of(connection, organisation_id, moment):
                change_person_in(connection, person_id, organisation_id=successor_id, at=at)
                moved += 1
        organisations.end_version(connection, last["id"], moment, successor_id=successor_id)
        audit.record(
            connection, "organisation-close", f"organisation {organisation_id}",
            {"successor": successor_id, "people": moved, "at": moment, "reason": reason},
            organisation_id=root_id,
        )  # fmt: skip
        return moved


def record_person(
    engine: Engine, jurisdiction_id: int, given: NewPerson, *, reason: str, actor: str
) -> int:
    """Record a person of an organisation of a jurisdiction; gives the id.

    Raises NotFoundError `organisation-not-found`; ConflictError `organisation-closed`,
    `person-known` where the same name and number are recorded, `staff-number-taken`.
    """
    with acting(engine, actor, action="person", reason=reason) as connection:
        own = organisations.related(connection, jurisdiction_id, given.organisation_id)
        if own["closed_at"] is not None:
            raise ConflictError("organisation-closed", code=own["code"], field="organisation_id")
        _not_taken(connection, jurisdiction_id, given.staff_number, None)
        known = staff.same(connection, jurisdiction_id, given.name, given.phone)
        if known is not None:
            raise ConflictError("person-known", name=given.name, phone=given.phone or "-",
                                field="phone")  # fmt: skip
        made = staff.add(
            connection, name=given.name, phone=given.phone,
            organisation_id=given.organisation_id, staff_number=given.staff_number,
            since=given.since,
        )  # fmt: skip
        audit.record(
            connection, "person-create", f"person {made}", {"name": given.name, "reason": reason},
            organisation_id=given.organisation_id,
        )  # fmt: skip
        return made


def change_person(
    engine: Engine,
    jurisdiction_id: int,
    person_id: int,
    *,
    name: str | None = None,
    phone: Any = UNSET,
    organisation_id: int | None = None,
    staff_number: Any = UNSET,
    at: datetime | None = None,
    reason: str,
    actor: str,
) -> None:
    """Change a person's name, number or organisation from a moment on; a staff number at once.

    Raises NotFoundError `person-not-found`, `organisation-not-found`; InputError `staff-past`,
    `change-nothing`; ConflictError `change-coming`, `person-has-left`, `staff-number-taken`.
    """
    with acting(engine, actor, action="person", reason=reason) as connection:
        found = staff.person(connection, jurisdiction_id, person_id, lock=True)
        if organisation_id is not None:
            organisations.related(connection, jurisdiction_id, organisation_id)
        numbered = staff_number is not UNSET and staff_number != found["staff_number"]
        if numbered:
            _not_taken(connection, jurisdiction_id, staff_number, person_id)
            staff.set_number(connection, person_id, staff_number)
        change_person_in(
            connection, person_id, name=name, phone=phone, organisation_id=organisation_id,
            at=at, quiet=numbered,
        )  # fmt: skip
        given = {"name": name is not None, "phone": phone is not UNSET, "number": numbered,
                 "organisation": organisation_id is not None}  # fmt: skip
        audit.record(
            connection, "person-change", f"person {person_id}",
            {"changed": [key for key, said in given.items() if said], "at": at, "reason": reason},
            organisation_id=jurisdiction_id,
        )  # fmt: skip


def change_person_in(
    connection: Connection,
    person_id: int,
    *,
    name: str | None = None,
    phone: Any = UNSET,
    organisation_id: int | None = None,
    at: datetime | None = None,
    quiet: bool = False,
) -> bool:
    """The same in a running transaction, without the number; gives whether anything changed.

    With `quiet` it is no fault if nothing does.
    """
    moment = _moment(connection, at)
    last = staff.last_version(connection, person_id)
    if last is None or last["until"] is not None:
        if last is not None and last["until"] > moment:
            raise ConflictError("change-coming", at=f"{last['until']:%Y-%m-%d}")
        raise ConflictError("person-has-left", name=last["name"] if last else "-")
    values = {
        "name": name or last["name"],
        "phone": last["phone"] if phone is UNSET else phone,
        "organisation_id": organisation_id or last["organisation_id"],
    }
    if all(last[key] == value for key, value in values.items()):
        if quiet:
            return False
        raise InputError("change-nothing", field="name")
    if last["since"] is not None and last["since"] >= moment:
        raise ConflictError("change-coming", at=f"{last['since']:%Y-%m-%d}")
    staff.end_version(connection, last["id"], moment)
    staff.add_version(connection, person_id=person_id, since=moment, **values)
    return True


def _not_taken(
    connection: Connection, jurisdiction_id: int, number: str | None, own: int | None
) -> None:
    if not number:
        return
    holder = staff.numbered(connection, jurisdiction_id, number)
    if holder is not None and holder["id"] != own:
        raise ConflictError(
            "staff-number-taken", number=number, name=holder["name"], field="staff_number"
        )


def _moment(connection: Connection, at: datetime | None) -> datetime:
    """A moment from now on. Raises InputError `staff-past`."""
    now = organisations.clock(connection)
    if at is not None and at < now:
        raise InputError("staff-past", field="at")
    return at or now
