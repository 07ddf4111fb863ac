"""A small OpenID Connect provider on loopback, with which tests sign in as an office would.

It keeps to the protocol with authlib's and joserfc's own parts: codes are used once, PKCE and the
client's secret are checked, tokens are signed. `person` is who signs in next; `twist` makes it lie.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "wangge", "a secret of the office"


@dataclass(slots=True)
class Issuer:
    url: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    twist: str | None = None
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    other: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))

    def describe(self, request: Request) -> Response:
        self.asked.append("describe")
        token_host = "http://127.0.0.2:9" if self.twist == "foreign" else self.url
        return JSONResponse(
            {
                "issuer": self.url if self.twist != "issuer" else "http://127.0.0.3",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{token_host}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        )

    def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}")

    async def token(self, request: Request) -> Response:
        form = await request.form()
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = self.codes.pop(str(form["code"]), None)
        right = (
            given == f"{CLIENT}:{SECRET.replace(' ', '+')}" or given == f"{CLIENT}:{SECRET}"
        ) and (
            asked is not None
            and form["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(str(form["code_verifier"])) == asked["code_challenge"]
        )
        if not right or asked is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT if self.twist != "audience" else "another",
            "iat": now,
            "exp": now + 300 if self.twist != "expired" else now - 3600,
            "nonce": asked["nonce"] if self.twist != "nonce" else "of somebody else",
            **self.person,
        }
        told = {"access_token": "of no use", "token_type": "Bearer", "id_token": self._sign(claims)}
        return JSONResponse(told)

    def _sign(self, claims: dict[str, Any]) -> str:
        if self.twist == "none":
            parts = [b'{"alg":"none"}', JSONResponse(claims).body]
            return b".".join([*map(_base64, parts), b""]).decode()
        if self.twist == "confused":  # the public key as if it were a shared secret
            head = b'{"alg":"HS256","kid":"one"}'
            text = b".".join(_base64(part) for part in (head, JSONResponse(claims).body))
            sign = hmac.new(self.key.as_pem(private=False), text, "sha256").digest()
            return (text + b"." + _base64(sign)).decode()
        key = self.key if self.twist != "key" else self.other
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)

    def keys(self, request: Request) -> Response:
        return JSONResponse(KeySet([self.key]).as_dict(private=False))


def _base64(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


@contextmanager
def providing() -> Iterator[Issuer]:
    """Run the provider until the block ends."""
    issuer = Issuer()
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", issuer.describe),
            Route("/authorize", issuer.authorize),
            Route("/token", issuer.token, methods=["POST"]),
            Route("/keys", issuer.keys),
        ]
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        issuer.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            while not server.started:
                thread.join(0.02)
            yield issuer
        finally:
            server.should_exit = True
            thread.join(20)
