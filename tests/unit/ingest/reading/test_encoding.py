"""Bytes become text in every encoding that arrives, also where some of them fit none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableDocumentError
from ingest.reading.encoding import Text, decode, find_encoding

TEXT = "学校标识码,接入带宽\n3310020001,1000\n"
ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_read(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == Text(TEXT)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_characters_with_a_zero_of_their_own_hide_no_utf_16(encoding: str) -> None:
    assert decode((TEXT + "一,最,一\n").encode(encoding)) == Text(TEXT + "一,最,一\n")


@given(text=st.text(alphabet="甲乙丙丁1２,\n", min_size=1), encoding=st.sampled_from(["utf-8", "gb18030"]))
def test_any_text_comes_back_as_it_was(text: str, encoding: str) -> None:
    assert decode((TEXT + text).encode(encoding)).text == TEXT + text


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xff\xff\xff\x00", b"a\x00b"])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError):
        decode(data)


def test_a_byte_that_fits_nothing_is_told_by_its_line() -> None:
    read = decode(TEXT.encode("gb18030") + b"\xd5\n" + "甲\n".encode("gb18030"))
    assert read.text == TEXT + "\ufffd\n甲\n"
    assert read.bad_bytes == "第 3 行"


def test_the_euro_sign_of_windows_is_read() -> None:
    assert decode("借款#\n".encode("gb18030").replace(b"#", b"\x80")) == Text("借款€\n")


def test_two_files_put_together_are_read_line_by_line() -> None:
    assert decode("甲,乙\n".encode() + "丙,丁\n".encode("gb18030")) == Text("甲,乙\n丙,丁\n")


def test_several_marks_at_the_beginning_are_none_of_the_text() -> None:
    assert decode(b"\xef\xbb\xbf" * 2 + TEXT.encode()) == Text(TEXT)


def test_text_of_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(UnreadableDocumentError, match="编码"):
        decode(b"\xd5\n" * 100)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_encoding_of_a_file_is_found_by_all_of_it(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes((100 * "a,b\n" + TEXT).encode(encoding))
    found = find_encoding(tmp_path / "a")
    assert found.is_exact
    assert (tmp_path / "a").read_text(found.name) == 100 * "a,b\n" + TEXT


def test_a_file_with_a_byte_that_fits_nothing_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("甲,乙\n".encode("gb18030") * 10 + b"\xd5\n")
    found = find_encoding(tmp_path / "a")
    assert (found.name, found.is_exact) == ("gb18030", False)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a,b\n\x00")
    with pytest.raises(UnreadableDocumentError):
        find_encoding(tmp_path / "a")


LINES = st.lists(st.text(alphabet="甲乙丙丁1２,", min_size=1, max_size=9), min_size=1, max_size=9)


@given(lines=LINES, encoding=st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_utf_16_needs_no_mark(lines: list[str], encoding: str) -> None:
    text = TEXT + "".join(f"3310020001,{line}\n" for line in lines)
    assert decode(text.encode(encoding)) == Text(text)


@given(lines=LINES, data=st.data())
def test_the_byte_of_windows_is_a_euro_sign_wherever_it_stands(lines: list[str], data: st.DataObject) -> None:
    text = TEXT + "\n".join(["€", *lines])
    places = data.draw(st.lists(st.integers(1, len(text)), max_size=3))
    for place in places:
        text = text[:place] + "€" + text[place:]
    pieces = [piece.encode("gb18030") for piece in text.split("€")]
    assert decode(b"\x80".join(pieces)) == Text(text)


@given(lines=LINES, encoding=st.sampled_from(["utf-8", "gb18030"]), data=st.data())
def test_a_bad_byte_costs_no_more_than_its_character(lines: list[str], encoding: str, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(lines) - 1))
    sent = [line.encode(encoding) for line in lines]
    sent[number] += b"\xff"
    read = decode(TEXT.encode(encoding) + b"\n".join(sent))
    lines[number] += "\ufffd"
    assert read == Text(TEXT + "\n".join(lines), (number + 3,))
