"""A district whose planners have drafts searched; each test has a draft that somebody upset."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.app import create_app
from gis.settings import Settings
from gis.store.engine import make_engine
from tests.conftest import module_database
from tests.integration.draft_jobs_help import Desk, District, make_district, upset_draft


@pytest.fixture(scope="module")
def engine(maintenance_url: str, template_database: str) -> Iterator[Engine]:
    with module_database(maintenance_url, template_database) as url:
        made = make_engine(url)
        yield made
        made.dispose()


@pytest.fixture(scope="module")
def district(engine: Engine) -> District:
    return make_district(engine)


@pytest.fixture(scope="module")
def client(
    engine: Engine, district: District, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), log_level="CRITICAL"), url)
    with TestClient(app) as opened:
        yield opened


@pytest.fixture
def desk(engine: Engine, client: httpx.Client, district: District) -> Desk:
    return upset_draft(engine, client, district)
