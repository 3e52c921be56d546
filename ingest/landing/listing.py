"""Listing the landing zone: which files lie there, and which collection and unit each belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import fsspec

from ingest.errors import LandingError
from ingest.landing.trouble import landing_error
from ingest.reference import Reference

IGNORED_PREFIXES = ("~$", ".")
for protocol in ("sftp", "ssh"):  # wherever a URL names it, also in a chain like simplecache::sftp://
    fsspec.register_implementation(protocol, "ingest.landing.sftp.KnownHostSFTP", clobber=True)


@dataclass(frozen=True)
class LandingFile:
    """A file of the landing zone; `path` is relative to it, `location` is what the file system opens."""

    path: str
    location: str
    size_bytes: int
    modified_at: datetime
    etag: str | None = None

    @property
    def key(self) -> tuple[str, int, str]:
        """Path, size and stamp: another key is another state of the file.

        The stamp is the modification time, and the etag where there is one: S3 tells whole seconds. An etag alone would not see
        that an earlier document was sent again.
        """
        time = self.modified_at.isoformat()
        return self.path, self.size_bytes, f"{time} {self.etag}" if self.etag else time


@dataclass(frozen=True)
class Place:
    """Collection and unit that a path belongs to, or the reason (Chinese) why it belongs to none."""

    collection_id: str | None
    unit_code: str | None
    reason: str | None = None


class LandingZone:
    """The landing zone behind any fsspec URL; LandingError when it is missing, LandingUnreachableError when it is out of reach.

    Every zone connects anew: a long-lived process would otherwise get back a connection that broke long ago.
    """

    def __init__(self, url: str):
        self.shown_url = without_password(url)
        try:
            self.filesystem, root = _connect(url)
            self.root = str(root).rstrip("/")
        except LandingError:
            raise
        except Exception as error:  # every back end raises its own kinds
            raise landing_error(f"The landing zone {self.shown_url} cannot be opened", error) from error

    def list(self, folders: Iterable[str] = ("",)) -> list[LandingFile]:
        """Every file but lock files and droppings, in order of path; or those in some folders, which need not be there."""
        try:
            self.filesystem.invalidate_cache()
            self.filesystem.ls(self.root)  # says what is wrong, which isdir and find keep to themselves
            if not self.filesystem.isdir(self.root):
                raise NotADirectoryError("it is not a folder")
            found: dict[str, dict[str, Any]] = {}
            for folder in folders:
                found |= self.filesystem.find(f"{self.root}/{folder}".rstrip("/"), detail=True)
        except FileNotFoundError as error:
            raise LandingError(f"The landing zone {self.shown_url} does not exist.") from error
        except Exception as error:
            raise landing_error(f"The landing zone {self.shown_url} cannot be listed", error) from error
        files = [self._file(location, info) for location, info in found.items() if _is_file(location, info)]
        return sorted((file for file in files if not is_ignored(file.path)), key=lambda file: file.path)

    def _file(self, location: str, info: dict[str, Any]) -> LandingFile:
        path = location[len(self.root) :].lstrip("/")
        return LandingFile(path, location, int(info["size"]), _modified_at(info), _etag(info))


def _connect(url: str) -> tuple[Any, str]:
    """The file system behind the URL, and the folder in it."""
    try:
        urlsplit(url).port  # noqa: B018 - raises
    except ValueError:  # which quotes a part of the password
        raise LandingError(
            f"The landing zone {without_password(url)} is not a URL: a password with / ? or # in it must be given apart "
            "(FSSPEC_SFTP_PASSWORD)."
        ) from None
    return fsspec.url_to_fs(url, skip_instance_cache=True)


def without_password(url: str) -> str:
    """The URL as messages may show it; hides too much rather than too little when it is malformed."""
    return re.sub(r"://([^/@:]*):.*@", r"://\1:***@", url)


def _is_file(location: str, info: dict[str, Any]) -> bool:
    """Not a folder, nor the empty object that S3 tools put in the place of one."""
    return info.get("type", "file") == "file" and not location.endswith("/")


def _modified_at(info: dict[str, Any]) -> datetime:
    """Modification time in UTC; the back ends name it differently and give seconds or a datetime."""
    value = next(
        (info[name] for name in ("mtime", "LastModified", "last_modified", "updated", "created") if info.get(name)), 0
    )
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromtimestamp(float(value), UTC)


def _etag(info: dict[str, Any]) -> str | None:
    """What a server that keeps objects calls this state of one; folders and SFTP have no such thing."""
    etag = info.get("ETag") or info.get("etag")
    return str(etag).strip('"') if etag else None


def is_ignored(path: str) -> bool:
    """Lock files, droppings and anything below a folder of droppings."""
    return any(part.startswith(IGNORED_PREFIXES) or part == "__MACOSX" for part in PurePosixPath(path).parts)


def place_of(path: str, reference: Reference) -> Place:
    """Reads `<collection_id>/<unit_code>/…` off a path of the landing zone."""
    parts = PurePosixPath(path).parts
    if len(parts) < 3:
        return Place(None, None, "文件不在“学年/单位”文件夹之下。请放入 <collection_id>/<unit_code>/ 文件夹。")
    collection_id, unit_code = parts[0], parts[1]
    if collection_id not in reference.collections:
        return Place(None, None, f"没有名为“{collection_id}”的报送学年。请使用：{'、'.join(reference.collections)}。")
    if unit_code not in reference.units:
        return Place(None, None, f"没有代码为“{unit_code}”的报送单位。请核对单位代码。")
    return Place(collection_id, unit_code)
