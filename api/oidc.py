"""Signing in where the office signs in: OpenID Connect, code flow with PKCE, state and nonce.

Only the host of the configured issuer is ever asked, and it only says who somebody is: accounts
and their rights are made here.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gis.errors import UnauthorisedError, UnavailableError
from gis.settings import Settings

with warnings.catch_warnings():  # the library speaks of its own next version, to every user
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import OAuth2Client

SCOPE = "openid profile email"
SIGNED = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]  # never none, never HS
TIMEOUT_S = 10.0
LEEWAY_S = 60
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one sign-in was begun with; the browser keeps it until it comes back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom the issuer vouches for; `login` is what the configured claim says, if it may be
    believed."""

    subject: str
    login: str | None


class Provider:
    """The configured issuer. Raises UnavailableError `oidc-unreachable` when it does not answer as
    it should, and `oidc-foreign` when it names another host than its own."""

    def __init__(self, settings: Settings) -> None:
        self.issuer = (settings.oidc_issuer or "").rstrip("/")
        self.client_id = settings.oidc_client_id
        self.client_secret = settings.oidc_client_secret
        self.login_claim = settings.oidc_login_claim

    @property
    def configured(self) -> bool:
        return bool(self.issuer and self.client_id)

    def begin(self, asked: Asked, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                self._described(client)["authorization_endpoint"],
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
            )
        return str(url)

    def finish(self, asked: Asked, code: str, redirect_uri: str) -> Person:
        """Who has signed in there. Raises UnauthorisedError `oidc-refused`."""
        with self._client(redirect_uri) as client:
            described = self._described(client)
            try:
                told = client.fetch_token(
                    described["token_endpoint"], code=code, code_verifier=asked.verifier,
                    grant_type="authorization_code",
                )  # fmt: skip
                keys = KeySet.import_key_set(_json(client, described["jwks_uri"]))
                token = jwt.decode(told["id_token"], keys, algorithms=SIGNED)
                jwt.JWTClaimsRegistry(
                    leeway=LEEWAY_S,
                    iss={"essential": True, "value": described["issuer"]},
                    aud={"essential": True, "value": self.client_id},
                    sub={"essential": True},
                    exp={"essential": True},
                    iat={"essential": True},
                    nonce={"essential": True, "value": asked.nonce},
                ).validate(token.claims)
            except httpx.HTTPError as error:
                raise UnavailableError("oidc-unreachable") from error
            except (AuthlibBaseError, JoseError, KeyError, TypeError, ValueError) as error:
                log.warning("the issuer's answer was refused", why=repr(error)[:300])
                raise UnauthorisedError("oidc-refused") from error
        return self._person(token.claims)

    def _person(self, claims: dict[str, Any]) -> Person:
        party = claims.get("azp", self.client_id)
        subject = claims["sub"]
        if party != self.client_id or not isinstance(subject, str) or not subject:
            raise UnauthorisedError("oidc-refused")
        login = claims.get(self.login_claim)
        # An address of mail is somebody's only where the issuer has made sure of it.
        believed = self.login_claim != "email" or claims.get("email_verified") is True
        return Person(
            subject=subject, login=login.lower() if isinstance(login, str) and believed else None
        )

    def _client(self, redirect_uri: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self.client_id,
            client_secret=self.client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.client_secret else "none",
            timeout=TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
        )

    def _described(self, client: OAuth2Client) -> dict[str, Any]:
        try:
            described = _json(client, f"{self.issuer}/.well-known/openid-configuration")
            ways = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if described["issuer"].rstrip("/") != self.issuer:
                raise UnavailableError("oidc-foreign", host=str(described["issuer"]))
            for way in ways:
                if urlsplit(described[way])[:2] != urlsplit(self.issuer)[:2]:
                    raise UnavailableError("oidc-foreign", host=urlsplit(described[way]).netloc)
        except (httpx.HTTPError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise UnavailableError("oidc-unreachable") from error
        return described


def _json(client: OAuth2Client, url: str) -> dict[str, Any]:
    answer = client.request("GET", url, withhold_token=True)
    answer.raise_for_status()
    if answer.status_code != 200 or len(answer.content) > 1 << 20:
        raise ValueError("not a description")
    found: dict[str, Any] = answer.json()
    return found
