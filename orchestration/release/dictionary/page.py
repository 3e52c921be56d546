"""The dictionary as one static page that needs no network."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.release.dictionary.entries import Dictionary, personal_data, type_of

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_html(dictionary: Dictionary) -> str:
    """The page of the dictionary."""
    template = TEMPLATES.get_template("page.html.j2")
    return template.render(dictionary=dictionary, type_of=type_of, personal_data=personal_data)
