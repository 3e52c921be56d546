"""The dictionary as one static page that needs no network."""

from __future__ import annotations

from pathlib import Path

from orchestration.publishing.dictionary.entries import Dictionary, personal_data, type_of
from orchestration.publishing.templating import templates_in

TEMPLATES = templates_in(Path(__file__).parent)


def as_html(dictionary: Dictionary) -> str:
    """The page of the dictionary."""
    template = TEMPLATES.get_template("page.html.j2")
    return template.render(dictionary=dictionary, type_of=type_of, personal_data=personal_data)
