"""Damaged documents: what the sample writes, cut off, with flipped bytes, or with the parts of a zip exchanged; by seed."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from ingest.pipeline.run import Ingest, IngestResult
from ingest.sample import build_city, writers
from ingest.sample.catalogue import stream
from ingest.sample.layout import PLAIN, Table, draw
from ingest.settings import Settings

SEED = 41
FLIPS_MAX = 24
ROWS = 12
GOOD = "学校标识码,招生计划数,指标数\n3310020001,100,70\n"
PARTITION = "2020-09/331002"


def documents() -> dict[str, bytes]:
    """A small document of every kind that the sample writes, by file name: a table of schools, one of pupils, and a zip of both."""
    city = build_city(SEED, 0.0005, ["2020-09"])
    tables = []
    for form in ("school_conditions", "student_roster"):
        rows = city.truth[form].drop(columns="collection_id").head(ROWS)
        drawing = draw(city.cat, stream(SEED, form), city.cat.contracts[form], rows, form, PLAIN, "")
        tables.append(drawing.table)
    found = {f"{kind}{suffix}": _written(kind, tables) for kind, suffix in writers.SUFFIXES.items()}
    return found | {"packed.zip": writers.pack([(name, found[name]) for name in ("xlsx.xlsx", "csv.csv", "xls.xls")])}


def _written(kind: str, tables: list[Table]) -> bytes:
    return writers.write(kind, tables[:1] if kind in writers.ONE_SHEET else tables)


# ---- damages ----------------------------------------------------------------------------------------------------------
def cut(rng: random.Random, body: bytes) -> bytes:
    """The beginning of a file: the connection broke."""
    return body[: rng.randrange(len(body))]


def cut_out(rng: random.Random, body: bytes) -> bytes:
    """A file that lacks a piece in its middle."""
    first = rng.randrange(len(body))
    return body[:first] + body[first + rng.randrange(1, 2048) :]


def flipped(rng: random.Random, body: bytes) -> bytes:
    """Some bytes are others."""
    out = bytearray(body)
    for _ in range(rng.randint(1, FLIPS_MAX)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def flipped_inside(rng: random.Random, body: bytes) -> bytes:
    """The same within the members of a zip, which stays a sound one."""
    return _rezipped(body, lambda names, parts: parts | _one(rng, names, parts, flipped))


def cut_inside(rng: random.Random, body: bytes) -> bytes:
    """A member of a zip is cut off."""
    return _rezipped(body, lambda names, parts: parts | _one(rng, names, parts, cut))


def swapped(rng: random.Random, body: bytes) -> bytes:
    """Two members of a zip stand in each other's place."""

    def swap(names: list[str], parts: dict[str, bytes]) -> dict[str, bytes]:
        one, other = rng.choice(names), rng.choice(names)
        return parts | {one: parts[other], other: parts[one]}

    return _rezipped(body, swap)


def missing(rng: random.Random, body: bytes) -> bytes:
    """A member of a zip is not there."""
    lost = rng.random()
    return _rezipped(body, lambda names, parts: {n: parts[n] for n in names if n != names[int(lost * len(names))]})


Damage = Callable[[random.Random, bytes], bytes]
DAMAGES: tuple[Damage, ...] = (cut, cut_out, flipped)
DAMAGES_OF_ZIPS: tuple[Damage, ...] = (*DAMAGES, flipped_inside, cut_inside, swapped, missing)


def _one(rng: random.Random, names: list[str], parts: dict[str, bytes], damage: Damage) -> dict[str, bytes]:
    filled = [name for name in names if parts[name]]
    name = rng.choice(filled)
    return {name: damage(rng, parts[name])}


def _rezipped(body: bytes, change: Callable[[list[str], dict[str, bytes]], dict[str, bytes]]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    return writers.pack(list(change(list(parts), parts).items()))


def damaged(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`count` damaged documents with a name each: all kinds and damages come round."""
    whole = documents()
    turns = [
        (name, damage)
        for name, body in whole.items()
        for damage in (DAMAGES_OF_ZIPS if body.startswith(b"PK") else DAMAGES)
    ]
    for number in range(count):
        name, damage = turns[number % len(turns)]
        yield f"{number:05d}-{damage.__name__}-{name}", damage(random.Random(f"{seed}-{number}"), whole[name])


# ---- reading them -----------------------------------------------------------------------------------------------------
def lay_down(folder: Path, count: int, seed: int) -> list[str]:
    """Damaged documents and a good one after every tenth, in a landing zone; the names of all."""
    unit = folder / PARTITION
    unit.mkdir(parents=True)
    names = []
    for number, (name, body) in enumerate(damaged(count, seed)):
        (unit / name).write_bytes(body)
        names.append(name)
        if number % 10 == 0:
            names.append(f"{number:05d}-good.csv")
            (unit / names[-1]).write_text(f"{GOOD}{number},1,1\n", encoding="utf-8")
    return names


def read(folder: Path, count: int, seed: int) -> IngestResult:
    """Lays damaged documents down below `folder`, reads them all in one run, and asserts that each came to an end of its own."""
    names = lay_down(folder / "landing", count, seed)
    settings = Settings(str(folder / "landing"), folder / "data", date(2021, 1, 1), pseudonym_key="5a" * 32)
    result = Ingest(settings, lambda _: None).run()
    assert_each_was_read_or_told(names, result, Path(settings.lake_location))
    return result


def assert_each_was_read_or_told(names: list[str], result: IngestResult, lake: Path) -> None:
    """Every file has a reading, what is rejected has a reason in Chinese, and the good ones were all read."""
    arrived = {str(row["path"]).split("!")[0].rsplit("/", 1)[-1] for row in _rows(lake / "arrivals.parquet")}
    assert set(names) - arrived == set()
    wordless = [(path, reason) for path, reason in result.rejected if not re.search("[\u4e00-\u9fff]", reason)]
    assert wordless == []
    assert [path for path, _ in result.rejected if "-good." in path] == []
    assert len(_rows(lake / "readings.parquet")) == result.documents_read


def _rows(file: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(file).to_pylist()
    return rows
