"""The reader's vocabulary, from `vocabulary.yaml`: blanks, totals, notes, units."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class Vocabulary(BaseModel):
    """Words and patterns in Chinese documents; factors bring a figure to yuan or Mbps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    blank_marks: frozenset[str]
    none_mark: str
    error_texts: frozenset[str]
    ignored_headings: tuple[str, ...]
    subtotal_labels: frozenset[str]
    total_labels: frozenset[str]
    note_pattern: str
    unit_line_pattern: str
    yuan_factors: dict[str, float]
    mbps_factors: dict[str, float]
    mbps_words: dict[str, float]


VOCABULARY = Vocabulary.model_validate(
    yaml.safe_load((Path(__file__).parent / "vocabulary.yaml").read_text(encoding="utf-8"))
)
