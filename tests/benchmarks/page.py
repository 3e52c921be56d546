"""The page of figures: a section for each thing measured, which says when and how; measuring it anew replaces it there."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

HEAD = """# Benchmarks

Each section says when, on what machine and by what command it was measured. Machines are noisy: the ratios, taken in one run, say more
than the seconds. Memory is what is resident of all processes at once.
DuckDB and Spark side by side: [engines.md](engines.md).
"""
TITLES = {
    "fixed": "The fixed cost of a run",
    "city": "A city, one collection",
    "correction": "Four collections, and one roster corrected",
    "documents": "Single large documents",
    "cities": "Growing cities through the reader",
    "lakes": "Growing lakes through the SQL",
    "engines": "DuckDB and Spark",
}
GIB = 1 << 30


def section(name: str, lines: Iterable[str]) -> str:
    """What was measured under its title, with the present day, machine and command."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    machine = f"{platform.machine()} with {os.cpu_count()} processors and {memory_gib:.0f} GiB, Python {platform.python_version()}"
    measured = (
        f"Measured on {date.today()} on {machine}, by\n\n    make bench BENCH={shlex.quote(shlex.join(sys.argv[1:]))}"
    )
    return "\n".join([f"## {TITLES[name]}", "", *lines, "", measured, ""])


def put(page: Path, name: str, text: str) -> None:
    """Puts a section in its place on the page, which keeps the others."""
    there = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = {part.partition("\n")[0]: part for part in re.split(r"\n(?=## )", there)}
    sections[f"## {TITLES[name]}"] = text
    found = [sections[f"## {title}"].strip() for title in TITLES.values() if f"## {title}" in sections]
    page.write_text("\n\n".join([HEAD.strip(), *found]) + "\n", encoding="utf-8")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table of figures; the first column is text."""
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    return lines + [f"| {' | '.join(row)} |" for row in rows]
