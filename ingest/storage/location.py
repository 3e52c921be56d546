"""Which storage a location names: a path of this machine, or a URL."""

from __future__ import annotations

from pathlib import Path

from ingest.storage.base import Storage
from ingest.storage.folder import Folder


def open_storage(location: str, copies: Path) -> Storage:
    """The storage at an absolute path or a URL; in the folder `copies` lie those of objects while they are needed."""
    if not is_url(location):
        return Folder(Path(location))
    from ingest.storage.bucket import (
        Bucket,  # fsspec and its back ends take their time, and a folder needs none of them
    )

    return Bucket(location, copies)


def is_url(location: str) -> bool:
    """Whether a location is no path of this machine."""
    return "://" in location
