"""Every error as RFC 9457 problem+json, in the reader's language; one table gives the status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from api.methods import allowed_methods
from gis.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    InfeasibleError,
    InputError,
    NotFoundError,
    TooLargeError,
    UnauthorisedError,
    UnavailableError,
    WanggeError,
)
from gis.messages import best_language, translate

STATUS: dict[type[WanggeError], int] = {
    InputError: 422,
    InfeasibleError: 422,
    UnauthorisedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    BusyError: 429,
    ConflictError: 409,
    TooLargeError: 413,
    UnavailableError: 503,
    WanggeError: 500,
}

log = structlog.get_logger()


def language_of(request: Request) -> str:
    """The language of the answer: `lang` in the query first, then Accept-Language."""
    return best_language(request.query_params.get("lang") or request.headers.get("accept-language"))


def problem(
    request: Request,
    status: int,
    code: str,
    params: dict[str, Any] | None = None,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """One problem+json answer. `code` names both the title and the sentence in the catalogues."""
    language = language_of(request)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": translate(f"status-{status}", language),
        "status": status,
        "detail": translate(code, language, params),
        "code": code,
        "request_id": getattr(request.state, "request_id", None),
    }
    if errors is not None:
        body["errors"] = errors
    return JSONResponse(
        body,
        status_code=status,
        media_type="application/problem+json",
        headers={**(headers or {}), **({"Retry-After": "2"} if status == 503 else {})},
    )


def install(app: FastAPI) -> None:
    """Register the handlers. Faults of the caller are answered, not logged as errors."""

    @app.exception_handler(WanggeError)
    async def wangge_error(request: Request, error: WanggeError) -> JSONResponse:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        if status >= 500:
            log.error("request failed", code=error.code, params=error.params)
        errors = None
        if "field" in error.params:
            message = translate(error.code, language_of(request), error.params)
            errors = [{"field": error.params["field"], "message": message}]
        headers = {"Retry-After": str(error.params["seconds"])} if status == 429 else None
        return problem(request, status, error.code, error.params, errors=errors, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        language = language_of(request)
        errors = [
            {
                "field": ".".join(str(part) for part in item["loc"][1:]) or str(item["loc"][0]),
                "message": _validation_message(item, language),
            }
            for item in error.errors()
        ]
        return problem(request, 422, "request-invalid", {"count": len(errors)}, errors=errors)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(allowed_methods(app.routes, request.scope))
        return problem(request, error.status_code, f"http-{error.status_code}", headers=headers)

    @app.exception_handler(DBAPIError)
    async def database_error(request: Request, error: DBAPIError) -> JSONResponse:
        if isinstance(error.orig, QueryCanceled):
            log.error("query took too long", path=request.url.path)
            return problem(request, 503, "query-too-slow")
        if isinstance(error, OperationalError) or error.connection_invalidated:
            log.error("database unavailable", error=str(error.orig))
            return problem(request, 503, "database-unavailable")
        log.exception("database refused a statement", exc_info=error)
        return problem(request, 500, "internal-error")

    @app.exception_handler(PoolTimeout)
    async def no_connection_free(request: Request, _: PoolTimeout) -> JSONResponse:
        log.error("no database connection came free", path=request.url.path)
        return problem(request, 503, "server-busy")

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("unexpected error", exc_info=error)
        return problem(request, 500, "internal-error")


def _validation_message(item: Any, language: str) -> str:
    """A sentence of ours, in the reader's language, for every kind of fault."""
    code = "field-" + item["type"].replace("_", "-")
    params = {name: value for name, value in item.get("ctx", {}).items() if name != "error"}
    if "expected" in params:  # pydantic joins the choices with an English word
        choices = re.findall(r"'([^']*)'", str(params["expected"]))
        params["expected"] = ("、" if language == "zh-CN" else ", ").join(choices)
    text = translate(code, language, params)
    return translate("field-wrong", language) if text == code else text
