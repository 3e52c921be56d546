"""`make bench`: measures the real job on sample landing zones and writes what it took, beside its floors, as a page.

    python -m tests.benchmarks --scale 1.0 --runs 3 --page docs/benchmarks.md

Landing zones are laid down once under `--folder` and used again. Everything is a ratio to something measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from tests.benchmarks import city, documents
from tests.benchmarks.floors import documents as documents_of
from tests.benchmarks.measure import Taken, medians

COLLECTION = "2020-09"
TINY_SCALE = 0.001
GIB = 1 << 30
SECTIONS = ("fixed", "city", "documents")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("data/bench"), help="where landing zones lie (default %(default)s)"
    )
    parser.add_argument(
        "--scale", type=float, default=0.1, help="of the city; 1 is a million pupils (default %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=3, help="of what is short enough to repeat (default %(default)s)")
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument(
        "--document-rows", type=int, default=100_000, help="of the large documents (default %(default)s)"
    )
    parser.add_argument("--page", type=Path, help="the Markdown page to write; default: the terminal")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    lines = [*_head(), *(line for name in options.sections for line in _section(name, options))]
    text = "\n".join(lines) + "\n"
    if options.page:
        options.page.write_text(text, encoding="utf-8")
    else:
        print(text)


def _head() -> Iterator[str]:
    yield "# Benchmarks"
    yield ""
    yield f"Measured on {date.today()} by `python -m tests.benchmarks {shlex.join(sys.argv[1:])}`"
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    yield f"on {platform.machine()} with {os.cpu_count()} processors and {memory_gib:.0f} GiB, Python {platform.python_version()}."
    yield "Machines are noisy: the ratios, taken in one run, say more than the seconds. Memory is the resident set of all"
    yield "processes at once."


def _section(name: str, options: argparse.Namespace) -> Iterator[str]:
    yield from {"fixed": _fixed, "city": _city, "documents": _documents}[name](options)


def _fixed(options: argparse.Namespace) -> Iterator[str]:
    tiny = city.lay_down(options.folder / "tiny", TINY_SCALE, COLLECTION, "clean")
    cold, cold_dbt, warm, warm_dbt = city.fixed_cost(tiny, options.runs)
    with city.data_folder() as data:
        city.refreshed(tiny, data)
        nothing, importing = city.nothing_new(tiny, data, options.runs)
    yield from _title("The fixed cost of a run", f"137 documents with some 2,700 rows, medians of {options.runs}.")
    yield from _table(
        ("what", "wall, s", "CPU, s", "memory, MB", "beside", "s", "ratio"),
        [
            _pair("refresh into an empty data folder", cold, "`dbt build`, parsing the project too", cold_dbt),
            _pair("refresh again, reading everything", warm, "`dbt build` of the parsed project", warm_dbt),
            _pair("refresh with nothing new", nothing, "importing dagster, listing the landing zone", importing),
        ],
    )


def _city(options: argparse.Namespace) -> Iterator[str]:
    landing = city.lay_down(options.folder / f"city-{options.scale:g}", options.scale, COLLECTION, "messy")
    files = sum(1 for _ in documents_of(landing))
    tiny = city.lay_down(options.folder / "tiny", TINY_SCALE, COLLECTION, "clean")
    runs = []
    for _ in range(options.runs):
        with city.data_folder() as data:
            runs.append(city.refreshed(landing, data))
            if len(runs) == options.runs:
                stages = city.stages(landing, data, medians(runs))
    with city.data_folder() as data:
        fixed_s = city.refreshed(tiny, data).wall_s
    yield from _title(
        f"A city of scale {options.scale:g}, one collection",
        f"{files} messy documents of all formats; the whole refresh is a median of {options.runs}, stages are of the last.",
    )
    yield from _table(
        ("stage", "wall, s", "CPU, s", "memory, MB", "rows/s", "floor", "s", "ratio"), [_stage(each) for each in stages]
    )
    until_release_s = sum(each.taken_s for each in stages if each.name in ("documents: list to lake", "dbt", "release"))
    read_s = stages[0].floor_s or 0.0
    yield ""
    yield f"The same on next to nothing (the fixed cost): {fixed_s:.1f} s. Steps until the release stands: {until_release_s:.1f} s;"
    yield f"what is above the fixed cost, with feedback workbooks: {(stages[0].taken_s - fixed_s) / read_s:.1f} x read."
    yield from _correction(options)


def _correction(options: argparse.Namespace) -> Iterator[str]:
    landing = city.lay_down(options.folder / f"city4-{options.scale:g}", options.scale, None, "messy")
    with city.data_folder() as data:
        first = city.refreshed(landing, data)
        again = city.corrected(landing, data, COLLECTION)
    yield from _title("Four collections, and one roster corrected", "The same city over four years.")
    yield from _table(
        ("what", "wall, s", "CPU, s", "memory, MB"),
        [_row("refresh of four collections", first), _row("one county sends one roster again", again)],
    )


def _documents(options: argparse.Namespace) -> Iterator[str]:
    rows = options.document_rows
    yield from _title("Single large documents", f"Student rosters of {rows:,} rows, each alone in its landing zone.")
    taken = [
        _row(f"{kind}, {size_mb:,.0f} MB", took)
        for kind, size_mb, took in documents.measured(options.folder / f"documents-{rows}", rows)
    ]
    yield from _table(("document", "wall, s", "CPU, s", "memory, MB"), taken)


# -- tables
def _title(title: str, remark: str) -> Iterator[str]:
    yield from ("", f"## {title}", "", remark, "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|---|" + "---:|" * (len(head) - 1)
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _row(name: str, taken: Taken) -> list[str]:
    return [name, f"{taken.wall_s:.1f}", f"{taken.cpu_s:.1f}", f"{taken.tree_mb:,.0f}"]


def _pair(name: str, taken: Taken, beside: str, least: Taken) -> list[str]:
    return [*_row(name, taken), beside, f"{least.wall_s:.1f}", f"{taken.wall_s / least.wall_s:.2f}"]


def _stage(each: city.Stage) -> list[str]:
    def shown(value: float | None, digits: int = 1) -> str:
        return "" if value is None else f"{value:,.{digits}f}"

    ratio = each.taken_s / each.floor_s if each.floor_s else None
    rate = each.rows / each.taken_s if each.rows and each.taken_s > 1 else None
    figures = (shown(each.taken_s), shown(each.cpu_s), shown(each.peak_mb, 0), shown(rate, 0))
    return [each.name, *figures, each.floor, shown(each.floor_s), shown(ratio)]


if __name__ == "__main__":
    main()
