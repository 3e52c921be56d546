"""The dictionary as a workbook, to filter and to print: a sheet each for questions, tables, columns, forms, codes, metrics and checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ingest.workbooks.style import OutgoingWorkbook
from orchestration.publishing.dictionary.entries import Dictionary, personal_data, type_of

QUESTIONS = {"想知道什么": 60, "Question": 70, "看哪张表": 70}
TABLES = {"表": 34, "中文": 50, "English": 60, "主键 key": 40, "关联 relations": 50, "来源 source": 60, "行数 rows": 10}
COLUMNS = {"表": 34, "列": 28, "类型 type": 12, "可空 nullable": 10, "中文": 40, "English": 60, "来源 source": 50}
FORMS = {
    "报表": 30,
    "form": 24,
    "列标题": 34,
    "column": 26,
    "English": 44,
    "类型": 16,
    "必填": 8,
    "代码表": 20,
    "其他写法": 44,
    "个人信息": 30,
}
CODES = {"代码表": 26, "代码": 20, "名称": 30, "其他写法 / English": 60}
METRICS = {
    "指标代码": 34,
    "名称": 40,
    "English": 50,
    "层级": 14,
    "工程": 24,
    "类型": 10,
    "单位": 14,
    "目标": 20,
    "完成期限": 12,
    "口径": 80,
    "Definition": 60,
    "全市汇总": 16,
    "报表": 40,
    "规划原文": 60,
    "口径说明": 60,
}
CHECKS = {"检查项": 34, "名称": 30, "严重程度": 10, "提示（举例）": 90}


def write_workbook(dictionary: Dictionary, target: Path) -> None:
    """Writes the workbook of the dictionary."""
    with OutgoingWorkbook(target) as book:
        _add_sheet(book, "看哪张表", QUESTIONS, _question_rows(dictionary))
        _add_sheet(book, "数据表", TABLES, _table_rows(dictionary))
        _add_sheet(book, "列", COLUMNS, _column_rows(dictionary))
        _add_sheet(book, "报表", FORMS, _form_rows(dictionary))
        _add_sheet(book, "代码", CODES, ((each.name, *code) for each in dictionary.code_lists for code in each.codes))
        _add_sheet(book, "指标", METRICS, (metric.values() for metric in dictionary.metrics))
        _add_sheet(book, "检查", CHECKS, dictionary.checks)


def _question_rows(dictionary: Dictionary) -> Iterable[Sequence[object]]:
    for question in dictionary.questions:
        yield question.zh, question.en, "、".join(question.tables)


def _table_rows(dictionary: Dictionary) -> Iterable[Sequence[object]]:
    for table in dictionary.tables:
        relations = "；".join(
            f"{', '.join(relation.columns)} → {relation.to_schema}.{relation.to_table}" for relation in table.relations
        )
        meaning = table.meaning
        yield table.name, meaning.zh, meaning.en, ", ".join(table.key), relations, meaning.source, table.rows


def _column_rows(dictionary: Dictionary) -> Iterable[Sequence[object]]:
    for table in dictionary.tables:
        for column in table.columns:
            meaning = column.meaning
            nullable = "是" if column.is_nullable else "否"
            yield table.name, column.name, column.type, nullable, meaning.zh, meaning.en, meaning.source


def _form_rows(dictionary: Dictionary) -> Iterable[Sequence[object]]:
    for form in dictionary.forms:
        for column in form.columns:
            yield (
                *(form.name_zh, form.form, column.heading_zh, column.name, column.name_en, type_of(column)),
                *("是" if column.required else "", column.codes or "", "、".join(column.synonyms)),
                personal_data(column),
            )


def _add_sheet(book: OutgoingWorkbook, name: str, headings: dict[str, int], rows: Iterable[Iterable[object]]) -> None:
    """A table with a filter; its headings stay in sight and stand on every printed page."""
    sheet = book.add_worksheet(name)
    for index, (heading, width) in enumerate(headings.items()):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, heading, book.look("heading"))
    last = 0
    for last, row in enumerate(rows, start=1):
        for index, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(last, index, value, book.look("number"))
            else:
                sheet.write_string(last, index, "" if value is None else str(value), book.look("cell"))
    sheet.autofilter(0, 0, last, len(headings) - 1)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
