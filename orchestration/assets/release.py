"""The release as assets: published when everything before it passed its checks, then brought to PostgreSQL where one is named."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from orchestration.automation import AFTER_UPSTREAM
from orchestration.publishing.manifest import current_release
from orchestration.publishing.postgres import publish_to_postgres
from orchestration.publishing.release.publish import publish
from orchestration.publishing.scoreboard import read_scoreboard
from orchestration.resources import DATA_ENGINEERING, WRITER_POOL, PipelineResource, reporter
from orchestration.runtime.locks import writing
from orchestration.runtime.retries import retry_transient_errors

FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=15), warn_window=timedelta(days=8))
"""A release is made or confirmed at least every Monday: two without that, and the scheduler stands still."""


def build_release_asset(upstream: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The release rests on every released table."""

    @dg.asset(
        key=["release", "warehouse"],
        deps=upstream,
        group_name="release",
        owners=[DATA_ENGINEERING],
        kinds={"duckdb", "parquet"},
        pool=WRITER_POOL,
        automation_condition=AFTER_UPSTREAM,
        freshness_policy=FRESHNESS,
        description="发布版本：An immutable bundle (DuckDB, Parquet, manifest); `published/current` is swapped to it atomically.",
    )
    def release(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult[None]:
        settings, report = pipeline.settings(), reporter(context)
        with writing(settings, report), retry_transient_errors():
            before = current_release(settings)
            manifest = publish(settings, report)
        path = settings.published_dir / "releases" / manifest.release_id
        scoreboard = read_scoreboard(path)
        return dg.MaterializeResult(
            metadata={
                "release": manifest.release_id,
                "is new": before is None or before.name != manifest.release_id,
                "path": dg.MetadataValue.path(path),
                "page": dg.MetadataValue.path(path / "scoreboard" / "index.html"),
                "documents": len(manifest.documents),
                "scoreboard": dg.MetadataValue.md(scoreboard.as_markdown()),
            }
        )

    return release


def build_postgres_asset(release: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The current release on a server; it fails for itself, the release stands."""

    @dg.asset(
        key=["release", "postgres"],
        deps=[release],
        group_name="release",
        owners=[DATA_ENGINEERING],
        kinds={"postgres"},
        pool=WRITER_POOL,
        automation_condition=AFTER_UPSTREAM,
        description="PostgreSQL 中的发布版本：The current release as tables of EDU_PUBLISH_POSTGRES_URL; nothing where that is not set.",
    )
    def postgres(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult[None]:
        settings, report = pipeline.settings(), reporter(context)
        with retry_transient_errors():
            published = publish_to_postgres(settings, report)
        return dg.MaterializeResult(metadata={"release": published or "EDU_PUBLISH_POSTGRES_URL is not set"})

    return postgres


def build_open_data_asset(release: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The open-data bundle of the current release, made when somebody asks for it: each more lets readers subtract."""

    @dg.asset(
        key=["release", "open_data"],
        deps=[release],
        group_name="release",
        owners=[DATA_ENGINEERING],
        kinds={"csv", "parquet"},
        description="开放数据包：Aggregates for a website, small numbers suppressed. Made on purpose, after a collection has closed.",
    )
    def open_data(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> dg.MaterializeResult[None]:
        from orchestration.publishing.open_data.publish import publish_open_data  # scipy is heavy

        bundle = publish_open_data(pipeline.settings(), reporter(context))
        return dg.MaterializeResult(metadata={"release": bundle.name, "path": dg.MetadataValue.path(bundle)})

    return open_data
