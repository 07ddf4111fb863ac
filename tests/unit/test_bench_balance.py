"""The judge of the measurement, against squares whose measures are known by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from bench import report
from bench.balance import front
from bench.balance_change import least_flow
from bench.balance_data import frame
from bench.balance_repair import repaired
from bench.balance_run import run
from bench.balance_score import Ground, disagreements


def squares(rows: int, columns: int, side: float = 100.0) -> Ground:
    """Squares row by row, ten people each."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    x, y = column * side, row * side
    return Ground.survey(frame(shapely.box(x, y, x + side, y + side), np.full(len(x), 10)))


def test_judge_measures_what_can_be_done_by_hand() -> None:
    ground = squares(2, 3)
    found = ground.judge(np.array([0, 0, 1, 0, 0, 1]), 2, current=np.array([0, 1, 1, 0, 0, 1]))
    assert found["boundary_m"] == pytest.approx(200)
    assert found["max_deviation"] == pytest.approx(1 / 3)
    assert found["max_deviation_area"] == pytest.approx(1 / 3)
    square, oblong = np.pi / 4, 4 * np.pi * 20_000 / 600**2
    assert found["compactness"] == pytest.approx((square + oblong) / 2)
    assert found["least_compact"] == pytest.approx(oblong)
    assert found["not_contiguous"] == 0
    assert (found["units_moved"], found["people_moved"]) == (1, 10)


def test_corners_do_not_make_a_grid_hang_together() -> None:
    ground = squares(2, 2)
    apart = np.array([0, 1, 1, 0])
    assert ground.judge(apart, 2)["not_contiguous"] == 2
    assert ground.glance(apart, 2)[2] == 2


def test_an_empty_grid_is_not_contiguous() -> None:
    ground = squares(2, 2)
    assert ground.glance(np.zeros(4, np.int64), 2)[2] == 1


def test_streets_weigh_the_boundary() -> None:
    import geopandas as gpd

    plain = squares(1, 3)
    road = gpd.GeoDataFrame(
        {"cls": [5]}, geometry=[shapely.LineString([(100, -5), (100, 105)])], crs=plain.units.crs
    )
    ground = Ground.survey(plain.units, road)
    along, across = ground.judge(np.array([0, 1, 1]), 2), ground.judge(np.array([0, 0, 1]), 2)
    assert along["weighted_m"] == pytest.approx(50)
    assert across["weighted_m"] == pytest.approx(130)


def test_repair_leaves_one_piece_per_grid_and_cares_for_boundary_or_load() -> None:
    ground = squares(3, 6)
    torn = np.array([0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1])
    ways = dict(repaired(ground, torn, 2))
    assert ways
    for labels in ways.values():
        assert ground.judge(labels, 2)["not_contiguous"] == 0
    whole = np.repeat(np.arange(3), 6)
    assert [how for how, _ in repaired(ground, whole, 3)] == [""]


def test_front_holds_only_plans_that_no_other_beats() -> None:
    plans = [
        {"deviation": d, "cost": c}
        for d, c in ((0.01, 9), (0.02, 9.5), (0.03, 7), (0.1, 6), (0.5, 1))
    ]
    kept = [(p["deviation"], p["cost"]) for p in front(plans, 12)]
    assert kept == [(0.01, 9), (0.03, 7), (0.1, 6)]
    assert len(front(plans, 2)) == 2


def test_a_certificate_that_is_off_by_a_little_is_caught() -> None:
    found = squares(2, 3).judge(np.array([0, 0, 1, 0, 0, 1]), 2)
    certificate = found | {"contiguous": True}
    assert disagreements(found, certificate) == []
    assert disagreements(found, certificate | {"boundary_m": found["boundary_m"] + 0.01})
    assert disagreements(found, certificate | {"contiguous": False})


def test_bound_on_people_moved_counts_every_step_between_neighbours() -> None:
    ground = squares(1, 9)
    now = np.array([0, 0, 0, 0, 0, 1, 1, 2, 2])
    # 50, 20, 20 people, 30 wanted: 20 leave the first, 10 of them go on to the third.
    assert least_flow(ground, now, 3, 0.0) == pytest.approx(30)


def endless(first: int):
    """A peer that gives one plan and then never comes back."""
    yield "first", np.full(3, first)
    while True:
        pass


def test_a_job_whose_time_is_up_keeps_what_it_gave() -> None:
    done = run("tests.unit.test_bench_balance:endless", 7, limit_s=1)
    assert [(plan.made_by, plan.given.tolist()) for plan in done.plans] == [("first", [7, 7, 7])]
    assert done.ended == "stopped after 1 s"
    assert done.peak_mb > 1


def test_a_section_without_figures_stays(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    (tmp_path / "RESULTS.md").write_text("# x\n\n## Plans\n\nkept words\n\n### Growth\n\nmore\n")
    (tmp_path / "out").mkdir()
    figures = '{"clone_to_first_page_s": 9, "setup_s": 8, "setup_again_s": 1}'
    (tmp_path / "out" / "first_page.json").write_text(figures)
    report.write_results()
    text = (tmp_path / "RESULTS.md").read_text()
    assert "## Plans\n\nkept words\n\n### Growth\n\nmore\n" in text
    assert "9 s to the first page" in text
    report.write_results()
    assert (tmp_path / "RESULTS.md").read_text() == text
