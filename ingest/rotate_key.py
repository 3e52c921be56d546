"""`make rotate-key`: gives every person a new pseudonym, on purpose.

Set EDU_PSEUDONYM_KEY to the new key first (or leave it unset: the project's own key is put aside and a new one made). Everything
that was read is forgotten and the archive is read again under the new key by the refresh that follows; a crash in between is
mended by the next refresh.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from ingest.checking.pseudonyms import OWN_KEY_NAME, Pseudonymiser, load_key
from ingest.errors import PipelineError
from ingest.landing.ledger import Ledger
from ingest.pipeline.run import KEY_FACT
from ingest.settings import Settings, load_settings
from ingest.stopping import stop_at_once


def rotate_key(settings: Settings) -> str:
    """Forgets every reading and takes the present key for the lake's; returns its fingerprint.

    KeyMismatchError when the key is malformed.
    """
    own = settings.data_dir / OWN_KEY_NAME
    with Ledger.of(settings) as ledger:
        known = ledger.fact(KEY_FACT)
        if settings.pseudonym_key is None and own.exists():
            own.rename(own.with_name(f"{OWN_KEY_NAME}.{known or 'unused'}.old"))
        fingerprint = Pseudonymiser(load_key(settings.pseudonym_key, settings.data_dir)).fingerprint
        if fingerprint != known:
            ledger.forget_readings()
            ledger.set_fact(KEY_FACT, fingerprint)
    return fingerprint


def main() -> int:
    """Exit 0 when the lake belongs to the present key."""
    try:
        print(
            f"假名密钥已更换（pseudonym key rotated），指纹 {rotate_key(load_settings())}；随后的刷新将重新读取全部文件。"
        )
    except PipelineError as error:
        print(f"密钥未更换（not rotated）：{error}", file=sys.stderr)
        return 1
    return 0


def command() -> NoReturn:
    """As a program: it stops at once when told to, and ends with the status."""
    stop_at_once()
    sys.exit(main())


if __name__ == "__main__":
    command()
