"""`make refresh` as its users meet it: a release, nothing new, mistakes in one sentence, reading again on purpose."""

import hashlib
import os
import re
import shutil
import stat
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingest.landing.ledger import Ledger
from ingest.reference import SEEDS_DIR
from ingest.settings import load_settings
from tests.integration.conftest import Workplace

VALUES = "select metric_id, collection_id, unit_code, value, data_status from metrics.metric_values order by all"


@pytest.fixture(scope="module")
def workplace(released: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A landing zone with one release made of it; tests of this module add to it in order."""
    return Workplace(shutil.copytree(released.root, tmp_path_factory.mktemp("refresh") / "copy", symlinks=True))


def test_the_first_refresh_publishes_every_metric(workplace: Workplace) -> None:
    values = workplace.query(VALUES)
    assert values.metric_id.nunique() == 122
    assert values.collection_id.nunique() == 4
    assert (workplace.query("select count(*) as n from marts.fct_enrollment").n > 0).all()


def test_every_row_read_is_accounted_for(workplace: Workplace) -> None:
    documents = workplace.query("select * from quality.documents")
    assert (documents.rows_read == documents.rows_accepted + documents.rows_quarantined).all()
    assert documents.rows_quarantined.sum() > 0
    assert set(documents.status) == {"accepted", "replaced", "rejected"}


def test_archived_bytes_are_the_bytes_that_arrived(workplace: Workplace) -> None:
    archived = {path.name for path in (workplace.data / "archive").rglob("*") if path.is_file()}
    arrived = {
        path for path in workplace.landing.rglob("*") if path.is_file() and not path.name.startswith(("~$", "."))
    }
    assert {hashlib.sha256(path.read_bytes()).hexdigest() for path in arrived} <= archived


def test_persons_data_are_private_and_releases_can_be_read(workplace: Workplace) -> None:
    for folder in ("archive", "lake", "work", "dagster"):
        assert stat.S_IMODE((workplace.data / folder).stat().st_mode) == 0o700, folder
    for path in (workplace.data, workplace.data / "published", workplace.current):
        assert os.access(path, os.R_OK | os.X_OK) and stat.S_IMODE(path.stat().st_mode) & 0o055 == 0o055, path


def test_nothing_new_publishes_nothing_and_says_so(workplace: Workplace) -> None:
    before = workplace.current
    done = workplace.refresh()
    assert done.returncode == 0
    assert "nothing new" in done.stdout
    assert workplace.current == before


def test_the_board_counts_the_days_when_nothing_is_new(workplace: Workplace) -> None:
    before = workplace.current
    done = workplace.refresh(EDU_TODAY="2023-04-11")
    assert done.returncode == 0 and workplace.current == before
    board = (workplace.data / "desk" / "board.html").read_text(encoding="utf-8")
    said = re.sub(r"<[^>]+>|\s", "", board)
    assert "截至2023-04-11" in said
    assert f"逾期{(date(2023, 4, 11) - date(2022, 10, 31)).days}天" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EDU_LANDING_URL": "/no/such/landing"}, "/no/such/landing"),
        ({"EDU_LANDING_URL": "sftp://127.0.0.1:1/x"}, "sftp://127.0.0.1:1/x"),
        ({"EDU_PSEUDONYM_KEY": "not hex"}, "hex"),
        ({"EDU_PSEUDONYM_KEY": "6b" * 32}, "rotate"),
        ({"EDU_TODAY": "soon"}, "EDU_TODAY"),
        ({"EDU_SPEC_DIR": "/no/such/spec"}, "EDU_SPEC_DIR"),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(
    workplace: Workplace, changes: dict[str, str], words: str
) -> None:
    before = workplace.current
    done = workplace.refresh(**changes)
    assert done.returncode == 1
    assert words in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert workplace.current == before


def test_a_mistake_in_the_calendar_is_one_sentence(workplace: Workplace, tmp_path: Path) -> None:
    calendar = (SEEDS_DIR / "collections.csv").read_text(encoding="utf-8").replace("2020-10-31", "31.10.2020")
    (tmp_path / "collections.csv").write_text(calendar, encoding="utf-8")
    done = workplace.refresh(EDU_SPEC_DIR=str(tmp_path))
    assert done.returncode == 1
    assert "collections.csv, line 3: column due_on" in done.stderr and "Traceback" not in done.stderr


def test_a_spec_folder_may_change_targets_and_add_declared_metrics(workplace: Workplace, tmp_path: Path) -> None:
    catalogue = pd.read_csv(SEEDS_DIR / "metrics.csv", dtype=str, keep_default_na=False)
    added = catalogue[catalogue.metric_id == "moral_guide_coverage"].assign(metric_id="added_share", target_id="T99.01")
    catalogue.loc[catalogue.metric_id == "fitness_pass_rate", "target_value"] = "0.5"
    pd.concat([catalogue, added]).to_csv(tmp_path / "metrics.csv", index=False)
    done = workplace.refresh(EDU_SPEC_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    progress = workplace.query("select * from metrics.target_progress where unit_code = '331000'").set_index(
        "metric_id"
    )
    assert (progress.loc["fitness_pass_rate"].target_value == 0.5).all()
    assert (progress.loc["added_share"].status == "no_data").all()
    assert workplace.refresh().returncode == 0  # back to the project's own targets


def readings(workplace: Workplace) -> dict[tuple[str, str], set[int]]:
    """Numbers of the valid readings by collection and unit."""
    with Ledger(load_settings(workplace.environment).ledger_path) as ledger:
        found: dict[tuple[str, str], set[int]] = {}
        for reading in ledger.readings().values():
            found.setdefault((reading.collection_id, reading.unit_code), set()).add(reading.reading_id)
        return found


def test_a_unit_is_read_again_on_purpose_in_one_run(workplace: Workplace) -> None:
    before, values = readings(workplace), workplace.query(VALUES)
    done = workplace.refresh("--collection", "2020-09", "--unit", "331002")
    assert done.returncode == 0, done.stderr
    after = readings(workplace)
    assert {at for at in before if not before[at] & after[at]} == {("2020-09", "331002")}
    assert {at for at in before if before[at] == after[at]} == before.keys() - {("2020-09", "331002")}
    pd.testing.assert_frame_equal(workplace.query(VALUES), values)


def test_a_failure_of_the_pipeline_is_one_sentence_and_leaves_the_last_release(workplace: Workplace) -> None:
    (workplace.landing / "2020-09" / "331002" / "再来.pdf").write_bytes(b"%PDF-1.6")
    before = workplace.current
    database = workplace.data / "work" / "warehouse.duckdb"
    database.unlink()
    database.mkdir()
    done = workplace.refresh()
    database.rmdir()
    assert done.returncode == 1
    assert "refresh failed" in done.stderr and "warehouse.duckdb" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stdout + done.stderr
    assert workplace.current == before
    assert workplace.refresh().returncode == 0


def test_a_working_database_that_somebody_has_open_is_in_nobodys_way(workplace: Workplace) -> None:
    (workplace.landing / "2020-09" / "331002" / "另一份.pdf").write_bytes(b"%PDF-1.7")
    with duckdb.connect(str(workplace.data / "work" / "warehouse.duckdb")):
        assert workplace.refresh().returncode == 0


def test_two_refreshes_at_once_follow_each_other(workplace: Workplace) -> None:
    (workplace.landing / "2020-09" / "331003" / "又一份.pdf").write_bytes(b"%PDF-1.5")
    before = set((workplace.data / "published" / "releases").iterdir())
    outputs = [process.communicate(timeout=600) for process in (workplace.start(), workplace.start())]
    assert not any(err for _, err in outputs), outputs
    texts = [out for out, _ in outputs]
    assert sum("nothing new" in text for text in texts) == 1 and sum("waiting" in text for text in texts) == 1
    assert len(set((workplace.data / "published" / "releases").iterdir()) - before) == 1


def test_an_empty_landing_zone_is_a_release_without_data(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    place.landing.mkdir()
    done = place.refresh()
    assert done.returncode == 0, done.stderr
    assert set(place.query(VALUES).data_status) <= {"no_data", "not_applicable", "provisional", "final"}
    assert place.query(VALUES).metric_id.nunique() == 122
    assert place.refresh().stdout.count("nothing new") == 1
