"""The sentence itself: ingest, settle, deliver, explain. A stage a line.

| words                    | verbs                                              |
|--------------------------|----------------------------------------------------|
| a feed names pages       | due, record, waiting, missed                       |
| known pages change       | revisits, revisited                                |
| fetched, extracted       | ingest, ingest_row (``crawler.prepare``)           |
| fingerprinted, matched   | ``crawler.matching``                               |
| traced                   | ``crawler.tracer``, settle                         |
| stored, alerted          | _take_in: one transaction for all of it;           |
|                          | ``crawler.alerting``: look_after, deliver          |
| reviewed                 | review, undo_review (``crawler.reviewing``)        |
| explained                | trail, explain                                     |
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from crawler import reviewing
from crawler.alerting import Alerting
from crawler.alerts.delivery import Delivered
from crawler.alerts.rules import Rule, alert_key
from crawler.clocks import Clocks
from crawler.editions import Carried, Edition, carries, editions
from crawler.entries import polled
from crawler.errors import InputError, StoreUnavailable
from crawler.extract.refusal import is_emptied, wall_before
from crawler.fingerprint import SCHEME, fingerprint
from crawler.gaps import BEFORE, Unseen, bearing_on
from crawler.health import Findings
from crawler.lineage.chain import chain, lineage
from crawler.lineage.changes import Changes, changes
from crawler.looks import looks_of, with_looks
from crawler.matching import Matcher, earlier_texts
from crawler.model import (
    Article,
    ArticleId,
    Claim,
    Clock,
    Edge,
    Entry,
    FeedState,
    Fingerprint,
    Lineage,
    Look,
    Match,
    Origin,
    Page,
    Pending,
    Poll,
    Review,
    Ruling,
    Source,
    SourceRef,
    Version,
    Visit,
    version_of,
)
from crawler.ports import Dossier, Fate, Query, Store
from crawler.prepare import Prepared, Row, prepare, prepare_row
from crawler.registry import Registry
from crawler.revisits import next_visit, of_page, revisited
from crawler.store.terms import content_time
from crawler.text import tokenize
from crawler.timetable import Timetable
from crawler.tracer import NEAR, Nearest, Traced, Tracer

AT_ONCE = 50  # articles judged again in one transaction
GAPS = 200  # looked at for one trail
HELD_AGAINST = 100  # copies of one article that are held against its versions
RENEWED_AT_ONCE = 20  # articles fingerprinted anew in one transaction: others wait for it


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
    spooled: bool = False  # the store is unavailable: kept on disk for it, and not yet read
    error: Exception | None = None  # our own failure, not the page's: nothing of it was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A page or row as far as it comes without the store: prepared, or why it cannot be."""

    url: str
    entry_key: str | None
    seeding: bool
    made: Prepared | Exception
    unit: Page | Row | None = None  # what it was made of


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """The lineage of one article, joined up: itself, its ancestors to the origin, its direct copies."""

    article: Article
    lineage: Lineage
    claims: tuple[Claim, ...]
    chain: tuple[Article | Origin, ...]
    copies: tuple[tuple[Article, Edge], ...]
    changes: Changes | None = None  # by the first parent's text; None where that was not seen
    reviews: tuple[Review, ...] = ()
    steps: tuple[Edge, ...] = ()  # the edges of the chain, the article's own first
    gaps: tuple[Unseen, ...] = ()  # stretches in which an earlier copy could have been missed
    editions: tuple[Edition, ...] = ()  # its versions in their order; none where nothing of it is stored
    carried: tuple[Carried, ...] = ()  # by it of its parents, and by its copies of it, where there are versions to tell


class Engine:
    """The verbs, over one store and one registry of sources.

    *revisits* are the ages at which crawled pages are looked at again, unless their source has others.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        *,
        rules: Sequence[Rule] = (),
        alerting: Alerting | None = None,
        matcher: Matcher | None = None,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        revisits: Sequence[timedelta] = (),
    ) -> None:
        self.store = store
        self.registry = registry
        self._matcher = matcher or Matcher(store)
        self._tracer = Tracer(store, registry)
        self._clocks = Clocks(store, registry)
        self.alerting = alerting or Alerting(rules=tuple(rules))
        self._clock = clock
        self._jitter = jitter
        self._ages = tuple(revisits)

    @property
    def rules(self) -> Sequence[Rule]:
        return self.alerting.rules

    # --- a feed names pages

    @cached_property
    def _timetable(self) -> Timetable:
        watched = {url: source.id for source in self.registry.sources if source.enabled for url in source.polled}
        return Timetable(self.store, watched)

    def due(self, now: datetime) -> Sequence[FeedState]:
        """Return the feeds of enabled sources whose time has come, most overdue first."""
        return self._timetable.due(now)

    def record(self, poll: Poll) -> Sequence[Pending]:
        """Keep what a poll brought, feed state and new entries in one transaction; return the new ones to fetch."""
        before = self.store.feed_state(poll.state.url)
        return self.store.save_poll(*polled(poll, before, self.registry, self._clock()))

    def waiting(self, limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        """Return entries left over from earlier rounds; *now*: those whose time has come."""
        return self.store.pending([s.id for s in self.registry.sources if s.enabled], limit, now=now)

    def missed(
        self, key: str, reason: str, *, again: bool, not_before: datetime | None = None, tried: bool = True
    ) -> None:
        """Say that the page of a pending entry could not be had, and when to try again, if at all.

        What was not even asked for, since its site was left alone, does not count as tried.
        """
        outcome: Fate = "failed" if not again else "again" if tried else "later"
        self.store.settle_entry(key, outcome, reason, not_before=not_before)

    # --- known pages are looked at again

    def revisits(self, limit: int, *, now: datetime) -> Sequence[Pending]:
        """Return the pages whose time has come to be looked at again, most overdue first."""
        return self.store.revisits([s.id for s in self.registry.sources if self._ages_of(s)], limit, now=now)

    def revisited(self, visit: Visit) -> None:
        """Keep what came of looking again where that brought no page to read, and when to look the next time."""
        with self.store.writing():
            id = revisited(visit.pending.key)
            held = self.store.dossiers([id], among=()).get(id) if id is not None else None
            if held is None:
                self.store.settle_entry(visit.pending.key, "done")
                return
            article = _looked_at(held.article, visit)
            fp = self.store.fingerprint(article.id)
            if article != held.article and fp is not None:
                self.store.save_article(article, held.claims, fp)
            self._come_back(article, visit.pending, visit.at, gone=visit.found == "gone")

    def _ages_of(self, source: Source) -> tuple[timedelta, ...]:
        if not source.enabled:
            return ()
        return self._ages if source.revisits is None else source.revisits

    def _come_back(self, article: Article, entry: Pending, now: datetime, *, gone: bool = False) -> None:
        """Keep by *entry* when the page of *article*, seen now, is looked at again; nothing where that is never."""
        source = self.registry.source(entry.source_id)
        at = next_visit(article, now, self._ages_of(source), gone=gone) if source is not None else None
        if at is not None:
            self.store.save_revisit(replace(entry, not_before=at))
        elif entry.revisit:
            self.store.settle_entry(entry.key, "done")

    # --- a page becomes a trail

    def ingest(self, page: Page) -> Ingested:
        """Take *page* in: article, claims, matches, lineage and alerts in one transaction.

        A page that holds no article is no error: the reason is in ``problem``. Twice the same page
        changes nothing but ``last_seen_at``.
        """
        return self._alone(page)

    def ingest_row(self, row: Row) -> Ingested:
        """Take in an article that came without HTML."""
        return self._alone(row)

    def _alone(self, unit: Page | Row) -> Ingested:
        (outcome,) = self.ingest_many([unit])
        if outcome.error is not None:
            raise outcome.error
        return outcome

    def ingest_many(self, units: Sequence[Page | Row]) -> list[Ingested]:
        """Take *units* in as if one by one, in their order, in one transaction; return what became of each.

        One that fails is undone and takes no other with it: ``error`` says why. Raises StoreUnavailable, with none of
        them taken in, where the store is.
        """
        return self.take_in([self.begin(unit) for unit in units])

    def begin(self, unit: Page | Row) -> Begun:
        """Read *unit* as far as that goes without the store, so that no transaction waits for it. Raises nothing."""
        made: Prepared | Exception
        try:
            made = prepare(unit, self.registry) if isinstance(unit, Page) else prepare_row(unit, self.registry)
        except Exception as problem:
            made = problem
        return begun(unit, made)

    def take_in(
        self,
        begun: Sequence[Begun],
        *,
        turn: Callable[[Begun], None] = lambda one: None,
        at: datetime | None = None,
    ) -> list[Ingested]:
        """Do the rest of ``ingest_many``, as of *at* (None: now); *turn* is told of each before it is its turn."""
        ready = {one.made.article.id: one.made.fingerprint for one in begun if isinstance(one.made, Prepared)}
        if not ready and not any(one.entry_key for one in begun):
            return [self._refused(one) for one in begun]
        with self.store.writing():
            if len(begun) > 1:
                self.store.read_ahead(
                    ready,
                    entries=[one.entry_key for one in begun if one.entry_key is not None],
                    alerts=[alert_key(rule.name, id) for rule in self.rules for id in ready],
                )
            return [self._finished(one, turn, at) for one in begun]

    def _finished(self, one: Begun, turn: Callable[[Begun], None], at: datetime | None) -> Ingested:
        """Take in what is prepared; undo it if that fails."""
        turn(one)
        try:
            with self.store.writing():
                if isinstance(one.made, Prepared):
                    now = at or self._clock()
                    outcome = self._take_in(one.made, now, entry_key=one.entry_key, seeding=one.seeding)
                    self._seen(one.unit, one.made.article.id, is_read=outcome.problem is None)
                    return outcome
                return self._refused(one)
        except StoreUnavailable:
            raise
        except Exception as error:
            return Ingested(url=one.url, error=error)

    def _refused(self, one: Begun) -> Ingested:
        """Return why a page has no article, its entry settled."""
        assert isinstance(one.made, Exception)
        if not isinstance(one.made, InputError):
            return Ingested(url=one.url, error=one.made)
        if revisited(one.entry_key) is not None and isinstance(one.unit, Page):
            self.revisited(_emptied(one.unit, str(one.made)))
        elif one.entry_key is not None:
            self.store.settle_entry(one.entry_key, "failed", str(one.made))
        return Ingested(url=one.url, problem=str(one.made))

    def _seen(self, unit: Page | Row | None, id: ArticleId, *, is_read: bool) -> None:
        """Keep when the page that an article was read from is looked at again: in full unless it *is_read*."""
        source = self.registry.source(unit.source_id) if isinstance(unit, Page) and unit.source_id else None
        if isinstance(unit, Page) and source is not None and self._ages_of(source):
            article = self.store.article(id)
            if article is not None:
                entry = of_page(article, unit)
                entry = entry if is_read else replace(entry, etag=None, last_modified=None)
                self._come_back(article, entry, unit.fetched_at)

    def _take_in(self, prepared: Prepared, now: datetime, *, entry_key: str | None, seeding: bool) -> Ingested:
        article, fp = prepared.article, prepared.fingerprint
        with self.store.writing():
            held = self.store.dossiers([article.id], among=()).get(article.id)
            wall = wall_before(article.text, held.article.word_count) if held is not None else None
            if entry_key is not None:
                self.store.settle_entry(entry_key, "failed" if wall else "done", wall)
            if wall is not None:
                return Ingested(url=article.url, problem=wall)
            article = replace(article, clock=self._clocks.of(article.source.id))
            stored, claims = held.article if held else None, prepared.claims
            said = article  # the text that this page has, be it the current one or one that comes in late
            if held is not None and stored is not None:
                self._bring_up_to_date(stored)
                article, current = _merged(stored, article)
                claims = prepared.claims if current else held.claims
                if current or self._is_known(said, stored):
                    said = article
                if stored.content_hash == article.content_hash and claims == held.claims:
                    kept = self.store.fingerprint(article.id) or fp
                    if stored != article:
                        self.store.save_article(article, claims, kept, seeding=seeding)
                    if said is article:
                        fp = kept
                        if _says_the_same(stored, article) and not self._is_timed(article.id):
                            alerts = self._unfollowed([article.id], now, seeding=seeding)
                            lineage = self.store.lineage(article.id)
                            return Ingested(url=article.url, id=article.id, alerts=alerts, lineage=lineage)
            matches = self._near(said, fp, now=now)
            lost = self._joined(article.id, [m.other(article.id) for m in matches if m.shared.is_rejected])
            if said is article or held is None:
                self.store.save_article(article, claims, fp, seeding=seeding)
            else:
                self.store.save_version(article.id, replace(version_of(said), number=None), fp)
            self.store.save_matches(matches)
            why = _what_happened(stored, article)
            changed = self._tracer.trace(article.id, now, why=why, also=lost, seeding=seeding).changed
            alerts = sum(self._alert(id, now, seeding=seeding) for id in changed)
            if stored is not None and self.alerting.watches_edits:
                others = {article.id, *self.store.children(article.id)} - set(changed)
                alerts += self._unfollowed(sorted(others), now, seeding=seeding)
            return Ingested(
                url=article.url,
                id=article.id,
                new=stored is None,
                changed=stored is not None and stored.content_hash != article.content_hash,
                matches=sum(not m.shared.is_rejected for m in matches),
                alerts=alerts,
                lineage=self.store.lineage(article.id),
            )

    def _near(
        self, article: Article, fp: Fingerprint, *, known: Collection[ArticleId] = (), now: datetime | None = None
    ) -> list[Match]:
        return self._matcher.near(article, fp, known=known, now=now)

    def _is_known(self, page: Article, stored: Article) -> bool:
        """Say whether the content of *page* is, or once was, that of the stored article."""
        return page.content_hash == stored.content_hash or any(
            version.content_hash == page.content_hash for version in self.store.versions(stored.id)
        )

    def _is_timed(self, id: ArticleId) -> bool:
        """Say whether a parent lets its text stand for so many days only: then a later sighting may be a new fact."""
        held = self.store.lineage(id)
        sources = [self.registry.source(e.parent.source.id) for e in held.parents] if held else []
        return any(s is not None and s.policy is not None and s.policy.window_days is not None for s in sources)

    def _alert(self, id: ArticleId, now: datetime, *, seeding: bool) -> int:
        """Queue what the rules make of a changed lineage; return how many alerts are new."""
        return self.alerting.raise_for(self.store, id, now=now, seeding=seeding, changes=self._changes_of)

    def _unfollowed(self, ids: Sequence[ArticleId], now: datetime, *, seeding: bool) -> int:
        """Queue what the rules make of edits that these have not followed, though their lineages are as they were."""
        return sum(self._alert(id, now, seeding=seeding) for id in ids) if self.alerting.watches_edits else 0

    def _changes_of(self, id: ArticleId) -> Changes | None:
        held = self.store.lineage(id)
        dossier = self.store.dossiers([id], among=[e.parent.id for e in held.parents] if held else ()).get(id)
        return self._changes(dossier, held) if dossier is not None and held is not None else None

    # --- explain

    def trail(self, id: ArticleId, *, copies: int = 1000) -> Trail | None:
        """Return the trail of a stored article, or None; of its direct copies so many, the oldest first."""
        held = self.store.lineage(id)
        dossier = self.store.dossiers([id], among=[e.parent.id for e in held.parents] if held else ()).get(id)
        if held is None or dossier is None:
            return None
        below = self.store.search(Query(of=id, oldest=True, limit=copies)) if copies else ()
        steps = chain(id, self._tracer.parents)
        return Trail(
            article=dossier.article,
            lineage=held,
            claims=dossier.claims,
            chain=(dossier.article, *(self.store.article(e.parent.id) or e.parent for e in steps)),
            steps=steps,
            copies=tuple((article, edge) for article, lineage in below if (edge := edge_to(id, lineage)) is not None),
            changes=self._changes(dossier, held),
            reviews=dossier.reviews,
            gaps=self.gaps_for(dossier.article, held),
            editions=editions(dossier.article, self._versions(dossier.article)),
            carried=tuple(self._carried(dossier.article, held, [article for article, _ in below[:HELD_AGAINST]])),
        )

    def _versions(self, article: Article) -> Sequence[Version]:
        return self.store.versions(article.id) if article.version > 1 else ()

    def _carried(self, article: Article, held: Lineage, copies: Sequence[Article]) -> Iterator[Carried]:
        """Yield which version of a parent *article* carries, and which version of it each of *copies*."""
        for parent in self.store.articles([edge.parent.id for edge in held.parents]).values():
            yield from self.carried_by([article], parent)
        yield from self.carried_by(copies, article)

    def carried_by(self, copies: Sequence[Article], parent: Article) -> Iterator[Carried]:
        """Yield which version of *parent* each of *copies* carries; nothing where it has always been the same."""
        versions = self._versions(parent)
        for copy in copies if versions or parent.version > 1 else ():
            told = carries(copy, self._versions(copy), parent, versions)
            if told is not None:
                yield told

    def gaps_for(self, article: Article, held: Lineage) -> tuple[Unseen, ...]:
        """Return the gaps in which an earlier copy than *article* could have been missed, nearest sources first.

        They reach into the time from three days before the origin came out to when the article did; what was published
        at an unknown time counts as when it was first seen.
        """
        out = content_time(article)
        first = held.origin.published.at if held.origin and held.origin.published else out
        # One moment more, so that an article of a day has a time.
        found = self.store.gaps(min(first, out) - BEFORE, out + timedelta(seconds=1), GAPS)
        near = [edge.parent.source.id for edge in (*held.parents, *held.rivals)]
        near += [held.origin.source.id] if held.origin else []
        bearing = bearing_on(found, own=article.source.id, near=near)
        return tuple(Unseen(gap=gap, source=self._ref(gap.source_id)) for gap in bearing)

    def _ref(self, id: str) -> SourceRef:
        known = self.registry.source(id)
        return known.ref if known is not None else SourceRef(id=id, name=id)

    def explain(self, prepared: Prepared) -> Trail:
        """Return the trail that *prepared* would get, without storing anything."""
        article = prepared.article
        matches = tuple(m for m in self._near(article, prepared.fingerprint) if not m.shared.is_rejected)
        dossier = Dossier(article=article, claims=prepared.claims, matches=matches)
        judgement = self._tracer.judge(dossier, Nearest(self.store))
        held = lineage(article, judgement, self._tracer.parents, copies=0, now=self._clock())
        steps = chain(article.id, lambda id: judgement.parents if id == article.id else self._tracer.parents(id))
        return Trail(
            article=article,
            lineage=held,
            claims=prepared.claims,
            chain=(article, *(self.store.article(e.parent.id) or e.parent for e in steps)),
            steps=steps,
            copies=(),
            changes=self._changes(dossier, held),
            gaps=self.gaps_for(article, held),
        )

    def _changes(self, copy: Dossier, held: Lineage) -> Changes | None:
        """Return what the article made of its first parent's text."""
        for edge in held.parents[:1]:
            match = next((m for m in copy.matches if m.other(copy.article.id) == edge.parent.id), None)
            parent = Nearest(self.store).around(copy).get(edge.parent.id)
            if parent is not None and match is not None and parent.has(match) and copy.has(match):
                return changes(
                    parent.as_in(match),
                    copy.as_in(match),
                    match.seen_from(copy.article.id),
                    parent_claims=parent.claims,
                    copy_claims=copy.claims,
                )
        return None

    # --- analysts have the last word

    def review(
        self, id: ArticleId, ruling: Ruling, parent: str | None = None, *, note: str = "", by: str
    ) -> tuple[Review, int]:
        """Keep what an analyst says of a stored article's parent; return it, and how many lineages it changed.

        Only the article, what was taken from it, and whoever it was taken from are judged again. *parent* is a URL, an
        id or an outlet, see ``crawler.reviewing``. Raises InputError.
        """
        with self.store.writing():
            dossier = self._dossier(id)
            named = (
                reviewing.parent_named(self.store, self.registry, dossier.article, ruling, parent) if parent else None
            )
            now = self._clock()
            review = reviewing.a_review(dossier.reviews, id, ruling, named, note=note, by=by, now=now)
            return review, self._reviewed(review, f"was reviewed by {review.by}: {ruling}", now)

    def undo_review(self, id: ArticleId) -> tuple[Review, int] | None:
        """Take back the newest review of a stored article; None where none stands."""
        with self.store.writing():
            newest = reviewing.newest_standing(self._dossier(id).reviews)
            if newest is None:
                return None
            now = self._clock()
            review = reviewing.taken_back(newest, now)
            return review, self._reviewed(review, f"had a review by {review.by} taken back: {review.ruling}", now)

    def _dossier(self, id: ArticleId) -> Dossier:
        dossier = self.store.dossiers([id], among=()).get(id)
        if dossier is None:
            raise InputError(f"{id}: not in the store")
        return dossier

    def _reviewed(self, review: Review, why: str, now: datetime) -> int:
        self.store.save_review(review)
        changed = self._tracer.trace(review.copy, now, why=f"{why}: {review.note}" if review.note else why).changed
        for id in changed:
            self._alert(id, now, seeding=False)
        return len(changed)

    # --- upkeep

    def deliver(self, now: datetime) -> Delivered:
        """Hand over the alerts whose time has come, in as few messages as their targets ask for."""
        return self.alerting.deliver(self.store, now, self._jitter())

    def look_after(self, now: datetime, own: Findings = {}) -> int:
        """Put right what alerts have told and no longer holds, and look how the sources are; return the new alerts.

        *own* is how copytrail itself is.
        """
        told = self.alerting.correct(self.store, now)
        return told + self.alerting.watch_sources(self.store, self.registry, now, own)

    def settle(self) -> int:
        """Judge again what ingest left for later; return how many lineages changed.

        On a store that shows a save only after a while, writers may have missed each other's: what they left is first
        looked up again, so that after this every pair that was there when it began is matched, traced and alerted.
        """
        changed = 0
        behind: set[ArticleId] = set()
        while True:
            with self.store.settling():
                some = self._settle_some(behind)
            if some is None:
                return changed
            changed += some

    def _settle_some(self, behind: set[ArticleId]) -> int | None:
        """Settle the next few articles; return how many lineages changed, None where no article is left.

        *behind* are those to which nothing happened, only their own lineage is behind; more come to it.
        """
        now = self._clock()
        late = self.store.refresh()
        ids = self.store.left(AT_ONCE)
        if not ids:
            return None
        changed = 0
        with self.store.writing():
            fingerprints = self.store.fingerprints(ids)
            self.store.read_ahead(fingerprints)
            for id in ids if late else ():
                if id not in behind:
                    self._meet(id, fingerprints.get(id))
            for id, fp in fingerprints.items():
                self._matcher.again(id, fp)
            old = frozenset(self.store.seeding(ids))
            # What is old news last: it must not take the news from what has just come out.
            for id in sorted(ids, key=lambda id: id in old):
                widely = late and id not in behind
                traced = self._judge_again(id, now, late=late, widely=widely, seeding=id in old)
                behind |= traced.left
                changed += len(traced.changed)
        return changed

    def _judge_again(self, id: ArticleId, now: datetime, *, late: bool, widely: bool, seeding: bool) -> Traced:
        """Judge a noted article, *widely* with whoever it concerns, and take it off the note."""
        self.store.settled(id)
        if self.store.article(id) is None:
            return Traced()  # its writer was killed before it was saved
        why = "was met by others that came in"
        traced = self._tracer.trace(id, now, why=why, widely=widely, seeding=seeding)
        for one in traced.changed if late else ():
            self._alert(one, now, seeding=seeding)
        return traced

    def _joined(self, id: ArticleId, others: Collection[ArticleId]) -> set[ArticleId]:
        """Return those of *others* that an article has a match with, rejected ones left out."""
        return {m.other(id) for d in self.store.dossiers([id], among=others).values() for m in d.matches}

    def _meet(self, id: ArticleId, fp: Fingerprint | None) -> set[ArticleId]:
        """Save the matches of a stored article that are still missing; return who is in them."""
        article = self.store.article(id)
        if article is None or fp is None:
            return set()
        # Of an article that was edited, the texts that match best may have been missed, too.
        known = set(self.store.matched(id, 2 * NEAR)) if article.version == 1 else ()
        news: set[ArticleId] = set()
        for text, its in ((article, fp), *earlier_texts(self.store, article)):
            found = self._near(text, its, known=known, now=self._clock())
            held = self.store.dossiers([id], among=[m.other(id) for m in found])[id].matches
            new = [m for m in found if m not in held]
            self.store.save_matches(new)
            news |= {one for match in new for one in (match.left, match.right)}
        return news

    def renew(self, limit: int = RENEWED_AT_ONCE) -> int:
        """Fingerprint anew, and match, some articles whose fingerprint is of another scheme; return how many.

        What they bring is left to ``settle``. Others may read and write meanwhile: two schemes never meet, so whoever
        comes into the same scheme later finds the other. Killed, it goes on where it was.
        """
        with self.store.writing():
            old = self.store.outdated(SCHEME, limit)
            done = [article for article in self.store.articles(old).values() if self._bring_up_to_date(article)]
            found = {id for article in done for id in self._meet(article.id, self.store.fingerprint(article.id))}
            self.store.leave(found)
        return len(done)

    def outdated(self) -> int:
        """Return how many articles have a fingerprint of another scheme than today's."""
        return sum(count for scheme, count in self.store.status().schemes.items() if scheme != SCHEME)

    def has_outdated(self) -> bool:
        """Say whether there are any, at little cost."""
        return bool(self.store.outdated(SCHEME, 1))

    def _bring_up_to_date(self, stored: Article) -> bool:
        """Fingerprint the texts of a stored article anew if they were by another scheme; say whether they were."""
        held = self.store.fingerprint(stored.id)
        if held is not None and held.scheme == SCHEME:
            return False
        versions = self.store.versions(stored.id) if stored.version > 1 else ()
        earlier = {v.content_hash: fingerprint(tokenize(v.text)) for v in versions}
        self.store.save_fingerprints(stored.id, fingerprint(tokenize(stored.text)), earlier)
        return True

    def learn_clocks(self) -> Mapping[str, Clock | None]:
        """Learn anew how far the outlets' clocks are off; return those that changed. Their pages are judged again."""
        now = self._clock()
        changed = self._clocks.learn()
        for source_id, clock in changed.items():
            for article in self._clocks.sample(source_id):
                if article.clock != clock:
                    self._set_clock(article, clock, now)
        return changed

    def clock_of(self, source_id: str) -> Clock | None:
        """Return how far an outlet's clock is off; None where it is right, or nobody knows."""
        return self._clocks.of(source_id)

    def _set_clock(self, article: Article, clock: Clock | None, now: datetime) -> None:
        with self.store.writing():
            dossier = self.store.dossiers([article.id]).get(article.id)
            fp = self.store.fingerprint(article.id)
            if dossier is not None and fp is not None:
                self.store.save_article(replace(dossier.article, clock=clock), dossier.claims, fp)
                self._tracer.trace(article.id, now, why="is of an outlet whose clock was learnt anew")

    def clean_up(self, now: datetime) -> int:
        return self.store.clean_up(now)


def begun(unit: Page | Row, made: Prepared | Exception) -> Begun:
    """Return *unit* as what ``take_in`` takes in, given what was read in it."""
    if isinstance(unit, Page):
        return Begun(url=unit.final_url, entry_key=unit.entry_key, seeding=unit.seeding, made=made, unit=unit)
    return Begun(url=unit.url, entry_key=None, seeding=False, made=made, unit=unit)


def edge_to(parent: ArticleId, lineage: Lineage) -> Edge | None:
    """Return the edge of *lineage* that leads to *parent*."""
    return next((edge for edge in lineage.parents if edge.parent.id == parent), None)


def _what_happened(stored: Article | None, article: Article) -> str:
    """Say in what a page is news, as the reason for what is judged again."""
    if stored is None:
        return "came in"
    if stored.content_hash != article.content_hash:
        return "came in with another text"
    if stored.published != article.published:
        return "came in with another date"
    return "came in again, with other particulars"


def _merged(stored: Article, fresh: Article) -> tuple[Article, bool]:
    """Return the two sightings of one URL as one, and whether the fresh one is the current one.

    The later sighting gives the content, the earlier one the first sight, whichever came in first.
    """
    current = fresh.last_seen_at >= stored.last_seen_at
    base = fresh if current else stored
    seen = with_looks(stored, looks_of(fresh))
    return (
        replace(
            base,
            url=stored.url,
            first_seen_at=min(stored.first_seen_at, fresh.first_seen_at),
            last_seen_at=max(stored.last_seen_at, fresh.last_seen_at),
            absent_at=_last_absent(stored, fresh),
            version=seen.version,
            looks=seen.looks,
        ),
        current,
    )


def _looked_at(article: Article, visit: Visit) -> Article:
    """Return *article* with one more look at its page."""
    if visit.found == "nothing":
        return article
    if visit.found == "gone":
        return with_looks(article, [Look(at=visit.at, content_hash=None, capture=visit.capture, note=visit.note)])
    look = Look(at=visit.at, content_hash=article.content_hash, capture=visit.capture, note="not modified")
    return replace(with_looks(article, [look]), last_seen_at=max(article.last_seen_at, visit.at))


def _emptied(page: Page, problem: str) -> Visit:
    """Return what it means that the page of a known article holds none any more."""
    entry = Pending(
        key=page.entry_key or "",
        url=page.url,
        source_id=page.source_id or "",
        entry=page.entry or Entry(url=page.url),
        first_seen_at=page.fetched_at,
        revisit=True,
    )
    found: Literal["gone", "nothing"] = "gone" if is_emptied(problem) else "nothing"
    return Visit(pending=entry, at=page.fetched_at, found=found, note=problem, capture=page.capture)


def _last_absent(one: Article, other: Article) -> datetime | None:
    """Return the last look that did not show what either saw, as long as neither had seen it by then."""
    seen = min(one.first_seen_at, other.first_seen_at)
    return max((at for at in (one.absent_at, other.absent_at) if at is not None and at < seen), default=None)


def _says_the_same(stored: Article, article: Article) -> bool:
    """Say whether nothing that lineage depends on has changed between two sightings."""
    return (
        stored.published == article.published
        and stored.first_seen_at == article.first_seen_at
        and stored.absent_at == article.absent_at
        and stored.clock == article.clock
        and stored.links == article.links
        and stored.source == article.source
    )
