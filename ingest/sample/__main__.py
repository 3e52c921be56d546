"""Lays down a made-up city: `python -m ingest.sample --out DIR --seed N --scale X`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ingest.sample import build_city, lay_out
from ingest.sample.landing import DEFAULT_SCALE, DEFAULT_SEED


def main(arguments: list[str] | None = None) -> int:
    """The command; 0 when the landing zone has been laid down."""
    parser = argparse.ArgumentParser(prog="python -m ingest.sample", description=__doc__)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the landing zone; must be empty or not exist"
    )
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="the same seed gives the same documents (default %(default)s)"
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=DEFAULT_SCALE,
        help="1 is about a million pupils a collection (default %(default)s)",
    )
    parser.add_argument(
        "--collections", type=lambda text: text.split(","), help="comma-separated; default: all of the calendar"
    )
    parser.add_argument(
        "--messiness",
        choices=["clean", "national", "messy", "faulty"],
        default="faulty",
        help="default %(default)s: as real ones arrive",
    )
    args = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        expected = lay_out(build_city(args.seed, args.scale, args.collections), args.out, args.messiness)
    except (ValueError, FileExistsError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    print(
        f"{len(expected.entries)} documents with {expected.rows} rows in {args.out} ({time.monotonic() - start:.0f} s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
