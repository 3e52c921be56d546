"""The page and what it asks for: one upload, answered line by line (JSON) while it waits, is read and judged."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.errors import PipelineError
from ingest.reference import Reference, load_reference
from ingest.settings import Settings
from ingest.workbooks.fault_kinds import WEIGHTS
from ingest.workers import Workers
from orchestration.desk.check.check import check
from orchestration.desk.check.documents import CheckError
from orchestration.desk.check.outcome import Outcome, Report
from orchestration.desk.check.page.line import SECONDS_MAX, FullError, Line
from orchestration.desk.check.page.upload import BYTES_MAX, TOO_LARGE, file_name, private_folder, receive
from orchestration.desk.check.place import Place, choose_place, collection_of
from orchestration.desk.check.text import HEADINGS, LEFT_TO_REFRESH, about, headline, in_order, mark, rows, times, total
from orchestration.publishing.templating import templates_in

HERE = Path(__file__).parent
UNPACKED_MAX = 512 << 20
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
FULL = "现在检查的人太多，请过几分钟再试。"
OUT_OF_TIME = f"检查用时超过 {SECONDS_MAX} 秒的上限，已停止。请分成几个文件检查，或由市级用命令检查。"
BROKEN = "检查时出错，没有结果。请稍后再试；仍不行的，请告知市级管理员。"
NO_TEMPLATE = "模板没有生成。请稍后再试；仍不行的，请告知市级管理员。"
STATIC = ("page.css", "page.js")
TEMPLATE_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
log = logging.getLogger("uvicorn.error")


class Pages:
    """What the routes do; `folder` holds an upload only as long as it is checked."""

    line: Line
    folder: Path

    def __init__(self, settings: Settings):
        self.settings = settings
        self.reference = load_reference(settings.spec_dir)
        self._jobs: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Processes to check in and the folder for uploads, as long as the server runs."""
        with private_folder() as self.folder:
            async with Line(self.settings) as self.line:
                yield

    async def home(self, _: Request) -> Response:
        """The page; its list of collections begins with the one of the day."""
        today = collection_of(self.reference, self.settings.today)
        page = templates_in(HERE).get_template("page.html.j2")
        return HTMLResponse(
            page.render(
                units=self.reference.units.values(),
                collections=[c for c in reversed(self.reference.collections.values()) if c.opens_on <= today.opens_on],
                today=today,
                megabytes=BYTES_MAX >> 20,
                seconds=SECONDS_MAX,
                left_to_refresh=LEFT_TO_REFRESH,
            )
        )

    async def check(self, request: Request) -> Response:
        """Takes an upload in, and answers with a line of JSON for whatever becomes of it: waiting, progress, report or error."""
        try:
            place = choose_place(self.reference, self.settings.today, *_place_named(request))
            if int(request.headers.get("content-length") or 0) > BYTES_MAX:
                raise CheckError(TOO_LARGE)
            upload = await self._receive(request)
        except CheckError as error:
            return StreamingResponse(iter([_line({"error": str(error)})]), 400, media_type="application/x-ndjson")
        except ClientDisconnect:
            return Response(status_code=400)
        said: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        job = asyncio.create_task(self._check(upload, place, said))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)
        return StreamingResponse(_lines(said, job), media_type="application/x-ndjson")

    async def _receive(self, request: Request) -> Path:
        """The upload in a folder of its own."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        upload = folder / file_name(unquote(request.headers.get("x-file-name", "")))
        try:
            await receive(request.stream(), upload)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    async def _check(self, upload: Path, place: Place, said: asyncio.Queue[dict[str, Any] | None]) -> None:
        """Waits, checks and says what comes of it; the upload and all that was made of it are gone at the end."""
        loop = asyncio.get_running_loop()

        def say(text: str) -> None:
            loop.call_soon_threadsafe(said.put_nowait, {"progress": text})

        work = partial(_checked, upload, place, self.settings, self.reference, say)
        try:
            said.put_nowait(await self.line.turn(work, lambda place: said.put_nowait({"waiting": place})))
        except FullError:
            said.put_nowait({"error": FULL})
        except PipelineError as error:
            said.put_nowait({"error": str(error)})
        except Exception as error:
            log.error("A check failed: %s", type(error).__name__)  # what it says may be somebody's data
            said.put_nowait({"error": BROKEN})
        finally:
            await asyncio.to_thread(shutil.rmtree, upload.parent, ignore_errors=True)
            said.put_nowait(None)

    async def template(self, request: Request) -> Response:
        """An empty workbook for a collection and unit, with its schools filled in."""
        collection, unit = request.path_params["collection"], request.path_params["unit"]
        if collection not in self.reference.collections or unit not in self.reference.units:
            return PlainTextResponse("没有这样的模板。", 404)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            target = Path(folder, "template.xlsx")
            try:
                await self.line.turn(partial(_made, (self.settings, collection, unit, target)), lambda _: None)
                content = target.read_bytes()
            except FullError:
                return PlainTextResponse(FULL, 503)
            except (PipelineError, OSError):
                return PlainTextResponse(NO_TEMPLATE, 500)
        name = quote(f"{unit} {self.reference.units[unit].name_zh} {collection} 报送模板.xlsx")
        return Response(
            content, media_type=TEMPLATE_TYPE, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        )


def _place_named(request: Request) -> tuple[str | None, str | None]:
    return request.query_params.get("unit") or None, request.query_params.get("collection") or None


def _line(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


async def _lines(said: asyncio.Queue[dict[str, Any] | None], job: asyncio.Task[None]) -> AsyncIterator[bytes]:
    """What there is to say, as it is said; a client that disconnects leaves the queue."""
    try:
        while (each := await said.get()) is not None:
            yield _line(each)
    finally:
        job.cancel()


def _checked(
    upload: Path, place: Place, settings: Settings, reference: Reference, say: Callable[[str], None], workers: Workers
) -> dict[str, Any]:
    """The report on an upload, with its feedback workbooks, as the page shows it; in a thread."""
    unpacked = upload.parent / "unpacked"
    unpacked.mkdir()
    try:
        report = check(upload, place, settings, workers, unpacked, say, UNPACKED_MAX)
    except CheckError as error:
        if workers.is_late:
            raise CheckError(OUT_OF_TIME) from error
        raise
    return {"report": as_json(report, reference)}


def _made(task: tuple[Settings, str, str, Path], workers: Workers) -> None:
    (done,) = workers.spread(_write_template, [task])
    if done.failure:
        raise CheckError(NO_TEMPLATE)


def _write_template(task: tuple[Settings, str, str, Path]) -> None:
    """In a process of its own."""
    from orchestration.desk.templates import write_one

    settings, collection, unit, target = task
    write_one(target, settings, collection, unit)


def as_json(report: Report, reference: Reference) -> dict[str, Any]:
    """The report in the words of the command."""
    return {
        "about": about(report, reference),
        "total": total(report),
        "is_at_fault": report.is_at_fault,
        "outcomes": [_outcome(outcome) for outcome in in_order(report)],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    groups = []
    for weight in WEIGHTS:
        found = [
            {"check": each.check_zh, "times": times(each), "text": each.text, "places": each.places}
            for each in outcome.findings
            if each.weight == weight
        ]
        if found:
            groups.append({"weight": weight, "heading": HEADINGS[weight], "findings": found})
    return {
        "name": outcome.name,
        "mark": mark(outcome),
        "headline": headline(outcome),
        "is_at_fault": outcome.is_at_fault,
        "forms": [rows(form) for form in outcome.forms],
        "groups": groups,
        "fault": outcome.fault,
        "workbook": outcome.workbook and _workbook(outcome.workbook),
    }


def _workbook(path: Path) -> dict[str, str]:
    return {"name": path.name, "data": base64.b64encode(path.read_bytes()).decode()}


class _WithHeaders:
    """Every answer bears the headers that keep a browser to this page."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def build_app(settings: Settings) -> ASGIApp:
    """The application; its processes and its folder are there as long as it runs."""
    pages = Pages(settings)
    routes = [
        Route("/", pages.home),
        Route("/check", pages.check, methods=["POST"]),
        Route("/templates/{collection}/{unit}.xlsx", pages.template),
        *[Route(f"/{name}", partial(_file, HERE / name)) for name in STATIC],
    ]
    return _WithHeaders(Starlette(routes=routes, lifespan=pages.lifespan))


async def _file(path: Path, _: Request) -> Response:
    return FileResponse(path)
