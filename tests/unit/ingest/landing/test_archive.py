"""The archive keeps every byte, by its digest, private to its owner."""

import hashlib
import io
import stat
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import StorageError, UnreadableDocumentError
from ingest.landing.archive import Archive
from ingest.storage.folder import Folder
from ingest.storage.location import open_storage


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    location = str(tmp_path / "archive") if request.param == "folder" else f"memory://{uuid.uuid4()}/archive"
    return Archive(open_storage(location, tmp_path / "copies"))


@given(data=st.binary(max_size=5000))
def test_what_is_stored_can_be_read_back(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    archive = Archive(Folder(tmp_path_factory.mktemp("archive")))
    document_id, size = archive.store(io.BytesIO(data))
    assert document_id == hashlib.sha256(data).hexdigest()
    assert size == len(data)
    assert archive.read(document_id) == data


def test_folder_and_file_are_private_and_not_writable(tmp_path: Path) -> None:
    archive = Archive(Folder(tmp_path / "archive"))
    document_id, _ = archive.store(io.BytesIO(b"x"))
    assert stat.S_IMODE((tmp_path / "archive").stat().st_mode) == 0o700
    with archive.local(document_id) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_storing_twice_leaves_one_document(archive: Archive) -> None:
    document_id, size = archive.store(io.BytesIO(b"x"))
    assert archive.store(io.BytesIO(b"x")) == (document_id, size)
    assert archive.storage.names() == [f"{document_id[:2]}/{document_id}"]
    assert archive.read(document_id) == b"x"


def test_a_stop_half_way_leaves_nothing(archive: Archive, tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise UnreadableDocumentError("too much")

    with pytest.raises(UnreadableDocumentError):
        archive.store(io.BytesIO(b"x" * 100), stop)
    assert not archive.storage.names()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_document_of_which_a_byte_has_changed_or_that_is_gone_is_told_with_its_name(tmp_path: Path) -> None:
    archive = Archive(Folder(tmp_path / "archive"))
    document_id, _ = archive.store(io.BytesIO(b"12345"))
    (path,) = (path for path in (tmp_path / "archive").rglob("*") if path.is_file())
    path.chmod(0o600)
    path.write_bytes(b"12845")
    with pytest.raises(StorageError, match=f"{document_id} 已损坏.*备份"):
        archive.read(document_id)
    path.unlink()
    with pytest.raises(StorageError, match=f"{document_id} 缺失.*备份"):
        archive.read(document_id)
