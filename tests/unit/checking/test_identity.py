"""Identity numbers: check digits, birth dates, and pseudonyms that are true HMAC-SHA256."""

import hmac
import stat
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.checking.identity import (
    Pseudonymiser,
    birth_dates,
    has_wrong_check_digit,
    identity_numbers,
    load_key,
)
from ingest.errors import KeyMismatchError

# Test vectors of GB 11643-1999.
VALID = ["11010519491231002X", "440524188001010014", "34052419800101001X"]
KEY = bytes.fromhex("5a" * 32)


def wrong(values: list[str | None]) -> list[bool]:
    return has_wrong_check_digit(pa.array(values, pa.string())).tolist()


def test_the_vectors_of_the_standard_are_right() -> None:
    assert wrong(VALID) == [False] * 3


@given(digits=st.text("0123456789", min_size=17, max_size=17))
def test_one_check_character_of_eleven_is_right(digits: str) -> None:
    assert wrong([digits + mark for mark in "0123456789X"]).count(False) == 1


def test_other_shapes_are_not_judged() -> None:
    assert wrong(["E12345678", "", None, "1101051949123100", *VALID]) == [False] * 7


def test_birth_dates_stand_inside() -> None:
    values = pa.array([VALID[0], "x", None, VALID[1]])
    assert birth_dates(values).tolist() == [19491231, 0, 0, 18800101]
    assert birth_dates(values.slice(3)).tolist() == [18800101]


@given(key=st.binary(min_size=32, max_size=100), value=st.text("0123456789GX", min_size=1, max_size=20))
def test_pseudonyms_are_true_hmac_cut_to_128_bits(key: bytes, value: str) -> None:
    (pseudonym,) = Pseudonymiser(key).pseudonyms(pa.array([value])).to_pylist()
    assert pseudonym == hmac.new(key, value.encode(), sha256).digest()[:16]


def test_blanks_have_no_pseudonym_and_order_is_kept() -> None:
    pseudonyms = Pseudonymiser(KEY).pseudonyms(pa.array(["a", None, "b", "a"])).to_pylist()
    assert pseudonyms[1] is None and pseudonyms[0] == pseudonyms[3] != pseudonyms[2]


def test_a_student_number_and_the_id_number_alone_are_one_person() -> None:
    students = pa.array([f"G{VALID[0]}", None, "L110105194912310021", None])
    numbers = pa.array([None, VALID[0], VALID[1], "E12345678"])
    assert identity_numbers(students, numbers).to_pylist() == [VALID[0], VALID[0], "L110105194912310021", "E12345678"]
    assert identity_numbers(None, numbers).to_pylist() == numbers.to_pylist()


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
