"""The archive keeps every byte, by its digest, private to its owner."""

import hashlib
import io
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import UnreadableDocumentError
from ingest.landing.archive import Archive


@given(data=st.binary(max_size=5000))
def test_what_is_stored_can_be_read_back(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    archive = Archive(tmp_path_factory.mktemp("archive"))
    document_id, size = archive.store(io.BytesIO(data))
    assert document_id == hashlib.sha256(data).hexdigest()
    assert size == len(data)
    assert archive.read(document_id) == data


def test_folder_and_file_are_private_and_not_writable(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "archive")
    document_id, _ = archive.store(io.BytesIO(b"x"))
    assert stat.S_IMODE(archive.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(archive.path(document_id).stat().st_mode) == 0o400


def test_storing_twice_leaves_one_document(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert archive.store(io.BytesIO(b"x")) == archive.store(io.BytesIO(b"x"))
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_stop_half_way_leaves_nothing(tmp_path: Path) -> None:
    def stop(size: int) -> None:
        raise UnreadableDocumentError("too much")

    with pytest.raises(UnreadableDocumentError):
        Archive(tmp_path).store(io.BytesIO(b"x" * 100), stop)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
