"""Seeds are read and validated; EDU_SPEC_DIR may replace some; a mistake names file, line and column."""

import shutil
from pathlib import Path

import pytest

from ingest.errors import ConfigurationError
from ingest.reference import SEEDS_DIR, Reference, labels, load_reference, vocabularies


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
        ("metrics", (",A,", ",Z,"), ["metrics.csv", "line 2", "tier"]),
    ],
)
def test_a_mistake_names_file_line_and_column(
    tmp_path: Path, name: str, change: tuple[str, str], words: list[str]
) -> None:
    with pytest.raises(ConfigurationError) as error:
        load_reference(spec_with(tmp_path, name, *change))
    assert all(word in str(error.value) for word in words), error.value


def test_a_spec_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a folder"):
        load_reference(tmp_path / "missing")


def test_a_seed_without_rows_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("code_list,code,label_zh,accepted_labels,group\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no rows"):
        load_reference(tmp_path)


def test_every_vocabulary_has_words_in_both_languages_for_the_same_codes() -> None:
    assert {"progress_status", "return_status", "severity"} <= set(vocabularies())
    assert list(labels("severity")) == ["fatal", "error", "query"]
    for vocabulary in vocabularies():
        chinese, english = labels(vocabulary), labels(vocabulary, "en")
        assert list(chinese) == list(english) and all(chinese.values()) and all(english.values()), vocabulary
