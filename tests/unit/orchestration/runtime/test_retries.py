"""A retry is for the network; a mistake fails at once."""

import dagster as dg
import pytest

from ingest.errors import (
    ConfigurationError,
    LandingError,
    LandingUnreachableError,
    PipelineError,
    StorageError,
    StorageUnreachableError,
)
from orchestration.runtime.retries import retry_transient_errors


@pytest.mark.parametrize("kind", [LandingUnreachableError, StorageUnreachableError])
def test_a_server_out_of_reach_is_tried_again(kind: type[PipelineError]) -> None:
    with pytest.raises(dg.RetryRequested) as raised, retry_transient_errors():
        raise kind("gone")
    assert raised.value.max_retries > 0 and raised.value.seconds_to_wait


@pytest.mark.parametrize(
    "error",
    [ConfigurationError("the calendar holds a mistake"), LandingError("a missing folder"), StorageError("no")],
)
def test_a_mistake_fails_for_good_with_its_sentence(error: PipelineError) -> None:
    with pytest.raises(dg.Failure) as raised, retry_transient_errors():
        raise error
    assert raised.value.allow_retries is False and raised.value.description == str(error)
