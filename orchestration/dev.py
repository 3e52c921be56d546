"""`make dev`: Dagster's web UI and daemon on the loopback address, with Dagster's home under the data folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ingest.errors import PipelineError
from ingest.settings import PROJECT_DIR, load_settings
from orchestration.refresh import prepare_sample
from orchestration.surroundings import prepare_home

PORT = os.environ.get("EDU_DEV_PORT", "3000")


def main() -> int:
    """Becomes `dagster dev`; returns only when the surroundings are not in order."""
    try:
        settings = load_settings()
        prepare_sample(settings)
    except PipelineError as error:
        print(f"无法启动（cannot start）：{error}", file=sys.stderr)
        return 1
    prepare_home(settings)
    os.chdir(PROJECT_DIR)
    dagster = str(Path(sys.executable).with_name("dagster"))
    return os.execv(dagster, [dagster, "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", PORT])


if __name__ == "__main__":
    sys.exit(main())
