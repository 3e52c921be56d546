"""Seeds are read and validated; EDU_SPEC_DIR may replace some; a mistake names file, line and column."""

import re
import shutil
from pathlib import Path

import pytest

from ingest.errors import ConfigurationError
from ingest.reference import SEEDS_DIR, Reference, labels, load_reference, school_sets, vocabularies
from ingest.settings import DBT_DIR


def spec_with(tmp_path: Path, name: str, *change: str) -> Path:
    shutil.copyfile(SEEDS_DIR / f"{name}.csv", tmp_path / f"{name}.csv")
    path = tmp_path / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(change[0], change[1], 1), encoding="utf-8")
    return tmp_path


def test_the_catalogue_has_122_metrics_of_which_55_are_declared(reference: Reference) -> None:
    assert len(reference.metrics) == 122
    assert len(reference.declared_targets) == 55
    tiers = [metric.tier for metric in reference.metrics.values()]
    assert (tiers.count("A"), tiers.count("B"), tiers.count("C")) == (53, 41, 28)


def test_nine_counties_a_zone_and_the_municipal_unit(reference: Reference) -> None:
    kinds = [unit.kind for unit in reference.units.values()]
    assert (kinds.count("county"), kinds.count("zone"), kinds.count("municipal")) == (9, 1, 1)


def test_a_spec_folder_replaces_values(tmp_path: Path) -> None:
    folder = spec_with(tmp_path, "collections", "2022-10-31", "2022-11-15")
    assert str(load_reference(folder).collections["2022-09"].due_on) == "2022-11-15"
    assert len(load_reference(folder).metrics) == 122
    assert load_reference(folder).digests["collections"] != load_reference().digests["collections"]


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("collections", ("2020-10-31", "2020-31-10"), ["collections.csv", "line 3", "due_on"]),
        ("collections", ("2020-10-31", "2021-10-31"), ["collections.csv", "line 3", "order"]),
        ("collections", ("2020-09,", "2019-09,"), ["collections.csv", "line 3", "stands twice"]),
        ("collections", ("true", "false"), ["collections.csv", "is_baseline"]),
        ("reporting_units", (",county,", ",country,"), ["reporting_units.csv", "line 3", "kind"]),
        ("collections", ("2020,2020-09-01,2020-12-31", "2020,2020-09-01,2020-08-31"), ["line 3", "as_of_date"]),
        ("collections", (",as_of_date,", ",as_of,"), ["collections.csv", "line 1", "as_of_date is missing"]),
        ("collections", (",true", ",perhaps"), ["collections.csv", "line 2", "is_baseline"]),
        ("collections", ("2020学年,", ""), ["collections.csv", "line 3", "cells"]),
        ("reporting_units", ("331002", "3310O2"), ["reporting_units.csv", "line 3", "unit_code"]),
        ("reporting_units", (",municipal,", ",county,"), ["reporting_units.csv", "kind", "municipal"]),
        ("reporting_units", ("county,331000", "county,331999"), ["line 3", "parent_code", "331999"]),
        ("codes", ("urban_rural,111,", "urban_rural,112,"), ["codes.csv", "line 5", "112", "stands twice"]),
        ("codes", (",,urban\n", ",,urbane\n"), ["codes.csv", "line 4", "group", "urbane"]),
        ("metrics", (",>=,9,", ",=>,9,"), ["metrics.csv", "line 2", "comparator"]),
        ("metrics", (",>=,9,", ",>=,,"), ["metrics.csv", "line 2", "target_value"]),
        ("metrics", (",>=,9,", ",between,9,"), ["metrics.csv", "line 2", "target_upper"]),
        ("metrics", (",>=,9,", ",>=,nine,"), ["metrics.csv", "line 2", "target_value"]),
        ("metrics", ("2022-12-31", "31.12.2022"), ["metrics.csv", "line 2", "due_on"]),
        ("metrics", (",count,counties,", ",number,counties,"), ["metrics.csv", "line 2", "value_kind"]),
        ("metrics", (",recognitions,", ",recognition,"), ["metrics.csv", "line 2", "source_forms", "recognition"]),
        ("metrics", (",municipal,文件", ",city,文件"), ["metrics.csv", "line 2", "reported_by"]),
        ("metrics", (",computed,", ",declared,"), ["metrics.csv", "line 2"]),
        ("metrics", ("county_basic_modernisation_n", "county_basic"), ["metrics.csv", "line 2", "must be declared"]),
        ("metrics", ("T00.03", "T01.06"), ["metrics.csv", "target_id", "stands twice"]),
        ("metrics", (",target_value,", ",target,"), ["metrics.csv", "line 1", "target_value is missing"]),
        ("metrics", (",A,", ",Z,"), ["metrics.csv", "line 2", "tier"]),
    ],
)
def test_a_mistake_names_file_line_and_column(
    tmp_path: Path, name: str, change: tuple[str, str], words: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_reference(spec_with(tmp_path, name, *change))
    assert all(word in str(error.value) for word in words), error.value


@pytest.mark.parametrize(("name", "gone"), [("codes", "sex,"), ("metrics", "fitness_pass_rate,")])
def test_what_the_project_itself_rests_on_must_be_there(tmp_path: Path, name: str, gone: str) -> None:
    text = (SEEDS_DIR / f"{name}.csv").read_text(encoding="utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(gone)]
    (tmp_path / f"{name}.csv").write_text("".join(kept), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=rf"{name}\.csv: the .* {gone[:-1]} is missing"):
        load_reference(tmp_path)


def test_a_spec_folder_may_change_values_and_add_a_declared_metric(tmp_path: Path) -> None:
    text = (SEEDS_DIR / "metrics.csv").read_text(encoding="utf-8")
    declared = next(line for line in text.splitlines() if ",declared," in line and "T00.03" in line)
    added = declared.replace("he_second_tier", "he_third_tier").replace("T00.03", "T00.99")
    (tmp_path / "metrics.csv").write_text(text.replace(",>=,9,", ",>=,8,", 1) + added + "\n", encoding="utf-8")
    assert "he_third_tier" in load_reference(tmp_path).metrics


def test_a_spec_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a folder"):
        load_reference(tmp_path / "missing")


def test_a_seed_without_rows_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code_list,code,label_zh,accepted_labels,group\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no rows"):
        load_reference(tmp_path)


def test_every_vocabulary_has_words_in_both_languages_for_the_same_codes() -> None:
    assert {"target_status", "return_status", "severity"} <= set(vocabularies())
    assert list(labels("severity")) == ["fatal", "error", "query"]
    for vocabulary in vocabularies():
        chinese, english = labels(vocabulary), labels(vocabulary, "en")
        assert list(chinese) == list(english) and all(chinese.values()) and all(english.values()), vocabulary


def test_school_sets_are_types_or_groups_that_exist_and_models_ask_for_no_other(reference: Reference) -> None:
    """A set without a member would be no school at all, without a word."""
    types = {code.code for code in reference.codes["school_type"]}
    groups = {code.group for code in reference.codes["school_type"]}
    assert all(set(members) <= types or set(members) <= groups for members in school_sets().values())
    models = [path.read_text(encoding="utf-8") for path in (DBT_DIR / "models").rglob("*.sql")]
    named = re.compile(r"(?:in_school_set\(|share_of_schools\('\w+', )'(\w+)'")
    assert {name for model in models for name in named.findall(model)} == set(school_sets())
