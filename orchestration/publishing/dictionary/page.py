"""The dictionary as one static page that needs no network; `search.js` hides what does not hold the words asked for."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from markupsafe import Markup

from orchestration.publishing.dictionary.entries import Dictionary, personal_data, type_of
from orchestration.publishing.templating import templates_in

FOLDER = Path(__file__).parent
TEMPLATES = templates_in(FOLDER)


def as_html(dictionary: Dictionary) -> str:
    """The page of the dictionary; the browser runs its own script and no other."""
    script = (FOLDER / "search.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return TEMPLATES.get_template("page.html.j2").render(
        dictionary=dictionary, type_of=type_of, personal_data=personal_data, script=Markup(script), digest=digest
    )
