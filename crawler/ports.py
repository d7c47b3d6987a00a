"""The seams: what the verbs in ``crawler.flow`` need from the outside, each with its whole contract.

Every implementation of a port passes the suite of that name in ``tests/contract/``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from crawler.model import (
    Alert,
    AlertState,
    Article,
    ArticleId,
    Claim,
    ClaimKind,
    Edge,
    EdgeKind,
    FeedState,
    Fingerprint,
    Gap,
    Lineage,
    Linked,
    Match,
    Message,
    Origin,
    Pending,
    Reason,
    Review,
    Role,
    Stop,
    Verdict,
    Version,
    YesNo,
)
from crawler.shelves import Shelf
from crawler.text import tokenize

Fate = Literal["done", "failed", "again", "later"]
Mark = tuple[int, ...]
"""A state of a store, as far as its own thread can tell it from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What ``search`` asks for. Empty fields do not restrict; all others must hold at once.

    ``words`` are plain words, never an expression: quotes, operators and wildcards mean themselves.
    ``since`` (inclusive) and ``until`` (exclusive) bound the publication, or the first sight where
    no publication is known.
    """

    words: str = ""
    source: str | None = None
    origin: str | None = None
    role: Role | None = None
    since: datetime | None = None
    until: datetime | None = None
    uncredited: bool = False
    parent: str | None = None  # the outlet of one of its direct parents
    kind: EdgeKind | None = None
    verdict: Verdict | None = None
    linked: Linked | None = None
    language: str | None = None
    claim: ClaimKind | None = None  # the page makes a claim of that kind
    depth: int | None = None  # at least so many steps from the origin
    below: float | None = None  # less than that share of its words is in one of its parents
    external: bool = False  # its origin is known by credit only
    edited: bool = False  # its text or title changed since it was first stored
    revised: bool = False  # its lineage was judged anew
    contested: bool = False  # no parent could be chosen between rivals that the facts do not speak against
    of: ArticleId | None = None  # taken directly from that article or external origin
    oldest: bool = False  # oldest first, then by id, instead of newest first
    after: tuple[datetime, ArticleId] | None = None  # only what comes, in that order, after that time and id
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The little that counts are made of: an article, its outlet, and the outlet of one of its parents, if any."""

    copy: ArticleId
    source: str
    at: datetime  # publication, or first sight where that is not known
    role: Role
    parent: str | None = None
    origin: str | None = None
    external: bool = False  # that origin is known by credit only
    kind: EdgeKind | None = None
    delay_seconds: float | None = None  # of the article, from its origin
    credited: YesNo | None = None  # whether it names that parent
    verdict: Verdict | None = None  # on that credit
    linked: Linked | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All that is stored of one article: what it is, what it claims, what it shares with others, what analysts say.

    ``matches`` has no rejected ones: nothing that is judged rests on them. Reviews, also those taken back, come by
    time. ``versions`` are those earlier contents, by their hash, that matches are about.
    """

    article: Article
    claims: tuple[Claim, ...] = ()
    matches: tuple[Match, ...] = ()
    reviews: tuple[Review, ...] = ()
    versions: Mapping[str, Version] = field(default_factory=dict)

    def has(self, match: Match) -> bool:
        """Say whether the text that *match* is about is here, so that its passages can be quoted."""
        version = match.version_of(self.article.id)
        return version is None or version == self.article.content_hash or version in self.versions

    def as_in(self, match: Match) -> Article:
        """Return the article with the content that *match* is about; as it is now where that is not here."""
        version = self.versions.get(match.version_of(self.article.id) or "")
        if version is None or version.content_hash == self.article.content_hash:
            return self.article
        return replace(
            self.article,
            title=version.title,
            text=version.text,
            content_hash=version.content_hash,
            word_count=len(tokenize(version.text).words),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What ``store status`` shows. Counts are of rows now in the store; rejected matches are not counted."""

    url: str
    schema: int
    articles: int
    matches: int
    edges: int
    pending: int
    alerts_pending: int
    alerts_dead: int
    feeds: int
    bytes: int | None
    newest: datetime | None
    schemes: Mapping[str, int] = field(default_factory=dict)  # articles by the scheme of their fingerprint
    refused: int = 0  # documents that the store would not take and put aside
    refusals: tuple[str, ...] = ()  # the newest of them, a line each with the reason
    old: tuple[str, ...] = ()  # what a migration replaced and kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. ``words`` say what was found and, unless it is well, what to do."""

    what: str
    state: Literal["ok", "warning", "wrong"]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of an entry: its page was taken in, or given up with the reason."""

    key: str
    outcome: Literal["done", "failed"]
    reason: str | None = None
    first_seen_at: datetime


class Store(Protocol):
    """Where articles, facts, judgements, feeds and alerts are kept.

    Reads outside ``writing()`` see what has been committed. Ids that are not there give ``None`` or
    an empty sequence, never an error. All sequences have a stated order, so that runs can be compared.
    """

    url: str

    def writing(self) -> AbstractContextManager[None]:
        """Make everything inside one transaction that excludes other writers, in any process.

        Reads inside see what was saved before in the same block and by every writer that finished
        earlier. An exception undoes the block. Nesting joins the outer block.
        """
        ...

    def refresh(self) -> bool:
        """Make all that any writer has saved visible to every read.

        True where searches may have missed other writers' latest until now (never what this process saved itself);
        such a store notes by ``leave`` what it saves, so that ``settle`` can look again.
        """
        ...

    def check(self) -> None:
        """Return where the store would take a save now.

        Raises StoreError, StoreUnavailable where it is down, read-only, not whole or held by another, with what to do.
        """
        ...

    def checkup(self) -> Sequence[Finding]:
        """Return what ``copytrail doctor`` is to say of the place where the store is, and of our rights there."""
        ...

    def close(self) -> None: ...

    def read_ahead(
        self,
        texts: Mapping[ArticleId, Fingerprint],
        *,
        entries: Collection[str] = (),
        alerts: Collection[str] = (),
    ) -> None:
        """Hear which articles are taken in or judged next in this block, which entries they settle, alerts they raise.

        No answer changes by it. A store that pays for each question asks together what all of them will ask for.
        """
        ...

    # articles and facts

    def save_article(
        self, article: Article, claims: Sequence[Claim], fingerprint: Fingerprint, *, seeding: bool = False
    ) -> None:
        """Keep *article* with its claims, replacing what was stored under its id.

        Another content than before (title or text) keeps the old one as a version, with its fingerprint as long as
        it is one of the newest ``terms.EARLIER`` of texts that differ. Matches stay; those that did not say what
        content of the article they are about are from then on about the old one.
        Where a note is left of it (see ``refresh``), *seeding* is kept there.
        """
        ...

    def save_version(self, id: ArticleId, version: Version, fingerprint: Fingerprint) -> None:
        """Keep a content that the article had before its current one, as ``save_article`` would have in time.

        Nothing is kept where there is no such article or where that is its current content.
        """
        ...

    def versions(self, id: ArticleId) -> Sequence[Version]:
        """Return the contents that the article had before its current one, each once, oldest first."""
        ...

    def save_matches(self, matches: Sequence[Match]) -> None:
        """Keep *matches*, rejected ones apart; one that is there already (same two ids) is replaced."""
        ...

    def article(self, id: ArticleId) -> Article | None: ...

    def articles(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Article]:
        """Return each of *ids* that is stored, by id."""
        ...

    def dossiers(
        self, ids: Collection[ArticleId], *, among: Collection[ArticleId] | None = None
    ) -> Mapping[ArticleId, Dossier]:
        """Return what is stored of each of *ids*; unknown ids are left out.

        Matches by other id: all of them, which may be very many, or those whose other side is *among* these.
        """
        ...

    def matched(self, id: ArticleId, limit: int) -> Sequence[ArticleId]:
        """Return the other sides of the matches of *id*, rejected ones left out, by id; at most *limit*.

        Bounded work, however many there are.
        """
        ...

    def same_text(self, digest: str, limit: int = 200) -> Sequence[ArticleId]:
        """Return the articles whose whole normalised text, now or earlier, has this digest, by id.

        Of more than *limit* the first saved. Bounded work, however many there are.
        """
        ...

    def candidates(self, fingerprint: Fingerprint, limit: int, *, least: int = 2) -> Sequence[ArticleId]:
        """Return the articles of the same scheme sharing at least *least* hashes with it, best first.

        What an article shares is counted over its texts together: the current one and those earlier ones that have
        their fingerprint still. Best is the largest sum of ln(1 + N / df) over the shared hashes; ties by id. Bounded
        work: of each hash the oldest postings are read. May contain the text's own article.
        """
        ...

    def fingerprint(self, id: ArticleId) -> Fingerprint | None: ...

    def stop(self, stops: Sequence[Stop]) -> None:
        """Keep hashes that were learnt to be of passages that everybody has; one that is there already stays as it is.

        ``candidates`` goes on counting them: whoever asks leaves them out.
        """
        ...

    def stopped(self, scheme: str, hashes: Collection[int]) -> frozenset[int]:
        """Return those of *hashes* that are kept as stops; another process's latest perhaps only after ``refresh``."""
        ...

    def earlier_fingerprints(self, id: ArticleId) -> Mapping[str, Fingerprint]:
        """Return the fingerprints of earlier texts of the article, newest first, by their content hash."""
        ...

    def save_fingerprints(self, id: ArticleId, current: Fingerprint, earlier: Mapping[str, Fingerprint]) -> None:
        """Replace the fingerprints of a stored article, by those of another scheme, say.

        *earlier* are of its versions, by content hash; of them those are kept that ``save_article`` would have kept.
        """
        ...

    def outdated(self, scheme: str, limit: int) -> Sequence[ArticleId]:
        """Return articles, at most *limit*, whose fingerprint is of another scheme than *scheme*."""
        ...

    def fingerprints(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Fingerprint]:
        """Return the fingerprint of each of *ids*; unknown ids are left out. By id."""
        ...

    def article_ids(self) -> Iterator[ArticleId]:
        """Yield every id, ascending. May run over a snapshot."""
        ...

    def matches(self, *, rejected: bool = False) -> Iterator[Match]:
        """Yield every match, by left id, then right id; those of kind "unrelated" only with *rejected*."""
        ...

    def guarded(self, query: Query, reason: Reason | None = None) -> Sequence[Match]:
        """Return the matches with that reason (None: with any) of the articles that *query* asks for, each once.

        Newest article first, as ``search`` has them, then by the other id; at most ``query.limit``.
        """
        ...

    def mark(self) -> Mark | None:
        """Return a value that stays equal as long as nobody changes the store; None where that cannot be told.

        Not even whoever asks; asked in a writing block, it counts what was changed in that block so far.
        """
        ...

    # judgements

    def save_lineage(self, id: ArticleId, lineage: Lineage) -> bool:
        """Keep the judgement on one article, its parents and rivals included; True if it says something new.

        The same judgement again (``decided_at``, ``reason`` and ``revision`` aside) changes nothing. Where only the
        number of copies differs it is brought up to date, with the role that follows from it, and False
        is returned. Otherwise the revision is one more than the stored one and the old judgement goes to
        the history.
        """
        ...

    def lineage(self, id: ArticleId) -> Lineage | None: ...

    def history(self, id: ArticleId) -> Sequence[Lineage]:
        """Return every judgement there was on the article, by revision, the current one last."""
        ...

    def lineages(self, ids: Collection[ArticleId] | None = None) -> Iterator[tuple[ArticleId, Lineage]]:
        """Yield the current judgements, each with its article's id, by id: all of them, or those on *ids*."""
        ...

    # what analysts say

    def save_review(self, review: Review) -> None:
        """Keep *review*; one of the same article and time is replaced. A change of the article leaves it."""
        ...

    def reviews(self) -> Iterator[Review]:
        """Yield every review, also those taken back, by article id, then time."""
        ...

    def children(self, parent: ArticleId) -> Sequence[ArticleId]:
        """Return the articles with an edge to *parent* (an article or an external origin), by id."""
        ...

    def republishers(self, parent: ArticleId) -> Mapping[str, int]:
        """Return the outlets (ids of sources) of the articles with an edge to *parent*, and how many each has of them.

        Most first, then by id.
        """
        ...

    def external(self, id: ArticleId) -> Origin | None:
        """Return the external origin of that id, as some stored edge describes it."""
        ...

    def claiming(self, id: ArticleId) -> Sequence[ArticleId]:
        """Return the articles with a claim that links the page of *id* (``article_id(claim.url) == id``), by id."""
        ...

    def descendants(self, id: ArticleId) -> int:
        """Return how many articles were taken from *id*, directly or through others, each counted once."""
        ...

    def leave(self, ids: Collection[ArticleId], *, seeding: bool = False) -> None:
        """Note that the lineages of *ids* are to be judged again by ``settle``; *seeding* as in ``seeding``."""
        ...

    def left(self, limit: int) -> Sequence[ArticleId]:
        """Return ids noted by ``leave`` and not yet ``settled``, by id."""
        ...

    def seeding(self, ids: Collection[ArticleId]) -> Collection[ArticleId]:
        """Return those of *ids*, noted, of which every note was left with a source's first round: no news to anybody.

        Known to stores whose ``refresh`` says True: of the others no note raises alerts.
        """
        ...

    def settling(self) -> AbstractContextManager[None]:
        """Keep other settles out, in any process, where two at once could judge from what the other has just changed.

        Outside of ``writing()``. Waits for whoever is at it; for one that died, a minute.
        """
        ...

    def delivering(self) -> AbstractContextManager[None]:
        """Keep others that send alerts out, in any process, where two at once could put one alert into two messages.

        As ``settling`` does. A store whose blocks exclude each other needs nothing: messages are made in a block.
        """
        ...

    def settled(self, id: ArticleId) -> None:
        """Take *id* off the note."""
        ...

    def search(self, query: Query) -> Sequence[tuple[Article, Lineage]]:
        """Return what *query* asks for, newest first (publication, else first sight), then by id; or oldest first."""
        ...

    # feeds and entries

    def feed_state(self, url: str) -> FeedState | None: ...

    def feed_states(self, urls: Collection[str]) -> Mapping[str, FeedState]:
        """Return the states of those of *urls* that were asked before, by URL."""
        ...

    def save_poll(self, state: FeedState, pending: Sequence[Pending]) -> Sequence[Pending]:
        """Keep the feed's state and its entries still unknown, in one transaction; return those kept.

        An entry is unknown when its key was never kept before, done or not. The gap in the state, if there is one, is
        kept among the gaps, in place of one of the same feed and beginning.
        """
        ...

    def gaps(self, since: datetime, until: datetime, limit: int, *, source: str | None = None) -> Sequence[Gap]:
        """Return the gaps that reach into that time, of all sources or of one; newest first, then by feed.

        One that lasts reaches up to now. Those that were caught up are among them only where a *source* is asked for.
        """
        ...

    def settled_entries(self, source: str, limit: int) -> Sequence[Settled]:
        """Return what became of the newest entries of *source*, of those settled; newest first, then by key."""
        ...

    def pending(self, sources: Collection[str], limit: int, *, now: datetime | None = None) -> Sequence[Pending]:
        """Return entries still to be fetched, fewest tries first, then oldest; *now*: those whose time has come."""
        ...

    def settle_entry(
        self, key: str, outcome: Fate, reason: str | None = None, *, not_before: datetime | None = None
    ) -> None:
        """Say what became of a pending entry.

        "again" counts a try and leaves it pending, "later" does so without counting; *not_before* is then its time.
        """
        ...

    def save_revisit(self, pending: Pending) -> None:
        """Keep when the page of a known article is looked at again, in place of what has its key.

        It is none of ``pending``; ``settle_entry`` settles it like one.
        """
        ...

    def revisits(self, sources: Collection[str], limit: int, *, now: datetime) -> Sequence[Pending]:
        """Return the pages whose time has come to be looked at again, most overdue first, then by key."""
        ...

    # alerts: the outbox

    def queue_alert(self, alert: Alert) -> bool:
        """Keep *alert* unless one with its key is there; True if it was kept. In the edge's own block."""
        ...

    def due_alerts(self, now: datetime, limit: int) -> Sequence[Alert]:
        """Return pending alerts whose time has come, oldest first."""
        ...

    def save_alert(self, alert: Alert) -> None:
        """Replace the alert of the same key."""
        ...

    def alert(self, key: str) -> Alert | None:
        """Return the alert of that key."""
        ...

    def alerts(
        self,
        limit: int,
        *,
        state: AlertState | None = None,
        rule: str | None = None,
        since: datetime | None = None,
        after: tuple[datetime, str] | None = None,
    ) -> Sequence[Alert]:
        """Return alerts in that state, of that rule, raised at *since* or later: newest first, then by key.

        *after*: those that follow one of that time and key.
        """
        ...

    # lists and upkeep

    def relations(self) -> Iterator[Relation]:
        """Yield a row for each parent of each judged article, one where there is none; by id, best parent first.

        May run over what others change meanwhile.
        """
        ...

    def edges(self) -> Iterator[Edge]:
        """Yield every parent edge, by copy id, best parent first."""
        ...

    def status(self) -> Status: ...

    def init(self) -> Sequence[str]:
        """Make what is not there yet; return what was made. Every other method does so too, without a word."""
        ...

    def migrate(self, tell: Callable[[int, int], None] = ...) -> Sequence[str]:
        """Bring what an earlier release wrote into the form of this one; return a line for each thing done.

        What others write meanwhile is not lost. Killed, it goes on when called again. *tell* hears how many rows of
        how many are done. What was replaced is kept until ``drop_old``.
        """
        ...

    def drop_old(self) -> Sequence[str]:
        """Delete what ``migrate`` replaced and kept; return its names."""
        ...

    # all of it, to be moved

    @property
    def shelves(self) -> Mapping[str, Shelf[Any]]:
        """Everything that is kept, by kind, in the order of ``crawler.shelves.SHELVES``."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Make the ``pages`` of all shelves read inside show one state of the store, whoever writes meanwhile."""
        ...

    def marker(self, name: str) -> str | None:
        """Return what ``put_marker`` kept under that name."""
        ...

    def put_marker(self, name: str, text: str | None) -> None:
        """Keep a word on work that is under way on this very store; None takes it away. It is on no shelf.

        In a block it is kept with the block's changes, or after them.
        """
        ...

    def clean_up(self, now: datetime) -> int:
        """Forget what is no longer needed (settled entries older than 180 days); return how many rows."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two texts of different languages are, 0 to 1, and how many names, numbers and targets they share."""

    score: float
    names: int
    numbers: int
    targets: int


class Crosslingual(Protocol):
    """Holds texts of different languages against each other.

    A likeness is shown to people; it is no evidence of an edge. Only what a page declares makes a translation of it.
    """

    def likeness(self, one: Article, other: Article) -> Likeness | None:
        """Say how alike they are; None where they are of one language, or nothing can be told. Symmetric."""
        ...


class Notifier(Protocol):
    """A way out for messages."""

    def check(self) -> None:
        """Return where a message could be sent, as far as that shows without sending one. Raises DeliveryError."""
        ...

    def notify(self, message: Message) -> None:
        """Hand *message* over. Raises DeliveryError when it did not arrive, with the reason."""
        ...
