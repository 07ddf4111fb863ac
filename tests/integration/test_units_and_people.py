"""Leaders attached below them, units and people through time: dated, with reasons, none lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.errors import InputError, NotFoundError
from gis.store import attachments, organisations, staff
from gis.store.engine import acting
from gis.workflows import appointments, units_and_people
from gis.workflows.appointments import Attaching
from tests.integration.staff_help import WHO, own_database, refused, soon, staffed_town


@pytest.fixture(scope="module")
def engine(maintenance_url, template_database):
    with own_database(maintenance_url, template_database) as made:
        yield made


@pytest.fixture(scope="module")
def town(engine):
    return staffed_town(engine)


def test_leaders_are_attached_only_to_what_lies_below_them(engine, town):
    sub, of = town.person_ids["sub"], town.jurisdiction_id
    given = {"person_id": town.person_ids["李四"], "kind": "in_charge", "reason": "分包"}

    def attach(target, **more):
        asked = Attaching(**(given | {"target_code": target} | more))
        return appointments.attach(engine, of, asked, actor="办公室")

    first = attach("410102004003")
    refused(lambda: attach("410102004003", person_id=town.person_ids["吴五"]), "attachment-taken")
    refused(lambda: attach("410102004"), "attachment-not-below")
    refused(lambda: attach("410103001"), "attachment-not-below")
    refused(lambda: attach("410102004077"), "attachment-target-unknown")
    refused(lambda: attach("410102004003", kind="contact"), "attachment-twice")
    attach("410102004", organisation_id=of, person_id=town.person_ids["孙三"], kind="contact")
    second = appointments.detach(
        engine, of, first, successor_id=town.person_ids["吴五"], at=soon(2), **WHO
    )
    with engine.connect() as connection:
        chain = attachments.chain(connection, "410102004003001", soon(3))
        assert [(one["target"]["code"], one["person"]["name"]) for one in chain] == [
            ("410102004", "孙三"), ("410102004003", "吴五"),
        ]  # fmt: skip
        now = attachments.chain(connection, "410102004003001", datetime.now(UTC))
        assert [one["person"]["name"] for one in now] == ["孙三", "李四", "吴五"]
        assert len(attachments.of_organisation(connection, sub, soon(3))) >= 1
    assert second


def test_organisations_keep_their_names_of_every_time(engine, town):
    of = town.jurisdiction_id
    make = units_and_people.create_organisation
    new = units_and_people.NewOrganisation
    office = make(
        engine, of, new(code="410102-D90", kind="department", name_zh="城市管理局",
                        parent_code="410102"), **WHO,
    )  # fmt: skip
    community = make(
        engine, of, new(code="410102004001", kind="community", name_zh="一社区"), **WHO
    )
    wrong = [
        (new(code="41010200400", kind="community", name_zh="x"), "organisation-code-wrong"),
        (new(code="410102009001", kind="community", name_zh="x"), "organisation-parent-unknown"),
        (new(code="410102-D90", kind="department", name_zh="x", parent_code="410102"),
         "organisation-code-taken"),
        (new(code="410102004002", kind="community", name_zh="x", parent_code="410102005"),
         "organisation-parent-wrong"),
    ]  # fmt: skip
    for given, code in wrong:
        refused(lambda given=given: make(engine, of, given, **WHO), code)
    change = units_and_people.change_organisation
    change(engine, of, office, name_zh="城管局", **WHO)
    later = soon(10)
    change(engine, of, office, name_zh="综合执法局", at=later, **WHO)
    refused(lambda: change(engine, of, office, name_zh="x", **WHO), "change-coming")
    refused(lambda: change(engine, of, community, parent_id=office, **WHO),
            "organisation-parent-fixed")  # fmt: skip
    refused(lambda: change(engine, of, community, name_zh="一社区", **WHO), "change-nothing")
    with engine.connect() as connection:
        at = [datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC), later]
        told = [
            next(it for it in organisations.tree(connection, of, one) if it["id"] == office)
            for one in at
        ]
        assert [it["name"]["zh"] for it in told] == ["城市管理局", "城管局", "综合执法局"]
        assert organisations.organisation(connection, of, office)["name_zh"] == "城管局"
    close = units_and_people.close_organisation
    refused(lambda: close(engine, of, town.person_ids["sub"], **WHO), "organisation-not-empty")
    one = units_and_people.record_person(
        engine, of, units_and_people.NewPerson(name="曾重", organisation_id=community), **WHO
    )
    refused(lambda: close(engine, of, community, **WHO), "organisation-not-empty")
    assert close(engine, of, community, successor_id=town.person_ids["sub"], **WHO) == 1
    with engine.connect() as connection:
        codes = {it["code"] for it in organisations.tree(connection, of, soon())}
        assert "410102004001" not in codes
        assert staff.person(connection, of, one)["organisation_id"] == town.person_ids["sub"]
        assert organisations.versions(connection, community)[0]["successor"]["code"] == "410102004"
    with pytest.raises(DBAPIError, match="new version"), acting(engine, "x") as connection:
        connection.execute(text("UPDATE organisation SET name_zh = 'x' WHERE id = :id"),
                           {"id": office})  # fmt: skip


def test_people_change_with_dates_and_are_found_by_pinyin(engine, town):
    of = town.jurisdiction_id
    change = units_and_people.change_person
    who = town.person_ids["单雄信"]
    change(engine, of, who, phone="139 0000 1111", **WHO)
    change(engine, of, who, name="单 通", at=soon(4), **WHO)
    refused(lambda: change(engine, of, who, name="x", at=soon(2), **WHO), "change-coming")
    refused(lambda: change(engine, of, 10**9, name="x", **WHO), "person-not-found")
    with pytest.raises(NotFoundError):
        change(engine, of, who, organisation_id=10**9, at=soon(5), **WHO)

    def found(words, **more):
        with engine.connect() as connection:
            return [it["name"] for it in staff.search(connection, of, words=words, limit=50,
                                                      **more)[0]]  # fmt: skip

    for words in ("shanxiongxin", "danxiong", "sxx", "单", "13900001111", "Shan Xiong"):
        assert found(words) == ["单雄信"], words
    assert found("xiongxin") == []
    with engine.connect() as connection:
        names, after = [], None
        while True:
            page, after = staff.search(connection, of, limit=7, after=after)
            names += [it["name"] for it in page]
            if after is None:
                break
        assert sorted(names) == names
        assert len(names) == len(staff.search(connection, of, limit=500)[0])
        with pytest.raises(InputError):
            staff.search(connection, of, limit=5, after="x")
    inside = set(found("", organisation_id=town.person_ids["sub"]))
    assert {"单雄信", "李四"} <= inside
    assert "值班员" not in inside
