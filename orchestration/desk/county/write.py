"""The units' pages, workbooks and zips, put in place whole and for their owner alone; what has not changed stays as it was."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.settings import Settings
from ingest.storage.files import private_dir, replacing
from orchestration.desk.county.page import as_html
from orchestration.desk.county.standing import Standing, read_standings
from orchestration.desk.county.workbook import write_workbook
from orchestration.desk.feedback import UNIT_PAGE, UNIT_WORKBOOK, UNIT_ZIP, legal_name
from orchestration.publishing.manifest import existing_release


@dataclass
class CountyPages:
    """How many pages and zips were written, and how many pages were as they should be."""

    written: int = 0
    kept: int = 0
    zips: int = 0


def write_county_pages(settings: Settings) -> CountyPages:
    """Brings pages, workbooks and zips up to date with the current release, today and the feedback workbooks that are there.

    ReleaseError before the first release, OSError when one cannot be written.
    """
    done = CountyPages()
    feedback = private_dir(settings.data_dir / "feedback")
    for standing in read_standings(settings, existing_release(settings)):
        collection_id, unit_code = standing.place
        folder = private_dir(private_dir(feedback / collection_id) / unit_code)
        if _put_page(folder, standing):
            done.written += 1
        else:
            done.kept += 1
        name = legal_name(f"{standing.unit_zh}{standing.collection.name_zh}{UNIT_ZIP}")
        done.zips += _put_zip(folder, name, _files(standing))
    return done


def _put_page(folder: Path, standing: Standing) -> bool:
    """Writes page and workbook where the page says something else than before; whether it did. Both say the same."""
    page, text = folder / UNIT_PAGE, as_html(standing)
    if page.exists() and page.read_text(encoding="utf-8") == text and (folder / UNIT_WORKBOOK).exists():
        return False
    with replacing(folder / UNIT_WORKBOOK) as temporary:
        write_workbook(standing, temporary)
    with replacing(page) as temporary:  # last: it tells that the workbook is there
        temporary.write_text(text, encoding="utf-8")
    return True


def _files(standing: Standing) -> list[str]:
    """What there is to send."""
    return [UNIT_PAGE, UNIT_WORKBOOK, *sorted({file.workbook for file in standing.files if file.workbook})]


def _put_zip(folder: Path, name: str, files: Sequence[str]) -> bool:
    """Puts files of the folder in a zip beside them, where one of them has changed since; whether it did."""
    target, members = folder / name, [folder / file for file in files]
    for other in folder.glob(f"*{UNIT_ZIP}"):
        if other != target:
            other.unlink()
    if _holds(target, members):
        return False
    with replacing(target) as temporary, zipfile.ZipFile(temporary, "w", strict_timestamps=False) as bundle:
        for member in members:
            bundle.write(member, member.name)
    return True


def _holds(target: Path, members: Iterable[Path]) -> bool:
    """Whether a zip holds just these files, as they are."""
    if not zipfile.is_zipfile(target):
        return False
    made = target.stat().st_mtime_ns
    with zipfile.ZipFile(target) as bundle:
        held = {member.filename: member.file_size for member in bundle.infolist()}
    about = {member.name: member.stat() for member in members}
    is_older = all(each.st_mtime_ns <= made for each in about.values())
    return is_older and held == {file: each.st_size for file, each in about.items()}
