"""A report as lines for a terminal, in plain Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ingest.reference import Reference
from ingest.settings import TIME_ZONE
from ingest.workbooks.fault_kinds import WEIGHTS
from orchestration.desk.check.outcome import NOT_JUDGED, Finding, FormRows, Outcome, Report

HEADINGS = {
    "fatal": "须更正（整份或整张表不能采用）",
    "error": "须更正（这些行不能采用）",
    "query": "请核对（数据照常采用；无误的可不改，报送后说明原因）",
    "note": "提示",
}
LEFT_TO_REFRESH = "报送之后还会核对：与以前报送的文件相比是否缺列缺行、人员是否与其他文件或其他单位重复。"
RULE = "─" * 40


def lines(report: Report, reference: Reference) -> Iterator[str]:
    """What was checked and beside what, each document with what is wrong, and how many are at fault."""
    yield about(report, reference)
    for outcome in in_order(report):
        yield ""
        yield from _outcome_lines(outcome)
    yield ""
    yield RULE
    yield total(report)
    yield LEFT_TO_REFRESH


def about(report: Report, reference: Reference) -> str:
    """Which collection and unit the check was for, and what it was compared with."""
    place = report.place
    whose = (
        reference.units[place.unit_code].name_zh if place.is_of_one_unit else "所有单位（未指明单位，不核对学校归属）"
    )
    beside = (
        f"对照{_released(report.release_id)}发布的版本"
        if report.release_id
        else "还没有发布的版本，未核对学校名录和上年数据"
    )
    return f"报送前自查　{reference.collections[place.collection_id].name_zh}　{whose}　{beside}"


def _released(release_id: str) -> str:
    """When a release was made, in Beijing's time, as its name says."""
    made_at = datetime.strptime(release_id[: len("20230331T080000")], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return f"{made_at.astimezone(TIME_ZONE): %Y-%m-%d %H:%M }"


def total(report: Report) -> str:
    """How many documents are at fault."""
    wrong = sum(outcome.is_at_fault for outcome in report.outcomes)
    checked = f"共 {len(report.outcomes)} 份文件："
    mend = f"{wrong} 份须更正。请在自己的原表中改正，保存后再检查一次，没有问题后报送。"
    return checked + (mend if wrong else "没有须更正的问题，可以报送。")


def headline(outcome: Outcome) -> str:
    """What became of a document, in a few words."""
    if outcome.status == "rejected":
        return "不能采用，须更正"
    if outcome.status == "repeated":
        return f"与“{outcome.reason}”的内容完全相同，未重复检查"
    if outcome.status in ("marked", "replaced"):
        return str(outcome.reason)
    if outcome.is_at_fault:
        return "有问题，须更正"
    return "没有须更正的问题" if outcome.findings else "没有问题"


def mark(outcome: Outcome) -> str:
    """One sign for what became of a document."""
    if outcome.status in NOT_JUDGED:
        return "－"
    return "✗" if outcome.is_at_fault else "✓"


def rows(form: FormRows) -> str:
    """What would become of a form's rows."""
    parts = [f"共 {form.rows_read:,} 行", f"可采用 {form.rows_accepted:,} 行"]
    if form.rows_quarantined:
        parts.append(f"不能采用 {form.rows_quarantined:,} 行")
    if form.rows_not_counted:
        parts.append(f"已离校或离职不计入 {form.rows_not_counted:,} 行")
    return f"{form.form_zh}：{'，'.join(parts)}"


def times(finding: Finding) -> str:
    """How often a kind of fault was found."""
    return f"{finding.count:,} 处{'以上' if finding.is_cut else ''}"


def in_order(report: Report) -> list[Outcome]:
    """Those at fault first, then those with something to say."""
    return sorted(report.outcomes, key=lambda outcome: (not outcome.is_at_fault, not outcome.findings))


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    yield f"{mark(outcome)} {outcome.name}　{headline(outcome)}"
    for form in outcome.forms:
        yield f"  {rows(form)}"
    for weight in WEIGHTS:
        if found := [finding for finding in outcome.findings if finding.weight == weight]:
            yield f"  【{HEADINGS[weight]}】"
            for finding in found:
                yield from _finding_lines(finding)
    if outcome.workbook:
        yield f"  已标在反馈表中：{outcome.workbook.name}"
    if outcome.fault:
        yield f"  反馈表没有写成：{outcome.fault}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    yield f"   · {finding.check_zh} {times(finding)}：{finding.text}"
    if finding.places:
        yield f"     在{finding.places}"
