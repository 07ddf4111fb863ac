"""Every error as RFC 9457 problem+json, in the reader's language; one table gives the status."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from gis.errors import (
    ConflictError,
    InfeasibleError,
    InputError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    WanggeError,
)
from gis.messages import best_language, translate

STATUS: dict[type[WanggeError], int] = {
    InputError: 422,
    InfeasibleError: 422,
    NotFoundError: 404,
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
    headers = {"Retry-After": "2"} if status == 503 else None
    return JSONResponse(
        body, status_code=status, media_type="application/problem+json", headers=headers
    )


def install(app: FastAPI) -> None:
    """Register the handlers. Faults of the caller are answered, not logged as errors."""

    @app.exception_handler(WanggeError)
    async def wangge_error(request: Request, error: WanggeError) -> JSONResponse:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        if status >= 500:
            log.error("request failed", code=error.code, params=error.params)
        return problem(request, status, error.code, error.params)

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
        return problem(request, error.status_code, f"http-{error.status_code}")

    @app.exception_handler(DBAPIError)
    async def database_error(request: Request, error: DBAPIError) -> JSONResponse:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            log.error("database unavailable", error=str(error.orig))
            return problem(request, 503, "database-unavailable")
        log.exception("database refused a statement", exc_info=error)
        return problem(request, 500, "internal-error")

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        log.exception("unexpected error", exc_info=error)
        return problem(request, 500, "internal-error")


def _validation_message(item: Any, language: str) -> str:
    """A sentence of ours, in the reader's language, for every kind of fault."""
    code = "field-" + item["type"].replace("_", "-")
    params = {key: value for key, value in item.get("ctx", {}).items() if key != "error"}
    text = translate(code, language, params)
    return translate("field-wrong", language) if text == code else text
