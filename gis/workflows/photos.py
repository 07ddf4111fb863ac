"""Photos taken in: checked, on the disk, then in the database; and what nobody used swept away."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from gis.errors import BusyError, ConflictError, InputError
from gis.files import photo_folder
from gis.files.photos import check_photo
from gis.incidents.plain_text import clean_line
from gis.store import photos
from gis.store.photos import NewPhoto

PUBLIC = "public"
MOST_WAITING = 200  # of one caller
MOST_WAITING_ADDRESS = 100  # of one address from which somebody sends who is not signed in
MOST_WAITING_PUBLIC = 5000  # of all of these: some gigabytes
KEPT_UNUSED = timedelta(days=30)  # a phone that was long without a network sends its report yet
KEPT_UNUSED_PUBLIC = timedelta(days=1)
SWEPT_AFTER_S = 86_400.0
SET_ASIDE_S = 30 * 86_400.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who sends a photo: the name that history shows, and the account if there is one; else the
    address."""

    actor: str
    account_id: int | None = None
    address: str | None = None


def receive_photo(
    engine: Engine,
    folder: Path,
    file: BinaryIO,
    *,
    sender: Sender,
    file_name: str | None,
    key: str | None,
    time_zone: str,
) -> tuple[dict[str, Any], bool]:
    """Check a photo and keep it for a report: its row, and whether it is new.

    The picture is durable on the disk before its row is committed. The same file under the same
    key is the same photo. Raises as `gis.files.photos.check_photo`; InputError
    `idempotency-key-reused`, ConflictError `photos-waiting`, BusyError `photos-waiting-all`.
    """
    checked = check_photo(file, zone=ZoneInfo(time_zone))
    new = NewPhoto(
        sha256=checked.sha256,
        size=len(checked.picture),
        width=checked.width,
        height=checked.height,
        taken_at=checked.taken_at,
        place=None if checked.place is None else asdict(checked.place),
        file_name=_name(file_name),
        sent_sha256=checked.sent_sha256,
        key=key,
        uploaded_by=sender.actor,
        account_id=sender.account_id,
        address=None if sender.address is None else network_of(sender.address),
    )
    with engine.begin() as connection:
        photos.hold_files(connection)
        if key is not None and (
            before := photos.of_key(connection, sender.actor, sender.account_id, key)
        ):
            return _same(before, new), False
        _require_room(connection, new)
        photo_folder.store(folder, checked.sha256, checked.picture, checked.preview)
        row = photos.insert(connection, new)
        if row is not None:
            return row, True
        # Somebody sent it under the same key at the same moment, and was first.
        before = photos.of_key(connection, sender.actor, sender.account_id, key or "")
        return _same(before or {}, new), False


def _require_room(connection: Connection, new: NewPhoto) -> None:
    """Let nobody send without end what is never used. One address fills its own room alone."""
    if new.address is None:
        most = MOST_WAITING
        waiting = photos.waiting(connection, new.uploaded_by, new.account_id)
    else:
        most = MOST_WAITING_ADDRESS
        waiting = photos.waiting(connection, new.uploaded_by, address=new.address)
    if waiting >= most:
        raise ConflictError("photos-waiting", most=most)
    if new.uploaded_by == PUBLIC and photos.waiting(connection, PUBLIC) >= MOST_WAITING_PUBLIC:
        raise BusyError("photos-waiting-all", seconds=3600)


def network_of(address: str) -> str:
    """What one sender has of addresses: one of version 4, or the 64 bits of version 6 that a
    household chooses within."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def _same(before: dict[str, Any], new: NewPhoto) -> dict[str, Any]:
    if before.get("sent_sha256") != new.sent_sha256:
        raise InputError("idempotency-key-reused", key=new.key)
    return before


def _name(given: str | None) -> str | None:
    """The name of a file without its folders, as a line of plain text."""
    if not given:
        return None
    return clean_line(given.replace("\\", "/").rsplit("/", 1)[-1].replace("\x00", ""))[:200] or None


def sweep_photos(engine: Engine, folder: Path, *, older_than_s: float = SWEPT_AFTER_S) -> int:
    """Forget photos that nobody used, then set aside old pictures that no row names; gives their
    number. A picture whose row is about to be written is never among them. What was set aside is
    removed after a month."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        photos.forget_unused(connection, now - KEPT_UNUSED)
        photos.forget_unused(connection, now - KEPT_UNUSED_PUBLIC, uploaded_by=PUBLIC)
    swept = 0
    for found in photo_folder.old_pictures(folder, older_than_s=older_than_s):
        with engine.begin() as connection:
            photos.hold_files_alone(connection)
            orphans = photos.without_row(connection, sorted(found))
            for sha256 in sorted(orphans):
                swept += photo_folder.set_aside(folder, found[sha256], older_than_s=older_than_s)
    photo_folder.remove_set_aside(folder, older_than_s=SET_ASIDE_S)
    if swept:
        log.warning("pictures that no row names were set aside", count=swept)
    return swept


def tidy_photos(engine: Engine, folder: Path) -> None:
    """Sweep now and then, such as when the service starts: a database that is away, or a disk that
    fails, is told in the log and stops nothing."""
    try:
        sweep_photos(engine, folder)
    except (SQLAlchemyError, OSError) as fault:
        log.warning("photos were not swept", error=str(fault))
