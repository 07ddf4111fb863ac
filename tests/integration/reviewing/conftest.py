"""A town whose drafts are compared, reviewed and published."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.reviews_help import Desk, client_of, make_desk


@pytest.fixture(scope="module")
def desk(maintenance_url: str, template_database: str) -> Iterator[Desk]:
    with module_database(maintenance_url, template_database) as url:
        engine = make_engine(url)
        yield make_desk(engine)
        engine.dispose()


@pytest.fixture(scope="module")
def client(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client_of(desk.engine, tmp_path_factory.mktemp("data")) as opened:
        yield opened
