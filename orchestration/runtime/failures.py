"""What may be said of an error outside the run: one line, without passwords, without what a county wrote."""

from __future__ import annotations

import re
from typing import Protocol

from ingest.errors import PipelineError
from ingest.secrecy import without_secrets

SENTENCE_CHARACTERS = 600
OWN_KIND = re.compile(r"^(?:ingest|orchestration)\.[\w.]+Error: ")


def _names(kind: type[PipelineError]) -> set[str]:
    """Of a kind of error and all its kinds."""
    return {kind.__name__}.union(*map(_names, kind.__subclasses__()))


OWN_ERRORS = {"Failure", *_names(PipelineError)}


class RecordedError(Protocol):
    """An error as Dagster keeps it with a failed step or run."""

    @property
    def message(self) -> str:
        """What it said, in Dagster's wording."""

    @property
    def cls_name(self) -> str | None:
        """The name of its class."""

    @property
    def cause(self) -> RecordedError | None:
        """The error that it was raised from."""


def in_one_line(message: str) -> str:
    """The heart of an error's message; of dbt's, what it parsed from the log and not the command that failed."""
    heart = (message.partition("Errors parsed from dbt logs:")[2] or message).partition("Traceback (")[0]
    heart = OWN_KIND.sub("", heart)  # what the project says needs no name of its kind
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in heart.splitlines()]
    sentence = " ".join(filter(None, lines))
    sentence = re.sub(r"(\w://)[^/\s]+@", r"\1***@", sentence)
    return without_secrets(sentence)[:SENTENCE_CHARACTERS]


def sayable_reason(error: RecordedError) -> str:
    """The heart of an error whose words are the project's, Dagster's or dbt's; of any other only its kind.

    What Python or a library says of a value quotes it, and that may be a child's name.
    """
    cause = error.cause or error
    kind = cause.cls_name or ""
    if kind in OWN_ERRORS or kind.startswith("Dagster"):
        return in_one_line(cause.message)
    return f"{kind}（可能引用了填报内容，原文只在运行记录里；its words stay in the run's log）"
