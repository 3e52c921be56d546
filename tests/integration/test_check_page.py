"""The page of `make check-page` in a real browser: what it says, that it stands what people send, and that nothing of it stays."""

from __future__ import annotations

import http.client
import io
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from ingest.sample import writers
from ingest.settings import PROJECT_DIR
from orchestration.desk.check.page.upload import BYTES_MAX
from tests.fuzzed import damaged
from tests.integration.browser import chromium_page
from tests.integration.conftest import Workplace
from tests.integration.servers import free_ports

DESKTOP, PHONE = (1400, 900), (390, 844)
COLLECTION, UNIT = "2020-09", "331002"
HEADING = ["学籍号", "姓名", "身份证件号", "性别", "出生日期", "学校标识码", "年级", "班级"]
NAME, NUMBER = "欧阳修敏", "110105201301010020"
ROW = [f"G{NUMBER}", NAME, NUMBER, "女", "2013-01-01", "2133100001", "二年级", "1班"]
STARTED_WITHIN_SECONDS = 60
WAIT_MS = 60_000


@dataclass
class Server:
    """The page's server with a temporary folder of its own."""

    port: int
    temporary: Path
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def uploads(self) -> list[Path]:
        """What lies in the folder for uploads."""
        return [path for folder in self.temporary.iterdir() for path in folder.iterdir()]

    def send(self, body: Any, name: str = "名册.xlsx", unit: str = UNIT, **headers: str) -> list[dict[str, Any]]:
        """The lines of the answer to an upload."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        path = f"/check?unit={unit}&collection={COLLECTION}"
        connection.request("POST", path, body, {"X-File-Name": quote(name), **headers})
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return [json.loads(line) for line in lines]

    def settles(self) -> None:
        """Waits until nobody's upload lies there."""
        deadline_s = time.monotonic() + STARTED_WITHIN_SECONDS
        while self.uploads():
            assert time.monotonic() < deadline_s, self.uploads()
            time.sleep(0.05)


@pytest.fixture(scope="module")
def server(released: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    temporary, log = tmp_path_factory.mktemp("temporary"), tmp_path_factory.mktemp("log") / "page.log"
    (port,) = free_ports(1)
    changes = {"EDU_CHECK_PORT": str(port), "TMPDIR": str(temporary)}
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.desk.check.page"],
            cwd=PROJECT_DIR,
            env=released.environment | changes,
            stdout=output,
            stderr=output,
        )
    found = Server(port, temporary, log, process)
    try:
        _wait_for(found)
        yield found
    finally:
        process.terminate()
        process.wait(60)
    assert not list(temporary.iterdir()), "the folder goes with the server"


def _wait_for(server: Server) -> None:
    deadline_s = time.monotonic() + STARTED_WITHIN_SECONDS
    while True:
        try:
            urllib.request.urlopen(server.address).close()
            return
        except URLError:
            assert server.process.poll() is None and time.monotonic() < deadline_s, server.log.read_text()
            time.sleep(0.05)


@pytest.fixture
def roster(write_xlsx: Callable[..., Path], released: Workplace) -> Callable[..., Path]:
    """A student roster of one good row, of a school of the unit, and rows with a fault."""
    school = released.query(
        f"select school_id from marts.dim_school where collection_id = '{COLLECTION}' and unit_code = '{UNIT}' "
        "and school_type = '211' order by all"
    )["school_id"][0]

    def write(*faults: dict[str, str], name: str = f"{NAME}.xlsx") -> Path:
        base = dict(zip(HEADING, ROW, strict=True)) | {"学校标识码": school}
        other = base | {"身份证件号": ""}
        rows = [base, *(other | {"学籍号": f"L{number:018}"} | fault for number, fault in enumerate(faults))]
        path = write_xlsx(("学生", [HEADING, *([row[heading] for heading in HEADING] for row in rows)]), name=name)
        os.utime(path, (1_602_000_000, 1_602_000_000))
        return path

    return write


def choose(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_label("报送单位").select_option(UNIT)
    page.get_by_label("报送批次").select_option(COLLECTION)


def check(page: Page, path: Path) -> str:
    """Uploads a file and gives what the page says of it."""
    page.set_input_files("#file", path)
    expect(page.locator("#result:not([hidden]), #doing.error").first).to_be_visible(timeout=WAIT_MS)
    return page.locator("main").inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_clerk_reads_what_is_wrong_and_takes_the_feedback(
    server: Server, roster: Callable[..., Path], size: tuple[int, int]
) -> None:
    with chromium_page(size) as page:
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        choose(page, server)
        text = check(page, roster({"性别": "nv", "班级": "2班"}, {"性别": ""}))
        assert "1 份须更正" in text and "共 3 行，可采用 1 行，不能采用 2 行" in text
        assert "代码不符 1 处" in text and "D3" in text and "“性别”不能为空" in text
        assert NUMBER not in text and "nv" not in text
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.evaluate("document.activeElement.id") == "result"
        assert not Axe().run(page).response["violations"]
        with page.expect_download() as download:
            page.get_by_role("link", name="下载反馈表").click()
        book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
        assert book.sheetnames == ["反馈", "问题清单", "学生"]
        assert NAME not in str(list(book["学生"].values))
        assert "没有问题" in check(page, roster(name="good.xlsx")) or "没有须更正" in page.locator("main").inner_text()
        assert errors == []
    assert server.uploads() == []


def test_the_page_is_used_by_keyboard_and_remembers_the_unit(server: Server) -> None:
    with chromium_page(DESKTOP) as page:
        page.goto(server.address)
        assert not Axe().run(page).response["violations"]
        for expected in ("unit", "collection", "file"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == expected
        with page.expect_file_chooser():
            page.keyboard.press("Space")
        page.get_by_label("报送单位").select_option(UNIT)
        page.reload()
        assert page.get_by_label("报送单位").input_value() == UNIT


def test_a_template_is_there_for_the_unit(server: Server) -> None:
    with chromium_page(DESKTOP) as page:
        choose(page, server)
        with page.expect_download(timeout=WAIT_MS) as download:
            page.get_by_role("link", name="空白模板").click()
        assert "椒江区" in download.value.suggested_filename
        assert "学生名册" in openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).sheetnames
    for path in (f"templates/{COLLECTION}/000000.xlsx", "templates/..%2f..%2fsecret/331002.xlsx"):
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(server.address + path)
        assert refused.value.code == 404


def test_what_is_too_large_is_refused_before_and_after_it_is_sent(server: Server, tmp_path: Path) -> None:
    large = tmp_path / "large.csv"
    with open(large, "wb") as handle:
        handle.truncate(BYTES_MAX + 1)
    with chromium_page(PHONE) as page:
        choose(page, server)
        assert "超过 64 MB" in check(page, large)
    pieces = iter([b"x" * (1 << 20)] * 66)
    assert "超过 64 MB" in server.send(pieces)[-1]["error"]
    assert server.uploads() == []


def test_a_large_file_is_checked(server: Server) -> None:
    """So large that it is read in parts."""
    rows = "".join(f"L{n:018},某某,,女,2013-01-01,3310020001,二年级,1班\n" for n in range(50_000))
    *_, last = server.send((",".join(HEADING) + "\n" + rows).encode(), "名册.csv", unit="")
    assert "50,000 行" in last["report"]["outcomes"][0]["forms"][0]


def test_hostile_files_end_in_a_sentence(server: Server, tmp_path: Path) -> None:
    bomb = writers.pack([("bomb.csv", b"0" * (130 << 20))])
    files = [
        *damaged(6, 7),
        ("bomb.zip", bomb),
        ("empty.csv", b""),
        ("名.pdf", b"%PDF-1.4"),
        ("../../x", b"\x00" * 1000),
    ]
    for name, body in files:
        *_, last = server.send(body, name)
        said = last.get("error") or last["report"]["total"]
        assert said and "出错" not in said, name
    hostile = tmp_path / "hostile.xlsx"
    hostile.write_bytes(bomb)
    with chromium_page(DESKTOP) as page:
        choose(page, server)
        assert "压缩炸弹" in check(page, hostile)
        assert "<img" not in page.locator("#outcomes").inner_html()
    server.settles()


def test_what_documents_say_is_never_markup(server: Server, write_xlsx: Callable[..., Path]) -> None:
    markup = "<img src=x onerror=document.title='hacked'>"
    path = write_xlsx(
        (markup[:20], [["学校标识码", "招生计划数", "分配到初中学校指标数", markup], ["3310020001", markup, "1", "2"]])
    )
    with chromium_page(DESKTOP) as page:
        choose(page, server)
        assert markup in check(page, path)
        assert page.title() == "报送前自查" and page.locator("img").count() == 0


def test_twenty_at_once_are_each_answered_in_their_turn(server: Server, roster: Callable[..., Path]) -> None:
    body = roster({"性别": "nv"}).read_bytes()
    with ThreadPoolExecutor(20) as people:
        answers = list(people.map(lambda _: server.send(body, f"{NAME}.xlsx"), range(20)))
    assert all(answer[-1]["report"]["is_at_fault"] for answer in answers)
    assert max(line.get("waiting", 0) for answer in answers for line in answer) > 1
    assert server.uploads() == []


def test_who_goes_away_leaves_nothing(server: Server, roster: Callable[..., Path]) -> None:
    body = roster().read_bytes()
    for sent in (body[: len(body) // 2], body):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.putrequest("POST", f"/check?unit={UNIT}")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(sent)
        connection.close()
    assert "report" in server.send(body)[-1]
    server.settles()


def test_every_answer_keeps_a_browser_to_this_page(server: Server) -> None:
    for path in ("", "page.js", "page.css", "nowhere", "..%2f..%2fetc%2fpasswd"):
        try:
            answer: Any = urllib.request.urlopen(server.address + path)
        except HTTPError as error:
            answer = error
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["Cache-Control"] == "no-store"
        assert "server" not in answer.headers


def test_the_log_names_nobody_and_no_file(server: Server, roster: Callable[..., Path]) -> None:
    server.send(roster({"性别": NAME}).read_bytes(), f"{NAME} {NUMBER}.xlsx")
    server.send(b"not a table", f"{NAME}.xlsx", unit=NUMBER)
    text = server.log.read_text(encoding="utf-8")
    for secret in (NAME, quote(NAME), NUMBER, ".xlsx", UNIT):
        assert secret not in text
    assert text.count("\n") == 1
