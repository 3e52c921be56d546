"""What counties sent: the landing zone's documents, and one asset a form, partitioned by collection and unit.

The refresh reads every new document once for all its forms and reports each form and partition it touched. Partitions are materialised
to read a unit or a collection again on purpose, or to have many runs read what is new at the same time (job `read_returns`).
"""

import re
from collections import Counter
from collections.abc import Iterator

import dagster as dg

from ingest.contracts.contract import Column, Contract
from ingest.landing.ledger import Ledger
from ingest.pipeline.run import Ingest, IngestResult
from ingest.pipeline.segment_writer import Partition, PlacedDocument
from ingest.reference import labels
from ingest.settings import Settings
from ingest.values.parse import mask_digits
from orchestration.resources import READER_POOL, RETURNS_DESK, WRITER_POOL, PipelineResource, reporter
from orchestration.runtime.locks import reading, writing
from orchestration.runtime.retries import retry_transient_errors

DOCUMENTS = dg.AssetKey(["landing", "documents"])
ZONE_IS_WHOLE = "landing_zone_is_whole"
SHOWN_ROWS = 30
TOLD_PATHS = 5


class Rereading(dg.Config):
    """What the refresh reads again on purpose: collections and units, all of them where none is named."""

    reread: bool = False
    collections: list[str] = []
    units: list[str] = []

    def wants(self, place: PlacedDocument) -> bool:
        """Whether a document of this place is to be read again."""
        _, collection_id, unit_code = place
        named = collection_id in (self.collections or [collection_id]) and unit_code in (self.units or [unit_code])
        return self.reread and named


class PartitionReading(dg.Config):
    """Whether what was read of the partition is read again, or only what is new."""

    reread: bool = True


def form_key(form: str) -> dg.AssetKey:
    """The asset key of a form's rows."""
    return dg.AssetKey(["returns", form])


def form_specs(contracts: dict[str, Contract], partitions: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    """A spec for each form, described from its contract."""
    return [
        dg.AssetSpec(
            form_key(contract.form),
            description=(
                f"{contract.name_zh}：{contract.name_en}. One row as its key {', '.join(contract.key)}, "
                "checked and pseudonymised, in the lake."
            ),
            deps=[DOCUMENTS],
            group_name="returns",
            owners=[RETURNS_DESK],
            kinds={"parquet"},
            partitions_def=partitions,
            metadata={
                "dagster/column_schema": _column_schema(contract),
                "suppliers": ", ".join(contract.suppliers),
                "due": contract.due,
            },
        )
        for contract in contracts.values()
    ]


def _column_schema(contract: Contract) -> dg.TableSchema:
    columns = [
        dg.TableColumn(
            column.lake_name,
            str(column.lake_type),
            description=f"{column.heading_zh}：{column.name_en}{_kept_as(column)}",
        )
        for column in contract.columns
        if column.lake_name
    ]
    return dg.TableSchema(columns)


def _kept_as(column: Column) -> str:
    """How personal data are kept, in both languages; '' where there are none."""
    if not column.pii:
        return ""
    return f"（{labels('personal_data')[column.pii]}；{labels('personal_data', 'en')[column.pii]}）"


def build_documents_asset() -> dg.AssetsDefinition:
    """The asset that takes in and reads what is new."""

    @dg.asset(
        key=DOCUMENTS,
        group_name="landing",
        owners=[RETURNS_DESK],
        kinds={"python", "parquet"},
        pool=WRITER_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                ZONE_IS_WHOLE,
                asset=DOCUMENTS,
                description="报送区是否完整；is every file that was known still there, and nothing in the zone that cannot be taken?",
            )
        ],
        description="报送文件：Every document that arrived, archived by its SHA-256; a new one is read and checked once for all its forms.",
    )
    def documents(
        context: dg.AssetExecutionContext, config: Rereading, pipeline: PipelineResource
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        settings, report = pipeline.settings(), reporter(context)
        with writing(settings, report), retry_transient_errors():
            result = Ingest(settings, report).run(reread=config.wants)
        yield dg.MaterializeResult(metadata=_intake_metadata(result))
        yield zone_check(result)
        for event in form_materializations(result):  # what was read from them, hence later
            context.log_event(event)

    return documents


def zone_check(result: IngestResult) -> dg.AssetCheckResult:
    """A warning, of which people are told, with the first paths that could not be taken or are missing."""
    told = [f"{path}：{reason}" for path, reason in result.untaken[:TOLD_PATHS]]
    return dg.AssetCheckResult(
        asset_key=DOCUMENTS,
        check_name=ZONE_IS_WHOLE,
        passed=not result.untaken,
        severity=dg.AssetCheckSeverity.WARN,
        description="；".join(told) or "—",
        metadata={"paths": len(result.untaken)},
    )


def build_returns_assets(contracts: dict[str, Contract], partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The partitioned assets: a run takes in and reads what is new of its partitions, beside runs that have others."""

    @dg.multi_asset(
        name="returns",
        specs=form_specs(contracts, partitions),
        can_subset=True,
        pool=READER_POOL,
    )
    def returns(
        context: dg.AssetExecutionContext, config: PartitionReading, pipeline: PipelineResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings, report = pipeline.settings(), reporter(context)
        forms = {key.path[-1] for key in context.selected_asset_keys}
        partitions = {
            (key.keys_by_dimension["collection"], key.keys_by_dimension["unit"])
            for key in map(_multi_key, context.partition_keys)
        }
        with reading(settings, partitions, report), retry_transient_errors():
            wanted = _places_holding(settings, forms, partitions) if config.reread else set()
            result = Ingest(settings, report).run(wanted.__contains__, partitions)
        for key in sorted(context.selected_asset_keys):
            rows = sum(count for (form, *_), count in result.rows_read.items() if form == key.path[-1])
            yield dg.MaterializeResult(
                asset_key=key, metadata={"dagster/row_count": rows, "documents read": result.documents_read}
            )

    return returns


def _multi_key(key: str) -> dg.MultiPartitionKey:
    collection, unit = key.split("|")
    return (
        key if isinstance(key, dg.MultiPartitionKey) else dg.MultiPartitionKey({"collection": collection, "unit": unit})
    )


def _places_holding(settings: Settings, forms: set[str], partitions: set[Partition]) -> set[PlacedDocument]:
    """Documents of those collections and units that hold one of the forms."""
    with Ledger.of(settings) as ledger:
        return {
            place for place, read in ledger.readings().items() if place[1:] in partitions and forms & set(read.forms)
        }


def form_materializations(result: IngestResult) -> Iterator[dg.AssetMaterialization]:
    """One event for each form, collection and unit that the run touched."""
    for (form, collection_id, unit_code), rows in sorted(result.rows_read.items()):
        set_aside = result.rows_quarantined[form, collection_id, unit_code]
        yield dg.AssetMaterialization(
            form_key(form),
            partition=dg.MultiPartitionKey({"collection": collection_id, "unit": unit_code}),
            metadata={"dagster/row_count": rows, "rows accepted": rows - set_aside, "rows set aside": set_aside},
        )


def _intake_metadata(result: IngestResult) -> dict[str, dg.MetadataValue]:
    return {
        "files in the landing zone": dg.MetadataValue.int(result.intake.files_listed),
        "files new": dg.MetadataValue.int(result.intake.files_new),
        "documents read": dg.MetadataValue.int(result.documents_read),
        "rows read": dg.MetadataValue.int(result.rows_read.total()),
        "rows set aside": dg.MetadataValue.int(result.rows_quarantined.total()),
        "issues": dg.MetadataValue.md(_table(_counted(result.issues), "check", "count")),
        "rejected": dg.MetadataValue.md(_table(result.rejected, "document", "reason")),
        "unplaced": dg.MetadataValue.md(_table(result.unplaced, "file", "reason")),
        "not taken": dg.MetadataValue.md(_table(result.untaken, "path", "reason")),
    }


def _counted(counts: Counter[str]) -> list[tuple[str, str]]:
    return [(name, str(count)) for name, count in counts.most_common()]


def _table(rows: list[tuple[str, str]], *titles: str) -> str:
    if not rows:
        return "—"
    shown = (f"| {_as_text(a)} | {_as_text(b)} |" for a, b in rows[:SHOWN_ROWS])
    lines = [f"| {titles[0]} | {titles[1]} |", "|---|---|", *shown]
    more = [f"… {len(rows) - SHOWN_ROWS} more"] if len(rows) > SHOWN_ROWS else []
    return "\n".join(lines + more)


def _as_text(text: str) -> str:
    """A name that somebody chose, as Markdown shows it: never as markup, and without the number of a person."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~])", r"\\\1", mask_digits(" ".join(text.split())))
