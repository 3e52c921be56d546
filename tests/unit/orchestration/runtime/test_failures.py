"""What is said of an error outside the run: its heart, without the name of its kind where the words are the project's own."""

import errno
import os
import tempfile
from pathlib import Path

import dagster as dg
import pytest

from ingest.reference import load_reference
from orchestration import refresh
from orchestration.runtime.failures import in_one_line
from orchestration.runtime.retries import retry_transient_errors


def test_what_the_project_says_is_said_without_the_name_of_its_kind() -> None:
    assert in_one_line("ingest.errors.StorageError: 磁盘已满。\n") == "磁盘已满。"
    assert in_one_line("orchestration.runtime.notify.NotificationError: x") == "x"
    assert in_one_line("TypeError: x\nTraceback (most …") == "TypeError: x"


def test_a_secret_of_the_environment_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSSPEC_SFTP_PASSWORD", "s3cret")
    assert in_one_line("OSError: no login with s3cret") == "OSError: no login with ***"


def test_a_disk_that_refuses_is_a_sentence_and_not_tried_again() -> None:
    with pytest.raises(dg.Failure) as caught, retry_transient_errors():
        raise OSError(errno.ENOSPC, "No space left on device", "/data/x")
    assert not caught.value.allow_retries
    assert str(caught.value.__cause__) == "/data/x：磁盘已满（no space left on the disk）。请清理空间后重新运行。"


def test_a_data_folder_without_rights_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As another user, for nothing is forbidden to root."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        monkeypatch.setenv("EDU_DATA_DIR", f"{folder}/data")
        load_reference()  # Python itself may lie where nobody else may read
        if os.getuid() == 0:
            os.seteuid(65534)
        try:
            assert refresh.main([]) == 1
        finally:
            os.seteuid(os.getuid())
    assert (
        capsys.readouterr().err
        == f"刷新失败（refresh failed）：{folder}/data：没有权限（permission denied）。请检查文件的所有者和权限。\n"
    )
