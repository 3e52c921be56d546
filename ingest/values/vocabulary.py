"""The reader's vocabulary, from `vocabulary.yaml`: blanks, totals, notes, units."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class Vocabulary(BaseModel):
    """Words and patterns in Chinese documents; `units` bring a figure to yuan, square metres or Mbps, by kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    blank_marks: frozenset[str]
    none_mark: str
    error_texts: frozenset[str]
    ignored_headings: tuple[str, ...]
    number_headings: tuple[str, ...]
    subtotal_labels: frozenset[str]
    total_labels: frozenset[str]
    whole_headings: frozenset[str]
    note_words: tuple[str, ...]
    signature_words: tuple[str, ...]
    example_pattern: str
    column_number_words: frozenset[str]
    sub_title_pattern: str
    personal_pattern: str
    template_pages: frozenset[str]
    copy_notice: str
    mask_signs: tuple[str, ...]
    mask_pattern: str
    official_pattern: str
    year_pattern: str
    units: dict[str, dict[str, float]]
    kind_patterns: dict[str, str]
    counters: frozenset[str]
    unit_word_pattern: str


VOCABULARY = Vocabulary.model_validate(
    yaml.safe_load((Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8"))
)
