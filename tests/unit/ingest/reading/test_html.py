"""Tables of HTML pages: spans are spread, nested layout tables are seen through."""

from ingest.reading.html import read_html
from ingest.reading.sheet import Merge


def test_spans_are_merged_ranges() -> None:
    (sheet,) = read_html(
        "<table><tr><td colspan='3'>title</td></tr><tr><td rowspan='2'>a</td><td>b</td><td>c</td></tr>"
        "<tr><td>d</td><td>e</td></tr><tr><td>x</td><td>y</td><td>z</td></tr></table>"
    )
    assert sheet.head(9) == [["title", "", ""], ["a", "b", "c"], ["", "d", "e"], ["x", "y", "z"]]
    assert sheet.merges == [Merge(0, 0, 0, 2), Merge(1, 0, 2, 0)]


def test_a_cell_over_rows_and_columns_covers_them_all() -> None:
    (sheet,) = read_html("<table><tr><td rowspan='2' colspan='2'>a</td><td>b</td></tr><tr><td>c</td></tr></table>")
    assert sheet.head(9) == [["a", "", "b"], ["", "", "c"]]


def test_every_innermost_table_is_a_sheet() -> None:
    sheets = read_html(
        "<table><tr><td><table><tr><td>1</td></tr></table></td></tr></table><table><tr><th>2</th></tr></table>"
    )
    assert [(sheet.name, sheet.head(1)) for sheet in sheets] == [("Sheet1", [["1"]]), ("Sheet2", [["2"]])]
