"""What the returns desk works with: templates that go out, the board of what has come back, and feedback on it."""

from collections import Counter

import dagster as dg

from orchestration.automation import AFTER_UPSTREAM
from orchestration.desk.board.status import STATUSES
from orchestration.desk.board.write import PAGE, WORKBOOK, current_board, put_board
from orchestration.desk.county.write import write_county_pages
from orchestration.desk.feedback import FeedbackResult, write_feedback_workbooks
from orchestration.desk.templates import write_templates
from orchestration.resources import RETURNS_DESK, WRITER_POOL, PipelineResource, reporter
from orchestration.runtime.locks import writing
from orchestration.runtime.retries import retry_transient_errors

RELEASE = dg.AssetKey(["release", "warehouse"])


def build_templates_asset() -> dg.AssetsDefinition:
    """The templates, on demand: they change with contracts, calendar and registers, and counties ask for them once a year."""

    @dg.asset(
        key=["desk", "templates"],
        deps=[RELEASE],
        group_name="desk",
        owners=[RETURNS_DESK],
        kinds={"excel"},
        description="报送模板：A workbook to fill in for each collection and unit, made from the contracts, with its known schools.",
    )
    def templates(pipeline: PipelineResource) -> dg.MaterializeResult[None]:
        written = write_templates(pipeline.settings())
        return dg.MaterializeResult(
            metadata={
                "templates": len(written.paths),
                "path": dg.MetadataValue.path(written.folder),
                "schools filled in": written.has_release,
                "list": dg.MetadataValue.md(written.as_markdown()),
            }
        )

    return templates


def build_board_asset() -> dg.AssetsDefinition:
    """The board, whenever a release is published."""

    @dg.asset(
        key=["desk", "board"],
        deps=[RELEASE],
        group_name="desk",
        owners=[RETURNS_DESK],
        kinds={"html", "excel"},
        automation_condition=AFTER_UPSTREAM,
        description="报送进度：Which unit has sent which form, and whom to remind of what, as a page and a workbook.",
    )
    def board(pipeline: PipelineResource) -> dg.MaterializeResult[None]:
        settings = pipeline.settings()
        current = current_board(settings)
        folder = put_board(current, settings)
        counts = {word: current.counts[status] for status, word in STATUSES.items()}
        return dg.MaterializeResult(
            metadata={
                "board": dg.MetadataValue.md(current.as_markdown()),
                "page": dg.MetadataValue.path(folder / PAGE),
                "workbook": dg.MetadataValue.path(folder / WORKBOOK),
                **counts,
            }
        )

    return board


def build_feedback_asset() -> dg.AssetsDefinition:
    """The feedback workbooks and each unit's page of its own, whenever a release is published."""

    @dg.asset(
        key=["desk", "feedback"],
        deps=[RELEASE],
        group_name="desk",
        owners=[RETURNS_DESK],
        kinds={"excel"},
        pool=WRITER_POOL,
        automation_condition=AFTER_UPSTREAM,
        description="反馈表：For each document with issues its own sheets, masked, with the faults marked; and how each unit stands.",
    )
    def feedback(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult[None]:
        settings, report = pipeline.settings(), reporter(context)
        with writing(settings, report), retry_transient_errors():
            result = write_feedback_workbooks(settings, report)
            pages = write_county_pages(settings)
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(result.folder),
                "written": len(result.written),
                "unchanged": result.kept,
                "removed": result.removed,
                "pages written": pages.written,
                "zips written": pages.zips,
                "written by unit": dg.MetadataValue.md(_written_by_unit(result)),
            }
        )

    return feedback


def _written_by_unit(result: FeedbackResult) -> str:
    counts = Counter(path.relative_to(result.folder).parts[:2] for path in result.written)
    rows = [f"| {collection} | {unit} | {count} |" for (collection, unit), count in sorted(counts.items())]
    return "\n".join(["| collection | unit | workbooks |", "|---|---|---|", *rows]) if rows else "—"
