"""A file on its way in: no larger than it may be, under a name that leads nowhere, in a folder that goes away."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestration.desk.check.documents import CheckError
from orchestration.desk.check.page import upload
from orchestration.desk.check.page.upload import PREFIX, file_name, private_folder, receive


async def pieces(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


def test_an_upload_is_written_as_it_comes(tmp_path: Path) -> None:
    asyncio.run(receive(pieces(3, 4), tmp_path / "a"))
    assert (tmp_path / "a").read_bytes() == b"x" * 7


@pytest.mark.parametrize(("sizes", "said"), [((), "空的"), ((6, 6), "超过")])
def test_one_that_is_empty_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], said: str
) -> None:
    monkeypatch.setattr(upload, "BYTES_MAX", 10)
    with pytest.raises(CheckError, match=said):
        asyncio.run(receive(pieces(*sizes), tmp_path / "a"))


def test_one_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "UPLOAD_SECONDS_MAX", 0.05)

    async def stalled() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    with pytest.raises(CheckError, match="用时过长"):
        asyncio.run(receive(stalled(), tmp_path / "a"))


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("名册.xlsx", "名册.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\桌面\\名册.xls", "名册.xls"),
        ("a/..", "文件"),
        ("", "文件"),
        ("~$名册.xlsx", "文件.xlsx"),
        (".xlsx", "文件"),
        ("坏\x00名\n.csv", "坏_名_.csv"),
        ("长" * 200 + ".xlsx", "长" * 50 + ".xlsx"),
    ],
)
def test_a_name_leads_nowhere(stated: str, kept: str) -> None:
    assert file_name(stated) == kept


def test_the_folder_goes_away_and_takes_with_it_what_a_killed_process_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{PREFIX}4194999-dead"  # above what a process number can be
    left.mkdir()
    with private_folder() as folder:
        assert not left.exists() and folder.stat().st_mode & 0o777 == 0o700
        with private_folder() as another:
            assert folder.exists() and another.exists()
        (folder / "held").write_text("x")
    assert not list(tmp_path.iterdir())
