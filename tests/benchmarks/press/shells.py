"""What the outlets' pages look like: real pages of the evaluation data with our own words in the place of theirs.

A page costs what its markup costs. So the markup is that of real pages, read at run time; where they are absent, one
plain shell of our own stands in, and ``shells`` says so.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

import lxml.html

from crawler.errors import NotAnArticle
from crawler.model import Page
from crawler.prepare import prepare
from crawler.registry import Registry
from tests.benchmarks.press.wire import DATA

_SLOT = "copytrailslotforwords"
_URL = "http://o1.example/a"
_WORDS = 12  # characters
_LEAST = 80  # characters of a paragraph
_PLAIN = (
    f"<!doctype html><html lang='en'><head><title>{_SLOT}</title></head><body><nav><a href='/'>Home</a></nav>"
    f"<article><h1>{_SLOT}</h1>{_SLOT}</article><footer><p>All rights reserved.</p></footer></body></html>"
)


@dataclass(frozen=True, slots=True)
class Shell:
    """A page in pieces: between the first two goes the headline, twice; between the last two the text."""

    parts: tuple[str, ...]

    def page(self, title: str, paragraphs: Sequence[str], *, at: datetime, credit: str = "") -> bytes:
        """Return the page; *credit* is HTML that stands above the text."""
        dated = f'<meta property="article:published_time" content="{at.astimezone(UTC).isoformat()}">'
        head, body, text, rest = self.parts
        head = re.sub(r"(<head[^>]*>)", lambda m: m[1] + dated, head, count=1)
        inner = credit + "".join(f"<p>{escape(one)}</p>" for one in paragraphs)
        return "".join((head, escape(title), body, escape(title), text, inner, rest)).encode()


def shells(least: int = 10_000) -> list[Shell]:
    """Return the shells of the real pages that have at least so many bytes, or the plain one."""
    if not DATA.is_dir():
        print("the evaluation data is not there, expected in ../shared/data: pages are small ones of our own")
        return [Shell(tuple(_PLAIN.split(_SLOT)))]
    sys.path.insert(0, str(DATA / "tools"))
    import load

    pages = (load.page_bytes("dev", row["file"]) for row in load.truth("dev", "aeb"))
    made = (shell for page in pages if len(page) >= least and (shell := _shell(page)) is not None)
    return [shell for shell in made if _is_clean(shell)]


def _is_clean(shell: Shell) -> bool:
    """Say whether our words are all that is read on such a page: several outlets have it, and no words in common."""
    words = [f"Word{n} is here and stands for word{n} of the {n}th paragraph that nobody wrote." for n in range(40)]
    now = datetime.now(UTC)
    page = shell.page("A headline of our own", words, at=now)
    try:
        made = prepare(Page(url=_URL, final_url=_URL, body=page, fetched_at=now, headers={}, status=200), Registry(()))
    except NotAnArticle:
        return False
    return made.article.text.split() == " ".join(words).split() and not made.claims


def _shell(page: bytes) -> Shell | None:
    """Return *page* with slots for headline and text; None where it is not seen where these stand."""
    root = lxml.html.document_fromstring(page)
    for picture in root.xpath("//img | //source | //iframe | //video"):
        for name in ("src", "srcset", "data-src", "data-srcset"):  # nobody is to ask for them outside
            picture.attrib.pop(name, None)
    for script in root.xpath(
        "//script[contains(@type, 'ld+json')] | //link[@rel='canonical'] | //meta[@property] | //time"
    ):
        script.drop_tree()
    heads, titles = root.xpath("//head/title"), root.xpath("//body//h1")
    long = [p for p in root.xpath("//body//p") if len(p.text_content()) >= _LEAST]
    if not (heads and titles and long):
        return None
    heads[0].text = titles[0].text = _SLOT
    for child in titles[0]:
        titles[0].remove(child)
    home = max((p.getparent() for p in long), key=lambda one: sum(p.getparent() is one for p in long))
    ours = [p for p in long if p.getparent() is home]
    slot = lxml.html.Element("div")
    slot.text = _SLOT
    home.replace(ours[0], slot)
    for p in ours[1:]:
        p.drop_tree()
    for element in root.xpath("//body//*[not(self::script or self::style)]"):  # their markup, but none of their words
        if _SLOT not in (element.text or "") and len((element.text or "").strip()) >= _WORDS:
            element.text = None
        if len((element.tail or "").strip()) >= _WORDS:
            element.tail = None
    parts = tuple(lxml.html.tostring(root, encoding="unicode", doctype="<!doctype html>").split(_SLOT))
    return Shell(parts) if len(parts) == 4 else None
