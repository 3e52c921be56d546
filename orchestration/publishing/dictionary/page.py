"""The dictionary as one static page that needs no network; `search.js` hides what does not hold the words asked for."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from orchestration.publishing.dictionary.entries import Dictionary, personal_data, type_of
from orchestration.publishing.templating import script_hash, templates_in

FOLDER = Path(__file__).parent
TEMPLATES = templates_in(FOLDER)


def as_html(dictionary: Dictionary) -> str:
    """The page of the dictionary; the browser runs its own script and no other."""
    script = (FOLDER / "search.js").read_text(encoding="utf-8")
    return TEMPLATES.get_template("page.html.j2").render(
        dictionary=dictionary,
        type_of=type_of,
        personal_data=personal_data,
        script=Markup(script),
        script_hash=script_hash(script),
    )
