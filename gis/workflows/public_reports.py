"""Reports of the public: taken in without signing in, followed by serial number and code.

Whoever reports gets a code that opens this case and no other. It is made of the sender's own key
and the office's, so that a report sent twice gets the same one; only its digest is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from gis.errors import ConflictError, InputError, NotFoundError
from gis.incidents.reporter import without_phones
from gis.incidents.seals import code_digest, follow_code, seal, shown_code, unseal
from gis.store import following, supplements
from gis.store.engine import acting
from gis.store.names import names
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import Reported, Sent
from gis.workflows.photos import PUBLIC
from gis.workflows.supplements import FurtherReport, add_report

SOURCE = "public_report"
TITLE_LENGTH = 40
FORM_LASTS = timedelta(hours=12)
TYPING_S = 3  # nobody has read the form, chosen a place and written a sentence sooner
REF_LASTS = timedelta(hours=12)
SENTENCE = re.compile(r"[。！？!?\n；;]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What whoever reported keeps: the serial number of the case, and the code that opens it."""

    serial: str
    code: str
    created: bool
    joined: bool


def new_form(key: bytes, now: datetime) -> str:
    """What a form carries, so that it can be told when it was opened."""
    return seal(key, "form", str(int(now.timestamp())), now + FORM_LASTS)


def check_form(key: bytes, form: str, website: str, now: datetime) -> None:
    """Stop those who fill in forms without reading them.

    Raises InputError `seal-invalid` (too old, or not ours), `public-too-quick`, `public-machine`.
    """
    opened = int(unseal(key, "form", form, now, field="form"))
    if website:
        raise InputError("public-machine", field="website")
    if now.timestamp() - opened < TYPING_S:
        raise InputError("public-too-quick", seconds=TYPING_S, field="form")


def title_of(told: str) -> str:
    """The first sentence of a text, short enough for a list."""
    first = SENTENCE.split(told.strip(), 1)[0].strip() or told.strip()
    return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1]}…"


def sent_publicly(
    told: str,
    *,
    key: str,
    category: str,
    lon: float,
    lat: float,
    crs: str,
    address: str | None,
    reporter_name: str | None,
    reporter_phone: str | None,
    photo_ids: tuple[int, ...],
) -> Sent:
    """What the public form says, as a report."""
    report = IncidentReport(
        category=category,
        title=title_of(told),
        description=told,
        lon=lon,
        lat=lat,
        crs=crs,
        address=address or None,
        source=SOURCE,
        reporter_name=reporter_name or None,
        reporter_phone=reporter_phone or None,
        photo_ids=photo_ids or None,
    )
    return Sent(report=report, key=key)


def receipt_of(engine: Engine, office: bytes, sent: Sent, done: Reported) -> Receipt:
    """Let whoever sent a report that is stored follow it. Again gives the same code."""
    serial = done.case["serial"]
    code = follow_code(office, f"{sent.key}")
    with acting(engine, PUBLIC) as connection:
        supplements.let_follow(connection, done.incident_id, None, code_digest(serial, code))
    return Receipt(serial=serial, code=shown_code(code), created=done.created, joined=False)


def join_publicly(engine: Engine, office: bytes, incident_id: int, sent: Sent) -> Receipt:
    """Add what the public form says to a case that is there; its sender follows that case.

    Raises as `gis.workflows.supplements.add_report`.
    """
    report = sent.report
    done = add_report(
        engine,
        incident_id,
        FurtherReport(
            source=SOURCE,
            text=report.description,
            reporter_name=report.reporter_name,
            reporter_phone=report.reporter_phone,
            photo_ids=report.photo_ids or (),
        ),
        actor=PUBLIC,
        key=sent.key,
    )
    code = follow_code(office, f"{sent.key}")
    with acting(engine, PUBLIC) as connection:
        supplements.let_follow(
            connection, incident_id, done.supplement_id, code_digest(done.serial, code)
        )
    return Receipt(serial=done.serial, code=shown_code(code), created=done.created, joined=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The case that a serial number and a code open, and the further report that was told it."""

    incident_id: int
    supplement_id: int | None


def open_by_code(connection: Connection, serial: str, code: str) -> Followed:
    """The case of a reporter. A wrong number and a wrong code are answered alike: NotFoundError
    `follow-unknown`."""
    plain = serial.strip()
    found = supplements.followed(connection, plain, code_digest(plain, code))
    if found is None:
        raise NotFoundError("follow-unknown")
    return Followed(incident_id=found.incident_id, supplement_id=found.supplement_id)


def require_reopening(connection: Connection, opened: Followed, most: int) -> None:
    """Let a reporter have a case taken up again so often; then somebody must look at it with them.

    Raises ConflictError `judge-reopened-enough`.
    """
    if following.times_reopened(connection, opened.incident_id, by=PUBLIC) >= most:
        raise ConflictError("judge-reopened-enough", most=most)


def follow(connection: Connection, opened: Followed) -> dict[str, Any]:
    """How a case stands, for its reporter: stages with dates, what was done, no people."""
    row = following.case(connection, opened.incident_id)
    steps = following.steps(connection, opened.incident_id)
    told, reported_at = row["told"], row["reported_at"]
    if opened.supplement_id is not None:
        own = following.supplement(connection, opened.supplement_id)
        told, reported_at = own["told"], own["reported_at"]
    shown = [
        {"stage": step["to_stage"], "at": step["at"], "reopened": step["action"] == "reopen"}
        for step in steps
        if _is_shown(step, waits=row["waits"])
    ]
    return {
        "serial": row["serial"],
        "category": {
            "code": row["category_code"], "name": names(row["name_zh"], row["name_en"]),
        },
        "text": told,
        "reported_at": reported_at,
        "joined": opened.supplement_id is not None,
        "stage": row["stage"],
        "status": "open" if row["is_open"] else "closed",
        "due_at": row["due_at"],
        "steps": shown,
        "result": None if row["waits"] else _result(steps),
        "judgement": row["satisfaction"] if row["stage"] == "evaluated" else None,
        # Whoever only joined hears what becomes of it; the one who reported it says if it is well.
        "may_judge": row["stage"] == "closed" and opened.supplement_id is None,
        "photos": following.photos(
            connection, opened.incident_id, opened.supplement_id, by=PUBLIC
        ),
    }  # fmt: skip


def _is_shown(step: Mapping[str, Any], *, waits: bool) -> bool:
    """Whether a step brought the case on, for its reporter: one that was merged is closed when the
    other one is answered."""
    if step["action"] == "answer":
        return not waits
    return step["action"] != "merge" and bool(step["from_stage"] != step["to_stage"])


def _result(steps: list[Any]) -> str | None:
    """What was done at last, or why it was not taken up, without anybody's phone number."""
    for step in reversed(steps):
        if step["action"] == "reopen":
            return None
        if step["action"] in ("handle", "feed_back", "reject", "answer") and step["reason"]:
            return without_phones(step["reason"])
    return None


def sealed_case(office: bytes, incident_id: int) -> str:
    """A reference to a case near by, which a stranger can name but not guess."""
    return seal(office, "case", str(incident_id), datetime.now(UTC) + REF_LASTS)


def sealed_photo(office: bytes, photo_id: int) -> str:
    """A reference to a photo that its sender alone was told."""
    return seal(office, "photo-of", str(photo_id), datetime.now(UTC) + REF_LASTS)


def case_of(office: bytes, ref: str) -> int:
    """Raises InputError `seal-invalid`."""
    return int(unseal(office, "case", ref, datetime.now(UTC), field="same_as"))


def photos_of(office: bytes, refs: tuple[str, ...]) -> tuple[int, ...]:
    """Raises InputError `seal-invalid`."""
    now = datetime.now(UTC)
    return tuple(int(unseal(office, "photo-of", ref, now, field="photos")) for ref in refs)
