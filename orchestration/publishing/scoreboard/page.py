"""The scoreboard as static pages that need no network: opened from a folder, mailed, or served as they are."""

from __future__ import annotations

import importlib.util
import json
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from ingest.settings import TIME_ZONE
from orchestration.publishing.scoreboard.balance import balance_data
from orchestration.publishing.scoreboard.brief import brief_data
from orchestration.publishing.scoreboard.changes import changes_data
from orchestration.publishing.scoreboard.index import index_data
from orchestration.publishing.scoreboard.release import read_release
from orchestration.publishing.templating import script_hash, templates_in

FOLDER = Path(__file__).parent
TEMPLATES = templates_in(FOLDER)
SCRIPTS = {
    "index": ("common", "release", "tables", "downloads", "charts", "story", "changes", "metrics", "detail", "index"),
    "balance": ("common", "tables", "downloads", "balance"),
    "brief": ("common", "release", "downloads", "charts", "story", "changes", "brief"),
}
"""What each page does, in the order in which one builds on the other."""
EXPORTS = re.compile(r"export\{[^}]*?([\w$]+) as default[^}]*\};?")
UNSAFE_IN_SCRIPTS = re.compile(r"<(?=!--|/?script)", re.IGNORECASE)


def write_scoreboard(
    db: duckdb.DuckDBPyConnection,
    folder: Path,
    release_id: str,
    made_at: datetime,
    today: date,
    *,
    with_schools: bool = True,
) -> list[Path]:
    """The pages of a release in `folder`; without schools no balance page, and none that names one. `made_at` knows its time zone."""
    about = {"release_id": release_id, "made_at": made_at.astimezone(TIME_ZONE), "with_schools": with_schools}
    folder.mkdir(parents=True, exist_ok=True)
    release = read_release(db)
    index = index_data(release, today, with_questions=with_schools)
    index["changes"] = changes_data(db, release, release_id, with_schools=with_schools)
    pages = {"index": index, "brief": brief_data(index)}
    if with_schools:
        pages["balance"] = balance_data(db) | {"today": str(today)}
    paths = []
    for name, data in pages.items():
        path = folder / f"{name}.html"
        path.write_text(_page(name, data, about), encoding="utf-8")
        paths.append(path)
    return paths


def _page(name: str, data: dict[str, Any], about: dict[str, Any]) -> str:
    language, own = _own("language"), "\n".join(_own(script) for script in SCRIPTS[name])
    scripts = [_tables(), own] if "tables" in SCRIPTS[name] else [own]
    return TEMPLATES.get_template(f"{name}.html.j2").render(
        data=_as_json(data),
        style=Markup((FOLDER / "style.css").read_text(encoding="utf-8")),
        language=Markup(language),
        scripts=[Markup(script) for script in scripts],
        script_hashes=" ".join(script_hash(script) for script in (language, *scripts)),
        **about,
    )


def _own(script: str) -> str:
    return (FOLDER / "scripts" / f"{script}.js").read_text(encoding="utf-8")


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
