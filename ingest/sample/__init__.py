"""A coherent made-up city and the documents its units would send: for demonstrations, load tests and the golden tests.

`build_city(seed, scale)` makes the true rows of every form; `lay_out(city, folder, messiness)` writes them as documents: clean, as
the national systems export them, messy, or faulty; and returns an `Expected` that says what a right reading of them must give.
Everything follows from the seed.
"""

from __future__ import annotations

from ingest.sample.city import City, build_city
from ingest.sample.expected import Expected
from ingest.sample.landing import lay_out

__all__ = ["City", "Expected", "build_city", "lay_out"]
