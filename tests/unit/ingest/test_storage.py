"""Archive and lake keep files in a folder and behind a URL alike: whole or not at all, private, and read back."""

import hashlib
import stat
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from ingest.errors import StorageError, StorageUnreachableError
from ingest.storage.base import Storage
from ingest.storage.folder import Folder
from ingest.storage.location import open_storage

DATA = b"x" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    location = str(tmp_path / "kept") if request.param == "folder" else f"memory://{uuid.uuid4()}/edu"
    return open_storage(location, tmp_path / "work" / "copies")


@pytest.fixture
def bucket(tmp_path: Path) -> Storage:
    return open_storage(f"memory://{uuid.uuid4()}/edu", tmp_path / "work" / "copies")


def write(storage: Storage, name: str, data: bytes) -> None:
    with storage.replacing(name) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600 and temporary.suffix == Path(name).suffix
        temporary.write_bytes(data)


def read(storage: Storage, name: str) -> bytes:
    with storage.local(name) as path:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077
        return path.read_bytes()


def lying_here(storage: Storage) -> list[str]:
    return [path.name for path in storage.incoming.rglob("*") if path.is_file()]


def test_a_folder_is_a_path_and_anything_else_a_url(tmp_path: Path) -> None:
    assert isinstance(open_storage(str(tmp_path), tmp_path), Folder)
    assert str(open_storage("memory://a/b", tmp_path)) == "memory://a/b"


def test_files_are_written_listed_read_replaced_and_removed(storage: Storage) -> None:
    assert storage.names() == []
    for name in ("rows/pay/1.parquet", "rows/pay/2.parquet", "forms.parquet"):
        write(storage, name, name.encode())
    write(storage, "rows/pay/1.parquet", b"again")
    assert sorted(storage.names()) == ["forms.parquet", "rows/pay/1.parquet", "rows/pay/2.parquet"]
    assert read(storage, "rows/pay/1.parquet") == b"again"
    storage.remove(["rows/pay/1.parquet", "forms.parquet"])
    storage.remove([])
    assert storage.names() == ["rows/pay/2.parquet"]


def test_a_writer_that_fails_leaves_what_was_there(storage: Storage) -> None:
    write(storage, "a", b"before")
    with pytest.raises(ZeroDivisionError), storage.replacing("a") as temporary:
        temporary.write_bytes(b"half")
        raise ZeroDivisionError
    assert read(storage, "a") == b"before" and storage.names() == ["a"]


def test_what_is_kept_is_read_back(storage: Storage) -> None:
    temporary = storage.incoming / "new"
    temporary.write_bytes(DATA)
    storage.keep(temporary, f"ab/{SHA256}", SHA256)
    assert read(storage, f"ab/{SHA256}") == DATA
    temporary.write_bytes(DATA[1:])
    with pytest.raises(StorageError, match=r"does not hold what was written to it: check the disk or the server\."):
        storage.keep(temporary, f"ab/{SHA256}", SHA256)


def test_several_threads_keep_and_read_at_once(storage: Storage) -> None:
    together = threading.Barrier(8)

    def keep_and_read(number: int) -> bool:
        data = DATA * (number + 1)
        temporary, sha256 = storage.incoming / f"new-{number}", hashlib.sha256(data).hexdigest()
        temporary.write_bytes(data)
        together.wait()
        storage.keep(temporary, sha256, sha256)
        return read(storage, sha256) == data

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(keep_and_read, range(8)))
    assert len(storage.names()) == 8


def test_copies_of_objects_are_gone_afterwards(bucket: Storage) -> None:
    write(bucket, "a", DATA)
    with pytest.raises(ZeroDivisionError), bucket.local("a"):
        raise ZeroDivisionError
    with pytest.raises(StorageError, match=r"memory://\S+ does not give b: .*\."):
        read(bucket, "b")
    assert lying_here(bucket) == []
    (bucket.incoming / ".part-left by a killed process").touch()
    bucket.remove_unfinished()
    assert lying_here(bucket) == []
    assert stat.S_IMODE(bucket.incoming.stat().st_mode) == stat.S_IMODE(bucket.incoming.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("error", "kind"),
    [(PermissionError("Forbidden"), StorageError), (ConnectionResetError("reset by peer"), StorageUnreachableError)],
)
def test_every_trouble_of_a_bucket_is_one_sentence(
    bucket: Storage, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[StorageError]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    write(bucket, "a", DATA)
    for method in ("find", "get_file", "put_file", "rm"):
        monkeypatch.setattr(MemoryFileSystem, method, fail)
    for use in (
        bucket.names,
        lambda: read(bucket, "a"),
        lambda: write(bucket, "a", DATA),
        lambda: bucket.remove(["a"]),
    ):
        with pytest.raises(StorageError, match=r"^memory://\S+ (cannot be|does not) .*: [^\n]*\.$") as caught:
            use()
        assert type(caught.value) is kind


def test_a_url_that_nothing_opens_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"^no-such://bucket cannot be opened: .*no-such.*\.$"):
        open_storage("no-such://bucket", tmp_path / "copies")
    with pytest.raises(StorageError) as caught:
        open_storage("no-such://desk:secret@bucket", tmp_path / "copies")
    assert "secret" not in str(caught.value)
