"""dbt's own command line, with all that its imports made kept out of garbage collection: looking through it took a tenth of a build.

A program of its own, started by path as dagster-dbt would start dbt.
"""

import gc
import sys

if __name__ == "__main__":
    gc.disable()
    from dbt.cli.main import cli

    gc.freeze()
    gc.enable()
    sys.exit(cli())
