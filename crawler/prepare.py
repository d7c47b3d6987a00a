"""A page or a row as an article with its claims and its fingerprint, before it meets the store."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from crawler.errors import NotAnArticle
from crawler.extract import Extracted, extract, parse
from crawler.fingerprint import fingerprint, places
from crawler.lineage.claims import read_claims, read_text_claims
from crawler.lineage.when import publication
from crawler.match import NOTHING_LEARNT, compare
from crawler.model import Article, Capture, Claim, Comparison, Dated, Fingerprint, Link, Page, SourceRef
from crawler.registry import Registry
from crawler.text import Tokens, tokenize
from crawler.urls import article_id, clean, mirrored


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An article given without its HTML."""

    url: str
    title: str | None
    text: str
    fetched_at: datetime
    published: Dated | None = None
    byline: str | None = None
    language: str | None = None
    canonical_url: str | None = None
    links: tuple[Link, ...] | None = None  # None: not given, so "no link" cannot be said
    source_name: str | None = None
    absent_at: datetime | None = None  # the last look that did not show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An article read from its page, before it meets the store."""

    article: Article
    claims: tuple[Claim, ...]
    fingerprint: Fingerprint


@lru_cache(maxsize=4096)
def _tokens(text: str) -> Tokens:
    return tokenize(text)


def prepare(page: Page, registry: Registry) -> Prepared:
    """Return the article of *page* with its claims. Raises NotAnArticle."""
    tree = parse(page)
    extracted = extract(page, tree)
    url = mirrored(page.final_url)
    source = registry.of_url(url, extracted.site_name)
    claims = read_claims(
        tree,
        url=url,
        text=extracted.text,
        byline=extracted.byline,
        title=extracted.title,
        source=source,
        entry=page.entry,
        registry=registry,
    )
    published = publication(extracted.published, page.entry.published if page.entry else None)
    capture = page.capture or Capture(digest=f"sha256:{hashlib.sha256(page.body).hexdigest()}")
    article = _article(extracted, page.final_url, source, page.fetched_at, published, page.absent_at, capture=capture)
    return Prepared(article=article, claims=claims, fingerprint=fingerprint(_tokens(article.text)))


def warm_up() -> None:
    """Load what the first page would: models, lists, the words of dates in 200 languages. Takes 2 s."""
    url = "https://first.example/page"
    text = "".join(f"<p>Sentence {number} says a little of the harbour and its wall.</p>" for number in range(40))
    # A date that no reader of dates knows makes the last of them look in each of its languages.
    markup = f"<h1>First</h1><article><p class='date'>7. Wolkenmond 2019</p>{text}</article>"
    page = Page(url=url, final_url=url, body=markup.encode(), fetched_at=datetime.now(UTC), headers={})
    prepare(page, Registry([]))


def prepare_row(row: Row, registry: Registry) -> Prepared:
    """Return the article of a row that came without HTML. Raises NotAnArticle or InputError."""
    clean(row.url)
    if not row.text.strip():
        raise NotAnArticle("the text is empty", url=row.url)
    source = registry.of_url(row.url, row.source_name)
    claims = read_text_claims(
        url=row.url,
        text=row.text,
        byline=row.byline,
        title=row.title,
        canonical_url=row.canonical_url,
        links=row.links or (),
        source=source,
        registry=registry,
    )
    extracted = Extracted(
        canonical_url=row.canonical_url,
        title=row.title,
        authors=(row.byline,) if row.byline else (),
        byline=row.byline,
        language=row.language,
        published=row.published,
        modified=None,
        text=row.text,
        summary=None,
        tags=(),
        links=row.links or (),
        media=(),
        license=None,
        site_name=row.source_name,
        links_lost=row.links is None,
    )
    article = _article(extracted, row.url, source, row.fetched_at, row.published, row.absent_at)
    return Prepared(article=article, claims=claims, fingerprint=fingerprint(_tokens(article.text)))


def _article(
    e: Extracted,
    url: str,
    source: SourceRef,
    at: datetime,
    published: Dated | None,
    absent_at: datetime | None,
    *,
    capture: Capture | None = None,
) -> Article:
    return Article(
        id=article_id(url),
        url=url,
        canonical_url=e.canonical_url,
        source=source,
        title=e.title,
        authors=e.authors,
        byline=e.byline,
        language=e.language,
        published=published,
        modified=e.modified,
        first_seen_at=at,
        last_seen_at=at,
        absent_at=absent_at,
        text=e.text,
        summary=e.summary,
        tags=e.tags,
        links=e.links,
        media=e.media,
        license=e.license,
        content_hash=hashlib.sha256(f"{e.title or ''}\n{e.text}".encode("utf-8", "surrogatepass")).hexdigest(),
        word_count=len(_tokens(e.text).words),
        capture=capture,
        links_lost=e.links_lost,
    )


def compare_texts(left: str, right: str, *, stops: Collection[int] = ()) -> Comparison:
    """Return what two texts share; offsets into the texts as given. *stops* are hashes of passages everybody has."""
    one, other = _tokens(left), _tokens(right)
    learnt = (places(one, stops), places(other, stops)) if stops else NOTHING_LEARNT
    return compare(one, other, left, right, learnt=learnt)


def hashes_in(text: str, hashes: Collection[int], spans: Sequence[tuple[int, int]]) -> frozenset[int]:
    """Return those of *hashes* whose words all stand within one of *spans* of *text*."""
    tokens = _tokens(text)
    return frozenset(
        hash
        for hash in hashes
        for first, behind in places(tokens, [hash])
        if any(start <= tokens.starts[first] and tokens.ends[behind - 1] <= end for start, end in spans)
    )
