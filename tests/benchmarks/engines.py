"""Both engines on the same lakes: `dbt build` on DuckDB, and on Spark inside dbt with all processors of this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ingest.settings import DBT_DIR, PROJECT_DIR
from orchestration.assets.warehouse import BUILD
from orchestration.runtime.spark import submit_arguments
from tests.benchmarks.city import dbt_build
from tests.benchmarks.growth import lake_limits, lake_of
from tests.benchmarks.measure import TODAY, Taken, measure

SPARK_DBT = PROJECT_DIR / ".venv-spark" / "bin" / "dbt"
BYTES_PER_MB = 1_000_000


def both(folder: Path, sizes: Sequence[int], memory: str) -> Iterator[tuple[int, float, Taken, Taken]]:
    """Pupils, megabytes of the lake, and what DuckDB and Spark took, for each size; `memory` is what Spark may use."""
    for pupils in sizes:
        data = lake_of(folder, pupils)
        size_mb = sum(path.stat().st_size for path in (data / "lake").rglob("*.parquet")) / BYTES_PER_MB
        with tempfile.TemporaryDirectory(dir=data) as work:
            duckdb = dbt_build(data, Path(work), lake_limits(data))
            yield pupils, size_mb, duckdb, _spark_build(data, Path(work), memory)


def _spark_build(data: Path, work: Path, memory: str) -> Taken:
    """The same build in a session that keeps tables, metastore and what it spills in `work`."""
    options = {
        "spark.master": f"local[{os.cpu_count()}]",
        "spark.driver.memory": memory.removesuffix("B").lower(),
        "spark.ui.enabled": "false",
        "spark.local.dir": str(work),
        "spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1)),
        "spark.sql.warehouse.dir": str(work / "tables"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:metastore;create=true",
        "spark.driver.defaultJavaOptions": f"-Dderby.system.home={work}",
    }
    environment = {
        "EDU_TODAY": TODAY,
        "EDU_LAKE_DIR": str((data / "lake").resolve()),
        "EDU_SPARK_METHOD": "session",
        **submit_arguments(options),
        "PYSPARK_PYTHON": str(SPARK_DBT.with_name("python")),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    folders: list[str | Path] = [
        "--project-dir",
        DBT_DIR,
        "--profiles-dir",
        DBT_DIR,
        "--target-path",
        work / "target",
        "--log-path",
        work,
    ]
    return measure([SPARK_DBT, *BUILD, "--target", "spark", *folders], environment)
