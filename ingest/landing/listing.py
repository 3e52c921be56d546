"""Listing the landing zone: which files lie there, which collection and unit each belongs to, and what cannot be taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import fsspec
from fsspec.asyn import AsyncFileSystem

from ingest.errors import LandingError
from ingest.landing.ignored import is_ignored
from ingest.landing.ledger import Untaken
from ingest.reference import Reference
from ingest.secrecy import without_password
from ingest.storage.files import readable_name
from ingest.storage.remote_errors import landing_error

UNIT_LOST_SHARE, ALL_LOST_SHARE = 0.5, 0.1
NOT_FOLLOWED = "链接，不跟随（a link）。请放入文件本身。"
NO_FILE = "不是普通文件（a pipe or device），未取。请移走。"
NOT_LISTED = "无权列出该文件夹，其中的文件未取（the folder may not be listed）。请检查权限。"
UNLISTED = "unlisted"  # stands as the type of a folder that may not be listed
LOST = (
    "此前已知的 {known} 个文件中有 {lost} 个不见了（files are missing）。"
    "请检查共享是否挂载；若确已移走，请运行 python -m orchestration.documents accept-missing。"
)
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
class Listing:
    """One look at the landing zone: its files in order of path, and what is there and is not taken."""

    files: tuple[LandingFile, ...]
    untaken: tuple[Untaken, ...] = ()

    def lost(self, known: Iterable[str]) -> list[str]:
        """The known paths that are gone; what lies below a folder that may not be listed is only unseen."""
        listed = {file.path for file in self.files}
        unseen = tuple(f"{each.path}/" for each in self.untaken)
        return [path for path in known if path not in listed and not path.startswith(unseen)]

    def missing(self, known: Collection[str]) -> list[Untaken]:
        """The units that lost half of their known files, and whether a tenth of all is lost: then this look is not the whole.

        Where at least as many files lie as before, some were only renamed.
        """
        listed, lost = {file.path for file in self.files}, self.lost(known)
        before, after, gone = (Counter(map(_unit_folder, paths)) for paths in (known, listed, lost))
        found = [
            Untaken(unit, LOST.format(known=before[unit], lost=gone[unit]))
            for unit in sorted(gone)
            if gone[unit] >= UNIT_LOST_SHARE * before[unit] and after[unit] < before[unit]
        ]
        if lost and len(lost) >= ALL_LOST_SHARE * len(known) and len(listed) < len(known):
            found.insert(0, Untaken("/", LOST.format(known=len(known), lost=len(lost))))
        return found


def _unit_folder(path: str) -> str:
    """`<collection_id>/<unit_code>`, as far as the path has them."""
    return "/".join(PurePosixPath(path).parts[:-1][:2])


@dataclass(frozen=True)
class Place:
    """Collection and unit that a path belongs to, or the reason (Chinese) why it belongs to none."""

    collection_id: str | None
    unit_code: str | None
    reason: str | None = None


class LandingZone:
    """The landing zone behind any fsspec URL; LandingError when it is missing, LandingUnreachableError when it is out of reach.

    Every zone opens a new connection: a long-lived process would otherwise get back a connection that broke long ago.
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

    def list(self, folders: Iterable[str] = ("",)) -> Listing:
        """Every file but lock files and droppings; or those in some folders, which need not be there. Links are not followed."""
        try:
            self.filesystem.invalidate_cache()
            self.filesystem.ls(self.root)  # says what is wrong, which isdir and find keep to themselves
            if not self.filesystem.isdir(self.root):
                raise NotADirectoryError("it is not a folder")
            found: dict[str, dict[str, Any]] = {}
            for folder in folders:
                if not self._leads_through_link(folder):
                    found |= self._found(f"{self.root}/{folder}".rstrip("/"))
        except FileNotFoundError as error:
            raise LandingError(f"The landing zone {self.shown_url} does not exist.") from error
        except Exception as error:
            raise landing_error(f"The landing zone {self.shown_url} cannot be listed", error) from error
        files, untaken = [], []
        for location, info in found.items():
            if is_ignored(path := self._path(location)):
                continue
            if reason := _reason_not_to_take(info):
                untaken.append(Untaken(path, reason))
            elif not location.endswith("/"):  # the empty object that S3 tools put in the place of a folder
                files.append(LandingFile(path, location, int(info["size"]), _modified_at(info), _etag(info)))
        return Listing(tuple(sorted(files, key=_by_path)), tuple(sorted(untaken, key=_by_path)))

    def _found(self, folder: str) -> dict[str, dict[str, Any]]:
        """What lies below a folder, by location: from a server of objects in few questions, else folder by folder."""
        if isinstance(self.filesystem, AsyncFileSystem):
            return dict(self.filesystem.find(folder, detail=True))
        return dict(self._walked(folder))

    def _leads_through_link(self, folder: str) -> bool:
        """Whether a folder, or one that it lies in, is a link; the root may be one."""
        parts = PurePosixPath(folder).parts
        above = ("/".join(parts[: depth + 1]) for depth in range(len(parts)))
        return any(_is_link(self.filesystem, f"{self.root}/{each}") for each in above)

    def _walked(self, folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
        try:
            entries = self.filesystem.ls(folder, detail=True)
        except FileNotFoundError:  # gone since, or never there
            return
        except PermissionError:
            yield folder, {"type": UNLISTED}
            return
        for info in entries:
            location = info["name"]
            if info["type"] == "directory" and not info.get("islink"):
                if not is_ignored(self._path(location)):
                    yield from self._walked(location)
            else:
                yield location, info

    def _path(self, location: str) -> str:
        """A location as people read it; names that are not UTF-8 are GB18030, as FTP, unzip and Samba leave them."""
        return "/".join(map(readable_name, location[len(self.root) :].strip("/").split("/")))


def _connect(url: str) -> tuple[Any, str]:
    """The file system behind the URL, and the folder in it."""
    try:
        urlsplit(url).port  # noqa: B018 - raises
    except ValueError:  # which quotes a part of the password
        raise LandingError(
            f"The landing zone {without_password(url)} is not a URL: pass a password that contains / ? or # separately, in "
            "FSSPEC_SFTP_PASSWORD."
        ) from None
    found: tuple[Any, str] = fsspec.url_to_fs(url, skip_instance_cache=True)
    return found


def _by_path(thing: LandingFile | Untaken) -> str:
    return thing.path


def _is_link(filesystem: Any, location: str) -> bool:
    try:
        return bool(filesystem.info(location).get("islink"))
    except FileNotFoundError:
        return False


def _reason_not_to_take(info: dict[str, Any]) -> str | None:
    if info.get("islink") or info.get("type") == "link":
        return NOT_FOLLOWED
    return {UNLISTED: NOT_LISTED, "file": None}.get(info.get("type", "file"), NO_FILE)


def _modified_at(info: dict[str, Any]) -> datetime:
    """Modification time in UTC; the back ends name it differently and give seconds or a datetime."""
    value = next(
        (info[name] for name in ("mtime", "LastModified", "last_modified", "updated", "created") if info.get(name)), 0
    )
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError):  # beyond the year 9999
        return datetime.max.replace(tzinfo=UTC)


def _etag(info: dict[str, Any]) -> str | None:
    """What a server that keeps objects calls this state of one; folders and SFTP have no such thing."""
    etag = info.get("ETag") or info.get("etag")
    return str(etag).strip('"') if etag else None


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
