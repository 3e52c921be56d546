"""Check before sending: one file or a folder judged as a refresh would, without taking it in; by `make check` and as a page.

Documents are read in processes apart. What shows only beside other documents is asked by dbt's own models, compiled at setup and run
on a DuckDB in memory, with the register and last year's figures of the current release beside the rows of the file.
"""
