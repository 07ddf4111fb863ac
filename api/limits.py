"""No request larger than it needs to be: a body is refused before it fills memory or the disk."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gis.files.photos import MOST_BYTES

# A report with a long description takes some kilobytes.
MOST_JSON_BYTES = 1 << 20
# A thousand of them at once, from another system; a draft's units, by their numbers.
MOST_BATCH_BYTES = 8 << 20
# Only these take whole files, of whoever is signed in; other forms would be read into memory.
TAKE_FILES = ("/imports", "/import", "/drafts/files")
OF_TEAMS = "/api/v1/work-teams/"  # their reports
# The form around an uploaded file.
AROUND_FILE_BYTES = 1 << 20


class SmallBodies:
    """ASGI middleware: ends reading a body beyond its limit with 413, whatever it announced."""

    def __init__(self, app: ASGIApp, *, upload_limit_mb: int) -> None:
        self.app = app
        self.most_upload_bytes = (upload_limit_mb << 20) + AROUND_FILE_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        form = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        most = self._most(scope["path"], form)
        announced = headers.get(b"content-length", b"0")
        read = int(announced) if announced.isdigit() and int(announced) > most else 0

        async def receive_within() -> Message:
            nonlocal read
            message = await receive() if read <= most else {"type": "http.request"}
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_within, send)

    def _most(self, path: str, form: bool) -> int:
        if path.endswith("/photos"):  # anybody may send one, without signing in
            return MOST_BYTES + AROUND_FILE_BYTES
        if form and (path.endswith(TAKE_FILES) or path.startswith(OF_TEAMS)):
            return self.most_upload_bytes
        many = path.startswith("/api/v1/channels/") or path.endswith("/operations")
        return MOST_BATCH_BYTES if many else MOST_JSON_BYTES
