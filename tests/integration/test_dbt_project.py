"""dbt's own tests, unit tests and data tests alike, on the lake of a made-up city; every metric has a unit test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.pipeline.run import Ingest
from ingest.reference import load_reference
from ingest.settings import DBT_DIR, load_settings
from orchestration.assets.warehouse import dbt_environment
from tests.integration.conftest import KEY, TODAY


@pytest.fixture(scope="module")
def results(small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Status of every node of `dbt build`, by its id."""
    folder = tmp_path_factory.mktemp("dbt")
    environment = {
        "EDU_LANDING_URL": str(small_landing),
        "EDU_DATA_DIR": str(folder / "data"),
        "EDU_PSEUDONYM_KEY": KEY,
    }
    settings = load_settings(environment | {"EDU_TODAY": TODAY})
    Ingest(settings, lambda _: None).run()
    settings.work_dir.mkdir()
    target = folder / "target"
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "build", "--project-dir", DBT_DIR, "--profiles-dir", DBT_DIR),
            *("--target-path", target, "--log-path", folder),
        ],
        env=os.environ | dbt_environment(settings),
        capture_output=True,
        text=True,
    )
    assert (target / "run_results.json").exists(), done.stdout[-3000:]
    nodes = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    return {node["unique_id"]: f"{node['status']} {node['message'] or ''}" for node in nodes}


def test_every_model_builds_and_every_test_passes(results: dict[str, str]) -> None:
    bad = {node: status for node, status in results.items() if not status.startswith(("pass", "success", "no-op"))}
    assert not bad
    kinds = [node.split(".")[0] for node in results]
    assert kinds.count("model") > 50 and kinds.count("unit_test") > 20 and kinds.count("test") >= 50


def test_every_computed_metric_stands_in_a_unit_test() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (DBT_DIR / "models").rglob("*unit_tests.yml")]
    computed = [metric.metric_id for metric in load_reference().metrics.values() if metric.method == "computed"]
    assert len(computed) == 67
    assert not [metric for metric in computed if not any(metric in text for text in texts)]


def test_every_model_and_column_is_described_in_both_languages() -> None:
    manifest = json.loads((DBT_DIR / "target" / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    assert models
    for model in models:
        columns = {f"{model['name']}.{name}": column["description"] for name, column in model["columns"].items()}
        for name, text in {model["name"]: model["description"], **columns}.items():
            assert any(ord(character) > 0x2E7F for character in text), name
            assert any(character.isascii() and character.isalpha() for character in text), name


def test_released_models_have_enforced_contracts() -> None:
    manifest = json.loads((DBT_DIR / "target" / "manifest.json").read_text(encoding="utf-8"))
    released = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in ("marts", "metrics", "quality")
    ]
    assert len(released) > 25
    assert not [node["name"] for node in released if not node["config"]["contract"]["enforced"]]
