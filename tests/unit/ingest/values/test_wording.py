"""Figures are written as people write them, wherever people read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contracts.contract import Contract
from ingest.reference import Reference
from ingest.values.wording import figure, rule_in_words
from ingest.workbooks.template import limits_in_words

POWER = re.compile(r"\d[eE][+-]?\d")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3580245, "3580245"),
        (1e6, "1000000"),
        (0.1 + 0.2, "0.3"),
        (0.15, "0.15"),
        (1e-7, "0.0000001"),
        (-0.5, "-0.5"),
        (0, "0"),
    ],
)
def test_a_figure_is_plain(number: float, text: str) -> None:
    assert figure(number) == text


def test_thousands_are_parted_where_that_is_wanted() -> None:
    assert figure(3580245.5, thousands=True) == "3,580,245.5"
    assert figure(1e12, thousands=True) == "1,000,000,000,000"


@given(st.floats(-1e15, 1e15))
def test_a_figure_is_the_number_to_twelve_digits_and_holds_no_power(number: float) -> None:
    text = figure(number)
    assert not POWER.search(text)
    assert float(text) == pytest.approx(number, rel=1e-11, abs=1e-300)


def test_no_limit_in_a_template_holds_a_power(contracts: dict[str, Contract], reference: Reference) -> None:
    for contract in contracts.values():
        for column in contract.columns:
            for collection in reference.collections.values():
                said = "；".join(limits_in_words(column, collection))
                assert not POWER.search(said), said


def test_rules_are_said_alike_to_who_fills_in_and_to_who_mends(
    contracts: dict[str, Contract], reference: Reference
) -> None:
    said = {
        rule.rule: rule_in_words(rule, contract, reference)
        for contract in contracts.values()
        for rule in contract.row_rules
    }
    assert said["at_most"].startswith("应不大于“") and said["at_least"].startswith("应不早于“")
    assert said["required_when"].endswith("时必填") and said["only_when"].startswith("只有“")
    assert all(text and "None" not in text and "”为时" not in text for text in said.values())
