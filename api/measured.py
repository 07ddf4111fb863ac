"""How often each address is asked, and how long it takes, for `/metrics`."""

from __future__ import annotations

from typing import Any

from prometheus_fastapi_instrumentator.middleware import PrometheusInstrumentatorMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp

from api.permission_table import Table


class Measured(PrometheusInstrumentatorMiddleware):
    """The library's, with the address from the table of permissions.

    The library itself tries every address of the application on each request, which was a fifth of
    what a request takes here.
    """

    def __init__(self, app: ASGIApp, *, table: Table, **given: Any) -> None:
        super().__init__(app, **given)
        self.table = table

    def _get_handler(self, request: Request) -> tuple[str, bool]:
        found = self.table.address(request.method, request.url.path)
        return found or request.url.path, found is not None
