"""The duty list (权责清单) recorded, ended, and imported from Excel or CSV: whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from gis.files import duty_list as files
from gis.report import Report
from gis.store import audit, contacts, dated, duty_list, known
from gis.store.engine import acting
from gis.store.incidents import categories
from gis.workflows.assets import Imported, refuse
from gis.workflows.organisation_names import named_ids, organisation_ids
from gis.workflows.rules import require_category


def record_duty(
    engine: Engine,
    jurisdiction_id: int,
    *,
    category: str,
    organisation_id: int,
    kind: str,
    document: str,
    since: datetime | None = None,
    until: datetime | None = None,
    reason: str | None = None,
    actor: str,
) -> int:
    """Record who handles a category by which document; gives its id.

    Raises InputError `category-unknown`, `organisation-unknown`, `window-reversed`, ConflictError
    `duty-item-twice`.
    """
    with acting(engine, actor, action="duty-list", reason=reason) as connection:
        dated.one_after_the_other(connection)
        known.require(connection, jurisdiction_id)
        require_category(connection, category, "category")
        contacts.require_organisation(connection, jurisdiction_id, organisation_id)
        values = {
            "category_code": category, "organisation_id": organisation_id, "kind": kind,
            "document": document, "reason": reason,
        }  # fmt: skip
        return duty_list.add_duty(connection, jurisdiction_id, values, since=since, until=until)


def end_duty(
    engine: Engine, jurisdiction_id: int, duty_id: int, *, reason: str, actor: str
) -> None:
    """End an entry now, or call it off. Raises NotFoundError `duty-item-not-found`."""
    with acting(engine, actor, action="duty-list", reason=reason) as connection:
        dated.one_after_the_other(connection)
        duty_list.end_duty(connection, jurisdiction_id, duty_id)


def write_template(connection: Connection, path: Path) -> None:
    """Write a file to fill in, with the categories in use. Raises InputError `file-kind-unknown`,
    `file-not-writable`."""
    tree = categories(connection)
    files.write_template(path, {row["code"]: row["name"]["zh"] for row in tree})


def import_duty_list(
    engine: Engine,
    jurisdiction_id: int,
    path: Path,
    *,
    since: datetime | None = None,
    skip_bad: bool = False,
    dry_run: bool = False,
    max_bytes: int | None = None,
    actor: str,
    report: Report,
) -> Imported:
    """Import a duty list in one transaction; gives how many entries came in.

    An entry with another document than stands there takes its place now; what is the same is left
    alone; what the file does not name stays. A contact's name beside an organisation becomes its
    contact, unless it is already. Refused rows stop it, unless `skip_bad`. Raises InputError
    `import-refused` and what `read_duty_list` does.
    """
    frame = files.read_duty_list(path, report=report, max_bytes=max_bytes)
    with acting(engine, actor, action="import", reason=path.name) as connection:
        dated.one_after_the_other(connection)
        known.require(connection, jurisdiction_id)
        by_name: dict[str, str] = {}
        for row in categories(connection):
            by_name |= {row["code"]: row["code"], row["name"]["zh"]: row["code"]}
            by_name.setdefault(row["name"]["en"], row["code"])
        frame["code"] = frame["duty_category"].map(by_name.get)
        unknown = frame["code"].isna()
        if unknown.any():
            examples = sorted(set(frame.loc[unknown, "duty_category"]))[:5]
            report.add(
                "refused", "row-category-unknown", rows=frame.index[unknown],
                column="duty_category", examples=", ".join(examples),
            )  # fmt: skip
        owners = named_ids(
            frame["organisation"], organisation_ids(connection, jurisdiction_id), required=True,
            report=report,
        )  # fmt: skip
        frame["owner"] = [owner or 0 for owner in owners]
        twice = frame.duplicated(["code", "owner", "duty_kind"]) & ~unknown & (frame["owner"] > 0)
        if twice.any():
            report.add("refused", "row-duty-twice", rows=frame.index[twice])
        good = frame[~unknown & (frame["owner"] > 0) & ~twice]
        refuse(report, len(frame) - len(good), skip_bad)
        rows = good.to_dict("records")
        done = _written(connection, jurisdiction_id, rows, since, path.name)
        _name_contacts(connection, rows, path.name)
        if dry_run:
            connection.rollback()
        else:
            audit.record(
                connection, "duty-list-import", f"organisation {jurisdiction_id}",
                {"file": path.name, "added": done.added, "replaced": done.replaced},
            )  # fmt: skip
    return done


def _written(
    connection: Connection,
    jurisdiction_id: int,
    rows: list[dict[Any, Any]],
    since: datetime | None,
    reason: str,
) -> Imported:
    standing = duty_list.standing(connection, jurisdiction_id)
    added = replaced = 0
    for row in rows:
        former = standing.get((row["code"], row["owner"], row["duty_kind"]), [])
        if former and former[0].document == row["duty_document"]:
            continue
        for one in former:
            duty_list.end_duty(connection, jurisdiction_id, one.id)
        values = {
            "category_code": row["code"], "organisation_id": row["owner"],
            "kind": row["duty_kind"], "document": row["duty_document"], "reason": reason,
        }  # fmt: skip
        begins = None if former else since
        duty_list.add_duty(connection, jurisdiction_id, values, since=begins)
        replaced += bool(former)
        added += not former
    return Imported(added=added, replaced=replaced, unchanged=len(rows) - added - replaced)


def _name_contacts(connection: Connection, rows: list[dict[Any, Any]], reason: str) -> None:
    named = {row["owner"]: row for row in rows if row["contact_name"]}
    for owner, row in named.items():
        name, phone = row["contact_name"][:100], row["contact_phone"][:40] or None
        present = contacts.present_contact(connection, owner)
        if present is not None and (present.name, present.phone) == (name, phone):
            continue
        if present is not None:
            contacts.end_contact(connection, present.id, [owner])
        contacts.add_contact(
            connection, organisation_id=owner,
            person_id=contacts.add_person(connection, owner, name, phone), since=None, until=None,
            reason=reason,
        )  # fmt: skip
