"""Files that no reader should take for a table: encrypted, cut off, too large unpacked, pictures, papers."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy as np

from ingest.sample.opendocument import FIXED_TIME

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
BOMB_BYTES = 160 * 2**20


def encrypted(rng: np.random.Generator) -> bytes:
    """A workbook behind a password: an OLE file that holds an EncryptedPackage."""
    streams = {"EncryptionInfo": rng.bytes(4096), "EncryptedPackage": rng.bytes(8192)}
    fat = [FAT, END]
    entries = [_entry("Root Entry", 5, child=1)]
    body = b""
    for number, (name, data) in enumerate(streams.items()):
        start = len(fat)
        count = len(data) // SECTOR
        fat += [*range(start + 1, start + count), END]
        entries.append(_entry(name, 2, start, len(data), right=2 if number == 0 else FREE))
        body += data
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += (
        struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, END, 0, END, 0)
        + struct.pack("<I", 0)
        + struct.pack("<I", FREE) * 108
    )
    table = b"".join(struct.pack("<I", x) for x in fat + [FREE] * (SECTOR // 4 - len(fat)))
    directory = b"".join(entries).ljust(SECTOR, b"\0")
    return header + table + directory + body


def _entry(name: str, kind: int, start: int = 0, size: int = 0, child: int = FREE, right: int = FREE) -> bytes:
    """One directory entry of an OLE file."""
    text = (name + "\0").encode("utf-16-le")
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(text), kind, 1, FREE, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def bomb(workbook: bytes) -> bytes:
    """A small workbook whose sheet unpacks to far more than any honest one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            with target.open(info, "w") as member:
                member.write(source.read(name))
                if name.endswith("sheet1.xml"):
                    for _ in range(BOMB_BYTES // 2**20):
                        member.write(b" " * 2**20)
    return out.getvalue()


def truncated(document: bytes) -> bytes:
    """The first half of a file: the connection broke."""
    return document[: len(document) // 2]


def pdf(rng: np.random.Generator) -> bytes:
    """What begins and ends as a PDF does, without a page."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n"
        + rng.bytes(200).hex().encode()
        + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )


def picture(rng: np.random.Generator) -> bytes:
    """What begins and ends as a JPEG does, with noise between."""
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + rng.bytes(2000) + b"\xff\xd9"


def broken_xls(rng: np.random.Generator) -> bytes:
    """Begins like an .xls and is noise after that."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + rng.bytes(3000)
