"""What is written to a unit that owes something: a text to copy, of what it owes by when, how late it is, and what to do."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from operator import attrgetter

from orchestration.desk.board.status import STATUSES, Board, Return, Round

ASKED = {
    "overdue": "逾期未报，请立即报送",
    "missing": "尚未报送，请按期报送",
    "rejected": "报送的文件未能采用，请按反馈表改正后重新报送",
    "received": "待更正，请按反馈表改正后重新报送完整的表",
    "queried": "待说明，请核对后在反馈表的“说明”栏写明原因，放回原来报送的文件夹",
}


def reminder(board: Board, collection: Round, unit_code: str) -> str:
    """The text for a unit in a collection; '' when it owes nothing."""
    owed = collection.to_chase.get(unit_code, {})
    if not owed:
        return ""
    forms = sum(map(len, owed.values()))
    late = max((board.today - each.due_on).days for returns in owed.values() for each in returns)
    latest = f"，最长的已过到期日 {late} 天" if late > 0 else ""
    lines = [
        f"{board.units[unit_code]}：截至 {board.today}，{collection.name_zh}报送还有 {forms} 张表要办理{latest}。",
        *(_line(number, status, returns, board) for number, (status, returns) in enumerate(owed.items(), start=1)),
        "详见随附的“报送情况”和反馈表。",
    ]
    return "\n".join(lines)


def _line(number: int, status: str, returns: list[Return], board: Board) -> str:
    by_day = groupby(sorted(returns, key=attrgetter("due_on")), key=attrgetter("due_on"))
    named = "；".join(
        f"{due_on} 到期（{_days(due_on, board)}）的{'、'.join(_about(each, board) for each in owed)}"
        for due_on, owed in by_day
    )
    return f"{number}. {ASKED[status]}（{STATUSES[status]} {len(returns)} 张）：{named}。"


def _days(due_on: date, board: Board) -> str:
    days = (due_on - board.today).days
    return f"还有 {days} 天" if days >= 0 else f"已过 {-days} 天"


def _about(owed: Return, board: Board) -> str:
    """A form, and what is wrong with its return."""
    is_received = owed.status == "received"
    figures = [
        f"{owed.rows_set_aside:,} 行未采用" if is_received and owed.rows_set_aside else "",
        f"{owed.schools_missing} 所学校未报" if is_received and owed.schools_missing else "",
        f"{owed.queries} 条待说明" if owed.queries else "",
    ]
    told = "，".join(filter(None, figures))
    return board.forms[owed.form] + (f"（{told}）" if told else "")
