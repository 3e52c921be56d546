"""Pseudonyms of persons, and the key that they depend on."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from ingest.contracts.contract import PSEUDONYM
from ingest.errors import KeyMismatchError

KEY_BYTES_MIN = 32
OWN_KEY_NAME = "pseudonym.key"
HASH_BLOCK_BYTES = 64
PSEUDONYM_BYTES = PSEUDONYM.byte_width


class Pseudonymiser:
    """HMAC-SHA256 under a secret key, cut to 128 bits; the same value always gets the same 16 bytes."""

    def __init__(self, key: bytes):
        if len(key) < KEY_BYTES_MIN:
            raise KeyMismatchError(
                f"EDU_PSEUDONYM_KEY has {len(key)} bytes; it must have {KEY_BYTES_MIN} or more, written in hex."
            )
        block = hashlib.sha256(key).digest() if len(key) > HASH_BLOCK_BYTES else key
        block = block.ljust(HASH_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in block))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in block))

    @property
    def fingerprint(self) -> str:
        """Tells two keys apart without giving either away."""
        return self._digest(b"fingerprint of the pseudonym key").hex()[:16]

    def _digest(self, value: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value)
        outer.update(inner.digest())
        return outer.digest()

    def pseudonym(self, text: str) -> bytes:
        """16 bytes for one text."""
        return self._digest(text.encode())[:PSEUDONYM_BYTES]

    def pseudonyms(self, values: pa.Array) -> pa.Array:
        """16 bytes for every value, null for null."""
        copy_inner, copy_outer = self._inner.copy, self._outer.copy
        cut: list[bytes | None] = []
        for value in values.cast(pa.binary()).to_pylist():  # a million rows: `_digest` without its calls
            if value is None:
                cut.append(None)
                continue
            inner, outer = copy_inner(), copy_outer()
            inner.update(value)
            outer.update(inner.digest())
            cut.append(outer.digest()[:PSEUDONYM_BYTES])
        return pa.array(cut, PSEUDONYM)


def load_key(text: str | None, data_dir: Path, warn: Callable[[str], None] = print) -> bytes:
    """The key from EDU_PSEUDONYM_KEY (hex, or `file:<path>`); without one, a key made once under the data folder, with a warning.

    KeyMismatchError when it is no hex or too short.
    """
    own = data_dir / OWN_KEY_NAME
    if text is None:
        if not own.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            _make_key(own)
            warn(f"EDU_PSEUDONYM_KEY is not set: a key was made in {own}. Back it up apart from the data.")
        text = f"file:{own}"
    if text.startswith("file:"):
        path = Path(text.removeprefix("file:"))
        try:
            if path.stat().st_mode & stat.S_IROTH:
                raise KeyMismatchError(
                    f"The key file {path} can be read by everybody: chmod 600 {path}, or 640 for a group."
                )
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyMismatchError(f"The file that EDU_PSEUDONYM_KEY names cannot be read: {error}.") from error
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise KeyMismatchError("EDU_PSEUDONYM_KEY is not written in hex (digits and a to f).") from error
    Pseudonymiser(key)
    return key


def _make_key(path: Path) -> None:
    """Writes a new key, whole at once; of two processes that do so the first one's stays."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".key-") as target:
        target.write(secrets.token_hex(KEY_BYTES_MIN))
        target.flush()
        os.fchmod(target.fileno(), 0o400)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(target.name)
