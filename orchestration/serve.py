"""Dagster's servers, with their home under the data folder: `make dev` for one's own desk, `webserver` and `daemon` for a server."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from ingest.errors import PipelineError, in_a_sentence
from ingest.reference import load_reference
from ingest.settings import PROJECT_DIR, Settings, load_settings
from ingest.storage.files import public_dir
from orchestration.instance import prepare_home
from orchestration.refresh import prepare_sample
from orchestration.resources import POOL_LIMITS
from orchestration.runtime.notify import load_targets

WORKSPACE = ("-w", "workspace.yaml")
SERVERS = {
    "dev": ("dagster", "dev", *WORKSPACE),
    "webserver": ("dagster-webserver", *WORKSPACE),
    "daemon": ("dagster-daemon", "run", *WORKSPACE),
}


def command(server: str, settings: Settings) -> list[str]:
    """The command line of a server; the ones with a UI listen on the loopback address unless EDU_HOST says otherwise."""
    program, *arguments = SERVERS[server]
    executable = str(Path(sys.executable).with_name(program))
    if server == "daemon":
        return [executable, *arguments]
    return [executable, *arguments, "-h", settings.host, "-p", settings.port]


def main(arguments: Sequence[str] | None = None) -> int:
    """Becomes the server; returns only when the settings are not in order."""
    server = next(iter(sys.argv[1:] if arguments is None else arguments), "dev")
    if server not in SERVERS:
        print(f"无法启动（cannot start）：{server}，请选择 {', '.join(SERVERS)}", file=sys.stderr)
        return 1
    try:
        settings = load_settings()
        public_dir(settings.data_dir)
        prepare_sample(settings)
        load_reference(settings.spec_dir)
        load_targets(settings.notify_urls)  # a malformed URL shows now, not at the first alert
        prepare_home(settings)
    except PipelineError as error:
        print(f"无法启动（cannot start）：{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"无法启动（cannot start）：{in_a_sentence(error)}", file=sys.stderr)
        return 1
    limit_pools()
    os.chdir(PROJECT_DIR)
    line = command(server, settings)
    return os.execv(line[0], line)


def limit_pools() -> None:
    """Makes the pools known with their limits: the daemon's first look at runs that use a new pool starts all of them."""
    with dg.DagsterInstance.get() as instance:
        storage = instance.event_log_storage
        known = {pool.name for pool in storage.get_pool_limits()}
        for pool, limit in POOL_LIMITS.items():
            if pool not in known:
                storage.set_concurrency_slots(pool, limit)


if __name__ == "__main__":
    sys.exit(main())
