"""Feedback follows a release."""

import pytest

from ingest.errors import ReleaseError
from ingest.settings import Settings
from orchestration.desk.feedback import write_feedback_workbooks


def test_before_the_first_release_feedback_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(ReleaseError, match="make refresh"):
        write_feedback_workbooks(settings)
