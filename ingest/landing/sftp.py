"""SFTP that knows its server: before a password is sent, the server must show a key that a list of known hosts holds.

fsspec by itself takes any key, and whoever came between would get the password and the children's data. Here the lists of OpenSSH
are read, as `ssh` does with StrictHostKeyChecking=yes, and nothing is ever added to them: people do that, who can ask. A server on
the machine itself, where nobody can come between, need not be listed, unless a list is named on purpose.
"""

from __future__ import annotations

import ipaddress
import shlex
import stat
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem
from paramiko.hostkeys import HostKeyEntry, HostKeys

USUAL_LISTS = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
SSH_PORT = 22
SILENCE_SECONDS = 30
"""How long a server may say nothing; paramiko would wait for ever."""


class HostKeyError(Exception):
    """The server's key is not listed, or another one is; the message says how to mend it."""


class KnownHost(paramiko.MissingHostKeyPolicy):
    """A server and the keys that are listed for it; paramiko, which is given no list, asks it about the key that is shown."""

    def __init__(self, host: str, port: int, lists: Sequence[Path]):
        self.host, self.port, self.lists = host, port, lists
        self.name = host if port == SSH_PORT else f"[{host}]:{port}"
        self.keys = [(key, path) for path in lists for key in listed_keys(path, self.name)]

    def transport(self, connection: Any, **options: Any) -> paramiko.Transport:
        """A connection that asks first for the kinds of key that are listed: servers have keys of several kinds."""
        transport = paramiko.Transport(connection, **options)
        security, listed = transport.get_security_options(), {key.get_name() for key, _ in self.keys}
        security.key_types = sorted(security.key_types, key=lambda kind: _without_hash(kind) not in listed)
        return transport

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Lets a listed key pass; HostKeyError when the server is not listed, or another key of it is."""
        if not self.keys:
            raise HostKeyError(
                f"the SSH server {self.name} is not listed in {' or '.join(map(str, self.lists))} and shows the key "
                f"{_shown(key)}; if its administrator names the same key, add it with `{self._add(self.lists[0])}`"
            )
        if key.asbytes() not in {listed.asbytes() for listed, _ in self.keys}:
            listed, path = self.keys[0]
            remove = f"ssh-keygen -R {shlex.quote(self.name)} -f {shlex.quote(str(path))}"
            raise HostKeyError(
                f"the SSH server {self.name} shows the key {_shown(key)}, but {path} lists {_shown(listed)}: somebody may "
                "have come between; only if its administrator names the new key, replace the old one with "
                f"`{remove} && {self._add(path)}`"
            )

    def _add(self, path: Path) -> str:
        return f"ssh-keyscan -p {self.port} {shlex.quote(self.host)} >> {shlex.quote(str(path))}"


def listed_keys(path: Path, name: str) -> Iterator[paramiko.PKey]:
    """The keys that a file lists for a server, by plain or hashed name; patterns and marked lines (`@…`) list nothing here."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            entry = HostKeyEntry.from_line(line.strip())
            key = entry.key if entry and any(_is_name(listed, name) for listed in entry.hostnames) else None
        except Exception:  # paramiko has many errors for a broken line, and a line that nobody can read lists nothing
            continue
        if key:
            yield key


def is_this_machine(host: str) -> bool:
    """Whether a name or address stands for the loopback interface."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_name(listed: str, name: str) -> bool:
    if listed.startswith("|"):
        return HostKeys.hash_host(name, listed) == listed
    return listed.lower() == name


def _without_hash(kind: str) -> str:
    """The kind of key: RSA signs with several hashes, and its key is called ssh-rsa for all of them."""
    return "ssh-rsa" if kind.startswith("rsa-sha2-") else kind


def _shown(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.fingerprint}"


class AnyName(paramiko.Message):
    """What the server says; in names, bytes that are not UTF-8 stand as lone surrogates (PEP 383), as in those of local files."""

    def get_text(self) -> str:
        """The next text of the message, whatever its bytes."""
        return self.get_string().decode("utf-8", "surrogateescape")


class AnyNameClient(paramiko.SFTPClient):
    """A client that takes back such names; paramiko's own listing fails for a whole folder at the first one."""

    def _adjust_cwd(self, path: str | bytes) -> bytes:
        name = path.encode("utf-8", "surrogateescape") if isinstance(path, str) else path
        return super()._adjust_cwd(name)  # type: ignore[misc, no-any-return]


paramiko.sftp_client.Message = AnyName  # type: ignore[attr-defined] # in which its listing reads them


class KnownHostSFTP(SFTPFileSystem):  # type: ignore[misc]  # fsspec has no types
    """fsspec's file system; `known_hosts` (FSSPEC_SFTP_KNOWN_HOSTS in the environment) is read instead of the usual lists."""

    def __init__(self, host: str, known_hosts: str | None = None, **ssh_kwargs: Any):
        self.takes_any_key = known_hosts is None and is_this_machine(host)
        self.lists = [Path(path).expanduser() for path in ([known_hosts] if known_hosts else USUAL_LISTS)]
        super().__init__(host, **ssh_kwargs)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        weakref.finalize(self, self.client.close)  # fsspec leaves it open
        try:
            self._log_in()
            self.ftp = self._client()
            self.ftp.sock.settimeout(SILENCE_SECONDS)
        except BaseException:
            self.client.close()
            raise

    def _client(self) -> AnyNameClient:
        transport = self.client.get_transport()
        client = AnyNameClient.from_transport(transport) if transport else None
        if client is None:
            raise EOFError("the server has closed the connection")
        return client

    @staticmethod
    def _decode_stat(attributes: Any, parent_path: str | None = None) -> dict[str, Any]:
        """As fsspec has it, but for pipes and devices, which are no files."""
        info: dict[str, Any] = SFTPFileSystem._decode_stat(attributes, parent_path)  # noqa: SLF001 - overridden here
        if info["type"] == "file" and attributes.st_mode and not stat.S_ISREG(attributes.st_mode):
            info["type"] = "other"
        return info

    def _log_in(self) -> None:
        """PermissionError when the server is there and says no."""
        server = KnownHost(self.host.lower(), int(self.ssh_kwargs.get("port", SSH_PORT)), self.lists)
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy() if self.takes_any_key else server)
        limits = {"timeout": SILENCE_SECONDS, "channel_timeout": SILENCE_SECONDS}
        try:
            self.client.connect(self.host, transport_factory=server.transport, **limits | self.ssh_kwargs)
        except paramiko.SSHException as error:
            transport = self.client.get_transport()
            if transport and transport.is_active():  # else the connection broke off
                raise PermissionError(str(error)) from error
            raise
