"""The floor: the cells of the same documents from xlsx to Arrow with fastexcel in two threads, and nothing done with them."""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fastexcel
import pyarrow as pa
import task

THREADS = 2


def read(path: Path) -> pa.RecordBatch:
    sheet = fastexcel.read_excel(path).load_sheet(0, header_row=task.HEADING_ROW - 1, dtypes="string")
    return sheet.to_arrow()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--landing", type=Path, required=True)
    with ThreadPoolExecutor(THREADS) as pool:
        tables = list(pool.map(read, task.documents(parser.parse_args().landing)))
    print(f"{sum(table.num_rows for table in tables)} rows")


if __name__ == "__main__":
    main()
