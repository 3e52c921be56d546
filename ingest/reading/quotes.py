"""Quotes in delimited text: which lines are one row together, and which quotes open what nothing closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

QUOTE = '"'


@dataclass(frozen=True)
class Rows:
    """Lines of a text with every stray quote made an ordinary character.

    `faulty` are the rows (from 0) that held one; `rest` are lines at the end of which more must be known.
    """

    lines: Sequence[str]
    faulty: tuple[int, ...] = ()
    has_line_breaks: bool = False
    rest: Sequence[str] = ()


def settle(lines: Sequence[str], delimiter: str, width: int, is_last: bool) -> Rows:
    """Looks at every line with quotes. A quote that never closes, or would take in lines of the table's own `width`, is a stray one."""
    settled: list[str] = []
    faulty: list[int] = []
    has_line_breaks, row, number = False, 0, 0
    while number < len(lines):
        line = lines[number]
        if line.count(QUOTE) % 2 and opens(line, delimiter):
            end = _end(lines, number, delimiter, width)
            if end is None and not is_last:
                return Rows(settled, tuple(faulty), has_line_breaks, lines[number:])
            if end is None or end < 0:
                faulty.append(row)
                settled.append(_quoted(line, delimiter))
            else:
                has_line_breaks = True
                settled += lines[number : end + 1]
                number = end
        else:
            settled.append(line)
        row += 1
        number += 1
    return Rows(settled, tuple(faulty), has_line_breaks, ())


def _end(lines: Sequence[str], begin: int, delimiter: str, width: int) -> int | None:
    """The line at which the row ends that `begin` leaves open; -1 when its quote is a stray one, None when nothing closes it."""
    for number in range(begin + 1, len(lines)):
        line = lines[number]
        end = _closing(line, 0)
        if end < 0:
            if width > 1 and line.count(delimiter) + 1 == width:
                return -1
            continue
        if not (end == len(line) or line.startswith(delimiter, end)):
            return -1
        if not opens(line[end:], delimiter):
            return number
    return None


def opens(line: str, delimiter: str) -> bool:
    """Whether a line ends within a quoted cell. Only a quote at the beginning of a cell quotes."""
    position = 0
    while position < len(line):
        if line[position] == QUOTE:
            position = _closing(line, position + 1)
            if position < 0:
                return True
        following = line.find(delimiter, position)
        if following < 0:
            return False
        position = following + 1
    return False


def _closing(line: str, position: int) -> int:
    """Behind the quote that closes a cell; -1 when none does. A doubled quote is a character."""
    while (found := line.find(QUOTE, position)) >= 0:
        if line[found + 1 : found + 2] != QUOTE:
            return found + 1
        position = found + 2
    return -1


def width_of(line: str, delimiter: str) -> int:
    """The number of cells of a line taken by itself."""
    if QUOTE not in line:
        return line.count(delimiter) + 1
    cells, position = 1, 0
    while True:
        if line.startswith(QUOTE, position):
            position = max(position, _closing(line, position + 1))
        following = line.find(delimiter, position)
        if following < 0:
            return cells
        cells, position = cells + 1, following + 1


def _quoted(line: str, delimiter: str) -> str:
    """The line with every cell quoted, so that its quotes are characters."""
    return delimiter.join(QUOTE + cell.replace(QUOTE, QUOTE * 2) + QUOTE for cell in line.split(delimiter))


def unquoted_whole(text: str, delimiters: str) -> str:
    """The rows of a text of which every line is one quoted cell that holds the row; any other text as it is."""
    if not text.lstrip().startswith(QUOTE):
        return text
    lines = text.split("\n")
    filled = [line for line in lines if line.strip()]
    are_cells = all(line.startswith(QUOTE) and _closing(line, 1) == len(line) for line in filled)
    if len(filled) < 2 or not are_cells or not any(delimiter in filled[0] for delimiter in delimiters):
        return text
    return "\n".join(line[1:-1].replace(QUOTE * 2, QUOTE) for line in lines)
