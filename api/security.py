"""Headers that keep every page to its own origin."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class OwnOriginOnly:
    """ASGI middleware: a content security policy under which nothing is fetched from elsewhere.

    Folium writes its script into the page, so heatmaps may run inline script; nothing else may.
    A base map of another server, if the office configures one, is allowed for images alone.
    """

    def __init__(self, app: ASGIApp, basemap_url: str | None = None) -> None:
        self.app = app
        images = "'self' data: blob:"
        if basemap_url:
            parts = urlsplit(basemap_url)
            images += f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
        common = (
            f"default-src 'self'; img-src {images}; connect-src {images};"
            " style-src 'self' 'unsafe-inline'; font-src 'self' data:; worker-src 'self' blob:;"
            " object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
        )
        self.policy = f"{common}; script-src 'self'"
        self.heatmap_policy = f"{common}; script-src 'self' 'unsafe-inline'"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        heatmap = scope["path"].startswith("/heatmaps/")

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self.heatmap_policy if heatmap else self.policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, send_guarded)
