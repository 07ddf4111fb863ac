"""Words are found wherever they stand, in any width and case, the newest first, page by page."""

from __future__ import annotations

import random
import unicodedata

import psycopg
import pytest

from gis.store import incidents
from gis.store.cluster.database import connection_string
from gis.store.incident_filter import IncidentFilter
from gis.store.incidents import incident_page
from tests.factories import SOUTH, WEST, make_town

LETTERS = "违法建设占道路号楼A单元aｂ１2３-（%_\\'\"ª,。 "
INSERT = """
INSERT INTO incident (serial, jurisdiction_id, category_code, severity, source, title, address,
                      reported_at, stage, queue_id, route_rule, location)
VALUES (%(serial)s, %(jurisdiction)s, '01', 2, 'patrol', %(title)s, %(address)s,
        now() - random() * interval '9 days', 'dispatched', %(queue)s, 'outside_queue',
        ST_SetSRID(ST_MakePoint(%(west)s, %(south)s), 4326))
"""


@pytest.fixture
def said(engine, database_url):
    """A town, and what was said in its 400 incidents: (serial, title and address)."""
    town, rng = make_town(engine), random.Random(5)
    rows = []
    with psycopg.connect(connection_string(database_url)) as connection:
        connection.execute("SELECT set_config('wangge.actor', 'tests', true)")
        for n in range(400):
            title = "".join(rng.choices(LETTERS, k=rng.randint(1, 12))).strip() or "空"
            address = None if n % 3 else "".join(rng.choices(LETTERS, k=rng.randint(0, 8)))
            serial = f"410102-20260101-{n:05d}"
            connection.execute(
                INSERT,
                {"serial": serial, "jurisdiction": town.jurisdiction_id, "queue": town.queue_id,
                 "title": title, "address": address, "west": WEST, "south": SOUTH},
            )  # fmt: skip
            rows.append((serial, f"{title} {address or ''}"))
    return town, rows


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def expected(rows, words: str) -> set[str]:
    wanted = plain(words).split()
    return {
        serial
        for serial, text in rows
        if all(word in plain(text) for word in wanted)
        or (len(wanted) == 1 and serial.endswith(wanted[0]))
    }


@pytest.mark.parametrize("read_first", [1, 20, 5000])
def test_what_is_found_is_what_holds_the_words(engine, said, monkeypatch, read_first):
    """By the index, by reading, and by both in turn."""
    monkeypatch.setattr(incidents, "READ_FIRST", read_first)
    town, rows = said
    rng = random.Random(7)
    asked = [
        "违", "建设", "违法建", "a单", "Ａ", "ab", "１２３", "2-", "(", "00017", rows[33][0], "囍",
        "道 路", "\\违", "%违", "_号", "'单", '"元', "aª", "  ", "0101-0039",
    ]  # fmt: skip
    for _ in range(25):  # pieces of what was said
        text = rng.choice(rows)[1]
        start = rng.randrange(len(text))
        asked.append(text[start : start + rng.randint(1, 4)])
    with engine.connect() as connection:
        for words in asked:
            found, cursor, pages = [], None, 0
            while True:
                wanted = IncidentFilter(jurisdiction_id=town.jurisdiction_id, words=words)
                page, cursor = incident_page(connection, wanted, limit=40, cursor=cursor)
                found += page
                pages += 1
                if cursor is None:
                    break
            letters = any(character.isalnum() for character in plain(words))
            if letters or not plain(words).split() or read_first == 5000:
                assert {row["serial"] for row in found} == expected(rows, words), words
            assert len(found) == len({row["id"] for row in found})
            order = [(row["reported_at"], row["id"]) for row in found]
            assert order == sorted(order, reverse=True)


def test_words_narrow_with_all_other_filters(engine, said):
    town, _ = said
    with engine.connect() as connection:
        for given in ({"category": "02"}, {"status": "closed"}, {"severity": 4}):
            wanted = IncidentFilter(jurisdiction_id=town.jurisdiction_id, words="违", **given)
            assert incident_page(connection, wanted, limit=10) == ([], None)
        wanted = IncidentFilter(jurisdiction_id=town.jurisdiction_id, words="违", category="01")
        assert incident_page(connection, wanted, limit=200)[0]
