"""A smoke test of what Dagster loads: keys, jobs, partitions, pools."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from ingest.contracts.contract import load_contracts
from ingest.settings import PROJECT_DIR
from orchestration.assets.returns import DOCUMENTS, form_key
from orchestration.definitions import defs
from orchestration.publishing.catalogue import RELEASED_SCHEMAS
from orchestration.resources import READER_POOL, WRITER_POOL

MADE_WITH_THEIR_ASSET = {dg.AssetCheckKey(DOCUMENTS, "landing_zone_is_whole")}
LAYERS = {"documents", "staging", "marts", "figures", "checks", "quality", "metrics"}
REFRESHED = {"landing", *LAYERS, "release", "desk"}


@pytest.fixture(scope="module")
def keys() -> set[str]:
    return {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}


def test_every_form_is_an_asset_partitioned_by_collection_and_unit() -> None:
    graph = defs.resolve_asset_graph()
    for form in load_contracts():
        partitions = graph.get(dg.AssetKey(["returns", form])).partitions_def
        assert isinstance(partitions, dg.MultiPartitionsDefinition)
        assert len(partitions.get_partition_keys()) == 4 * 11


def test_every_layer_is_there(keys: set[str]) -> None:
    assert {key.split("/")[0] for key in keys} == {"returns", *REFRESHED}
    assert {"metrics/metric_values", "metrics/target_progress", "marts/fct_enrollment", "quality/issues"} <= keys


def test_every_asset_tells_what_it_is_and_whose() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert spec.description and spec.group_name not in (None, "default") and spec.kinds and spec.owners, spec.key
    graph = defs.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        if key.path[0] in (*RELEASED_SCHEMAS, "returns"):
            columns = graph.get(key).metadata["dagster/column_schema"].columns
            assert columns and all(column.type != "?" and column.description for column in columns), key


def test_no_description_is_sql_and_every_check_and_sensor_has_one() -> None:
    for spec in defs.resolve_all_asset_specs():
        assert "```" not in (spec.description or ""), spec.key
    graph = defs.resolve_asset_graph()
    for key in graph.asset_check_keys:
        assert graph.get(key).description, key
    for sensor in defs.sensors or []:
        assert sensor.description, sensor.name


def test_every_asset_can_be_materialised_alone() -> None:
    job = defs.get_repository_def().get_implicit_global_asset_job_def()
    graph = defs.resolve_asset_graph()
    for key in graph.executable_asset_keys:
        subset = job.get_subset(asset_selection={key})
        assert key in subset.asset_layer.selected_asset_keys, key
    for check in graph.asset_check_keys - MADE_WITH_THEIR_ASSET:
        assert job.get_subset(asset_check_selection={check}).asset_layer is not None, check


def test_the_models_rest_on_what_was_read_and_the_release_on_the_models() -> None:
    graph = defs.resolve_asset_graph()
    staging = graph.get(dg.AssetKey(["staging", "stg_student_roster"]))
    parents = {key.to_user_string() for key in graph.get_ancestor_asset_keys(staging.key)}
    assert {"returns/student_roster", "landing/documents"} <= parents
    assert graph.get(dg.AssetKey(["returns", "student_roster"])).parent_keys == {dg.AssetKey(["landing", "documents"])}
    release = graph.get(dg.AssetKey(["release", "warehouse"]))
    assert {key.path[0] for key in release.parent_keys} == set(RELEASED_SCHEMAS)


def test_the_refresh_job_does_everything_in_one_run() -> None:
    job = defs.resolve_job_def("refresh")
    layers = {key.path[0] for key in job.asset_layer.executable_asset_keys}
    assert layers == REFRESHED
    desk = {key.path[1] for key in job.asset_layer.executable_asset_keys if key.path[0] == "desk"}
    assert desk == {"board", "feedback"}, "templates are written on demand"


def test_the_reminder_checks_every_return_against_the_calendar() -> None:
    job = defs.resolve_job_def("remind")
    checked = {
        key.asset_key.to_user_string()
        for key in job.asset_layer.asset_graph.asset_check_keys
        if key.name.startswith("on_time_")
    }
    assert len(checked) == 16
    assert [key.to_user_string() for key in job.asset_layer.executable_asset_keys] == ["desk/board"]


def test_data_tests_are_checks_that_block() -> None:
    checks = defs.resolve_asset_graph().asset_check_keys
    assert len([check for check in checks if check.asset_key.path[0] == "metrics"]) > 5


def test_whatever_writes_uses_the_one_pool_and_readers_of_partitions_their_own() -> None:
    graph = defs.resolve_asset_graph()
    for name in ("landing/documents", "metrics/metric_values", "release/warehouse", "desk/feedback"):
        assert graph.get(dg.AssetKey.from_user_string(name)).pools == {WRITER_POOL}
    assert graph.get(form_key("pay")).pools == {READER_POOL}


def test_a_run_of_the_reading_job_reads_what_is_new_of_one_partition() -> None:
    job = defs.resolve_job_def("read_returns")
    assert {key.path[0] for key in job.asset_layer.executable_asset_keys} == {"returns"}
    assert isinstance(job.partitions_def, dg.MultiPartitionsDefinition)
    assert job.backfill_policy == dg.BackfillPolicy.multi_run(max_partitions_per_run=1)
    assert not job.asset_layer.asset_graph.asset_check_keys
    assert job.partitioned_config is not None
    config = job.partitioned_config.get_run_config_for_partition_key("2019-09|331002")
    assert config == {"ops": {"returns": {"config": {"reread": False}}}}


def test_the_workspace_file_loads(tmp_path: Path) -> None:
    shutil.copyfile(PROJECT_DIR / "orchestration" / "dagster.yaml", tmp_path / "dagster.yaml")
    dagster = Path(sys.executable).with_name("dagster")
    done = subprocess.run(
        [dagster, "definitions", "validate", "-w", "workspace.yaml"],
        cwd=PROJECT_DIR,
        env=os.environ | {"DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
