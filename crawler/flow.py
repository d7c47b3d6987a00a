"""The sentence itself: ingest, settle, deliver, explain. A stage a line.

a feed names pages       due, record, waiting, missed
fetched and extracted    ingest
fingerprinted, matched   _near
traced                   _trace
stored, alerted          in the same transaction
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from crawler.alerts.delivery import Delivered, Patience, deliver
from crawler.alerts.rules import Rule, raise_alerts
from crawler.errors import InputError, NotAnArticle
from crawler.extract import Extracted, extract, parse
from crawler.fingerprint import fingerprint
from crawler.lineage.chain import chain, lineage
from crawler.lineage.claims import read_claims, read_text_claims
from crawler.lineage.judge import Judgement, touches, judge
from crawler.lineage.when import publication
from crawler.match import compare
from crawler.model import (
    Article,
    ArticleId,
    Capture,
    Claim,
    Comparison,
    Dated,
    Edge,
    Entry,
    FeedState,
    Fingerprint,
    Lineage,
    Link,
    Match,
    Origin,
    Page,
    Pending,
    Poll,
    SourceRef,
    match_of,
)
from crawler.ports import Dossier, Notifier, Store
from crawler.registry import Registry
from crawler.text import Tokens, tokenize
from crawler.urls import article_id, clean

CANDIDATES = 64  # texts compared at most for one article, besides those that are word for word the same
AT_ONCE = 200  # neighbours judged again with an article; what is beyond is left to ``settle``
LINKED = 20  # pages named by claims that are looked up


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of one page. ``problem`` says why there is no article, whose fault it is and what to do."""

    url: str
    id: ArticleId | None = None
    new: bool = False
    changed: bool = False
    matches: int = 0
    alerts: int = 0
    lineage: Lineage | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An article read from its page, before it meets the store."""

    article: Article
    claims: tuple[Claim, ...]
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The lineage of one article, joined up: itself, its ancestors to the origin, its direct copies."""

    article: Article
    lineage: Lineage
    claims: tuple[Claim, ...]
    chain: tuple[Article | Origin, ...]
    copies: tuple[tuple[Article, Edge], ...]


@lru_cache(maxsize=4096)
def _tokens(text: str) -> Tokens:
    return tokenize(text)


def prepare(page: Page, registry: Registry) -> Prepared:
    """Return the article of *page* with its claims. Raises NotAnArticle."""
    tree = parse(page)
    extracted = extract(page, tree)
    source = registry.of_url(page.final_url, extracted.site_name)
    claims = read_claims(
        tree,
        url=page.final_url,
        text=extracted.text,
        byline=extracted.byline,
        title=extracted.title,
        source=source,
        entry=page.entry,
        registry=registry,
    )
    published = publication(extracted.published, page.entry.published if page.entry else None)
    article = _article(
        extracted, url=page.final_url, source=source, at=page.fetched_at, published=published, body=page.body
    )
    return Prepared(article=article, claims=claims, fingerprint=fingerprint(_tokens(article.text)))


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
    article = _article(extracted, url=row.url, source=source, at=row.fetched_at, published=row.published, body=None)
    return Prepared(article=article, claims=claims, fingerprint=fingerprint(_tokens(article.text)))


def _article(
    e: Extracted, *, url: str, source: SourceRef, at: datetime, published: Dated | None, body: bytes | None
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
        text=e.text,
        summary=e.summary,
        tags=e.tags,
        links=e.links,
        media=e.media,
        license=e.license,
        content_hash=hashlib.sha256(f"{e.title or ''}\n{e.text}".encode("utf-8", "surrogatepass")).hexdigest(),
        word_count=len(_tokens(e.text).words),
        capture=Capture(digest=f"sha256:{hashlib.sha256(body).hexdigest()}") if body is not None else None,
        links_lost=e.links_lost,
    )


def compare_texts(left: str, right: str) -> Comparison:
    """Return what two texts share; offsets into the texts as given."""
    return compare(_tokens(left), _tokens(right), left, right)


class Engine:
    """The verbs, over one store and one registry of sources."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        *,
        rules: Sequence[Rule] = (),
        notifiers: Mapping[str, Notifier] | None = None,
        patience: Patience | None = None,
        public_url: str | None = None,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        self.store = store
        self.registry = registry
        self.rules = tuple(rules)
        self.notifiers = dict(notifiers or {})
        self.patience = patience or Patience()
        self.public_url = public_url
        self._clock = clock
        self._jitter = jitter

    # --- a feed names pages

    def due(self, now: datetime) -> Sequence[FeedState]:
        """Return the feeds of enabled sources whose time has come, most overdue first."""
        states = [
            self.store.feed_state(url) or FeedState(url=url, source_id=source.id)
            for source in self.registry.sources
            if source.enabled
            for url in source.feeds
        ]
        ready = [s for s in states if s.next_at is None or s.next_at <= now]
        never = datetime.min.replace(tzinfo=now.tzinfo)
        return sorted(ready, key=lambda s: (s.next_at or never, s.url))

    def record(self, poll: Poll) -> Sequence[Pending]:
        """Keep what a poll brought, feed state and new entries in one transaction; return the new ones to fetch."""
        now = self._clock()
        seeding = not poll.state.seeded
        entries = [
            Pending(
                key=entry_key(poll.state.source_id, entry, url),
                url=url,
                source_id=poll.state.source_id,
                entry=entry,
                first_seen_at=now,
                seeding=seeding,
            )
            for entry in (poll.feed.entries if poll.feed else ())
            if (url := entry.url) is not None
        ]
        state = replace(poll.state, seeded=poll.state.seeded or poll.feed is not None)
        return self.store.save_poll(state, entries)

    def waiting(self, limit: int) -> Sequence[Pending]:
        """Return entries left over from earlier rounds."""
        return self.store.pending([s.id for s in self.registry.sources if s.enabled], limit)

    def missed(self, key: str, reason: str, *, again: bool) -> None:
        """Say that the page of a pending entry could not be had."""
        self.store.settle_entry(key, "again" if again else "failed", reason)

    # --- a page becomes a trail

    def ingest(self, page: Page) -> Ingested:
        """Take *page* in: article, claims, matches, lineage and alerts in one transaction.

        A page that holds no article is no error: the reason is in ``problem``. Twice the same page
        changes nothing but ``last_seen_at``.
        """
        try:
            prepared = prepare(page, self.registry)
        except InputError as problem:
            if page.entry_key is not None:
                self.store.settle_entry(page.entry_key, "failed", str(problem))
            return Ingested(url=page.final_url, problem=str(problem))
        return self._take_in(prepared, entry_key=page.entry_key, seeding=page.seeding)

    def ingest_row(self, row: Row) -> Ingested:
        """Take in an article that came without HTML."""
        try:
            prepared = prepare_row(row, self.registry)
        except InputError as problem:
            return Ingested(url=row.url, problem=str(problem))
        return self._take_in(prepared, entry_key=None, seeding=False)

    def _take_in(self, prepared: Prepared, *, entry_key: str | None, seeding: bool) -> Ingested:
        article, fp = prepared.article, prepared.fingerprint
        now = self._clock()
        with self.store.writing():
            if entry_key is not None:
                self.store.settle_entry(entry_key, "done")
            stored = self.store.article(article.id)
            if stored is not None:
                article, current = _merged(stored, article)
                kept = self.store.dossiers([article.id])[article.id].claims
                claims = prepared.claims if current else kept
                if stored.content_hash == article.content_hash and claims == kept:
                    if stored != article:
                        self.store.save_article(article, claims, self.store.fingerprint(article.id) or fp)
                    if _says_the_same(stored, article):
                        return Ingested(url=article.url, id=article.id, lineage=self.store.lineage(article.id))
                    fp = self.store.fingerprint(article.id) or fp
                prepared = Prepared(article=article, claims=claims, fingerprint=fp)
            matches = self._near(article, fp)
            self.store.save_article(article, prepared.claims, fp)
            self.store.save_matches(matches)
            changed = self._trace(article.id, now)
            alerts = sum(self._alert(id, now, seeding=seeding) for id in changed)
            return Ingested(
                url=article.url,
                id=article.id,
                new=stored is None,
                changed=stored is not None and stored.content_hash != article.content_hash,
                matches=len(matches),
                alerts=alerts,
                lineage=self.store.lineage(article.id),
            )

    def _near(self, article: Article, fp: Fingerprint) -> list[Match]:
        """Return the matches of *article* with what is stored, unrelated ones left out."""
        found = dict.fromkeys(self.store.same_text(fp.digest))
        found |= dict.fromkeys(self.store.candidates(fp, CANDIDATES))
        found.pop(article.id, None)
        matches = []
        for id, other in self.store.dossiers(found).items():
            shared = compare_texts(article.text, other.article.text)
            if shared.kind != "unrelated":
                matches.append(match_of(article.id, id, shared))
        return matches

    # --- a trail is traced

    def _trace(self, id: ArticleId, now: datetime) -> list[ArticleId]:
        """Judge *id* and whoever it may be a parent of; save what changed, descendants included; return those ids."""
        dossiers = _Neighbourhood(self.store)
        one = dossiers[id]
        judged = {id: self._judge(one, dossiers)}
        others = sorted(({m.other(id) for m in one.matches} | set(self.store.claiming(id))) - {id})
        self.store.leave(others[AT_ONCE:])
        for other in others[:AT_ONCE]:
            dossier = dossiers.get(other)
            if dossier is None:
                continue
            named = not any(m.other(id) == other for m in dossier.matches)
            if named or touches(dossier, one, self.registry):
                judged[other] = self._judge(dossier, dossiers)
        before = {x: frozenset(e.parent.id for e in self._parents(x)) for x in judged}
        judged |= self._below(judged)
        return self._save(judged, before, now)

    def _judge(self, dossier: Dossier, dossiers: _Neighbourhood) -> Judgement:
        near = dossiers.around(dossier)
        return judge(dossier, near, self.registry)

    def _parents(self, id: ArticleId) -> Sequence[Edge]:
        held = self.store.lineage(id)
        return held.parents if held else ()

    def _below(self, judged: Mapping[ArticleId, Judgement]) -> dict[ArticleId, Judgement]:
        """Return the stored judgements of the descendants of those whose parents have changed."""
        out: dict[ArticleId, Judgement] = {}
        line = [x for x, j in judged.items() if j.parents != tuple(self._parents(x))]
        while line:
            for child in self.store.children(line.pop()):
                if child not in judged and child not in out:
                    held = self._lineage(child)
                    out[child] = Judgement(parents=held.parents, rivals=held.rivals)
                    line.append(child)
        return out

    def _save(
        self, judged: Mapping[ArticleId, Judgement], before: Mapping[ArticleId, Collection[ArticleId]], now: datetime
    ) -> list[ArticleId]:
        def parents_of(id: ArticleId) -> Sequence[Edge]:
            return judged[id].parents if id in judged else self._parents(id)

        changed = []
        for id, judgement in judged.items():
            held = self.store.lineage(id)
            new = lineage(self._article(id), judgement, parents_of, copies=held.copies if held else 0, now=now)
            if self.store.save_lineage(id, new):
                changed.append(id)
        touched = {p for ids in before.values() for p in ids}
        touched |= {e.parent.id for id in before for e in self._parents(id)} | set(before)
        for id in self._upward(touched):
            self._count(id, now)
        return changed

    def _upward(self, ids: Collection[ArticleId]) -> list[ArticleId]:
        """Return *ids* and all their ancestors, each once."""
        seen: dict[ArticleId, None] = {}
        line = sorted(ids)
        while line:
            id = line.pop()
            if id not in seen:
                seen[id] = None
                line.extend(e.parent.id for e in self._parents(id))
        return list(seen)

    def _count(self, id: ArticleId, now: datetime) -> None:
        """Bring the number of copies of *id*, and with it its role, up to date."""
        held = self.store.lineage(id)
        if held is None:
            return  # an external origin: nothing is stored of it
        copies = self.store.descendants(id)
        if copies != held.copies:
            role = held.role if held.parents else "original" if copies else "unmatched"
            self.store.save_lineage(id, replace(held, role=role, copies=copies, decided_at=now))

    def _article(self, id: ArticleId) -> Article:
        article = self.store.article(id)
        assert article is not None, id
        return article

    def _lineage(self, id: ArticleId) -> Lineage:
        held = self.store.lineage(id)
        assert held is not None, id
        return held

    def _alert(self, id: ArticleId, now: datetime, *, seeding: bool) -> int:
        """Queue what the rules make of a changed lineage; return how many alerts are new."""
        held, article = self.store.lineage(id), self.store.article(id)
        return raise_alerts(self.rules, held, article, self.store, now=now, seeding=seeding, public_url=self.public_url)

    # --- explain

    def trail(self, id: ArticleId, *, copies: int = 1000) -> Trail | None:
        """Return the trail of a stored article, or None."""
        held = self.store.lineage(id)
        dossier = self.store.dossiers([id]).get(id)
        if held is None or dossier is None:
            return None
        children = self.store.children(id)[:copies]
        below = []
        for child, found in self.store.dossiers(children).items():
            edge = next((e for e in self._parents(child) if e.parent.id == id), None)
            if edge is not None:
                below.append((found.article, edge))
        below.sort(key=lambda pair: (pair[0].published.at if pair[0].published else pair[0].first_seen_at, pair[0].id))
        steps = chain(id, self._parents)
        return Trail(
            article=dossier.article,
            lineage=held,
            claims=dossier.claims,
            chain=(dossier.article, *(self.store.article(e.parent.id) or e.parent for e in steps)),
            copies=tuple(below),
        )

    def explain(self, prepared: Prepared) -> Trail:
        """Return the trail that *prepared* would get, without storing anything."""
        article = prepared.article
        matches = tuple(self._near(article, prepared.fingerprint))
        dossier = Dossier(article=article, claims=prepared.claims, matches=matches)
        judgement = self._judge(dossier, _Neighbourhood(self.store))
        held = lineage(article, judgement, self._parents, copies=0, now=self._clock())
        steps = chain(article.id, lambda id: judgement.parents if id == article.id else self._parents(id))
        return Trail(
            article=article,
            lineage=held,
            claims=prepared.claims,
            chain=(article, *(self.store.article(e.parent.id) or e.parent for e in steps)),
            copies=(),
        )

    # --- upkeep

    def deliver(self, now: datetime) -> Delivered:
        """Hand over the alerts whose time has come."""
        return deliver(self.store, self.notifiers, now=now, jitter=self._jitter(), patience=self.patience)

    def settle(self) -> int:
        """Judge again what ingest left for later; return how many lineages changed."""
        changed = 0
        now = self._clock()
        while ids := self.store.left(100):
            for id in ids:
                with self.store.writing():
                    self.store.settled(id)
                    changed += len(self._trace(id, now))
        return changed

    def clean_up(self, now: datetime) -> int:
        return self.store.clean_up(now)


class _Neighbourhood:
    """Dossiers read from the store, each once while one article is traced."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[ArticleId, Dossier | None] = {}

    def __getitem__(self, id: ArticleId) -> Dossier:
        found = self.get(id)
        assert found is not None, id
        return found

    def get(self, id: ArticleId) -> Dossier | None:
        return self.read([id]).get(id)

    def around(self, dossier: Dossier) -> dict[ArticleId, Dossier]:
        """Return the articles that match this one and those its claims link."""
        one = dossier.article.id
        linked = [article_id(c.url) for c in dossier.claims if c.url is not None and c.linked == "article"]
        return self.read([m.other(one) for m in dossier.matches] + linked[:LINKED])

    def read(self, ids: Sequence[ArticleId]) -> dict[ArticleId, Dossier]:
        missing = [id for id in ids if id not in self._held]
        if missing:
            found = self._store.dossiers(missing)
            self._held |= {id: found.get(id) for id in missing}
        return {id: d for id in ids if (d := self._held[id]) is not None}


def entry_key(source_id: str, entry: Entry, url: str) -> str:
    """Return what a feed's entry is known by: the article its page would be, within its source."""
    return hashlib.sha256(f"{source_id}\n{article_id(url)}".encode()).hexdigest()[:40]


def _merged(stored: Article, fresh: Article) -> tuple[Article, bool]:
    """Return the two sightings of one URL as one, and whether the fresh one is the current one.

    The later sighting gives the content, the earlier one the first sight, whichever came in first.
    """
    current = fresh.last_seen_at >= stored.last_seen_at
    base = fresh if current else stored
    edited = fresh.content_hash != stored.content_hash
    return (
        replace(
            base,
            url=stored.url,
            first_seen_at=min(stored.first_seen_at, fresh.first_seen_at),
            last_seen_at=max(stored.last_seen_at, fresh.last_seen_at),
            version=stored.version + 1 if edited and current else stored.version,
        ),
        current,
    )


def _says_the_same(stored: Article, article: Article) -> bool:
    """Say whether nothing that lineage depends on has changed between two sightings."""
    return (
        stored.published == article.published
        and stored.first_seen_at == article.first_seen_at
        and stored.links == article.links
        and stored.source == article.source
    )
