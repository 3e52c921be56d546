"""Templates are written for whom they are asked for, with the schools that the latest release knows."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import openpyxl
import pytest

from ingest.settings import Settings
from orchestration.assets.desk import build_templates_asset
from orchestration.desk import templates
from orchestration.desk.templates import main, write_templates
from orchestration.resources import PipelineResource

SCHOOLS = """
create schema marts;
create table marts.dim_school as select *, '海门街道' as township, '111' as urban_rural, 'public' as ownership,
    null::boolean as inclusive, null as community_no, null as community_type, 'open' as status, date '1990-09-01' as founded_on
from (values
    ('2019-09', '331002', '2133000001', '第一小学', '211'),
    ('2020-09', '331002', '2133000001', '第一小学', '211'),
    ('2020-09', '331002', '1133000002', '第二幼儿园', '111'),
    ('2019-09', '331003', '2133000009', '第九小学', '211')
) as t (collection_id, unit_code, school_id, school_name, school_type)
"""


@pytest.fixture
def release(settings: Settings) -> Path:
    folder = settings.published_dir / "releases" / "r1"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as db:
        db.execute(SCHOOLS)
    (settings.published_dir / "current").symlink_to(Path("releases") / "r1")
    return folder


def ids(path: Path, sheet: str = "学校名录", heading: str = "学校标识码*") -> list[object]:
    """The codes under a heading in the first column."""
    values = [row[0].value for row in openpyxl.load_workbook(path)[sheet].iter_rows()]
    return values[values.index(heading) + 1 :]


@pytest.mark.usefixtures("release")
def test_schools_are_those_of_the_collection_or_of_the_latest_before_it(settings: Settings) -> None:
    def written(collection: str, unit: str) -> Path:
        (path,) = write_templates(settings, collection, unit).paths
        return path

    assert ids(written("2020-09", "331002")) == ["1133000002", "2133000001"]
    assert ids(written("2021-09", "331002")) == ["1133000002", "2133000001"]
    assert ids(written("2019-09", "331002")) == ["2133000001"]
    assert ids(written("2020-09", "331003")) == ["2133000009"]
    assert ids(written("2020-09", "331004")) == []
    assert ids(written("2020-09", "331002"), "学校规范办学情况表") == ["1133000002", "2133000001"]
    assert ids(written("2020-09", "331002"), "学校办学条件表") == ["2133000001"]


@pytest.mark.usefixtures("release")
def test_the_command_writes_those_named_and_says_so_in_one_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(templates, "load_settings", lambda: settings)
    assert main(["--collection", "2020-09"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    folder = settings.data_dir / "templates"
    assert "11 份" in line and str(folder) in line and "no release" not in line
    assert len(list((folder / "2020-09").iterdir())) == 11
    assert (folder / "2020-09" / "331002 椒江区 报送模板.xlsx").exists()
    assert [path.name for path in folder.iterdir()] == ["2020-09"]


def test_without_a_release_there_are_no_schools_and_the_command_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(templates, "load_settings", lambda: settings)
    assert main(["--collection", "2020-09", "--unit", "331002"]) == 0
    assert "no release yet" in capsys.readouterr().out
    assert ids(settings.data_dir / "templates" / "2020-09" / "331002 椒江区 报送模板.xlsx") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--collection", "2099-09"], "no collection '2099-09'"),
        (["--unit", "1"], "no unit '1'"),
        (["--all"], "unrecognized arguments: --all"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    arguments: list[str],
    said: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(templates, "load_settings", lambda: settings)
    assert main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not (settings.data_dir / "templates").exists()


@pytest.mark.usefixtures("release")
def test_the_asset_lists_what_it_wrote(settings: Settings) -> None:
    resources = {"pipeline": PipelineResource(overrides={"EDU_DATA_DIR": str(settings.data_dir)})}
    result = dg.materialize([build_templates_asset()], resources=resources)
    (event,) = result.asset_materializations_for_node("desk__templates")
    assert event.metadata["templates"].value == 44
    assert "- 2020-09/331002 椒江区 报送模板.xlsx" in str(event.metadata["list"].value)
    assert event.metadata["path"].value == str(settings.data_dir / "templates")
