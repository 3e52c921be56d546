"""Typing a column: text to values, each distinct text parsed once, with masks of what was blank or at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.checking import values as v
from ingest.contract import ARROW_TYPES, Column
from ingest.reading.vocabulary import VOCABULARY
from ingest.reference import Reference

PLAIN_IDENTIFIER = "^[0-9A-Z]+$"
QUOTES = "'`’"
PARSERS: dict[str, Callable[[str], v.Parsed]] = {"int": v.parse_integer, "number": v.parse_number, "date": v.parse_date}


@dataclass
class TypedColumn:
    """Values (null where blank or at fault), and masks over the rows: `is_blank`, faults by check id, notes of the parser."""

    values: pa.Array
    is_blank: np.ndarray
    faults: dict[str, np.ndarray] = field(default_factory=dict)
    notes: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def is_present(self) -> np.ndarray:
        """Rows that hold a value that was understood."""
        return self.values.is_valid().to_numpy(zero_copy_only=False)


def type_column(column: Column, texts: pa.Array, factors: np.ndarray, reference: Reference) -> TypedColumn:
    """Types `texts` as the contract says; `factors` bring figures to the contract's unit."""
    if column.type == "text":
        return _identifiers(texts) if column.identifier else _texts(column, texts, reference)
    if column.type in ("code", "bool"):
        table = v.code_table(reference.codes[str(column.codes)])
        return _parsed(texts, lambda text: v.parse_code(text, table), column)
    parser = v.parse_bandwidth if column.unit == "Mbps" else PARSERS[column.type]
    typed = _parsed(texts, parser, column)
    return _scaled(typed, factors) if column.type == "number" else typed


def _scaled(typed: TypedColumn, factors: np.ndarray) -> TypedColumn:
    """Applies the unit of heading or unit line; a cell that states its own unit keeps it."""
    if not (factors != 1.0).any():
        return typed
    own_unit = typed.notes.get("unit", np.zeros(len(factors), bool))
    scaled = np.round(typed.values.to_numpy(zero_copy_only=False) * np.where(own_unit, 1.0, factors), 6)
    typed.values = pa.array(scaled, pa.float64(), mask=~typed.is_present)
    return typed


def _parsed(texts: pa.Array, parse: Callable[[str], v.Parsed], column: Column) -> TypedColumn:
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    results = [_without_error_text(text, parse(text)) for text in distinct]
    found = [result.value for result in results]
    if column.type == "bool":
        found = [None if value is None else value == "true" for value in found]
    values = pa.array(found, ARROW_TYPES[column.type]).take(encoded.indices)
    indices = encoded.indices.to_numpy()
    blank = np.array([result.value is None and result.fault is None for result in results], bool)[indices]
    return TypedColumn(
        values, blank, _masks([r.fault for r in results], indices), _masks([r.note for r in results], indices)
    )


def _without_error_text(text: str, parsed: v.Parsed) -> v.Parsed:
    """What a spreadsheet shows for an error (#REF!) is of no type, rather than a code that the list lacks."""
    return v.NOT_TYPED if parsed.fault and v.is_error(v.clean(text)) else parsed


def _masks(labels: list[str | None], indices: np.ndarray) -> dict[str, np.ndarray]:
    return {label: np.array([x == label for x in labels], bool)[indices] for label in sorted(filter(None, set(labels)))}


def _identifiers(texts: pa.Array) -> TypedColumn:
    """Identifiers differ in every row, so only those that are not plain when tidied are parsed, each distinct text once."""
    is_untidy = pc.invert(_is_plain(texts))
    if is_untidy.true_count:
        texts = pc.replace_with_mask(texts, is_untidy, _tidied(texts.filter(is_untidy)))
    is_odd = pc.and_(is_untidy, pc.invert(_is_plain(texts)))
    odd = texts.filter(is_odd).dictionary_encode()
    results = [_identifier(text) for text in odd.dictionary.to_pylist()]
    parsed = pa.array([r.value for r in results], pa.string()).take(odd.indices)
    positions, indices = np.flatnonzero(is_odd.to_numpy(zero_copy_only=False)), odd.indices.to_numpy()

    def spread(flags: list[bool]) -> np.ndarray:
        mask = np.zeros(len(texts), bool)
        mask[positions] = np.array(flags, bool)[indices]
        return mask

    typed = TypedColumn(pc.replace_with_mask(texts, is_odd, parsed), spread([r == v.BLANK for r in results]))
    for fault in sorted({r.fault for r in results if r.fault}):
        typed.faults[fault] = spread([r.fault == fault for r in results])
    return typed


def _is_plain(texts: pa.Array) -> pa.Array:
    """Letters and digits alone, and neither a number in scientific notation nor a mark for a blank."""
    is_number = pc.match_substring_regex(texts, r"^[0-9]E[0-9]+$")
    is_mark = pc.is_in(texts, pa.array(sorted(VOCABULARY.blank_marks)))
    return pc.and_not(pc.match_substring_regex(texts, PLAIN_IDENTIFIER), pc.or_(is_number, is_mark))


def _tidied(texts: pa.Array) -> pa.Array:
    """Without spaces and the quotes that make a spreadsheet keep digits, in upper case: as `parse_identifier` does it."""
    bare = pc.utf8_trim(pc.replace_substring_regex(texts, r"\s", ""), QUOTES)
    return pc.utf8_upper(bare)


def _identifier(text: str) -> v.Parsed:
    return v.NOT_TYPED if v.is_error(v.clean(text)) else v.parse_identifier(text)


def _texts(column: Column, texts: pa.Array, reference: Reference) -> TypedColumn:
    """Text stays as sent but for outer spaces, and 无 is a blank; where the contract names a list, only its members are right."""
    if column.codes == "declared_targets":
        table = {v.label_key(target): target for target in reference.declared_targets}
        return _parsed(texts, lambda text: v.parse_code(text, table), column)
    trimmed = pc.utf8_trim_whitespace(texts)
    is_error = pc.is_in(trimmed, pa.array(sorted(VOCABULARY.error_texts)))
    is_blank = pc.is_in(trimmed, pa.array(["", VOCABULARY.none_mark]))
    values = pc.if_else(pc.or_(is_error, is_blank), None, trimmed)
    faults = {"cell.type": is_error.to_numpy(zero_copy_only=False)} if pc.any(is_error).as_py() else {}
    return TypedColumn(values, is_blank.to_numpy(zero_copy_only=False), faults)


def masked_text(values: pa.Array) -> pa.Array:
    """Text with runs of 13 or more digits hidden: what may be written outside the archive."""
    return _by_distinct(values, v.mask_digits)


def comparable(values: pa.Array, kind: str) -> pa.Array:
    """The normalised twin of a text column, for counting distinct."""
    return _by_distinct(values, v.normalise_class if kind == "class" else v.normalise_text)


def _by_distinct(values: pa.Array, function: Callable[[str], str]) -> pa.Array:
    encoded = values.dictionary_encode()
    distinct = [None if text is None else function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(distinct, pa.string()).take(encoded.indices)
