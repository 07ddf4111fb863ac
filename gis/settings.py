"""The only reader of the environment. Only `api` and the migrations import it."""

from __future__ import annotations

import getpass
import hashlib
import os
import tempfile
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent


def default_data_dir() -> Path:
    """`.wangge` in the checkout; for root a place that the postgres account can reach as well."""
    if os.geteuid() != 0:
        return CHECKOUT / ".wangge"
    mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return Path("/var/lib/wangge") / mark


class Settings(BaseSettings):
    """What an office may set, each as an environment variable (WANGGE_… or DATABASE_URL)."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", env_ignore_empty=True)

    data_dir: Path = Field(default_factory=default_data_dir)
    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    time_zone: str = "Asia/Shanghai"
    host: str = "127.0.0.1"
    port: int = 8000
    basemap_url: str | None = None
    basemap_attribution: str = ""
    upload_limit_mb: int = 1024
    log_level: str = "INFO"

    @property
    def socket_dir(self) -> Path:
        """Where the Unix socket lies: short, because a socket's path holds 107 bytes at most."""
        mark = hashlib.sha256(str(self.data_dir.resolve()).encode()).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"wangge-{getpass.getuser()}-{mark}"
