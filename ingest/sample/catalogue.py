"""What the generator knows: contracts, reference data, and `city.yaml`; and the random streams that follow from a seed.

Every heading, code and label comes from here. Holds no generation logic.
"""

from __future__ import annotations

import functools
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ingest.contracts.contract import Contract, load_contracts
from ingest.reference import Code, Collection, Reference, Unit, load_reference

DATA_FILE = Path(__file__).parent / "city.yaml"


@dataclass(frozen=True)
class Catalogue:
    """Contracts, reference data and the figures of the made-up city."""

    contracts: dict[str, Contract]
    reference: Reference
    data: dict[str, Any]

    @property
    def collections(self) -> list[Collection]:
        """The collections, in the order of the seed."""
        return list(self.reference.collections.values())

    @property
    def units(self) -> dict[str, Unit]:
        """The reporting units by code."""
        return self.reference.units

    def units_of(self, *kinds: str) -> list[str]:
        """Codes of the units of these kinds, in order."""
        return [code for code, unit in self.units.items() if unit.kind in kinds]

    @functools.cached_property
    def municipal(self) -> str:
        """The code of the city's own unit."""
        return self.units_of("municipal")[0]

    def suppliers(self, form: str) -> list[str]:
        """The codes of the units that send a form."""
        return self.units_of(*self.contracts[form].suppliers)

    def codes(self, code_list: str) -> list[Code]:
        """The codes of a list, in its order."""
        return self.reference.codes[code_list]

    def label(self, code_list: str, code: str) -> str:
        """The Chinese label of a code; StopIteration when the list has no such code."""
        return next(c.label_zh for c in self.codes(code_list) if c.code == code)

    def group(self, code_list: str) -> dict[str, str]:
        """Group of every code of a list."""
        return {c.code: c.group for c in self.codes(code_list)}

    def unit_figures(self, unit: str) -> dict[str, Any]:
        """Weight, lead and townships of a unit; a general entry stands in for one that the data file does not know."""
        figures: dict[str, Any] = self.data["units"].get(unit, self.data["other_unit"])
        return figures

    def short_name(self, unit: str) -> str:
        """椒江区 -> 椒江, as it stands in the names of schools."""
        return self.units[unit].name_zh.rstrip("区县市")


@functools.cache
def load_catalogue(spec_dir: str | None = None) -> Catalogue:
    """The project's contracts and reference data (or those of `EDU_SPEC_DIR`) with the city's figures."""
    folder = spec_dir or os.environ.get("EDU_SPEC_DIR")
    reference = load_reference(Path(folder)) if folder else load_reference()
    return Catalogue(load_contracts(), reference, yaml.safe_load(DATA_FILE.read_text(encoding="utf-8")))


def stream(seed: int, *labels: object) -> np.random.Generator:
    """A random stream of its own for every purpose, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, *(zlib.crc32(str(label).encode()) for label in labels)])


def of_year(figures: list[Any], year: int) -> Any:
    """The figure of the year-th collection; the last one goes on."""
    return figures[min(year, len(figures) - 1)]


def apportion(total: int, weights: Iterable[float]) -> np.ndarray:
    """Whole numbers that add up to `total`, by largest remainder."""
    shares = np.asarray(list(weights), dtype=float)
    exact = total * shares / shares.sum()
    whole: np.ndarray = np.floor(exact).astype(int)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def pick(rng: np.random.Generator, shares: dict[str, float], n: int) -> np.ndarray:
    """n keys of `shares`, drawn by their shares."""
    keys = np.array(list(shares), dtype=object)
    p = np.array(list(shares.values()), dtype=float)
    return keys[rng.choice(len(keys), size=n, p=p / p.sum())]


def shifted(share: float, lead: np.ndarray | float) -> np.ndarray:
    """A share moved by a lead on the logit scale: 0 and 1 stay as they are."""
    odds = np.clip(share, 1e-12, 1 - 1e-12)
    moved = 1 / (1 + np.exp(-(np.log(odds / (1 - odds)) + np.asarray(lead))))
    return np.where(np.asarray(share) >= 1, 1.0, np.where(np.asarray(share) <= 0, 0.0, moved))
