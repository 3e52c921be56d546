"""Partitions: every reporting collection x every reporting unit, from the seeds."""

from __future__ import annotations

import dagster as dg

from ingest.reference import Reference


def returns_partitions(reference: Reference) -> dg.MultiPartitionsDefinition:
    """Collection x unit; a static list, since a new collection is a change of the calendar."""
    return dg.MultiPartitionsDefinition(
        {
            "collection": dg.StaticPartitionsDefinition(list(reference.collections)),
            "unit": dg.StaticPartitionsDefinition(list(reference.units)),
        }
    )
