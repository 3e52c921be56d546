"""Characters that nobody sees are taken away, and nothing else."""

import unicodedata

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from ingest.values.characters import visible, visible_text

HIDDEN = st.characters(categories=["Cf"], exclude_characters="") | st.sampled_from("\x00\x01\x1a\x7f\x85\xad")
SEEN = st.text(alphabet=st.sampled_from("甲乙“”（）１2ａb—… \t\n、"), max_size=8)


@given(st.lists(st.tuples(SEEN, HIDDEN, SEEN), min_size=1, max_size=5))
def test_what_nobody_sees_leaves_no_trace(parts: list[tuple[str, str, str]]) -> None:
    texts = [before + hidden + after for before, hidden, after in parts]
    assert visible(pa.array(texts)).to_pylist() == [before + after for before, _, after in parts]
    assert [visible_text(text) for text in texts] == [before + after for before, _, after in parts]


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cf", "Cc", "Cs"]))))
def test_what_can_be_seen_stays(texts: list[str]) -> None:
    assert visible(pa.array(texts, pa.string())).to_pylist() == texts


def test_every_format_character_counts_as_hidden() -> None:
    formats = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"]
    assert [c for c in formats if visible_text(f"甲{c}乙") != "甲乙"] == []
