"""Signing in where the office signs in: to the issuer and back."""

from __future__ import annotations

import json
import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from api.oidc import Asked, Provider
from api.routes.session import visitor_of, with_cookie
from api.services import OpenHeld
from gis.errors import NotFoundError, UnauthorisedError, WanggeError
from gis.workflows import sign_in as workflow

router = APIRouter(tags=["session"])
BEGUN = "wangge_oidc"
PATH = "/api/v1/session/oidc"
LASTS_S = 600


@router.get("/session/oidc", response_class=RedirectResponse, status_code=302)
def begin(
    request: Request, held: OpenHeld, back: Annotated[str, Query(max_length=2000)] = "/"
) -> RedirectResponse:
    """Go to the issuer to sign in there, and come back to a page."""
    provider = Provider(held.settings)
    if not provider.configured:
        raise NotFoundError("oidc-not-configured")
    held.tries.take(request.client.host if request.client else "")
    asked = Asked(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(48),
    )
    answer = RedirectResponse(provider.begin(asked, _redirect_uri(request)), status_code=302)
    kept = {"s": asked.state, "n": asked.nonce, "v": asked.verifier, "b": back}
    answer.set_cookie(
        BEGUN, json.dumps(kept, separators=(",", ":")), max_age=LASTS_S, path=PATH, httponly=True,
        secure=request.url.scheme == "https", samesite="lax",
    )  # fmt: skip
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/session/oidc/callback", response_class=RedirectResponse, status_code=302)
def come_back(
    request: Request,
    held: OpenHeld,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
) -> RedirectResponse:
    """Come back from the issuer: signed in, or to the sign-in page with what went wrong."""
    back = "/"
    held.tries.take(request.client.host if request.client else "")
    try:
        asked, back = _begun(request)
        if not code or not secrets.compare_digest(state.encode(), asked.state.encode()):
            raise UnauthorisedError("oidc-refused")
        provider = Provider(held.settings)
        person = provider.finish(asked, code, _redirect_uri(request))
        secret = workflow.sign_in_vouched(
            held.engine,
            issuer=provider.issuer,
            subject=person.subject,
            login=person.login,
            visitor=visitor_of(request, held),
        )
        held.tries.give_back(request.client.host if request.client else "")
        answer = RedirectResponse(back, status_code=302)
        with_cookie(answer, request, held, secret)
    except WanggeError as error:
        query = urlencode({"failed": error.code, **({"back": back} if back != "/" else {})})
        answer = RedirectResponse(f"/sign-in?{query}", status_code=302)
    answer.delete_cookie(BEGUN, path=PATH, httponly=True, samesite="lax")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _begun(request: Request) -> tuple[Asked, str]:
    """What this browser was sent away with. Raises UnauthorisedError if it was not."""
    try:
        kept = json.loads(request.cookies[BEGUN])
        asked = Asked(state=kept["s"], nonce=kept["n"], verifier=kept["v"])
        back = kept["b"]
    except (KeyError, TypeError, ValueError) as error:
        raise UnauthorisedError("oidc-refused") from error
    # Only a path of our own: `//host` and `/\\host` would lead elsewhere.
    own = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    return asked, back if own else "/"


def _redirect_uri(request: Request) -> str:
    return str(request.url.replace(path=f"{PATH}/callback", query="", fragment=""))
