"""What this office seals with its key: links to photos that end, checked when they are used."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Depends

from api.services import Services, services
from gis.errors import ForbiddenError
from gis.files.office_key import office_key
from gis.incidents.seals import short_mark

# A link works for one to two hours: the same for an hour, so that a browser asks for it once.
HOUR = timedelta(hours=1)
Audience = Literal["photo", "public-photo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """The office's key in use."""

    key: bytes

    def links(self, photo_id: int, audience: Audience = "photo") -> dict[str, str]:
        """The addresses of a photo and its preview."""
        now = int(datetime.now(UTC).timestamp())
        whole = int(HOUR.total_seconds())
        until = (now // whole + 2) * whole
        root = "/api/v1/photos" if audience == "photo" else "/api/v1/public/photos"

        def link(size: str) -> str:
            signature = short_mark(self.key, audience, f"{photo_id}.{size}.{until}")
            return f"{root}/{photo_id}?size={size}&until={until}&signature={signature}"

        return {"url": link("full"), "preview_url": link("small")}

    def check_link(
        self, photo_id: int, size: str, until: int, signature: str, audience: Audience = "photo"
    ) -> int:
        """For how many seconds a link still works. Raises ForbiddenError `photo-link-invalid`."""
        good = short_mark(self.key, audience, f"{photo_id}.{size}.{until}")
        left = until - int(datetime.now(UTC).timestamp())
        if not hmac.compare_digest(good.encode(), signature.encode()) or left <= 0:
            raise ForbiddenError("photo-link-invalid")
        return left

    def shown(self, photo: dict[str, Any], audience: Audience = "photo") -> dict[str, Any]:
        """A photo as it goes over HTTP, with its links."""
        return {**photo, **self.links(photo["id"], audience)}


@cache
def _of_folder(folder: Path) -> Seals:
    return Seals(key=office_key(folder))


def seals(given: Annotated[Services, Depends(services)]) -> Seals:
    """The seals of this office; its key is made on first use."""
    return _of_folder(given.settings.data_dir)


Sealed = Annotated[Seals, Depends(seals)]
