"""Unit tests stand where what they test stands: `ingest/reading/table.py` is tested by `tests/unit/ingest/reading/test_table.py`."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ELSEWHERE = {"benchmarks": "tests/benchmarks"}  # what is no room of the product
OF_NO_MODULE = {
    "test_dbt_layers.py",  # the arrows between models, which are SQL
    "test_mirror.py",
}


def mirrored(test: Path) -> tuple[Path, ...]:
    """What a test module may mirror: a module, the package of that name, or, as `test_main.py`, what `python -m` runs."""
    room, *rest = test.relative_to(HERE).parts
    folder = ROOT.joinpath(ELSEWHERE.get(room, room), *rest[:-1])
    name = test.stem.removeprefix("test_")
    return folder / f"{name}.py", folder / name / "__init__.py", folder / f"__{name}__.py"


@pytest.mark.parametrize(
    "test",
    sorted(test for test in HERE.rglob("test_*.py") if test.name not in OF_NO_MODULE),
    ids=lambda test: test.relative_to(HERE).as_posix(),
)
def test_the_module_that_a_test_module_mirrors_exists(test: Path) -> None:
    assert any(module.is_file() for module in mirrored(test)), f"{test} mirrors none of {[*map(str, mirrored(test))]}"
