"""An import locks nobody out of the numbers of today, and leaves no gap behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import make_url

from gis.store.engine import make_engine
from gis.workflows.incident_report import IncidentReport
from gis.workflows.intake import report_incident
from gis.workflows.locators import Locators
from tests.factories import SOUTH, STEP, WEST, make_town
from tests.integration.import_help import (
    ZONE,
    assert_gapless,
    count,
    numbers,
    one,
    rows,
    saved,
    taken_in,
)


@pytest.fixture
def town(engine):
    return make_town(engine)


@pytest.fixture
def impatient(database_url):
    """An engine whose statements do not wait for a lock that an import holds."""
    url = make_url(database_url).update_query_dict({"options": "-c lock_timeout=3s"})
    made = make_engine(url.render_as_string(hide_password=False))
    yield made
    made.dispose()


def reported(engine):
    given = IncidentReport(
        category="0101", title="电话", source="patrol", lon=WEST + STEP / 2, lat=SOUTH + STEP / 2
    )
    return report_incident(engine, Locators(), given, actor="调度员", time_zone=ZONE)


def test_reports_are_numbered_while_a_file_of_today_is_written(engine, town, tmp_path, impatient):
    seen = []
    reported(impatient)

    def progress(step, fraction):
        if step == "import-step-write":
            reported(impatient)
            seen.append(fraction)

    path = saved(rows(40, today=True), tmp_path / "a.csv")
    assert taken_in(engine, town, path, progress=progress)[0] == 40
    assert seen[-1] == 1.0
    assert count(engine) == 41 + len(seen)
    assert_gapless(engine)
    assert one(engine, "SELECT count(*) FROM serial_block") == 0


class StoppedError(Exception):
    pass


def stop_at_write(at_once):
    def progress(step, fraction):
        if step == "import-step-write" and fraction > 0:
            at_once()
            raise StoppedError

    return progress


def test_numbers_of_a_failed_import_are_taken_back(engine, town, tmp_path, impatient):
    path = saved(rows(40, today=True), tmp_path / "a.csv")
    reported(impatient)
    with pytest.raises(StoppedError):
        taken_in(engine, town, path, progress=stop_at_write(lambda: None))
    reported(impatient)
    assert count(engine) == 2
    assert_gapless(engine)
    assert one(engine, "SELECT count(*) FROM serial_block") == 0


def test_numbers_below_others_go_to_the_next_ones(engine, town, tmp_path, impatient):
    path = saved(rows(4, today=True), tmp_path / "a.csv")
    with pytest.raises(StoppedError):
        taken_in(engine, town, path, progress=stop_at_write(lambda: reported(impatient)))
    assert list(numbers(engine).values()) == [[5]]
    reported(impatient)
    assert list(numbers(engine).values()) == [[1, 5]]
    # Three are free, and four are wanted: the last one is counted on.
    assert taken_in(engine, town, path)[0] == 4
    assert list(numbers(engine).values()) == [[1, 2, 3, 4, 5, 6]]
    assert one(engine, "SELECT count(*) FROM serial_block") == 0


def test_many_writers_give_each_number_once(engine, town, tmp_path, impatient):
    paths = [
        saved(rows(60, today=True, reference=f"{k}-", seed=k), tmp_path / f"{k}.csv")
        for k in range(3)
    ]

    def imported(path):
        try:
            with_fault = path is paths[0]
            return taken_in(
                engine,
                town,
                path,
                progress=stop_at_write(lambda: None) if with_fault else no_progress,
            )[0]
        except StoppedError:
            return 0

    with ThreadPoolExecutor(8) as pool:
        files = pool.map(imported, paths)
        singles = [pool.submit(reported, impatient) for _ in range(40)]
        assert sum(files) == 120
        for single in singles:
            single.result()
    assert count(engine) == 160
    free = one(engine, "SELECT coalesce(sum(last - first + 1), 0) FROM serial_block")
    [found] = numbers(engine).values()
    assert len(set(found)) == 160
    assert max(found) - 160 <= free  # what is not given is kept to be given next


def no_progress(step, fraction):
    pass
