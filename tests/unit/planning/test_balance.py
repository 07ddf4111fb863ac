"""Expressions of load: read, never run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import InfeasibleError, InputError
from gis.planning.balance import parse_balance

COLUMNS = {"pop": np.array([30.0, 10.0]), "area": np.array([1e6, 3e6]), "none": np.zeros(2)}


def test_a_column_alone_is_taken_as_it_is():
    assert parse_balance("pop").load(COLUMNS).tolist() == [30, 10]
    assert parse_balance("2*pop").load(COLUMNS).tolist() == [30, 10]


def test_a_mix_weighs_shares_in_the_unit_of_its_first_column():
    balance = parse_balance("load = 0.6*pop + area*0.4")
    assert balance.name == "load"
    assert balance.load(COLUMNS) == pytest.approx([40 * 0.55, 40 * 0.45])
    assert parse_balance("pop+area").load(COLUMNS).sum() == pytest.approx(40)


@pytest.mark.parametrize(
    "text",
    ["", "=", "pop+", "pop-area", "pop**2", "__import__('os')", "pop*area", "1", "True*pop",
     "a=b=pop", "pop;area", "pop if pop else area", "(" * 300 + "pop", "1j*pop", "9" * 600],
)  # fmt: skip
def test_what_is_no_weighted_sum_is_refused(text):
    with pytest.raises(InputError) as error:
        parse_balance(text)
    assert error.value.code == "balance-syntax"


@pytest.mark.parametrize("text", ["-1*pop", "0*pop", "1e999*pop"])
def test_weights_are_positive_numbers(text):
    with pytest.raises(InputError) as error:
        parse_balance(text)
    assert error.value.code == "balance-weight"


def test_unknown_and_empty_columns_are_named():
    with pytest.raises(InputError) as unknown:
        parse_balance("people").load(COLUMNS)
    assert unknown.value.params["known"] == "area, none, pop"
    with pytest.raises(InfeasibleError):
        parse_balance("pop+none").load(COLUMNS)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        balance = parse_balance(text)
    except InputError:
        return
    assert all(weight > 0 for weight in balance.weights.values())
