"""Characters that nobody sees: they count nowhere, and every kind of space is a space."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

# Unicode's formats (category Cf), NUL and the other controls; tab and line breaks are spaces.
INVISIBLE = r"[\p{Cf}\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{1F}\x{7F}-\x{9F}]"
# The same in the bytes of UTF-8, somewhat wider. Controls are told by one byte; what begins with a first byte of these, which most
# text has none of, by a search. (Every branch begins with a byte of its own, so that the search can run from one to the next.)
_CONTROLS = {*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D}
_FIRST_BYTES = {0xC2, 0xD8, 0xDB, 0xDC, 0xE0, 0xE1, 0xE2, 0xEF, 0xF0, 0xF3}
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in _CONTROLS | _FIRST_BYTES)
SUSPECT = re.compile(
    rb"\xc2[\x80-\x9f\xad]|\xd8[\x80-\x85\x9c]|\xdb\x9d|\xdc\x8f|\xe0[\xa2\xa3]|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]"
    rb"|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xef\xbf[\xb9-\xbb]|\xf0[\x91\x93\x9b\x9d]|\xf3\xa0"
)


def visible(column: pa.Array) -> pa.Array:
    """Text without the characters that nobody sees; most columns have none and are given back as they are."""
    data = column.buffers()[2]
    if data is None or not _may_hide(data.to_pybytes()):
        return column
    return pc.replace_substring_regex(column, INVISIBLE, "")


def visible_text(text: str) -> str:
    """The same of one text."""
    if (text.isascii() and text.isprintable()) or not _may_hide(text.encode(errors="replace")):
        return text
    return str(visible(pa.array([text]))[0])


def _may_hide(data: bytes) -> bool:
    """Whether text in UTF-8 holds such characters."""
    suspects = data.translate(None, _OTHER_BYTES)
    return bool(suspects) and (min(suspects) < 0x80 or SUSPECT.search(data) is not None)
