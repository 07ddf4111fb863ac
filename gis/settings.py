"""The only reader of the environment. Only `api` and the migrations import it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """`.wangge` in the checkout; for root a place that the postgres account can reach as well."""
    if os.geteuid() != 0:
        return CHECKOUT / ".wangge"
    mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return Path("/var/lib/wangge") / mark


def default_socket_dir(settings: dict[str, Any]) -> Path:
    """Where the Unix socket lies: short, because a socket's path holds 107 bytes at most."""
    data_dir: Path = settings["data_dir"]
    mark = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:8]
    return Path(tempfile.gettempdir()) / f"wangge-{os.geteuid()}-{mark}"


class Settings(BaseSettings):
    """What an office may set, each as an environment variable (WANGGE_… or DATABASE_URL)."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", env_ignore_empty=True)

    data_dir: Path = Field(default_factory=default_data_dir)
    socket_dir: Path = Field(default_factory=default_socket_dir)
    # Only here are PostgreSQL's programs looked for; empty: wherever Debian puts them.
    pg_bindir: Path | None = None
    # Never look at or install system packages: unpack what is needed in packages_dir.
    private_packages: bool = False
    # Not below data_dir: another data directory needs no second download.
    packages_dir: Path = Field(default_factory=lambda: default_data_dir() / "packages")
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    time_zone: str = "Asia/Shanghai"
    host: str = "127.0.0.1"
    port: int = 8000
    basemap_url: str | None = None
    basemap_attribution: str = ""
    upload_limit_mb: int = 1024
    # A session ends so long after signing in, and after nothing was asked for so long.
    session_hours: float = Field(default=12, gt=0)
    session_idle_minutes: float = Field(default=120, gt=0)
    # The proxies, by address or network, that may say for whom they ask (X-Forwarded-For, -Proto),
    # separated by commas: by default one on this machine. Whoever is believed here can name any
    # address, and so escape every limit that counts by it.
    trusted_proxies: str = "127.0.0.1,::1"
    # So many tries to sign in may fail from one address within ten minutes, whatever the logins.
    sign_in_tries: int = Field(default=60, ge=1)
    # So often a reporter who is not satisfied has a case taken up again; then the desk alone can.
    public_reopenings: int = Field(default=3, ge=0)
    # OpenID Connect: who signs in there has the account of the same subject, or of the login claim.
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_login_claim: str = "preferred_username"
    oidc_name: str = "OpenID Connect"
    # Where notices are handed in as mail; without a host no mail is sent. WANGGE_MAIL_FROM: the
    # sender, as `Grid desk <desk@example.org>`; WANGGE_PAGE_URL: where the pages are, for links.
    smtp_host: str | None = None
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    smtp_security: Literal["none", "starttls", "tls"] = "starttls"
    smtp_user: str | None = None
    smtp_password: str | None = None
    mail_from: str = "wangge@localhost"
    page_url: str | None = None
    # Where web hooks may be called beside the public network, separated by commas: private,
    # loopback, link-local, or networks as 10.20.0.0/16; `public` alone: nowhere else.
    web_hook_networks: str = "private"
    log_level: str = "INFO"
