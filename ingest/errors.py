"""The errors a person can mend: each carries one clear sentence and becomes a non-zero exit, never a traceback."""

from __future__ import annotations

import errno

from ingest.secrecy import without_secrets

TROUBLE = {
    errno.ENOSPC: ("磁盘已满（no space left on the disk）", "请清理空间后重新运行"),
    errno.EDQUOT: ("磁盘配额已满（disk quota exceeded）", "请清理空间后重新运行"),
    errno.EROFS: ("文件系统只读（read-only file system）", "请以可写方式挂载"),
    errno.EACCES: ("没有权限（permission denied）", "请检查文件的所有者和权限"),
    errno.EPERM: ("没有权限（operation not permitted）", "请检查文件的所有者和权限"),
    errno.ENOTDIR: ("不是文件夹（not a folder）", "请检查路径"),
    errno.EEXIST: ("不是文件夹（a file is in the way）", "请检查路径"),
    errno.EIO: ("磁盘读写出错（input/output error）", "请检查磁盘"),
}
"""What the system refuses, in words, and what to do."""


class PipelineError(Exception):
    """The pipeline cannot go on; the message says what is wrong, where, and how to mend it, and no secret."""

    def __str__(self) -> str:
        return without_secrets(super().__str__())


def in_a_sentence(error: OSError) -> str:
    """What the system refused, where, and what to look at."""
    trouble = TROUBLE.get(error.errno or 0, (error.strerror or type(error).__name__, "请检查磁盘、路径和权限"))
    where = f"{error.filename}：" if error.filename else ""
    return f"{where}{trouble[0]}。{trouble[1]}。"


class ConfigurationError(PipelineError):
    """A contract, seed or environment variable holds a mistake."""


class LandingError(PipelineError):
    """The landing zone is missing, refuses us, or cannot be reached."""


class LandingUnreachableError(LandingError):
    """The landing zone's server or the way to it is in trouble; trying again in a while may help."""


class StorageError(PipelineError):
    """Archive or lake refuses us, does not hold what it should, or cannot be reached."""


class StorageUnreachableError(StorageError):
    """The server that keeps archive and lake, or the way to it, is in trouble; trying again in a while may help."""


class LedgerError(PipelineError):
    """The ledger was lost, is damaged, or cannot be written."""


class KeyMismatchError(PipelineError):
    """The pseudonym key is malformed, missing, or not the one the lake was made with."""


class ReleaseError(PipelineError):
    """A release is not there, or not as its manifest says."""


class UnreadableDocumentError(Exception):
    """One document cannot be read: it is rejected with this reason (Chinese) and everything else goes on."""
