"""The built web application, its assets, and the offline API documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.permissions import PAGES
from gis.errors import UnavailableError

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"

API_DOCS = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Wangge API</title>
<link rel="stylesheet" href="/assets/swagger/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/assets/swagger/swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script></body>
</html>
"""
API_DOCS_START = """SwaggerUIBundle({url: "/api/openapi.json", dom_id: "#swagger-ui",
  validatorUrl: null});
"""


class HashedFiles(StaticFiles):
    """Files whose names carry their hash never change; the rest is asked for again each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        fixed = "/" not in path and response.status_code == 200
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if fixed else "no-cache"
        )
        return response


def install(app: FastAPI) -> None:
    """Serve the pages. Without a built front end each says what to type."""
    if (DIST / "assets").is_dir():
        app.mount("/assets", HashedFiles(directory=DIST / "assets"), name="assets")

    @app.get("/", include_in_schema=False)
    def start() -> RedirectResponse:
        return RedirectResponse("/dispatch")

    def page() -> FileResponse:
        index = DIST / "index.html"
        if not index.is_file():
            raise UnavailableError("front-end-missing")
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    def part_of_field(name: str, media_type: str) -> FileResponse:
        if not (DIST / name).is_file():
            raise UnavailableError("front-end-missing")
        # A service worker that is kept would keep an old page alive.
        return FileResponse(
            DIST / name, media_type=media_type, headers={"Cache-Control": "no-cache"}
        )

    @app.get("/field-worker.js", include_in_schema=False)
    def field_worker() -> FileResponse:
        return part_of_field("field-worker.js", "text/javascript")

    @app.get("/field.{language}.webmanifest", include_in_schema=False)
    def field_manifest(language: Literal["zh-CN", "en"]) -> FileResponse:
        return part_of_field(f"field.{language}.webmanifest", "application/manifest+json")

    for name in PAGES:
        for path in (f"/{name}", f"/{name}/{{rest:path}}"):
            app.get(path, include_in_schema=False)(page)

    @app.get("/api/docs", include_in_schema=False)
    def api_docs() -> HTMLResponse:
        return HTMLResponse(API_DOCS)

    @app.get("/api/docs/start.js", include_in_schema=False)
    def api_docs_start() -> Response:
        return Response(API_DOCS_START, media_type="text/javascript")
