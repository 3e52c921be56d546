"""`python -m orchestration.documents`: what is done by hand with single documents; `--help` lists it.

A document that should not count (sent to the wrong folder, or one that nobody can read) is set aside with a reason, and can be taken
back. It stays in archive and history; the next refresh takes it for rejected, tells the unit so, and shows it on the board.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn

from ingest.errors import ConfigurationError, PipelineError
from ingest.landing.ledger import EVERY_UNIT, Arrival, Ledger
from ingest.landing.listing import LandingZone
from ingest.reference import load_reference
from ingest.settings import Settings, load_settings
from ingest.stopping import stop_at_once
from orchestration.runtime.locks import writing

PROGRAM = "python -m orchestration.documents"
ID_CHARACTERS_MIN = 6
ID_SHOWN = 12
REFRESH_NEXT = "下次刷新生效（make refresh）"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when done, 1 when no single document is meant or the settings are not in order."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        with writing(settings), Ledger.of(settings) as ledger:
            for line in given.run(settings, ledger, given):
                print(line)
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="What is done by hand with single documents.")
    commands = parser.add_subparsers(required=True, metavar="command")
    listing = commands.add_parser("list", help="documents that were rejected or set aside, with the reason")
    listing.add_argument("--all", action="store_true", help="every document")
    listing.set_defaults(run=_list)
    aside = commands.add_parser("set-aside", help="a document that is to count for nothing")
    aside.add_argument("document", help="its id, or the first characters of it, or its path in the landing zone")
    aside.add_argument("reason", help="why, in words that the unit is told")
    aside.add_argument("--unit", default=EVERY_UNIT, help="only where this unit sent it, e.g. 331002")
    aside.set_defaults(run=_set_aside)
    back = commands.add_parser(
        "take-back", help="a document that is to count again; one that was rejected is read again"
    )
    back.add_argument("document", help="as for set-aside")
    back.set_defaults(run=_take_back)
    missing = commands.add_parser(
        "accept-missing", help="files that are gone from the landing zone were taken away on purpose"
    )
    missing.set_defaults(run=_accept_missing)
    return parser


def _list(settings: Settings, ledger: Ledger, given: argparse.Namespace) -> Iterator[str]:
    """A line a document in its collection and unit: id, status, path, reason."""
    readings, aside = ledger.readings(), ledger.all_set_aside()
    latest = {
        (a.document_id, a.collection_id, a.unit_code): a for a in ledger.arrivals() if a.collection_id and a.unit_code
    }
    for (document_id, collection_id, unit_code), arrival in sorted(latest.items(), key=lambda item: item[1].path):
        place = (document_id, str(collection_id), str(unit_code))
        reading, why_aside = readings.get(place), aside.reason(place)
        is_rejected = reading is not None and not reading.is_readable
        if given.all or why_aside or is_rejected:
            status = "已搁置" if why_aside else "拒收" if is_rejected else "已读" if reading else "未读"
            reason = why_aside or (reading.reason if reading else None) or ""
            yield f"{document_id[:ID_SHOWN]}  {status}  {arrival.path}  {reason}".rstrip()


def _set_aside(settings: Settings, ledger: Ledger, given: argparse.Namespace) -> Iterator[str]:
    arrival = _find(ledger, given.document)
    if given.unit and given.unit not in load_reference(settings.spec_dir).units:
        raise ConfigurationError(f"没有代码为“{given.unit}”的报送单位（no such unit）。")
    if not given.reason.strip():
        raise ConfigurationError("请写明搁置的原因（a reason is needed）。")
    ledger.set_aside(arrival.document_id, given.unit, given.reason.strip())
    yield f"已搁置（set aside）{_shown(arrival)}；{REFRESH_NEXT}"


def _take_back(settings: Settings, ledger: Ledger, given: argparse.Namespace) -> Iterator[str]:
    arrival = _find(ledger, given.document)
    ledger.take_back(arrival.document_id)
    ledger.forget_rejected(arrival.document_id)
    yield f"已取回（taken back）{_shown(arrival)}；{REFRESH_NEXT}"


def _accept_missing(settings: Settings, ledger: Ledger, given: argparse.Namespace) -> Iterator[str]:
    lost = LandingZone(settings.landing_url).list().lost(ledger.known_paths())
    ledger.forget_files(lost)
    yield f"{len(lost)} 个文件不再视为应在报送区中（no longer expected）；{REFRESH_NEXT}"


def _find(ledger: Ledger, text: str) -> Arrival:
    """The latest arrival of the one document that is meant; ConfigurationError, with what may be meant, when it is not one."""
    arrivals = [a for a in ledger.arrivals() if a.path == text or _is_id_of(text, a.document_id)]
    meant = {arrival.document_id: arrival for arrival in arrivals}
    if not meant:
        raise ConfigurationError(f"没有这样的文件（no such document）：{text}。请看 {PROGRAM} list --all。")
    if len(meant) > 1:
        which = "；".join(f"{_shown(a)}，{a.received_at:%Y-%m-%d %H:%M}" for a in meant.values())
        raise ConfigurationError(
            f"“{text}”指 {len(meant)} 份文件，请用编号（several documents, name one by its id）：{which}。"
        )
    return next(iter(meant.values()))


def _is_id_of(text: str, document_id: str) -> bool:
    return len(text) >= ID_CHARACTERS_MIN and document_id.startswith(text.lower())


def _shown(arrival: Arrival) -> str:
    return f"{arrival.document_id[:ID_SHOWN]} {arrival.path}"


def command() -> NoReturn:
    """As a program: it stops at once when told to, and ends with the status."""
    stop_at_once()
    sys.exit(main())


if __name__ == "__main__":
    command()
