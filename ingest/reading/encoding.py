"""Bytes to text: UTF-8, GB18030 and UTF-16, with or without a mark, and with a few bytes that fit none of them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ingest.errors import UnreadableDocumentError

NO_TEXT = "文件不是电子表格，也不是文本表格"
BAD_ENCODING = "文本的编码无法识别（有许多字节不属于 UTF-8 或 GB18030）。请另存为 UTF-8 编码的 CSV 或 xlsx"
EURO = b"\x80"  # Windows' code page 936 has it, GB18030 has not
REPLACEMENT = "\ufffd"
ENCODINGS = ("utf-8", "gb18030")
BAD_LINES_SHARE = 0.05
BAD_LINES_FEW = 10
SAMPLE_BYTES = 1 << 12
UTF16_BYTES_MIN = 20
UTF16_ZEROS_RATIO = 6
PIECE_CHARACTERS = 1 << 24
LOOKED_AT_CHARACTERS = 1 << 16
LINES_NAMED = 5


@dataclass(frozen=True)
class Text:
    """A text, and the numbers (from 1) of the lines that hold bytes of no encoding, which read as `REPLACEMENT`."""

    text: str
    bad_lines: tuple[int, ...] = ()

    @property
    def bad_bytes(self) -> str | None:
        """Where bytes could not be read, in words; None where all could."""
        if not self.bad_lines:
            return None
        named = "、".join(map(str, self.bad_lines[:LINES_NAMED]))
        return f"第 {named} 行" + (f"等 {len(self.bad_lines)} 行" if len(self.bad_lines) > LINES_NAMED else "")


def decode(data: bytes) -> Text:
    """The text; UnreadableDocumentError when the bytes are none."""
    encoding = _utf16(data)
    if encoding:
        return Text(_without_marks(data.decode(encoding, errors="replace")))
    for encoding in ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _checked(Text(_without_marks(text)))
    return _checked(_line_by_line(data))


def decode_head(data: bytes) -> str:
    """The first bytes of a text as far as can be told."""
    return _without_marks(data.decode(_utf16(data) or "utf-8", errors="replace"))


@dataclass(frozen=True)
class Encoding:
    """How a text that is not held whole is to be opened; `is_exact` unless some bytes will read as `REPLACEMENT`."""

    name: str
    is_exact: bool


def find_encoding(path: Path) -> Encoding:
    """The encoding of a text that is not held whole; UnreadableDocumentError when it is no text."""
    with open(path, "rb") as handle:
        head = handle.read(SAMPLE_BYTES)
    candidates = [found] if (found := _utf16(head)) else ["utf-8-sig", "gb18030"]
    reach: dict[str, int] = {}
    for name in candidates:
        reach[name] = _reach(path, name)
        if reach[name] < 0:
            return Encoding(name, True)
    best = max(candidates, key=lambda name: reach[name])
    if not reach[best]:
        raise UnreadableDocumentError(NO_TEXT)
    return Encoding(best, False)


def _reach(path: Path, encoding: str) -> int:
    """About how many characters can be read before the first fault; -1 when there is none. NUL is no text at all."""
    read = 0
    with open(path, encoding=encoding, newline="") as text:
        try:
            for piece in iter(partial(text.read, LOOKED_AT_CHARACTERS), ""):
                if "\x00" in piece:
                    return 0
                read += len(piece)
        except UnicodeDecodeError as error:
            return read + error.start + 1
    return -1


def _utf16(data: bytes) -> str | None:
    """UTF-16 by its mark, or by the zeros that ASCII characters leave in every other byte; 一 and 最 leave some in the others."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:SAMPLE_BYTES]
    at_even, at_odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < UTF16_BYTES_MIN or max(at_even, at_odd) <= len(sample) // 20:
        return None
    if min(at_even, at_odd) * UTF16_ZEROS_RATIO > max(at_even, at_odd):
        return None
    return "utf-16-le" if at_odd > at_even else "utf-16-be"


def _without_marks(text: str) -> str:
    return text.lstrip("\ufeff")


def _checked(text: Text) -> Text:
    if "\x00" in text.text:
        raise UnreadableDocumentError(NO_TEXT)
    return text


def _line_by_line(data: bytes) -> Text:
    """Each line by the encoding of most lines, else by the other; what is left is replaced."""
    lines = data.split(b"\n")
    usual = max(ENCODINGS, key=lambda encoding: sum(_is(line, encoding) for line in lines))
    order = (usual, *(encoding for encoding in ENCODINGS if encoding != usual))
    texts = [_line(line, order) for line in lines]
    bad = tuple(number for number, text in enumerate(texts, start=1) if REPLACEMENT in text)
    if len(bad) > max(BAD_LINES_FEW, BAD_LINES_SHARE * len(lines)):
        raise UnreadableDocumentError(NO_TEXT if b"\x00" in data else BAD_ENCODING)
    return Text(_without_marks("\n".join(texts)), bad)


def _is(line: bytes, encoding: str) -> bool:
    return not line.isascii() and next(_strictly(line, (encoding,)), None) is not None


def _line(line: bytes, encodings: tuple[str, ...]) -> str:
    found = next(_strictly(line, encodings), None)
    if found is None and EURO in line:
        found = next(_strictly(re.sub(EURO, "€".encode("gb18030"), line), ("gb18030",)), None)
    return line.decode(encodings[0], errors="replace") if found is None else found


def _strictly(line: bytes, encodings: tuple[str, ...]) -> Iterator[str]:
    for encoding in encodings:
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError:
            continue
