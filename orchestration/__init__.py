"""Dagster and nothing else that can live elsewhere: partitions, assets, jobs, schedules, sensors, and the release."""
