"""`make bench`: measures the real job on sample landing zones and writes what it took, beside its floors, as a page.

    python -m tests.benchmarks --scale 1.0 --runs 3 --page docs/benchmarks.md

Landing zones are laid down once under `--folder` and used again. Everything is a ratio to something measured in the same run.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import city, documents, engines, growth
from tests.benchmarks.floors import documents as documents_of
from tests.benchmarks.measure import Taken, medians
from tests.benchmarks.page import put, section, table

COLLECTION = "2020-09"
TINY_SCALE = 0.001
DEFAULT_SECTIONS = ("fixed", "city")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, default=Path("data/bench"), help="where landing zones lie (default %(default)s)"
    )
    parser.add_argument(
        "--scale", type=float, default=0.1, help="of the city; 1 is a million pupils (default %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=3, help="of what is short enough to repeat (default %(default)s)")
    parser.add_argument("--sections", nargs="+", choices=list(MEASURES), default=DEFAULT_SECTIONS)
    parser.add_argument(
        "--document-rows", type=int, nargs="+", default=[100_000], help="of large documents (default %(default)s)"
    )
    parser.add_argument("--scales", type=float, nargs="+", default=[0.01, 0.1], help="of cities (default %(default)s)")
    parser.add_argument(
        "--pupils",
        type=int,
        nargs="+",
        default=[1_000_000],
        help="of lakes that are made directly (default %(default)s)",
    )
    parser.add_argument("--spark-memory", default="4GB", help="that Spark may use (default %(default)s)")
    parser.add_argument("--page", type=Path, help="a Markdown page on which to put the sections too")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.sections:
        text = section(name, MEASURES[name](options))
        print(text, flush=True)
        if options.page:
            put(options.page, name, text)


def _fixed(options: argparse.Namespace) -> Iterator[str]:
    tiny = city.lay_down(options.folder / "tiny", TINY_SCALE, COLLECTION, "clean")
    cold, cold_dbt, warm, warm_dbt = city.fixed_cost(tiny, options.runs)
    with city.data_folder() as data:
        city.refreshed(tiny, data)
        nothing, importing = city.nothing_new(tiny, data, options.runs)
    yield from (f"137 documents with some 2,700 rows, medians of {options.runs}.", "")
    yield from table(
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
    runs, fixed = [], []
    for _ in range(options.runs):
        with city.data_folder() as data:
            fixed.append(city.refreshed(tiny, data))
            fixed_feedback_s = city.steps_s(data)[city.FEEDBACK]
        with city.data_folder() as data:
            runs.append(city.refreshed(landing, data))
            if len(runs) == options.runs:
                stages = city.stages(landing, data, medians(runs))
    fixed_s = medians(fixed).wall_s
    yield f"Scale {options.scale:g}, {files} messy documents of all formats; the whole refresh and the fixed cost are medians of"
    yield from (f"{options.runs}, stages are of the last.", "")
    yield from table(
        ("stage", "wall, s", "CPU, s", "memory, MB", "rows/s", "floor", "s", "ratio"), [_stage(each) for each in stages]
    )
    read_s = stages[0].floor_s or 0.0
    feedback_s = next(stage.taken_s for stage in stages if stage.name == city.STEPS[city.FEEDBACK])
    above_s, above_feedback_s = stages[0].taken_s - fixed_s, feedback_s - fixed_feedback_s
    yield ""
    yield f"The same on next to nothing (the fixed cost): {fixed_s:.1f} s. What is above it: {above_s / read_s:.1f} x read;"
    yield f"without the feedback workbooks, which follow the release: {(above_s - above_feedback_s) / read_s:.1f} x read."


def _correction(options: argparse.Namespace) -> Iterator[str]:
    one = city.lay_down(options.folder / f"city-{options.scale:g}", options.scale, COLLECTION, "messy")
    four = city.lay_down(options.folder / f"city4-{options.scale:g}", options.scale, None, "messy")
    with city.data_folder() as data:
        single = city.refreshed(one, data)
    with city.data_folder() as data:
        first = city.refreshed(four, data)
        again = city.corrected(four, data, COLLECTION)
    yield from (f"A city of scale {options.scale:g}, messy documents.", "")
    yield from table(
        ("what", "wall, s", "CPU, s", "memory, MB", "wall ÷ one collection"),
        [
            [*_row(name, taken), f"{taken.wall_s / single.wall_s:.2f}"]
            for name, taken in (
                ("refresh of one collection", single),
                ("refresh of four collections", first),
                ("one county sends one roster again, of four collections", again),
            )
        ],
    )


def _documents(options: argparse.Namespace) -> Iterator[str]:
    yield from (
        "Student rosters, each alone in its landing zone; the feedback workbook, of the whole document, is included.",
        "",
    )
    taken = [
        _row(f"{rows:,} rows, {kind}, {size_mb:,.0f} MB", took)
        for rows in options.document_rows
        for kind, size_mb, took in documents.measured(options.folder / f"documents-{rows}", rows)
    ]
    yield from table(("document", "wall, s", "CPU, s", "memory, MB"), taken)


def _cities(options: argparse.Namespace) -> Iterator[str]:
    yield from ("One collection of messy documents, everything new; a million pupils at scale 1.", "")
    yield from table(
        ("scale", "rows", "wall, s", "CPU, s", "memory, MB", "rows/s"),
        [
            [f"{scale:g}", f"{rows:,}", *_row("", taken)[1:], f"{rows / taken.wall_s:,.0f}"]
            for scale, rows, taken in growth.cities(options.folder, options.scales, COLLECTION)
        ],
    )


def _lakes(options: argparse.Namespace) -> Iterator[str]:
    yield "Lakes made directly, DuckDB held to the memory that a refresh gives it. Facts and metrics, with the search for pupils"
    yield from ("enrolled twice, on bare DuckDB; the scan looks at every value that they need.", "")
    yield from table(
        (
            "pupils",
            "limit",
            "`dbt build`, s",
            "memory, MB",
            "facts and metrics, s",
            "memory, MB",
            "scan, s",
            "facts ÷ scan",
        ),
        [
            [
                f"{grown.pupils:,}",
                grown.limit,
                f"{grown.build.wall_s:,.1f}",
                f"{grown.build.tree_mb:,.0f}",
                f"{grown.facts.wall_s:,.1f}",
                f"{grown.facts.tree_mb:,.0f}",
                f"{grown.scan.wall_s:,.1f}",
                f"{grown.facts.wall_s / grown.scan.wall_s:.1f}",
            ]
            for grown in growth.lakes(options.folder, options.pupils)
        ],
    )


def _engines(options: argparse.Namespace) -> Iterator[str]:
    yield "`dbt build` over lakes made directly, DuckDB with the memory that a refresh gives it; Spark in a session with"
    yield f"{options.spark_memory}, its tables in Parquet."
    yield ""
    yield from table(
        ("pupils", "lake, MB", "DuckDB, s", "memory, MB", "Spark, s", "memory, MB", "Spark ÷ DuckDB"),
        [
            [
                f"{pupils:,}",
                f"{size_mb:,.0f}",
                *(f"{figure:,.0f}" for taken in (duckdb, spark) for figure in (taken.wall_s, taken.tree_mb)),
                f"{spark.wall_s / duckdb.wall_s:.1f}",
            ]
            for pupils, size_mb, duckdb, spark in engines.both(options.folder, options.pupils, options.spark_memory)
        ],
    )


# -- rows of tables
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


MEASURES = {
    "fixed": _fixed,
    "city": _city,
    "correction": _correction,
    "documents": _documents,
    "cities": _cities,
    "lakes": _lakes,
    "engines": _engines,
}

if __name__ == "__main__":
    main()
