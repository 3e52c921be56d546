"""The scoreboard as static pages that need no network: opened from a folder, mailed, or served as they are."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from ingest.settings import TIME_ZONE
from orchestration.publishing.scoreboard.balance import balance_data
from orchestration.publishing.scoreboard.index import index_data
from orchestration.publishing.scoreboard.release import read_release
from orchestration.publishing.templating import templates_in

FOLDER = Path(__file__).parent
CHARTS = FOLDER / "vendor" / "chartist-1.5.0.js"
TEMPLATES = templates_in(FOLDER)
EXPORTS = re.compile(r"export\{[^}]*?([\w$]+) as default[^}]*\};?")
UNSAFE_IN_SCRIPTS = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)


def write_scoreboard(
    db: duckdb.DuckDBPyConnection, folder: Path, release_id: str, made_at: datetime, *, with_schools: bool = True
) -> list[Path]:
    """The pages of a release in `folder`; without schools only the index, which has none. `made_at` knows its time zone."""
    about = {"release_id": release_id, "made_at": made_at.astimezone(TIME_ZONE), "with_schools": with_schools}
    folder.mkdir(parents=True, exist_ok=True)
    charts = UNSAFE_IN_SCRIPTS.sub(r"\\x3C", CHARTS.read_text(encoding="utf-8"))
    pages = {"index": _page("index", index_data(read_release(db), with_questions=with_schools), about, charts)}
    if with_schools:
        pages["balance"] = _page("balance", balance_data(db), about)
    paths = []
    for name, text in pages.items():
        path = folder / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _page(name: str, data: dict[str, Any], about: dict[str, Any], *libraries: str) -> str:
    own = "\n".join(_own(f"{script}.js") for script in ("common", name))
    scripts = [(library, "") for library in libraries] + [(_tables(), "module"), (own, "module")]
    return TEMPLATES.get_template(f"{name}.html.j2").render(
        data=_as_json(data),
        style=Markup(_own("style.css")),
        scripts=[(Markup(script), kind) for script, kind in scripts],
        script_hashes=" ".join(_csp_hash(script) for script, _ in scripts),
        **about,
    )


def _own(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@cache
def _tables() -> str:
    """DataTables as it ships with itables, as `window.DataTable`; the package itself, slow to import, is not needed."""
    spec = importlib.util.find_spec("itables")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("itables is not installed.")
    bundle = Path(spec.submodule_search_locations[0]) / "html" / "dt_bundle.js"
    text, replaced = EXPORTS.subn(r"window.DataTable=\1;", bundle.read_text(encoding="utf-8"))
    if replaced != 1:
        raise RuntimeError(f"{bundle} does not export DataTables as it used to.")
    return UNSAFE_IN_SCRIPTS.sub(r"\\x3C", text)


def _as_json(data: dict[str, Any]) -> Markup:
    """JSON that cannot end the script element that it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _csp_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
