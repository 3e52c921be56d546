"""Typing a column: text to values, each distinct text parsed once, with masks of what was blank or at fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.contracts.contract import ARROW_TYPES, Column
from ingest.reference import Reference
from ingest.values import parse as v
from ingest.values.vocabulary import VOCABULARY

PLAIN_IDENTIFIER = "^[0-9A-Z]+$"
QUOTES = "'`‘’“”\""


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
        present: np.ndarray = self.values.is_valid().to_numpy(zero_copy_only=False)
        return present


def type_column(column: Column, texts: pa.Array, factors: np.ndarray, reference: Reference) -> TypedColumn:
    """Types `texts` as the contract says; `factors` bring figures to the contract's unit."""
    if column.blanks:
        texts = _without_blanks(texts, column)
    if column.type == "text":
        return _identifiers(texts) if column.identifier else _texts(column, texts, reference)
    typed = _parsed(texts, _parser(column, reference), column)
    return _scaled(typed, factors) if column.type == "number" else typed


def _without_blanks(texts: pa.Array, column: Column) -> pa.Array:
    """'' for what the contract calls a blank of this column."""
    bare = pc.utf8_trim(texts, f" \t={QUOTES}")  # what protects digits protects a 0, too
    is_blank = pc.is_in(bare, pa.array(column.blanks))
    return pc.if_else(is_blank, "", texts)


def _parser(column: Column, reference: Reference) -> Callable[[str], v.Parsed]:
    if column.type in ("code", "bool"):
        table = v.code_table(reference.codes[str(column.codes)])
        parse_code = v.parse_grade if column.stage_years else v.parse_code
        return lambda text: parse_code(text, table)
    if column.type == "date":
        return v.parse_date
    parse = v.parse_whole if column.type == "int" else v.parse_figure
    return lambda text: parse(text, column)


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
    fault = v.fault_of(v.clean(text)) if parsed.fault else None
    return v.Parsed(fault=fault) if fault else parsed


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
    bare = pc.utf8_trim(pc.replace_substring_regex(texts, r"\s|^=", ""), QUOTES)
    return pc.utf8_upper(bare)


def _identifier(text: str) -> v.Parsed:
    fault = v.fault_of(v.clean(text))
    return v.Parsed(fault=fault) if fault else v.parse_identifier(text)


def _texts(column: Column, texts: pa.Array, reference: Reference) -> TypedColumn:
    """Text stays as sent but for outer spaces, and 无 is a blank; where the contract names a list, only its members are right."""
    if column.codes == "declared_targets":
        table = {v.label_key(target): target for target in reference.declared_targets}
        return _parsed(texts, lambda text: v.parse_code(text, table), column)
    trimmed = pc.utf8_trim_whitespace(texts)
    is_error = pc.is_in(trimmed, pa.array(sorted(VOCABULARY.error_texts)))
    is_formula = pc.equal(trimmed, v.FORMULA)
    is_blank = pc.is_in(trimmed, pa.array(["", VOCABULARY.none_mark]))
    values = pc.if_else(pc.or_(pc.or_(is_error, is_formula), is_blank), None, trimmed)
    masks = {"cell.type": is_error, "cell.formula": is_formula}
    faults = {check_id: _numpy(mask) for check_id, mask in masks.items() if pc.any(mask).as_py()}
    return TypedColumn(values, _numpy(is_blank), faults)


def _numpy(mask: pa.Array) -> np.ndarray:
    flags: np.ndarray = mask.to_numpy(zero_copy_only=False)
    return flags


def masked_text(values: pa.Array) -> pa.Array:
    """Text with runs of 11 or more digits hidden: what may be written outside the archive."""
    return _by_distinct(values, v.mask_digits)


def comparable(values: pa.Array, kind: str) -> pa.Array:
    """The normalised twin of a text column, for counting distinct."""
    return _by_distinct(values, v.normalise_class if kind == "class" else v.normalise_text)


def _by_distinct(values: pa.Array, function: Callable[[str], str]) -> pa.Array:
    encoded = values.dictionary_encode()
    distinct = [None if text is None else function(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(distinct, pa.string()).take(encoded.indices)
