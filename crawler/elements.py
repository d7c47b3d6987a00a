"""Selects the elements of a page by XPath, with their type."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree
from lxml.html import HtmlElement


def selector(path: str) -> Callable[[HtmlElement], list[HtmlElement]]:
    """Return a function that gives the elements an XPath expression selects, in document order."""
    compiled = etree.XPath(path, smart_strings=False)

    def select(tree: HtmlElement) -> list[HtmlElement]:
        found = compiled(tree)
        return [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []

    return select
