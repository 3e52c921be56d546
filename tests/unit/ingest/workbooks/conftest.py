"""Fixtures of the workbooks: a reader, and feedback made of issues on a document. Every person here is made up."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from ingest.contracts.contract import Contract
from ingest.reading.feedback_mark import FeedbackMark
from ingest.reading.reader import Reader
from ingest.reference import Reference
from ingest.workbooks.faults import CheckCount, Feedback, FeedbackIssue
from ingest.workbooks.feedback import write_feedback
from ingest.workbooks.masked import masked_sheets

MARK = FeedbackMark("0123456789abcdef" * 4, "2020-09", "331002", "20210105-120000")


def counted(issues: Sequence[FeedbackIssue]) -> list[CheckCount]:
    """The counts of these issues, by severity, check and form."""
    found = Counter(issue.kind for issue in issues)
    explained = Counter(issue.kind for issue in issues if issue.explanation)
    return [CheckCount(*kind, count, explained[kind]) for kind, count in found.items()]


@pytest.fixture(scope="session")
def reader(contracts: dict[str, Contract], reference: Reference) -> Reader:
    return Reader(contracts, reference)


@pytest.fixture
def make_issue() -> Callable[..., FeedbackIssue]:
    """An issue of an admission quota; any field may be given."""

    def make(**fields: object) -> FeedbackIssue:
        usual: dict[str, object] = {
            "issue_no": "00000000000a",
            "form": "admission_quota",
            "sheet": "名额",
            "row_number": 2,
            "column_name": "quota",
            "cell": "C2",
            "check_id": "cell.type",
            "severity": "error",
            "message_zh": "不是有效的整数。",
            "value_masked": "七十",
            "explanation": None,
        }
        return FeedbackIssue(**usual | fields)  # type: ignore[arg-type]

    return make


@pytest.fixture
def write(tmp_path: Path, reader: Reader, reference: Reference) -> Callable[..., Path]:
    """Writes the feedback on a document with these issues; gives its path."""

    def run(
        source: Path,
        *issues: FeedbackIssue,
        not_listed: Sequence[CheckCount] = (),
        is_before_sending: bool = False,
    ) -> Path:
        received = dt.datetime(2021, 1, 5, 16, 3, tzinfo=dt.UTC)
        target = tmp_path / "feedback.xlsx"
        path = "2020-09/331002/名额.xlsx"
        counts = [*counted(issues), *not_listed]
        feedback = Feedback(
            MARK, "椒江区", "2020学年学年初报送", path, received, issues, counts, is_before_sending=is_before_sending
        )
        write_feedback(masked_sheets(source, reader), target, feedback, reader, reference)
        return target

    return run


@pytest.fixture
def saved_by_libreoffice(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Opens a workbook in LibreOffice and saves it as another kind."""
    soffice = shutil.which("soffice")
    if soffice is None:
        pytest.skip("soffice (LibreOffice) is not installed")

    def save(path: Path, kind: str) -> Path:
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        folder = tmp_path / "saved"
        command = [soffice, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return folder / f"{path.stem}.{kind}"

    return save
