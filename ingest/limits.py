"""Limits of what one document may take: of a zip bomb 4 GB unpacked, and 200 times the packed size once past 100 MB; of the reader
300 s of processor and 2 GB of memory; and how far from each other the cells of one sheet may lie."""

from __future__ import annotations

import zipfile

from ingest.errors import UnreadableDocumentError

MAX_UNPACKED_BYTES = 4 * 10**9
MAX_RATIO = 200
RATIO_FREE_BYTES = 100 * 10**6
DOCUMENT_CPU_SECONDS = 300
DOCUMENT_MEMORY_BYTES = 2 << 30
SHEET_COLUMNS_MAX = 16_384
SHEET_CELLS_MAX = 50_000_000
SHEET_GAP_ROWS = 10_000  # a cell further below all others is no part of a table
SHEET_GAP_COLUMNS = 200


class ExpansionGuard:
    """Counts what comes out of a zip and raises UnreadableDocumentError (naming the limit) when it is too much."""

    def __init__(self, packed_bytes: int):
        self.packed_bytes = packed_bytes
        self.unpacked_bytes = 0

    def reached(self, unpacked_bytes: int) -> None:
        """Takes the bytes that have come out so far; UnreadableDocumentError when they are too many."""
        self.unpacked_bytes = unpacked_bytes
        if unpacked_bytes > MAX_UNPACKED_BYTES:
            raise UnreadableDocumentError(f"压缩文件解开后超过 {MAX_UNPACKED_BYTES // 10**9} GB 的上限")
        if unpacked_bytes > RATIO_FREE_BYTES and unpacked_bytes > MAX_RATIO * self.packed_bytes:
            raise UnreadableDocumentError(f"压缩文件解开后超过压缩大小的 {MAX_RATIO} 倍（上限），疑为压缩炸弹")


def check_zip(bundle: zipfile.ZipFile, packed_bytes: int) -> None:
    """UnreadableDocumentError when the zip says it unpacks to more than the limits."""
    ExpansionGuard(packed_bytes).reached(sum(info.file_size for info in bundle.infolist()))
