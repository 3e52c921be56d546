"""`make check-page`: the server of the page, on the loopback address unless EDU_CHECK_HOST says otherwise."""

from __future__ import annotations

import sys

import uvicorn

from ingest.errors import PipelineError
from ingest.settings import load_settings
from orchestration.desk.check.page.app import build_app

CONNECTIONS_MAX = 200
IDLE_SECONDS = 10


def main() -> int:
    """Serves until it is stopped; 1 when the settings are not in order. No request is logged: an address may name a file."""
    try:
        settings = load_settings()
        app = build_app(settings)
    except PipelineError as error:
        print(f"无法启动（cannot start）：{error}", file=sys.stderr)
        return 1
    host, port = settings.check_host, int(settings.check_port)
    print(f"报送前自查页面（the page）：http://{host}:{port}/", flush=True)
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        server_header=False,
        date_header=False,
        log_level="warning",
        limit_concurrency=CONNECTIONS_MAX,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=IDLE_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
