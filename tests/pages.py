"""Pages as tests look at them: elements and texts by XPath, with the types that lxml's stubs leave open."""

from __future__ import annotations

from lxml import html
from lxml.html import HtmlElement


def page_of(text: str) -> HtmlElement:
    """The root of a whole page."""
    return html.document_fromstring(text)


def elements(node: HtmlElement, path: str) -> list[HtmlElement]:
    """What an XPath finds, elements only."""
    found = node.xpath(path)
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, HtmlElement)]


def element(node: HtmlElement, path: str) -> HtmlElement:
    """The one element that an XPath finds."""
    (only,) = elements(node, path)
    return only


def contents(node: HtmlElement, path: str) -> list[str]:
    """The whole text of each element that an XPath finds."""
    return [each.text_content() for each in elements(node, path)]


def strings(node: HtmlElement, path: str) -> list[str]:
    """What an XPath finds that is text: attributes and text nodes."""
    found = node.xpath(path)
    assert isinstance(found, list)
    return [str(each) for each in found if isinstance(each, str)]
