"""Pseudonyms that are true HMAC-SHA256, and the key that they depend on."""

import hmac
import stat
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.checking.pseudonyms import Pseudonymiser, load_key
from ingest.errors import KeyMismatchError

KEY = bytes.fromhex("5a" * 32)


@given(key=st.binary(min_size=32, max_size=100), value=st.text("0123456789GX", min_size=1, max_size=20))
def test_pseudonyms_are_true_hmac_cut_to_128_bits(key: bytes, value: str) -> None:
    (pseudonym,) = Pseudonymiser(key).pseudonyms(pa.array([value])).to_pylist()
    assert pseudonym == hmac.new(key, value.encode(), sha256).digest()[:16]


def test_blanks_have_no_pseudonym_and_order_is_kept() -> None:
    pseudonyms = Pseudonymiser(KEY).pseudonyms(pa.array(["a", None, "b", "a"])).to_pylist()
    assert pseudonyms[1] is None and pseudonyms[0] == pseudonyms[3] != pseudonyms[2]


def test_the_key_comes_from_hex_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY.hex() + "\n", encoding="ascii")
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(KeyMismatchError, match="can be read by everybody: chmod 600"):
        load_key(f"file:{tmp_path}/key", tmp_path)
    (tmp_path / "key").chmod(0o640)
    assert load_key(KEY.hex(), tmp_path) == load_key(f"file:{tmp_path}/key", tmp_path) == KEY


def test_without_a_key_one_is_made_once_kept_private_and_told(tmp_path: Path) -> None:
    told: list[str] = []
    first = load_key(None, tmp_path / "data", told.append)
    assert load_key(None, tmp_path / "data", told.append) == first
    assert len(told) == 1 and "EDU_PSEUDONYM_KEY" in told[0] and first.hex() not in told[0]
    assert stat.S_IMODE((tmp_path / "data" / "pseudonym.key").stat().st_mode) == 0o400


@pytest.mark.parametrize(
    ("text", "words"), [("xyz", "hex"), ("5a" * 31, "32"), ("file:/no/such/key", "cannot be read")]
)
def test_a_bad_key_is_one_clear_sentence(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(KeyMismatchError, match=words):
        load_key(text, tmp_path)


def test_fingerprints_tell_keys_apart_and_give_nothing_away() -> None:
    fingerprints = {Pseudonymiser(bytes([n]) * 32).fingerprint for n in range(50)}
    assert len(fingerprints) == 50
    assert not any(KEY.hex().startswith(fingerprint) for fingerprint in fingerprints)
