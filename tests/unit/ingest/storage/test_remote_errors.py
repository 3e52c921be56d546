"""Trouble with the landing zone: what may pass by itself, and what somebody must mend."""

import errno
import socket

import paramiko
import pytest
from botocore import exceptions as s3
from fsspec.exceptions import FSTimeoutError
from paramiko.ssh_exception import NoValidConnectionsError

from ingest.errors import LandingError, LandingUnreachableError
from ingest.landing.sftp import HostKeyError
from ingest.storage.remote_errors import is_transient, landing_error

REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "refused")


@pytest.mark.parametrize(
    "error",
    [
        REFUSED,
        ConnectionResetError(),
        TimeoutError("Timeout"),
        FSTimeoutError(),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        NoValidConnectionsError({("127.0.0.1", 22): REFUSED}),
        OSError("Socket is closed"),
        OSError(errno.ESTALE, "Stale file handle"),
        OSError(errno.EBUSY, "SlowDown"),
        EOFError(),
        paramiko.SSHException("Error reading SSH protocol banner"),
        s3.EndpointConnectionError(endpoint_url="http://host"),
        s3.ReadTimeoutError(endpoint_url="http://host"),
    ],
    ids=repr,
)
def test_the_network_and_the_server_may_mend_themselves(error: Exception) -> None:
    assert is_transient(error)
    assert isinstance(landing_error("It fails", error), LandingUnreachableError)


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        NotADirectoryError("it is not a folder"),
        PermissionError("Authentication failed."),
        OSError(errno.EINVAL, "The authorization header is malformed"),
        OSError(errno.ENOSPC, "No space left on device"),
        ValueError("Protocol not known: x"),
        ImportError("Install x"),
        HostKeyError("another key"),
        s3.NoCredentialsError(),
        s3.ParamValidationError(report="bucket"),
    ],
    ids=repr,
)
def test_a_mistake_stays_until_somebody_mends_it(error: Exception) -> None:
    assert not is_transient(error)
    assert type(landing_error("It fails", error)) is LandingError


def test_trouble_is_told_in_one_line() -> None:
    assert str(landing_error("It fails", ValueError("one\n two."))) == "It fails: one two."
    assert str(landing_error("It fails", EOFError())) == "It fails: EOFError."
