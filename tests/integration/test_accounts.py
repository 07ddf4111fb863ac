"""Accounts, tokens and the audit trail: who may change whom, and what cannot be changed unseen."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from gis.errors import ConflictError, InputError
from gis.store import audit as audit_store
from gis.store.cluster import create_database
from gis.store.engine import acting, make_engine
from gis.workflows import account_changes, audit
from gis.workflows.account_changes import Administrator
from tests.factories import inserter, make_neighbour, make_town
from tests.integration.signing_help import Browser, audited
from tests.server import serving
from tests.signing import make_account, sign_in, token_of


@pytest.fixture(scope="module")
def database(maintenance_url, template_database):
    name = f"wangge_test_{uuid.uuid4().hex[:12]}"
    create_database(maintenance_url, name, template_database)
    url = make_url(maintenance_url).set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def town(database):
    return make_town(database)


@pytest.fixture(scope="module")
def elsewhere(database, town):
    return make_neighbour(database)[1]


@pytest.fixture(scope="module")
def base(database, town, tmp_path_factory):
    url = database.url.render_as_string(hide_password=False)
    with serving(url, tmp_path_factory.mktemp("data"), signed_in=False) as served:
        yield served


@pytest.fixture
def admin(base, database, town):
    """The administrator of the town's district."""
    headers = sign_in(database, "administrator", organisation_id=town.jurisdiction_id)
    with httpx.Client(base_url=f"{base}/api/v1", headers=headers, timeout=60) as client:
        yield client


def new(**changed):
    login = f"n{uuid.uuid4().hex[:8]}"
    return {"login": login, "name": "赵六", "roles": ["dispatcher"], **changed}


def test_an_account_is_made_used_reset_and_disabled(admin, base, town, database):
    wanted = new(organisation_id=town.jurisdiction_id)
    made = admin.post("/accounts", json=wanted)
    assert made.status_code == 201
    account, password = made.json()["account"], made.json()["password"]
    assert account["must_change_password"] is True
    assert "password" not in str(account).replace("must_change_password", "").replace(
        "has_password", ""
    )
    with Browser(base_url=base, timeout=60) as one:
        assert one.sign_in(wanted["login"], password).status_code == 204
        again = admin.post(f"/accounts/{account['id']}/password").json()
        assert again["password"] != password
        for _ in range(100):
            if one.get("/api/v1/categories").status_code == 401:
                break
        assert one.get("/api/v1/categories").status_code == 401
        assert one.sign_in(wanted["login"], password).status_code == 401
        assert one.sign_in(wanted["login"], again["password"]).status_code == 204
        gone = admin.post(f"/accounts/{account['id']}/disable").json()
        assert gone["disabled_at"] is not None
        refused = one.sign_in(wanted["login"], again["password"])
        assert (refused.status_code, refused.json()["code"]) == (403, "account-disabled")
    listed = admin.get("/accounts", params={"q": wanted["login"]}).json()["items"]
    assert listed == []
    listed = admin.get("/accounts", params={"q": wanted["login"], "disabled": True}).json()
    assert [row["login"] for row in listed["items"]] == [wanted["login"]]
    with database.connect() as connection:
        assert password not in str(
            connection.execute(text("SELECT * FROM audit_entry")).all()
            + connection.execute(text("SELECT * FROM account")).all()
        )


def test_lists_are_paged_and_lose_nobody(admin, town):
    made = {
        admin.post("/accounts", json=new(organisation_id=town.jurisdiction_id)).json()["account"][
            "id"
        ]
        for _ in range(5)
    }
    seen, after = [], 0
    while after is not None:
        page = admin.get("/accounts", params={"limit": 2, "after": after}).json()
        seen += [row["id"] for row in page["items"]]
        after = page["next"]
    assert seen == sorted(set(seen)) and made <= set(seen)


def test_nobody_reaches_beyond_their_own_tree(admin, town, elsewhere, database):
    other = make_account(database, "dispatcher", organisation_id=elsewhere)
    whole = make_account(database, "administrator")
    for account in (other, whole):
        for way in ("disable", "enable", "unlock", "password"):
            assert admin.post(f"/accounts/{account}/{way}").status_code == 404
        assert admin.get(f"/accounts/{account}/tokens").status_code == 404
        assert admin.post(f"/accounts/{account}/tokens", json={"name": "x"}).status_code == 404
        values = {"name": "x", "roles": ["leader"], "organisation_id": town.jurisdiction_id}
        assert admin.put(f"/accounts/{account}", json=values).status_code == 404
    for place in (elsewhere, None):
        refused = admin.post("/accounts", json=new(organisation_id=place))
        assert (refused.status_code, refused.json()["code"]) == (403, "account-outside")
    mine = admin.post("/accounts", json=new(organisation_id=town.jurisdiction_id)).json()
    moved = admin.put(
        f"/accounts/{mine['account']['id']}",
        json={"name": "x", "roles": ["dispatcher"], "organisation_id": elsewhere},
    )
    assert moved.status_code == 403
    ids = {row["id"] for row in admin.get("/accounts", params={"limit": 200}).json()["items"]}
    assert ids.isdisjoint({other, whole})


def test_only_administrators_administer(base, database, town):
    others = ("planner", "dispatcher", "leader")
    headers = sign_in(database, *others, organisation_id=town.jurisdiction_id)
    with httpx.Client(base_url=f"{base}/api/v1", headers=headers) as client:
        for path in ("/accounts", "/audit", "/audit/state"):
            refused = client.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "role-not-allowed")
        assert client.post("/accounts", json=new()).status_code == 403


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"login": "<b>"}, 422, "login-invalid"),
        ({"login": "Ab c"}, 422, "login-invalid"),
        ({"roles": ["king"]}, 422, "request-invalid"),
        ({"roles": []}, 422, "request-invalid"),
        ({"name": "  "}, 422, "request-invalid"),
        ({"roles": ["grid_worker"]}, 422, "account-needs-person"),
        ({"roles": ["department"]}, 422, "account-needs-department"),
        ({"organisation_id": 10**9}, 404, "account-organisation-unknown"),
        ({"roles": ["grid_worker"], "person_id": 10**9}, 404, "account-person-unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(admin, town, changed, status, code):
    wanted = new(organisation_id=town.jurisdiction_id) | changed
    answer = admin.post("/accounts", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_login_and_a_person_have_one_account(admin, town):
    person = town.person_ids["410102004001001"]
    wanted = new(organisation_id=town.jurisdiction_id, roles=["grid_worker"], person_id=person)
    assert admin.post("/accounts", json=wanted).status_code == 201
    twice = admin.post("/accounts", json=wanted)
    assert (twice.status_code, twice.json()["code"]) == (409, "login-taken")
    second = admin.post("/accounts", json=wanted | {"login": wanted["login"] + "b"})
    assert (second.status_code, second.json()["code"]) == (409, "person-has-account")
    many = [new(organisation_id=town.jurisdiction_id)] * 8
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: admin.post("/accounts", json=one), many))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


def test_nobody_locks_themselves_or_everybody_out(admin, database, town):
    me = admin.get("/session").json()["account"]["id"]
    assert admin.post(f"/accounts/{me}/disable").json()["code"] == "account-own"
    lost = admin.put(
        f"/accounts/{me}",
        json={"name": "x", "roles": ["leader"], "organisation_id": town.jurisdiction_id},
    )
    assert lost.json()["code"] == "account-own"


def test_the_last_administrators_cannot_disable_each_other(engine):
    one, two = make_account(engine, "administrator"), make_account(engine, "administrator")

    def disable(who, by):
        try:
            account_changes.disable_account(engine, who, Administrator(actor="t", account_id=by))
        except ConflictError as error:
            return error.code
        return None

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(disable, (one, two), (two, one)))
    assert sorted(map(str, done)) == ["None", "last-administrator"]


def test_a_token_is_told_once_and_ends_when_revoked(admin, base, database, town):
    account = make_account(database, "dispatcher", organisation_id=town.jurisdiction_id)
    issued = admin.post(f"/accounts/{account}/tokens", json={"name": "12345 热线", "days": 30})
    assert issued.status_code == 201
    token = issued.json()["token"]
    with httpx.Client(
        base_url=f"{base}/api/v1", headers={"Authorization": f"Bearer {token}"}
    ) as machine:
        assert machine.get("/jurisdictions").status_code == 200
        assert (
            machine.put("/session/password", json={"former": "x", "password": "y"}).json()["code"]
            == "session-needed"
        )
        listed = admin.get(f"/accounts/{account}/tokens")
        assert token not in listed.text
        (row,) = listed.json()["items"]
        assert row["used_at"] is not None and row["revoked_at"] is None
        way = f"/accounts/{account}/tokens/{row['id']}/revoke"
        assert admin.post(way).status_code == 204
        for _ in range(400):
            if machine.get("/jurisdictions").status_code == 401:
                break
        assert machine.get("/jurisdictions").status_code == 401
    assert admin.post(f"/accounts/{account}/tokens/999999/revoke").status_code == 404


def test_the_trail_tells_who_did_what_and_is_whole(admin, database, town):
    wanted = new(organisation_id=town.jurisdiction_id)
    made = admin.post("/accounts", json=wanted).json()["account"]
    admin.put(
        f"/accounts/{made['id']}",
        json={"name": "赵六", "roles": ["leader"], "organisation_id": town.jurisdiction_id},
    )
    subject = f"account {made['id']}"
    changed = [row for row in audited(database, "account-change") if row.subject == subject]
    assert changed[0].detail["roles"] == [["dispatcher"], ["leader"]]
    assert changed[0].actor.startswith("测试 (")
    first = admin.get("/audit", params={"limit": 3}).json()
    second = admin.get("/audit", params={"limit": 3, "before": first["next"]}).json()
    numbers = [row["id"] for row in first["items"] + second["items"]]
    assert numbers == list(range(numbers[0], numbers[0] - 6, -1))
    state = admin.get("/audit/state").json()
    assert state["broken"] is None and state["entries"] >= numbers[0]


def test_the_trail_is_not_told_below_a_district(base, database, town):
    with database.connect() as connection:
        street = connection.scalar(
            text("SELECT id FROM organisation WHERE kind = 'sub_district' LIMIT 1")
        )
    headers = sign_in(database, "administrator", organisation_id=street)
    refused = httpx.get(f"{base}/api/v1/audit", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "audit-outside")


def behind_the_trigger(engine, statement):
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        connection.execute(text(statement))
        connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET actor = 'x' WHERE id = 3", 3),
        ("UPDATE audit_entry SET detail = '{\"a\": 2}' WHERE id = 4", 4),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = 1", 1),
        ("DELETE FROM audit_entry WHERE id = 5", 5),
        ("UPDATE audit_entry SET hash = sha256('x') WHERE id = 6", 6),
        ("DELETE FROM audit_entry WHERE id > 7", None),  # only a noted head tells
    ],
)
def test_a_change_behind_the_trigger_is_named(engine, statement, broken):
    with acting(engine, "张三") as connection:
        for number in range(9):
            audit_store.record(connection, "try", f"thing {number}", {"数": number, "空": None})
    with engine.connect() as connection:
        noted = audit_store.head(connection)
        assert audit.verify(connection, noted=noted).broken is None
    behind_the_trigger(engine, statement)
    with engine.connect() as connection:
        assert audit.verify(connection).broken == broken
        assert audit.verify(connection, noted=noted).broken == (broken or 8)


def test_the_trail_only_grows_without_gap_or_fork(engine):
    def add(number):
        with acting(engine, f"person {number}") as connection:
            audit_store.record(connection, "try", "thing")
            if number % 3 == 0:
                connection.rollback()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    with engine.connect() as connection:
        found = audit.verify(connection)
    assert (found.entries, found.broken) == (26, None)
    for statement in (
        "UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry",
        "DELETE FROM account",
    ):  # fmt: skip
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))
    with pytest.raises(DBAPIError, match="without a name"), engine.begin() as connection:
        audit_store.record(connection, "try", "thing")
    with pytest.raises(InputError), engine.connect() as connection:
        audit.verify(connection, noted=audit.read_noted("three:abc"))


def test_a_department_s_account_is_of_the_department(admin, database, town):
    with acting(database, "tests") as connection:
        department = inserter(connection)(
            "organisation", code="410102-D77", kind="department", name_zh="城管局",
            parent_id=town.jurisdiction_id,
        )  # fmt: skip
    made = admin.post("/accounts", json=new(organisation_id=department, roles=["department"]))
    assert made.status_code == 201
    assert made.json()["account"]["organisation"]["kind"] == "department"
    wrong = admin.post("/accounts", json=new(organisation_id=department))
    assert wrong.json()["code"] == "account-needs-department"
    assert token_of(database, made.json()["account"]["id"])
