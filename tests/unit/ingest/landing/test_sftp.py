"""Known hosts: which keys are listed for a server, which are refused, and what the message says to mend it."""

import socket
from pathlib import Path

import paramiko
import pytest
from paramiko.hostkeys import HostKeys

from ingest.landing.sftp import HostKeyError, KnownHost, KnownHostSFTP, listed_keys

KEY, OTHER = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
RSA = paramiko.RSAKey.generate(2048)


def line(name: str, key: paramiko.PKey = KEY) -> str:
    return f"{name} {key.get_name()} {key.get_base64()}"


def known(path: Path, *lines: str, port: int = 22) -> KnownHost:
    path.write_text("\n".join(lines), encoding="utf-8")
    return KnownHost("host.cn", port, [path.with_name("missing"), path])


def show(server: KnownHost, key: paramiko.PKey) -> None:
    server.missing_host_key(paramiko.SSHClient(), server.name, key)


@pytest.mark.parametrize(
    "text",
    [
        line("host.cn"),
        line("HOST.cn,10.0.0.1") + " a comment",
        line(HostKeys.hash_host("host.cn")),
        f"# a comment\n\n@cert-authority * ssh-ed25519 AAAA\n|1| x\nhost.cn ssh-rsa broken\n||| {line('x')}\n\t{line('host.cn')}\t",
    ],
)
def test_a_listed_key_is_taken(tmp_path: Path, text: str) -> None:
    show(known(tmp_path / "list", text), KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        line("other.cn"),
        line("[host.cn]:2222"),
        f"@revoked {line('host.cn')}",
        f"#{line('host.cn')}",
        "host.cn ssh-rsa \0",
    ],
)
def test_a_server_on_no_list_is_refused_with_the_command_that_adds_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "my list"
    with pytest.raises(HostKeyError) as caught:
        show(known(path, text), KEY)
    assert (
        f"not listed in {tmp_path / 'missing'} or {path} and shows the key {KEY.get_name()} {KEY.fingerprint}"
        in str(caught.value)
    )
    assert f"`ssh-keyscan -p 22 host.cn >> {tmp_path / 'missing'}`" in str(caught.value)


@pytest.mark.parametrize("key", [OTHER, RSA])
def test_another_key_is_refused_with_the_commands_that_replace_it(tmp_path: Path, key: paramiko.PKey) -> None:
    path = tmp_path / "my list"
    with pytest.raises(HostKeyError) as caught:
        show(known(path, line("[host.cn]:2222"), port=2222), key)
    assert key.fingerprint in str(caught.value) and f"{path} lists {KEY.get_name()} {KEY.fingerprint}" in str(
        caught.value
    )
    assert f"`ssh-keygen -R '[host.cn]:2222' -f '{path}' && ssh-keyscan -p 2222 host.cn >> '{path}'`" in str(
        caught.value
    )


def test_the_old_and_the_new_key_may_both_be_listed(tmp_path: Path) -> None:
    server = known(tmp_path / "list", line("host.cn"), line("host.cn", OTHER))
    show(server, KEY)
    show(server, OTHER)


def test_the_kinds_of_key_that_are_listed_are_asked_for_first(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport = known(tmp_path / "list", line("host.cn", RSA)).transport(ours)
        kinds = transport.get_security_options().key_types
        transport.close()
    assert kinds[:2] == ("rsa-sha2-512", "rsa-sha2-256") and "ssh-ed25519" in kinds


def test_a_list_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        list(listed_keys(tmp_path, "host.cn"))


def test_the_lists_of_ssh_are_read_unless_another_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(KnownHostSFTP, "_connect", lambda _: None)
    usual = KnownHostSFTP("host", skip_instance_cache=True)
    assert usual.lists == [tmp_path / ".ssh/known_hosts", Path("/etc/ssh/ssh_known_hosts")]
    assert KnownHostSFTP("host", known_hosts="~/x", skip_instance_cache=True).lists == [tmp_path / "x"]


@pytest.mark.parametrize(
    ("host", "known_hosts", "takes_any_key"),
    [
        ("127.0.0.1", None, True),
        ("::1", None, True),
        ("LOCALHOST", None, True),
        ("127.0.0.1", "a list", False),
        ("10.0.0.1", None, False),
        ("localhost.cn", None, False),
    ],
)
def test_only_this_machine_need_not_be_listed(
    host: str, known_hosts: str | None, takes_any_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KnownHostSFTP, "_connect", lambda _: None)
    server = KnownHostSFTP(host, known_hosts, skip_instance_cache=True)
    assert server.takes_any_key is takes_any_key
