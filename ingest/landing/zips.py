"""Zips that hold documents: which are bundles, what their members are called, and members that cannot be opened.

One broken member must not take the others with it. Python's `zipfile` gives a zip up for one name or one version that it does not
understand; here such an entry is made harmless in memory and found broken alone. A broken member stands, as a document, in a zip of
its own that holds it as it lay in the bundle: so it has bytes and a digest, and says by itself what is wrong with it.
"""

from __future__ import annotations

import io
import lzma
import mmap
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingest.errors import UnreadableDocumentError
from ingest.landing.ignored import is_blank_text, is_ignored

# What a damaged, encrypted or overlarge zip, or a member of one, may raise.
UNOPENABLE = (
    UnreadableDocumentError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    EOFError,
    ValueError,
    OverflowError,
)
# By these a zip is known to be one document: a workbook or text of Office, OpenDocument, OFD, Numbers and Pages.
PACKAGE_PARTS = frozenset(
    ("[content_types].xml", "mimetype", "content.xml", "xl/workbook.xml", "xl/workbook.bin", "ofd.xml", "index.zip")
)
PACKAGE_SUFFIX = ".iwa"
BROKEN_MEMBER = b"a member that could not be opened"  # the comment of a zip that was made here
NOTHING_INSIDE = "压缩包中没有可读取的文件。请直接报送电子表格，或重新打包后报送"
BROKEN_NAME = "文件名已损坏"
NEEDS_PASSWORD = "压缩包中的该文件已加密，无法打开。请取消密码后重新打包报送"
UNKNOWN_COMPRESSION = "压缩包中的该文件使用了不支持的压缩方式，无法解压。请用普通 ZIP 方式重新打包报送"
DAMAGED = "压缩包中的该文件已损坏，无法解压。请重新打包后报送"
ENCRYPTED, IS_UTF8 = 0x1, 0x800
END, ENTRY, HEADER = b"PK\5\6", b"PK\1\2", b"PK\3\4"
END_FORMAT, ENTRY_FORMAT, HEADER_FORMAT = "<4s4H2LH", "<4s6H3L5H2L", "<4s5H3L2H"
NEEDED, FLAGS, NAME_LENGTH, EXTRA_LENGTH, COMMENT_LENGTH = 2, 3, 10, 11, 12  # places in an entry
MAX_32 = (1 << 32) - 1
COMMENT_MAX = 1 << 16
VERSION = 20  # that every program understands
COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class Member:
    """A file in a bundle by its readable name."""

    name: str
    info: zipfile.ZipInfo


class _Mapped(mmap.mmap):
    """A file as bytes that can be changed without changing the file, which `zipfile` reads like a file."""

    def seekable(self) -> bool:
        return True

    def seek(self, position: int, whence: int = os.SEEK_SET) -> None:
        """A place outside is an OSError, as of a file, too: `zipfile` looks before the start of a short one."""
        try:
            super().seek(position, whence)  # type: ignore[arg-type]
        except ValueError as error:
            raise io.UnsupportedOperation(str(error)) from error


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip at a path, with as much of its directory as can be understood; one of UNOPENABLE when there is none."""
    if not path.stat().st_size:
        raise zipfile.BadZipFile("it is empty")
    with open(path, "rb") as handle, _Mapped(handle.fileno(), 0, access=mmap.ACCESS_COPY) as content:
        _mend_directory(content)
        with zipfile.ZipFile(content) as bundle:  # type: ignore[call-overload]
            yield bundle


def is_bundle(path: Path) -> bool:
    """Whether the file is a zip of documents; workbooks and other packages are zips too, each one document."""
    try:
        with open_zip(path) as bundle:
            return bundle.comment != BROKEN_MEMBER and not _is_package(bundle.namelist())
    except UNOPENABLE:
        return False


def _is_package(names: Iterable[str]) -> bool:
    lower = (name.replace("\\", "/").lower() for name in names)
    return any(name in PACKAGE_PARTS or name.endswith(PACKAGE_SUFFIX) for name in lower)


def members(bundle: zipfile.ZipFile) -> list[Member]:
    """The files in a bundle but droppings, in order of their names."""
    files = (Member(member_name(info), info) for info in bundle.infolist() if not info.is_dir())
    kept = (member for member in files if not is_ignored(member.name))
    return sorted(kept, key=lambda member: (member.name, member.info.header_offset))


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name; names without the UTF-8 flag come from Chinese Windows in GBK."""
    if info.flag_bits & IS_UTF8:
        return info.filename
    raw = info.orig_filename.encode("cp437", errors="replace")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("gb18030", errors="replace")
    return name.replace("\\", "/")


def fault_of_zip(path: Path) -> str | None:
    """Why a zip holds nothing that can be read, in Chinese: a bundle of nothing, or a broken member; None for any other file."""
    try:
        with open_zip(path) as bundle:
            if bundle.comment == BROKEN_MEMBER:
                (info,) = bundle.infolist()
                return fault_of_member(bundle, info)
            is_empty = all(is_blank_text(each.name, bundle.open(each.info)) for each in members(bundle))
            return NOTHING_INSIDE if is_empty and not _is_package(bundle.namelist()) else None
    except UNOPENABLE:
        return None


def fault_of_member(bundle: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """Why a member that could not be read could not."""
    if info.flag_bits & ENCRYPTED:
        return NEEDS_PASSWORD
    try:
        with bundle.open(info) as source:
            while source.read(COPY_BYTES):
                pass
    except NotImplementedError:
        return UNKNOWN_COMPRESSION
    except UnicodeDecodeError:
        return f"{DAMAGED}（{BROKEN_NAME}）"
    except UNOPENABLE as error:
        return f"{DAMAGED}（{BROKEN_NAME}）" if "differ" in str(error) else DAMAGED
    return DAMAGED


def as_zip_of_its_own(path: Path, info: zipfile.ZipInfo, target: BinaryIO) -> None:
    """Writes a zip that holds one member of the zip at `path`, its bytes as they lie there."""
    name = info.orig_filename.encode("utf-8" if info.flag_bits & IS_UTF8 else "cp437", errors="replace")
    with open(path, "rb") as bundle:
        size = path.stat().st_size
        bundle.seek(info.header_offset if 0 <= info.header_offset < size else size)  # a damaged directory says anything
        start = bundle.read(struct.calcsize(HEADER_FORMAT))
        own_name = name
        if start.startswith(HEADER) and len(start) == struct.calcsize(HEADER_FORMAT):
            *_, name_length, extra_length = struct.unpack(HEADER_FORMAT, start)
            own_name = bundle.read(name_length)
            bundle.seek(extra_length, os.SEEK_CUR)
        header = _header(own_name, info)
        target.write(header)
        held = 0
        while held < info.compress_size and (piece := bundle.read(min(COPY_BYTES, info.compress_size - held))):
            held += target.write(piece)
    target.write(_directory(name, info, held, len(header) + held))


def _header(name: bytes, info: zipfile.ZipInfo) -> bytes:
    """The header before the member's bytes; its flags are those of the directory, so that both agree on what the name is in."""
    sizes = (info.CRC, info.compress_size & MAX_32, info.file_size & MAX_32)
    about = (VERSION, info.flag_bits, info.compress_type, 0, 0, *sizes, len(name), 0)
    return struct.pack(HEADER_FORMAT, HEADER, *about) + name


def _directory(name: bytes, info: zipfile.ZipInfo, held: int, at: int) -> bytes:
    """The directory of one entry behind the member's bytes, and the end with the comment."""
    sizes = (info.CRC, held & MAX_32, info.file_size & MAX_32)
    about = (VERSION, VERSION, info.flag_bits, info.compress_type, 0, 0, *sizes, len(name), 0, 0, 0, 0, 0, 0)
    entry = struct.pack(ENTRY_FORMAT, ENTRY, *about) + name
    end = struct.pack(END_FORMAT, END, 0, 0, 1, 1, len(entry), at, len(BROKEN_MEMBER))
    return entry + end + BROKEN_MEMBER


def _mend_directory(content: mmap.mmap) -> None:
    """Makes harmless what `zipfile` gives the whole zip up for: a name that is not UTF-8 though it says so, a version from nowhere."""
    end_at = content.rfind(END, max(0, len(content) - COMMENT_MAX - struct.calcsize(END_FORMAT)))
    if end_at < 0 or end_at + struct.calcsize(END_FORMAT) > len(content):
        return
    *_, directory_bytes, _, _ = struct.unpack_from(END_FORMAT, content, end_at)
    at = end_at - directory_bytes
    while at >= 0 and at + struct.calcsize(ENTRY_FORMAT) <= end_at and content[at : at + 4] == ENTRY:
        entry = list(struct.unpack_from(ENTRY_FORMAT, content, at))
        name_at = at + struct.calcsize(ENTRY_FORMAT)
        if not _is_utf8(content[name_at : name_at + entry[NAME_LENGTH]]):
            entry[FLAGS] &= ~IS_UTF8
        if entry[NEEDED] > zipfile.MAX_EXTRACT_VERSION:
            entry[NEEDED] = VERSION
        struct.pack_into(ENTRY_FORMAT, content, at, *entry)
        at = name_at + entry[NAME_LENGTH] + entry[EXTRA_LENGTH] + entry[COMMENT_LENGTH]


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
