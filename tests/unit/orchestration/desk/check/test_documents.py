"""What a check finds in a file, a folder and a zip."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from ingest.sample import writers
from orchestration.desk.check.documents import CheckError, Document, Unpacking, files_in, numbered, unpack

QUOTA = b"a,b\n1,2\n"


def found(root: Path, scratch: Path, most_bytes: int = 1 << 30) -> tuple[list[Document], dict[str, str]]:
    scratch.mkdir(exist_ok=True)
    return numbered(
        each for name, path in files_in(root) for each in unpack(Unpacking(name, path, scratch, most_bytes))
    )


def test_a_folder_is_walked_in_order_of_time_and_droppings_and_links_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    for age, name in enumerate(["b.csv", "inner/a.csv", "~$b.csv", ".DS_Store", "blank.txt"]):
        (folder / name).write_bytes(b"  " if name == "blank.txt" else name.encode())
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    (folder / "link.csv").symlink_to(folder / "b.csv")
    documents, repeated = found(folder, tmp_path / "scratch")
    assert [document.name for document in documents] == ["inner/a.csv", "b.csv"]
    assert not repeated and documents[1].source == folder / "b.csv"


def test_members_of_a_zip_are_documents_and_a_broken_one_stands_alone(tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    packed.write_bytes(writers.pack([("甲.csv", QUOTA), ("乙.csv", QUOTA + b"3,4\n")]))
    body = bytearray(packed.read_bytes())
    with zipfile.ZipFile(packed) as bundle:
        at = bundle.infolist()[0].header_offset + 30 + len("甲.csv".encode())
    body[at : at + 4] = b"\xff\xff\xff\xff"
    packed.write_bytes(body)
    documents, _ = found(packed, tmp_path / "scratch")
    assert sorted(document.name for document in documents) == ["packed.zip!乙.csv", "packed.zip!甲.csv"]
    assert all(document.source == packed for document in documents)


def test_of_equal_documents_the_newest_is_checked_and_the_other_named(tmp_path: Path) -> None:
    for age, name in enumerate(["new.csv", "old.csv"]):
        (tmp_path / name).write_bytes(QUOTA)
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    documents, repeated = numbered(
        each for name, path in files_in(tmp_path) for each in unpack(Unpacking(name, path, tmp_path))
    )
    assert [document.name for document in documents] == ["new.csv"]
    assert repeated == {"old.csv": "new.csv"}


def test_a_zip_that_holds_too_much_is_refused_in_a_sentence(tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    packed.write_bytes(writers.pack([("a.csv", b"0" * (3 << 20))]))
    with pytest.raises(CheckError, match="解开后超过 1 MB"):
        found(packed, tmp_path / "scratch", most_bytes=1 << 20)


def test_a_time_that_lies_ahead_counts_as_now(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(QUOTA)
    os.utime(path, (4e9, 4e9))
    (document,), _ = numbered([("a.csv", path, path)])
    assert document.stated_at is not None and document.received_at < document.stated_at


def test_a_name_in_other_bytes_is_read_as_people_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode("名册.csv".encode("gb18030"))
    path.write_bytes(QUOTA)
    assert [name for name, _ in files_in(path)] == [name for name, _ in files_in(tmp_path)] == ["名册.csv"]
