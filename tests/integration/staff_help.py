"""What the tests of staff share: a town with people, and what they ask of it again and again."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from gis.errors import WanggeError
from gis.messages import translate
from gis.store import posts
from gis.store.cluster import create_database
from gis.store.engine import acting, make_engine
from gis.workflows import appointments
from gis.workflows.appointments import Appointment
from tests.conftest import _drop, _url
from tests.factories import inserter, make_town

WHO = {"reason": "任免通知〔2026〕3号", "actor": "组织科"}


@contextmanager
def own_database(maintenance_url, template_database):
    """An engine on an empty, migrated database that the tests of a file share."""
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    made = make_engine(_url(maintenance_url, name))
    yield made
    made.dispose()
    _drop(maintenance_url, name)


def staffed_town(engine):
    """The drawn town with eight more people of its sub-district."""
    made = make_town(engine)
    with acting(engine, "tests") as connection:
        one = inserter(connection)
        sub = connection.scalar(text("SELECT id FROM organisation WHERE kind = 'sub_district'"))
        made.person_ids["sub"] = sub
        for name in ("周一", "钱二", "孙三", "李四", "吴五", "郑六", "王七", "单雄信"):
            made.person_ids[name] = one(
                "person", name=name, phone=f"138-{len(name)}{ord(name[1])}", organisation_id=sub
            )
    return made


def soon(days=1):
    return datetime.now(UTC) + timedelta(days=days)


def held(engine, town, code, role):
    with engine.connect() as connection:
        rows = posts.of_grids(connection, town.jurisdiction_id, [code])
    return [row for row in rows if row["role"] == role and not row["called_off"]]


def put_on(engine, town, code, role, name, **more):
    given = Appointment(
        grid_code=code, role=role, person_id=town.person_ids[name], reason=WHO["reason"], **more
    )
    return appointments.appoint(engine, town.jurisdiction_id, given, actor=WHO["actor"])


def refused(call, *codes):
    with pytest.raises(WanggeError) as found:
        call()
    assert found.value.code in codes
    for language in ("en", "zh-CN"):
        assert "{" not in translate(found.value.code, language, found.value.params)
    return found.value
