"""A city whose notices go out, by mail and to web hooks on the loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.receivers import Box, nothing_waits
from tests.integration.two_districts import City, make_city, sign_in_all


@pytest.fixture
def box() -> Iterator[Box]:
    made = Box()
    made.controller.start()
    yield made
    made.controller.stop()


@pytest.fixture(scope="module")
def url(maintenance_url: str, template_database: str) -> Iterator[str]:
    with module_database(maintenance_url, template_database) as made:
        yield made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def city(engine: Engine) -> City:
    made = make_city(engine)
    sign_in_all(engine, made)
    return made


@pytest.fixture(autouse=True)
def nothing_left(engine: Engine) -> Iterator[None]:
    yield
    nothing_waits(engine)


@pytest.fixture(scope="module")
def client(engine: Engine, url: str, city: City, tmp_path_factory) -> Iterator[TestClient]:
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("data"), log_level="CRITICAL", smtp_host="127.0.0.1",
        web_hook_networks="loopback",
    )  # fmt: skip
    with TestClient(create_app(settings, url)) as opened:
        yield opened
