"""The nouns: frozen values that every stage of the sentence hands to the next.

All datetimes are aware and in UTC. ``None`` means "not known". Offsets count characters of the
article's stored ``text`` and are half-open: ``text[start:end]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, NewType

ArticleId = NewType("ArticleId", str)

Precision = Literal["second", "minute", "day"]
Basis = Literal["feed", "json-ld", "meta", "time", "url", "text", "credit", "media", "given", "guessed", "first-seen"]
MatchKind = Literal["exact", "near_copy", "partial", "quote", "unrelated"]
Reason = Literal[
    "boilerplate",  # what a site or a company puts under all it publishes, told from the text or learnt
    "quotation only",  # somebody else's words, which both quote
    "template",  # a form filled in again: markets, weather, results
    "series",  # another issue of a recurring piece: its standing text
    "list page",  # one of the two lists other pages
    "error page",  # one of the two is a notice of its site
    "same outlet",  # two pages of one outlet: no outlet copies itself
    "too short",  # a set phrase, or a text of a line or two
    "too little",  # a sentence or two
]
EdgeKind = Literal["copy", "excerpt", "partial", "translation", "digest", "claimed"]
Level = Literal["confirmed", "probable", "possible"]
Role = Literal["original", "derived", "unmatched"]
EditClass = Literal[
    "removal",  # the page is gone or withdrawn: seen twice
    "correction",  # the page itself says that it was corrected
    "rewrite",  # less than half of the words stayed
    "facts",  # a number, a name or a negation is another
    "headline",
    "cut",  # nothing but text taken out
    "addition",  # nothing but text put in
    "wording",  # words exchanged of which no more can be told
    "typo",  # spelling, punctuation, layout
    "return",  # what was gone is there again
]
Linked = Literal["article", "home", "other", "no", "unknown"]
YesNo = Literal["yes", "no", "unknown"]
Answer = Literal["yes", "no", "partial", "unknown", "n.a."]
Verdict = Literal["compliant", "partial", "uncredited", "misattributed", "unknown"]
SourceKind = Literal["outlet", "agency", "aggregator", "translator", "blog"]
Where = Literal["head", "byline", "top", "body", "foot", "feed", "url", "text", "time"]
Strength = Literal["certain", "strong", "weak"]
Ruling = Literal["confirm", "reject", "set-parent", "no-parent"]
Topic = Literal["copy", "copies", "edit", "correction", "withdrawal", "source", "well"]
Health = Literal["failing", "quiet", "garbled", "different", "full"]  # of a source; "full": of our own disk
AlertState = Literal["pending", "delivered", "dead", "withdrawn"]
Wait = Literal["digest", "quiet hours", "cooldown", "update", "ceiling", "retry"]
ClaimKind = Literal[
    "credit",  # says that this text appeared elsewhere first, or was taken from there
    "source-line",  # "Source: X": a copy or a citation, the text decides
    "byline",  # the author is another outlet
    "dateline",  # another outlet's name beside another date
    "wire",  # an agency's dateline or sign-off
    "copyright",  # holder of the copyright line
    "canonical",  # cross-outlet canonical, syndication-source, isBasedOn, repost-of
    "feed-source",  # <source>, atom:source, rel=via, a foreign guid
    "pixel",  # a republication counter
    "media",  # first-party media of another outlet, hot-linked
    "residue",  # furniture of another outlet left in the page
    "excerpt",  # "read the full article at"
    "partial",  # "with inputs from"
    "translation",
    "via",  # discovery credit: no text origin
    "self",  # names its own outlet as the origin
    "co-publication",  # "also appeared on": no direction
    "license",  # terms for those who copy from here
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an outlet asks of those who republish it, as it declares it at ``url``."""

    needs: tuple[str, ...] = ()  # of: name, link, home, copyright, author, date, pixel, canonical, links
    forbids: tuple[str, ...] = ()  # of: edits, excerpt, translation, headline, images
    sentence: str | None = None  # the credit line it wants, word for word
    window_days: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A web page that lists articles, of a site without feeds, and the patterns of those links that are articles."""

    url: str
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An outlet that is monitored or credited. ``domains[0]`` is its home."""

    id: str
    name: str
    domains: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    media_hosts: tuple[str, ...] = ()
    language: str | None = None
    tags: tuple[str, ...] = ()
    license: str | None = None
    kind: SourceKind = "outlet"
    enabled: bool = True
    interval: timedelta | None = None
    revisits: tuple[timedelta, ...] | None = None  # ages at which its pages are looked at again; None: as those of all
    policy: Policy | None = None
    notice: str | None = None

    @property
    def polled(self) -> tuple[str, ...]:
        """The addresses that are asked for news."""
        return (*self.feeds, *self.sitemaps, *(section.url for section in self.sections))

    @property
    def ref(self) -> SourceRef:
        """How its articles name it."""
        return SourceRef(id=self.id, name=self.name, domain=self.domains[0] if self.domains else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRef:
    """Who published an article: the registry's source, or one made up from the host."""

    id: str
    name: str
    domain: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date with how well it is known and where it was read.

    ``at`` is the earliest instant meant (midnight UTC for a bare day). ``zone_known`` is False when
    the page gave a clock time or a day without saying in which zone.
    """

    at: datetime
    precision: Precision = "second"
    zone_known: bool = True
    basis: Basis = "given"

    def __post_init__(self) -> None:
        if self.at.tzinfo is None or self.at.utcoffset() != timedelta(0):
            raise ValueError(f"a date must be in UTC: {self.at!r}")

    def iso(self) -> str:
        """Return ISO 8601: a day stays a day ("2020-03-30"), the rest ends in Z."""
        if self.precision == "day":
            return self.at.date().isoformat()
        return iso(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What an outlet's dates show beyond the truth, in seconds, as learnt on so many of its pages.

    It speaks of dates with a zone, or of those without: of these it holds the zone, too.
    """

    least: float
    most: float
    zone_known: bool = True
    pages: int = 0


def iso(at: datetime) -> str:
    """Return *at* as ISO 8601 in UTC, whole seconds unless it has parts of one."""
    text = at.astimezone(UTC).isoformat(timespec="auto")
    return text.replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    url: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    url: str
    kind: str  # image, video, audio, other


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLink:
    rel: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    url: str
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySource:
    """Where a feed says that an item came from (<source>, atom:source)."""

    name: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed. Every string is text: markup in it is not trusted."""

    url: str | None = None
    id: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: Dated | None = None
    updated: Dated | None = None
    summary: str | None = None
    content: str | None = None
    source: EntrySource | None = None
    links: tuple[EntryLink, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A sitemap that an index of sitemaps names."""

    url: str
    changed: Dated | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What the bytes of a feed said. ``problems`` are clear lines, most important first."""

    title: str | None = None
    url: str | None = None  # the site it belongs to
    language: str | None = None
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    ttl: timedelta | None = None
    parts: tuple[Part, ...] = ()  # of an index of sitemaps


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Where the bytes of a page are kept, and their SHA-256.

    ``warc`` is the name of a file in the archive, or the path in full of one that was given; ``offset`` is where the
    record begins in it. None: the page was not kept.
    """

    digest: str
    warc: str | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Bytes we fetched (or were given), and how we came to them."""

    url: str  # asked for
    final_url: str  # after redirects
    body: bytes
    fetched_at: datetime
    status: int = 200
    headers: Mapping[str, str]  # names in lower case
    source_id: str | None = None
    entry: Entry | None = None
    entry_key: str | None = None  # what the store calls the pending entry this page answers
    seeding: bool = False  # it belongs to the first round of its feed: indexed, never alerted
    absent_at: datetime | None = None  # the last good look at its feed that did not name it yet
    capture: Capture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One time that an article's page was looked at: what it held, and the record that proves it.

    No content hash: the page was gone, ``note`` saying in what way. An answer "not modified" is a look, too.
    """

    at: datetime
    content_hash: str | None
    capture: Capture | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One URL's extracted content. ``url`` is always ours, never the page's own canonical."""

    id: ArticleId
    url: str
    canonical_url: str | None = None
    source: SourceRef
    title: str | None = None
    authors: tuple[str, ...] = ()
    byline: str | None = None
    language: str | None = None
    published: Dated | None = None
    modified: Dated | None = None
    first_seen_at: datetime
    last_seen_at: datetime
    absent_at: datetime | None = None  # the last good look at its feed that did not name it yet; None: never looked
    text: str
    summary: str | None = None
    tags: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    media: tuple[Media, ...] = ()
    license: str | None = None
    content_hash: str
    word_count: int
    version: int = 1
    capture: Capture | None = None
    clock: Clock | None = None  # of its outlet, where that is known to be off
    links_lost: bool = False  # anchors were there, their targets were not: "no link" cannot be said
    looks: tuple[Look, ...] = ()  # by time; none where there was one only, at ``last_seen_at``


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What an article was before its current content: another text, or the same under another title.

    ``number`` is what the article's ``version`` was then; None for one that came in after a later one.
    """

    number: int | None
    content_hash: str
    title: str | None
    text: str
    last_seen_at: datetime


def version_of(article: Article) -> Version:
    """Return the content that *article* has now."""
    return Version(
        number=article.version,
        content_hash=article.content_hash,
        title=article.title,
        text=article.text,
        last_seen_at=article.last_seen_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a page says of its own origin. A fact about the page, not about the origin.

    ``source_id`` is the outlet it names, folded through the registry (None: nobody we know);
    ``quote`` is what the page says, at most 300 characters.
    """

    kind: ClaimKind
    marker: str  # row of the marker table or of the field table: "EN-01", "BH-01"
    strength: Strength
    name: str | None = None
    url: str | None = None
    source_id: str | None = None
    domain: str | None = None
    linked: Linked = "no"
    date: Dated | None = None
    quote: str = ""
    where: Where = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Sampled hashes of a text. Two schemes are never compared."""

    scheme: str
    hashes: tuple[int, ...]  # ascending, each once, 0 <= h < 2**48
    digest: str  # of the whole normalised text: equal digests are equal texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A hash of a passage that everybody has, as it was learnt: kept with every text, asked for no more."""

    scheme: str
    hash: int
    source: str | None = None  # whose furniture the passage is; None: that of many outlets
    articles: int  # in which it had been seen by then
    learnt_at: datetime

    @property
    def id(self) -> str:
        return f"{self.scheme} {self.hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch two texts share: characters of the left text and of the right one."""

    left: tuple[int, int]
    right: tuple[int, int]
    words: int
    kind: Literal["own", "quoted", "boilerplate"] = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two texts share. Coverages are shares of each side's words, 0 to 1."""

    kind: MatchKind
    coverage_left: float
    coverage_right: float
    similarity: float
    passages: tuple[Passage, ...] = ()
    reason: Reason | None = None  # the guard that made it less than a copy

    @property
    def is_rejected(self) -> bool:
        """Whether what they share says nothing of copying: kept for who asks, used by nobody."""
        return self.kind == "unrelated"

    def flipped(self) -> Comparison:
        """Return the same comparison with its sides exchanged."""
        turned = tuple(Passage(left=p.right, right=p.left, words=p.words, kind=p.kind) for p in self.passages)
        return Comparison(
            kind=self.kind,
            coverage_left=self.coverage_right,
            coverage_right=self.coverage_left,
            similarity=self.similarity,
            passages=tuple(sorted(turned, key=lambda p: p.left)),
            reason=self.reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two articles share words: a fact, symmetric. Stored once, ``left < right``.

    The versions are the content hashes of the contents that were compared, to whose texts the passages' offsets
    belong; None: the current one.
    """

    left: ArticleId
    right: ArticleId
    shared: Comparison
    left_version: str | None = None
    right_version: str | None = None

    def __post_init__(self) -> None:
        if not self.left < self.right:
            raise ValueError("a match is stored once, its smaller id on the left")

    def other(self, one: ArticleId) -> ArticleId:
        return self.right if one == self.left else self.left

    def seen_from(self, one: ArticleId) -> Comparison:
        """Return the comparison with *one* as its left side."""
        return self.shared if one == self.left else self.shared.flipped()

    def version_of(self, one: ArticleId) -> str | None:
        """Return the content hash of what was compared of *one*."""
        return self.left_version if one == self.left else self.right_version

    def about(self, one: ArticleId, version: str) -> Match:
        """Return the same match, that version of *one* being what was compared."""
        return replace(self, left_version=version) if one == self.left else replace(self, right_version=version)


def match_of(a: ArticleId, b: ArticleId, shared: Comparison) -> Match:
    """Return the match of *a* and *b*, *shared* being seen with *a* on the left."""
    return Match(left=a, right=b, shared=shared) if a < b else Match(left=b, right=a, shared=shared.flipped())


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason to believe an edge. ``weight`` in bits: +1 doubles the odds."""

    type: str
    weight: float
    value: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One question about a credit (``id`` D1 to D12), what was found, and the page's own words for it."""

    id: str
    answer: Answer
    note: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How a copy credits where it came from."""

    verdict: Verdict = "unknown"
    credited: YesNo = "unknown"
    linked: Linked = "unknown"
    credited_as: str | None = None
    link: str | None = None
    criteria: tuple[Criterion, ...] = ()  # none: not asked (a rival, or judged before they were)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a chain ends, or one step of it: an article of ours, or an external one known by credits only."""

    id: ArticleId
    url: str | None
    title: str | None
    published: Dated | None
    source: SourceRef
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A judgement: *copy* was taken from *parent*. Can be recomputed from facts."""

    copy: ArticleId
    parent: Origin
    kind: EdgeKind
    coverage: float | None  # share of the copy's words found in the parent; None where its text was not seen
    confidence: float
    level: Level
    evidence: tuple[Evidence, ...]
    attribution: Attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What the edges say of one article."""

    role: Role
    kind: EdgeKind | None = None
    origin: Origin | None = None
    parents: tuple[Edge, ...] = ()
    rivals: tuple[Edge, ...] = ()
    depth: int = 0
    delay_seconds: float | None = None
    confidence: float | None = None
    copies: int = 0
    attribution: Attribution | None = None
    revision: int = 1
    decided_at: datetime
    reason: str = ""  # what made it be judged: a page that came in, a review, a rebuild


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What an analyst says of where one article was taken from: it outranks what was inferred.

    ``parent`` is the article or external origin as it was known then; None for "no-parent". One that was taken back
    is kept, with when.
    """

    copy: ArticleId
    ruling: Ruling
    parent: Origin | None = None
    note: str = ""
    by: str
    at: datetime
    undone_at: datetime | None = None

    def __post_init__(self) -> None:
        if (self.parent is None) != (self.ruling == "no-parent"):
            raise ValueError("a review names a parent, unless it says that there is none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """So many new entries in so many seconds of watching, the older ones counting less; ``silent`` since the last."""

    news: float = 0.0
    seconds: float = 0.0
    silent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """What a feed brought in each of the last hours, up to four weeks of them; ``hour`` counts from 1970 to the last.

    A character an hour, oldest first: "." nobody looked, "0" nothing new, "1" to "9" so many new entries or more.
    ``longest`` is the longest silence, in hours, that was ever followed by something new.
    """

    hour: int
    hours: str
    longest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch in which a feed was not seen. ``until`` is None as long as it lasts; ``why`` in a few words.

    ``caught_up``: afterwards the feed still showed what it had shown before, so that nothing in between was missed.
    """

    feed: str
    source_id: str
    since: datetime
    until: datetime | None = None
    why: str = ""
    caught_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of one feed between polls. Validators are kept byte for byte."""

    url: str
    source_id: str
    etag: str | None = None
    last_modified: str | None = None
    next_at: datetime | None = None  # None: due at once
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    failures: int = 0
    status: int | None = None
    problem: str | None = None
    seeded: bool = False  # its first round is over: what comes now is new and may raise alerts
    clock: Clock | None = None  # of its outlet, where our looks show that it is off
    read_at: datetime | None = None  # the last time it came in full, not as "not modified"
    seen: str = ""  # marks of the entries it showed then, see ``crawler.polling.shown``
    rhythm: Rhythm | None = None
    moved_to: str | None = None  # where permanent redirects led the last time
    lies: int = 0  # how often in a row "not modified" turned out to be wrong
    diary: Diary | None = None
    gap: Gap | None = None  # one that lasts, or that ended with this poll


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The outcome of asking one feed: what it said, and its state from now on."""

    state: FeedState
    feed: Feed | None = None  # None: nothing new (304) or nothing readable
    capture: Capture | None = None  # of the feed's bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An entry whose page we still have to fetch."""

    key: str
    url: str
    source_id: str
    entry: Entry
    first_seen_at: datetime
    tries: int = 0
    not_before: datetime | None = None  # its page could not be had: not asked for again until then
    seeding: bool = False  # it came with its feed's first round: indexed, never alerted
    absent_at: datetime | None = None  # the last good look at the feed that did not name it yet
    revisit: bool = False  # its page is known already: it is looked at again for edits
    etag: str | None = None  # of a revisit: the validators that came with the page, byte for byte
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A revisit that brought no page to read: it was not modified, it was gone, or it could not be had.

    *Gone* is what the site itself says of the page; a site that does not answer says nothing.
    """

    pending: Pending
    at: datetime
    found: Literal["unchanged", "gone", "nothing"]
    note: str | None = None
    capture: Capture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an alert tells, as it was known when its rule fired: all that its messages are written from.

    ``source`` is told of where no article is; ``before`` is what an alert that is now corrected named as the origin.
    """

    about: Topic = "copy"
    copy: Origin | None = None
    parent: Origin | None = None
    origin: Origin | None = None
    before: Origin | None = None
    kind: EdgeKind | None = None
    coverage: float | None = None
    confidence: float | None = None
    level: Level | None = None
    attribution: Attribution | None = None
    delay_seconds: float | None = None
    depth: int | None = None
    copies: int | None = None  # of the origin, by then
    reasons: tuple[str, ...] = ()  # the strongest evidence
    changes: tuple[str, ...] = ()  # what was done to the parent's text
    source: SourceRef | None = None
    health: Health | None = None  # what ails it, or ailed it
    note: str = ""
    advice: str = ""  # what to do about it


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The way of one alert to one target. ``message`` is the key of the message that it goes with, once written.

    ``waits_for`` says why it has not gone yet; ``written_at`` is when its message was composed.
    """

    target: str
    state: Literal["pending", "delivered", "dead"] = "pending"
    not_before: datetime | None = None
    waits_for: Wait | None = None
    message: str | None = None
    members: tuple[str, ...] = ()  # of the first alert of a message: the keys of all of it, its own included
    written_at: datetime | None = None
    tries: int = 0
    delivered_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule that fired, and its deliveries. ``key`` is the same on every repeat.

    ``copy`` and ``parent`` are null where it is about a source. ``cluster`` is what alerts of one text have in common;
    ``corrects`` is the key of the alert that this one puts right. State, tries, times and error sum up the deliveries.
    """

    key: str
    rule: str
    copy: ArticleId | None
    parent: ArticleId | None
    title: str
    body: str
    created_at: datetime
    state: AlertState = "pending"
    tries: int = 0
    not_before: datetime | None = None
    delivered_at: datetime | None = None
    error: str | None = None
    cluster: str | None = None
    corrects: str | None = None
    news: News | None = None  # None: raised by a copytrail that did not keep it
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a target gets: one alert, or several in one. Text and HTML say the same. ``key`` is that of every repeat."""

    key: str
    title: str
    text: str
    html: str
    kind: Literal["alert", "update", "digest", "summary"] = "alert"
    alerts: tuple[Alert, ...] = ()
