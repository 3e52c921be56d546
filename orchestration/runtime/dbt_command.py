"""dbt's own command line, which ends with the process that started it: a dbt left alone would keep the database to itself.

All that its imports made is kept out of garbage collection: looking through it took a tenth of a build. A program of its own, started
by path as dagster-dbt would start dbt; the dbt of another environment (Spark's) is named by its path as the first argument.
"""

import gc
import os
import signal
import sys

from ingest.stopping import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # what Dagster sends to stop it; it would try to cancel what cannot be cancelled
    if os.path.isabs(sys.argv[1]):  # noqa: PTH117 - this program imports as little as it can
        os.execv(sys.argv[1], sys.argv[1:])
    gc.disable()
    from dbt.cli.main import cli

    gc.freeze()
    gc.enable()
    sys.exit(cli())
