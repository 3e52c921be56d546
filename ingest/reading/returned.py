"""What a feedback workbook that came back says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Explanation:
    """What a county answers to one issue (`issue_no`), or to all of a check (`check_id`, and `form` where it has one)."""

    issue_no: str | None
    check_id: str | None
    form: str | None
    text: str


@dataclass(frozen=True)
class Returned:
    """What came back; `changed_cells` names the first cells of own sheets that were changed (名册!F12), which nobody reads."""

    explanations: tuple[Explanation, ...]
    changed_cells: tuple[str, ...]
    changed_count: int
