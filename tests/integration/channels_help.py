"""A served town with accounts, one for all tests of a module: they do not disturb each other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import Engine, text

from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.factories import SOUTH, STEP, WEST, Town, make_neighbour, make_town
from tests.server import serving
from tests.signing import sign_in

HERE = {"lon": WEST + STEP / 2, "lat": SOUTH + STEP / 2}
REPORT = {"category": "0101", "title": "试验", "source": "patrol", **HERE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Two dispatchers of the town's district, one of the next, and somebody not signed in."""

    engine: Engine
    url: str
    town: Town
    folder: Path
    desk: httpx.Client
    colleague: httpx.Client
    stranger: httpx.Client
    anybody: httpx.Client

    def scalar(self, query: str, **values: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.scalar(text(query), values)


@contextmanager
def open_office(maintenance_url: str, template: str, folder: Path) -> Iterator[Office]:
    """Served until the block ends, on a database of its own."""
    with module_database(maintenance_url, template) as url, ExitStack() as stack:
        engine = make_engine(url)
        stack.callback(engine.dispose)
        town = make_town(engine)
        _, other = make_neighbour(engine)
        base = stack.enter_context(serving(url, folder, signed_in=False))

        def client(organisation_id: int | None = None) -> httpx.Client:
            who = sign_in(engine, "dispatcher", organisation_id=organisation_id)
            headers = who if organisation_id is not None else {}
            http = httpx.Client(base_url=f"{base}/api/v1", timeout=60, headers=headers)
            return stack.enter_context(http)

        yield Office(
            engine=engine, url=url, town=town, folder=folder, anybody=client(),
            desk=client(town.jurisdiction_id), colleague=client(town.jurisdiction_id),
            stranger=client(other),
        )  # fmt: skip


def jpeg(shade: int = 0, **how: Any) -> bytes:
    """A small photo; another for each shade."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 90, 90)).save(file, "JPEG", **how)
    return file.getvalue()


def send_photo(
    http: httpx.Client,
    content: bytes,
    key: str | None = None,
    path: str = "/photos",
    **headers: str,
) -> httpx.Response:
    """Send a photo as a browser does, under a name that says something else."""
    given = ({"Idempotency-Key": key} if key else {}) | headers
    return http.post(path, files={"file": ("现场 照片.png", content, "image/png")}, headers=given)
