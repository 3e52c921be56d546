"""The golden cities, computed by DuckDB once and by Spark in each of the two ways."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.golden.conftest import CASES, World, make_world
from tests.spark.engine import cluster_build, require_java, session_build

WAYS: dict[str, Callable[..., Path]] = {"session": session_build, "cluster": cluster_build}


@dataclass
class Built:
    """The release that DuckDB made of a city, and the folder of the tables that Spark made of the same lake."""

    release: Path
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
    release = golden(messiness).release
    lake = release.parents[1] / "lake"
    return Built(release, WAYS[way](tmp_path_factory.mktemp(way), lake, CASES[messiness][1]))
