"""Characters that nobody sees: they count nowhere, and every kind of space is a space."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

# Unicode's formats (category Cf), NUL and the other controls; tab and line breaks are spaces.
INVISIBLE = r"[\p{Cf}\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{1F}\x{7F}-\x{9F}]"
# The same in the bytes of UTF-8, somewhat wider: told apart by first bytes, which most text has none of.
SUSPECT = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f\xad]|\xd8[\x80-\x85\x9c]|\xdb\x9d|\xdc\x8f|\xe0[\xa2\xa3]"
    rb"|\xe1\xa0\x8e|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xef\xbf[\xb9-\xbb]|\xf0[\x91\x93\x9b\x9d]|\xf3\xa0"
)
_CONTROLS = {*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D}
_FIRST_BYTES = {0xC2, 0xD8, 0xDB, 0xDC, 0xE0, 0xE1, 0xE2, 0xEF, 0xF0, 0xF3}
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in _CONTROLS | _FIRST_BYTES)


def visible(column: pa.Array) -> pa.Array:
    """Text without the characters that nobody sees; most columns have none and are given back as they are."""
    data = column.buffers()[2]
    if data is None or not _may_hide(data):
        return column
    return pc.replace_substring_regex(column, INVISIBLE, "")


def visible_text(text: str) -> str:
    """The same of one text."""
    return text if text.isascii() and text.isprintable() else str(visible(pa.array([text]))[0])


def _may_hide(data: pa.Buffer) -> bool:
    """Whether the bytes hold such characters: by the few that could begin one, which most text has none of."""
    raw = data.to_pybytes()
    return bool(raw.translate(None, _OTHER_BYTES)) and SUSPECT.search(raw) is not None
