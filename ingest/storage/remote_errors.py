"""Trouble with the landing zone: one sentence that says what and where, and whether it may pass by itself."""

from __future__ import annotations

import errno
import socket

from ingest.errors import LandingError, LandingUnreachableError

LASTING = (FileNotFoundError, NotADirectoryError, PermissionError)
NETWORK = (ConnectionError, TimeoutError, socket.gaierror)
SERVER_IN_TROUBLE = {
    None,  # paramiko gives no number
    errno.EIO,
    errno.EBUSY,
    errno.ESTALE,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    getattr(errno, "EREMOTEIO", errno.EIO),  # s3fs for InternalError; macOS does not have it
}


def landing_error(what: str, error: Exception) -> LandingError:
    """`what` failed because of `error`, which every back end raises of its own kinds."""
    kind = LandingUnreachableError if is_transient(error) else LandingError
    return kind(f"{what}: {one_line(error)}.")


def is_transient(error: Exception) -> bool:
    """Whether to try again in a while: the network or the server is at fault, not an address, a folder or a password."""
    if isinstance(error, OSError):
        return isinstance(error, NETWORK) or (not isinstance(error, LASTING) and error.errno in SERVER_IN_TROUBLE)
    from botocore.exceptions import ConnectionError as S3ConnectionError  # slow to import, and seldom needed
    from paramiko import SSHException
    from s3fs.core import S3_RETRYABLE_ERRORS

    return isinstance(error, (EOFError, SSHException, S3ConnectionError, *S3_RETRYABLE_ERRORS))


def one_line(error: Exception) -> str:
    """An error's message for the middle of a sentence."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
