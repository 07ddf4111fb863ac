"""What the tests on a real PostGIS share; the database itself comes from tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from gis.store.engine import make_engine


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on an empty, migrated database of this test alone."""
    made = make_engine(database_url)
    yield made
    made.dispose()
