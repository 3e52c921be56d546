"""Reading rosters with pandas, and what must happen before anything is stored: checks of identity numbers, and pseudonyms.

All contenders share it, because names and numbers must not reach their databases: it is the step that any of them would
put in front of the first table. Documents are read in as many processes as there are cores.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import task

Engine = Literal["openpyxl", "calamine"]
ID_PATTERN = "^[0-9]{17}[0-9X]$"
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_CHARACTERS = np.frombuffer(b"10X98765432", np.uint8)
PSEUDONYM_BYTES = 16


def read_all(landing: Path, engine: Engine) -> Iterator[pd.DataFrame]:
    """One frame a document, without names and numbers."""
    key = bytes.fromhex(os.environ["EDU_PSEUDONYM_KEY"])
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(read_document, engine=engine, key=key), task.documents(landing))


def read_document(path: Path, engine: Engine, key: bytes) -> pd.DataFrame:
    """The rows of a document as text; persons by pseudonym, and the faults of what identifies them as columns `…_fault`."""
    sent = pd.read_excel(
        path, engine=engine, header=task.HEADING_ROW - 1, dtype=str, keep_default_na=False, na_values=[""]
    )
    rows = sent.rename(columns=task.COLUMNS)[list(task.COLUMNS.values())].apply(lambda column: column.str.strip())
    place = {
        "collection_id": path.parts[-3],
        "unit_code": path.parts[-2],
        "row_number": np.arange(len(rows)) + task.HEADING_ROW + 1,
    }
    kept = rows.drop(columns=["student_id", "name", "id_number"])
    placed: pd.DataFrame = pd.concat([pd.DataFrame(place, index=rows.index), _identity(rows, key), kept], axis=1)
    return placed


def _identity(rows: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """A G number holds the pupil's ID number; a pupil without a student number is known by the ID number alone."""
    student_id, id_number = rows.student_id, rows.id_number
    is_id_number = id_number.str.match(ID_PATTERN, na=False)
    has_pattern = student_id.str.match(task.STUDENT_ID_PATTERN, na=False)
    inside = student_id.str[1:].where(has_pattern & student_id.str.startswith("G", na=False))
    born = id_number.where(is_id_number, inside).str[6:14]
    is_date = rows.birth_date.str.match("^[0-9]{4}-[0-9]{2}-[0-9]{2}", na=False)
    told = rows.birth_date.str[:10].where(is_date).str.replace("-", "")
    return pd.DataFrame(
        {
            "student_key": _pseudonyms(inside.fillna(student_id).fillna(id_number), key),
            "name_fault": _named(("cell.required", rows.name.isna())),
            "student_id_fault": _named(
                ("cell.required", student_id.isna() & id_number.isna()),
                ("cell.pattern", student_id.notna() & ~has_pattern),
                ("id.checksum", _has_wrong_check_digit(inside)),
            ),
            "id_number_fault": _named(
                ("id.other_document", id_number.notna() & ~is_id_number),
                ("id.checksum", _has_wrong_check_digit(id_number.where(is_id_number))),
            ),
            "birth_date_fault": _named(("id.birth_date", told.notna() & born.notna() & (told != born))),
        },
        index=rows.index,
    )


def _named(*faults: tuple[str, pd.Series]) -> pd.Series:
    """The first check that each row fails."""
    names = pd.Series(None, index=faults[0][1].index, dtype="str")
    for check_id, is_wrong in reversed(faults):
        names = names.mask(is_wrong, check_id)
    return names


def _has_wrong_check_digit(numbers: pd.Series) -> pd.Series:
    """Of numbers of 18 characters; a blank has none."""
    present = numbers.dropna()
    characters = np.array(present.tolist(), "S18").view(np.uint8).reshape(-1, 18)
    remainders = ((characters[:, :17] - ord("0")).astype(int) @ WEIGHTS) % 11
    wrong = pd.Series(CHECK_CHARACTERS[remainders] != characters[:, 17], index=present.index)
    return wrong.reindex(numbers.index, fill_value=False)


def _pseudonyms(numbers: pd.Series, key: bytes) -> list[bytes | None]:
    return [
        None if pd.isna(number) else hmac.digest(key, number.encode(), "sha256")[:PSEUDONYM_BYTES]
        for number in numbers.tolist()
    ]
