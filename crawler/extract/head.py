"""Reads the meta elements and links of a page's head, once, into plain values."""

from __future__ import annotations

from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.elements import selector

MAX_VALUE = 2000

_METAS = selector("//meta[@content and (@name or @property or @itemprop or @http-equiv)]")
_LINKS = selector("//link[@rel and @href]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the head says. Names are in lower case; the values of one name keep their order."""

    metas: dict[str, tuple[str, ...]]
    links: dict[str, str]  # rel -> href, the first of each
    title: str | None
    language: str | None

    def first(self, *names: str) -> str | None:
        """Return the value of the first of *names* that has one."""
        for name in names:
            if values := self.metas.get(name):
                return values[0]
        return None

    def all(self, *names: str) -> tuple[str, ...]:
        return tuple(value for name in names for value in self.metas.get(name, ()))


def read_head(tree: HtmlElement) -> Head:
    """Return what the head of *tree* says; meta elements that stand in the body by mistake count too."""
    metas: dict[str, tuple[str, ...]] = {}
    for meta in _METAS(tree)[:500]:
        value = " ".join((meta.get("content") or "")[:MAX_VALUE].split())
        if not value:
            continue
        for key in ("name", "property", "itemprop", "http-equiv"):
            if name := (meta.get(key) or "").strip().lower():
                metas[name] = (*metas.get(name, ()), value)
    links: dict[str, str] = {}
    for link in _LINKS(tree)[:500]:
        for rel in (link.get("rel") or "").lower().split():
            links.setdefault(rel, (link.get("href") or "")[:MAX_VALUE].strip())
    title = tree.find(".//title")
    text = " ".join((title.text_content() if title is not None else "")[:MAX_VALUE].split())
    root = tree.getroottree().getroot()
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang")
    return Head(metas=metas, links=links, title=text or None, language=language)
