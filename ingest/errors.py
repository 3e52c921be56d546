"""The errors a person can mend: each carries one clear sentence and becomes a non-zero exit, never a traceback."""

from __future__ import annotations


class PipelineError(Exception):
    """The pipeline cannot go on; the message says what is wrong, where, and how to mend it."""


class ConfigurationError(PipelineError):
    """A contract, seed or environment variable holds a mistake."""


class LandingError(PipelineError):
    """The landing zone is missing, refuses us, or cannot be reached."""


class LandingUnreachableError(LandingError):
    """The landing zone's server or the way to it is in trouble; trying again in a while may help."""


class StorageError(PipelineError):
    """Archive or lake refuses us, does not hold what it should, or cannot be reached."""


class StorageUnreachableError(StorageError):
    """The server that keeps archive and lake, or the way to it, is in trouble; trying again in a while may help."""


class LedgerError(PipelineError):
    """The ledger was lost, is damaged, or cannot be written."""


class KeyMismatchError(PipelineError):
    """The pseudonym key is malformed, missing, or not the one the lake was made with."""


class ReleaseError(PipelineError):
    """A release is not there, or not as its manifest says."""


class UnreadableDocumentError(Exception):
    """One document cannot be read: it is rejected with this reason (Chinese) and everything else goes on."""
