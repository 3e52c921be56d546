"""Excel's old XML: places that are skipped, merged cells, hidden sheets, dates, and what is damaged or absurd."""

from pathlib import Path

import pytest

from ingest.errors import UnreadableDocumentError
from ingest.reading.sheet import Merge
from ingest.reading.xml2003 import is_spreadsheet_xml, read_spreadsheet_xml


def book(rows: str, extra: str = "", name: str = "学校") -> bytes:
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"'
        f' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="{name}">'
        f"<Table>{rows}</Table>{extra}</Worksheet></Workbook>"
    ).encode()


def cell(text: object, kind: str = "String", **attributes: object) -> str:
    said = "".join(f' ss:{name}="{value}"' for name, value in attributes.items())
    return f'<Cell{said}><Data ss:Type="{kind}">{text}</Data></Cell>'


def test_it_is_known_by_its_first_bytes() -> None:
    assert is_spreadsheet_xml(b"\xef\xbb\xbf\r\n" + book(""))
    assert not is_spreadsheet_xml(b'<?xml version="1.0"?><html/>')
    assert not is_spreadsheet_xml(b"a,b\n")


def test_skipped_rows_and_columns_keep_every_cell_in_its_place() -> None:
    rows = f'<Row>{cell("a")}{cell("b", Index=3)}</Row><Row ss:Index="4">{cell("c", Index=2)}</Row>'
    (sheet,) = read_spreadsheet_xml(book(rows))
    assert sheet.name == "学校"
    assert sheet.head(9) == [["a", "", "b"], ["", "", ""], ["", "", ""], ["", "c", ""]]


def test_merged_cells_are_found_and_push_their_neighbours() -> None:
    rows = f"<Row>{cell('a', MergeAcross=1, MergeDown=2)}{cell('b')}</Row>"
    (sheet,) = read_spreadsheet_xml(book(rows))
    assert sheet.head(9) == [["a", "", "b"]]
    assert sheet.merges == [Merge(0, 0, 2, 1)]


def test_dates_lose_the_time_that_nobody_wrote() -> None:
    rows = f"<Row>{cell('2020-09-01T00:00:00.000', 'DateTime')}{cell('2020-09-01T08:30:00.000', 'DateTime')}</Row>"
    (sheet,) = read_spreadsheet_xml(book(rows))
    assert sheet.head(9) == [["2020-09-01", "2020-09-01T08:30:00"]]


def test_hidden_sheets_are_named_and_not_read() -> None:
    extra = "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions>"
    (sheet,) = read_spreadsheet_xml(book(f"<Row>{cell('a')}</Row>", extra, "底稿"))
    assert sheet.is_hidden and sheet.height == 0 and sheet.name == "底稿"


@pytest.mark.parametrize(
    "data",
    [
        book(f"<Row>{cell('a')}</Row>")[:-30],
        book(f'<Row ss:Index="99999999">{cell("a")}</Row>'),
        book(f"<Row>{cell('a', Index=70000)}</Row>"),
        book(f"<Row>{cell('a', MergeAcross=99999999)}</Row>"),
    ],
)
def test_what_is_damaged_or_absurd_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(UnreadableDocumentError):
        read_spreadsheet_xml(data)


def test_entities_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("样例")
    document = f'<!DOCTYPE x [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'.encode()
    data = book(f"<Row>{cell('&s;')}</Row>").replace(b"<Workbook", document + b"<Workbook", 1)
    try:
        sheets = read_spreadsheet_xml(data)
    except UnreadableDocumentError:
        return
    assert "样例" not in str(sheets[0].head(9))
