"""The golden cities, released from DuckDB once and from Spark in each of the two ways."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.golden.conftest import CASES, World, make_world
from tests.spark.engine import Place, in_session, on_cluster, require_java

WAYS: dict[str, Callable[..., Path]] = {"session": in_session, "cluster": on_cluster}


@dataclass
class Built:
    """The releases that DuckDB and Spark made of a city, and the folder of the tables that Spark wrote on the way."""

    release: Path
    spark_release: Path
    warehouse: Path


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], World]:
    """A golden city by its messiness, made when first asked for."""
    return functools.cache(lambda messiness: make_world(messiness, tmp_path_factory.mktemp(messiness)))


@pytest.fixture(
    scope="session", params=[*(("session", messiness) for messiness in CASES), ("cluster", "faulty")], ids=" ".join
)
def built(
    request: pytest.FixtureRequest, golden: Callable[[str], World], tmp_path_factory: pytest.TempPathFactory
) -> Built:
    require_java()
    way, messiness = request.param
    release, place = golden(messiness).release, Place(tmp_path_factory.mktemp(way))
    return Built(release, WAYS[way](place, release.parents[2] / "landing", CASES[messiness][1]), place.warehouse)
