"""Two texts side by side as one page: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawler.match.marking import rows
from crawler.model import Article, Comparison, iso
from crawler.web.page import render
from crawler.web.words import when

KINDS = {
    "exact": "The same text",
    "near_copy": "One text is a copy of most of the other",
    "partial": "They share a good part",
    "quote": "They share a quotation or a few sentences",
    "unrelated": "They share no more than any two texts do",
}
MARKS = {"own": "the writer's own words", "quoted": "quoted speech", "boilerplate": "boilerplate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two texts, and what is known of it. ``url`` is only linked when it is http or https."""

    text: str
    name: str
    title: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None

    @property
    def link(self) -> str | None:
        return self.url if self.url and self.url.startswith(("http://", "https://")) else None


def comparison_page(shared: Comparison, left: Side, right: Side, *, now: datetime) -> str:
    """Return the page that shows what *left* and *right* share, passage by passage."""
    laid_out = rows(shared, left.text, right.text)
    ordered = sorted(shared.passages, key=lambda p: p.left)
    words = {number: passage.words for number, passage in enumerate(ordered, start=1)}
    return render(
        "comparison.html",
        shared=shared,
        sides=(("A", "a", left, shared.coverage_left), ("B", "b", right, shared.coverage_right)),
        rows=laid_out,
        words=words,
        kinds=KINDS,
        marks=MARKS,
        reworded=any(part.alone for row in laid_out for part in (*row.left, *row.right)),
        present={kind: sum(p.kind == kind for p in ordered) for kind in MARKS},
        made_at=iso(now.replace(microsecond=0)),
    )


def side_of(article: Article) -> Side:
    """Return a stored article as one side."""
    return Side(
        text=article.text,
        name=article.id,
        title=article.title,
        outlet=article.source.name,
        published=when(article.published),
        url=article.url,
    )
