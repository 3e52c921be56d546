"""`make board`: writes the board of the current release, as of today."""

from __future__ import annotations

import sys

from ingest.errors import PipelineError
from ingest.settings import load_settings
from orchestration.desk.board.write import write_board


def main() -> int:
    """The command; 0 when the board was written."""
    try:
        print(f"已更新报送进度（board）：{write_board(load_settings())}")
    except PipelineError as error:
        print(f"未更新报送进度（board not written）：{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
