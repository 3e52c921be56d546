"""What an issue says: what is wrong, and how to mend it once."""

from __future__ import annotations

import pytest

from ingest.checking.issues import message
from ingest.reference import Reference


@pytest.mark.parametrize(
    ("check_id", "detail", "says"),
    [
        ("document.unreadable", "文件为空", "文件为空。请重新导出后再报送。"),
        ("document.unreadable", "无法解压。请重新打包后报送", "无法解压。请重新打包后报送。"),
        ("cell.type", "整数", "“人数”的值“x”不是有效的整数。请按要求填写。"),
        ("cell.type", "文本，而是出错值，请改正公式", "“人数”的值“x”不是有效的文本，而是出错值，请改正公式。"),
    ],
)
def test_a_message_says_once_how_to_mend_it(reference: Reference, check_id: str, detail: str, says: str) -> None:
    assert message(reference.checks[check_id], "人数", "x", detail) == says
