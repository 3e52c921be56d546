"""Spark's data source `fsspec`: a folder of Parquet files, or one such file, behind any URL that fsspec opens; a task a file.

    create temporary view lake_source using fsspec options (url 's3://bucket/lake/rows/pay')

Spark finds it by its name where this folder is on PYTHONPATH (or the file is given as `--py-files`), on the driver and on every
executor, with pyarrow, fsspec and the back end (s3fs) beside it. Endpoint and credentials come from the environment, as fsspec has it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.dataset as ds
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType


class DefaultSource(DataSource):
    """Columns are those of all files together; one that a file does not have is null there."""

    @classmethod
    def name(cls) -> str:
        return "fsspec"

    def schema(self) -> StructType:
        filesystem, paths = _files(self.options["url"])
        schemas = [ds.dataset(path, filesystem=filesystem, format="parquet").schema for path in paths]
        return from_arrow_schema(pa.unify_schemas(schemas), prefer_timestamp_ntz=True)

    def reader(self, schema: StructType) -> DataSourceReader:
        return ParquetReader(self.options["url"], schema)


class ParquetReader(DataSourceReader):
    """A partition is the path of a file."""

    def __init__(self, url: str, schema: StructType):
        self.url, self.schema = url, schema

    def partitions(self) -> Sequence[InputPartition]:
        return [InputPartition(path) for path in _files(self.url)[1]]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        filesystem, _ = _open(self.url)
        file = ds.dataset(partition.value, to_arrow_schema(self.schema), "parquet", filesystem)
        yield from file.to_batches()


def _files(url: str) -> tuple[Any, list[str]]:
    """The file system, and the paths of the Parquet files there."""
    filesystem, root = _open(url)
    return filesystem, sorted(path for path in filesystem.find(root) if path.endswith(".parquet"))


def _open(url: str) -> tuple[Any, str]:
    """The file system and the path there, on a new connection: processes of Python serve many queries, and listings grow old."""
    return fsspec.url_to_fs(url, skip_instance_cache=True)
