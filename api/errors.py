"""Every error as RFC 9457 problem+json, in the reader's language; one table gives the status."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg.errors import InsufficientPrivilege, QueryCanceled
from pydantic import ValidationError
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
    return JSONResponse(
        problem_body(request, status, code, params, errors=errors),
        status_code=status,
        media_type="application/problem+json",
        headers={**(headers or {}), **({"Retry-After": "2"} if status == 503 else {})},
    )


def problem_body(
    request: Request,
    status: int,
    code: str,
    params: dict[str, Any] | None = None,
    *,
    errors: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a problem says."""
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
    if params is not None and "data" in params:  # for a page to show, not for a sentence
        body["data"] = params["data"]
    return body


def problem_of(request: Request, fault: Exception) -> dict[str, Any]:
    """What stood against one of many that came in one request."""
    if isinstance(fault, WanggeError):
        return problem_body(
            request, _status(fault), fault.code, fault.params, errors=_field_of(request, fault)
        )
    if isinstance(fault, ValidationError):
        errors = _wrong_fields(request, fault.errors(), skip=0)
        return problem_body(request, 422, "request-invalid", {"count": len(errors)}, errors=errors)
    if isinstance(fault, OperationalError):
        return problem_body(request, 503, "database-unavailable")
    log.error("one of many failed", exc_info=fault)
    return problem_body(request, 500, "internal-error")


def _status(error: WanggeError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _field_of(request: Request, error: WanggeError) -> list[dict[str, Any]] | None:
    if "field" not in error.params:
        return None
    message = translate(error.code, language_of(request), error.params)
    return [{"field": error.params["field"], "message": message}]


def _wrong_fields(request: Request, items: Sequence[Any], *, skip: int) -> list[dict[str, Any]]:
    """The fields that are wrong; the first `skip` parts of a place name the request's part."""
    language = language_of(request)
    return [
        {
            "field": ".".join(str(part) for part in item["loc"][skip:]) or str(item["loc"][0]),
            "message": _validation_message(item, language),
        }
        for item in items
    ]


def install(app: FastAPI) -> None:
    """Register the handlers. Faults of the caller are answered, not logged as errors."""

    @app.exception_handler(WanggeError)
    async def wangge_error(request: Request, error: WanggeError) -> JSONResponse:
        status = _status(error)
        if status >= 500:
            log.error("request failed", code=error.code, params=error.params)
        errors = _field_of(request, error)
        headers = {"Retry-After": str(error.params["seconds"])} if status == 429 else None
        return problem(request, status, error.code, error.params, errors=errors, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = _wrong_fields(request, error.errors(), skip=1)
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
        if isinstance(error.orig, InsufficientPrivilege):
            # What row security keeps from somebody is not there, as far as they can tell.
            log.warning("row security refused", path=request.url.path, error=str(error.orig))
            return problem(request, 404, "outside-scope")
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
