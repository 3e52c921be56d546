"""Retries where a retry can help: the network of landing zone or lake. A mistake in settings, key, folder or contracts fails at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from ingest.errors import LandingUnreachableError, PipelineError, StorageError, StorageUnreachableError, in_a_sentence

MAX_RETRIES = 3
WAIT_SECONDS = 30


@contextmanager
def retry_transient_errors() -> Iterator[None]:
    """Turns the errors of a step into Dagster's: try again in a while, or fail for good."""
    try:
        yield
    except (LandingUnreachableError, StorageUnreachableError) as error:
        raise dg.RetryRequested(max_retries=MAX_RETRIES, seconds_to_wait=WAIT_SECONDS) from error
    except PipelineError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except OSError as error:
        sentence = in_a_sentence(error)
        raise dg.Failure(sentence, allow_retries=False) from StorageError(sentence)
