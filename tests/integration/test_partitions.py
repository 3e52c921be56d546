"""The partitioned assets: one unit of one collection, or a form of many, is read again on purpose, in one run."""

from pathlib import Path

import dagster as dg
import pytest

from ingest.landing.ledger import Ledger
from ingest.pipeline.run import Ingest
from ingest.settings import Settings, load_settings
from orchestration.assets.returns import form_key
from orchestration.definitions import build_defs
from orchestration.resources import PipelineResource
from tests.integration.conftest import KEY, TODAY


@pytest.fixture(scope="module")
def overrides(small_landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("partitions")
    values = {"EDU_LANDING_URL": str(small_landing), "EDU_DATA_DIR": str(folder / "data"), "EDU_PSEUDONYM_KEY": KEY}
    values["EDU_TODAY"] = TODAY
    Ingest(load_settings(values), lambda _: None).run()
    return values


def reading_ids(settings: Settings, form: str) -> dict[tuple[str, str, str], int]:
    with Ledger(settings.ledger_path) as ledger:
        return {place: r.reading_id for place, r in ledger.readings().items() if form in r.forms}


def test_a_partition_reads_its_documents_again_and_no_other(overrides: dict[str, str]) -> None:
    settings = load_settings(overrides)
    before = reading_ids(settings, "pay")
    returns = build_defs(PipelineResource(overrides=overrides)).resolve_asset_graph().get(form_key("pay")).assets_def
    partition = dg.MultiPartitionKey({"collection": "2020-09", "unit": "331002"})
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [returns],
            selection=[form_key("pay")],
            partition_key=partition,
            instance=instance,
        )
        assert result.success
        assert instance.get_materialized_partitions(form_key("pay")) == {partition}
    after = reading_ids(settings, "pay")
    changed = {place[1:] for place in before if before[place] != after[place]}
    assert changed == {("2020-09", "331002")}
    assert before.keys() == after.keys()


def test_a_collection_is_rebuilt_in_one_run(overrides: dict[str, str]) -> None:
    settings = load_settings(overrides)
    before = reading_ids(settings, "pay")
    returns = build_defs(PipelineResource(overrides=overrides)).resolve_asset_graph().get(form_key("pay")).assets_def
    units = sorted({unit for _, collection, unit in before if collection == "2020-09"})
    whole = {"start": f"2020-09|{units[0]}", "end": f"2020-09|{units[-1]}"}
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [returns],
            selection=[form_key("pay")],
            tags={f"dagster/asset_partition_range_{side}": key for side, key in whole.items()},
            instance=instance,
        )
        assert result.success
        made = {str(key) for key in instance.get_materialized_partitions(form_key("pay"))}
    assert {f"2020-09|{unit}" for unit in units} <= made and all(key.startswith("2020-09|") for key in made)
    after = reading_ids(settings, "pay")
    assert {place[1] for place in before if before[place] != after[place]} == {"2020-09"}
    assert all(before[place] != after[place] for place in before if place[1] == "2020-09")
