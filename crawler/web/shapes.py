"""The shapes of the API's answers, for its OpenAPI document: what ``crawler.present`` makes is one of these."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crawler.model import (
    Answer,
    ClaimKind,
    EdgeKind,
    EditClass,
    Health,
    Level,
    Linked,
    MatchKind,
    Role,
    Ruling,
    SourceKind,
    Strength,
    Verdict,
    Where,
    YesNo,
)

Span = tuple[int, int]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Outlet(Shape):
    id: str | None
    name: str | None
    domain: str | None


class Origin(Shape):
    id: str | None
    url: str | None
    title: str | None
    published_at: str | None
    source: Outlet
    external: bool


class Evidence(Shape):
    type: str
    weight: float
    value: str
    where: str


class Parent(Shape):
    id: str
    url: str | None
    source: Outlet
    external: bool
    kind: EdgeKind
    coverage: float | None
    confidence: float
    level: Level
    evidence: list[Evidence]


class Attribution(Shape):
    verdict: Verdict
    credited: YesNo
    linked: Linked
    credited_as: str | None
    link: str | None


class Lineage(Shape):
    role: Role
    kind: EdgeKind | None
    origin: Origin | None
    parents: list[Parent]
    rivals: list[Parent]
    depth: int
    delay_seconds: float | None
    confidence: float | None
    copies: int
    attribution: Attribution | None
    revision: int
    decided_at: str


class Revision(Lineage):
    reason: str | None


class Link(Shape):
    url: str
    text: str


class Media(Shape):
    url: str
    kind: str


class Capture(Shape):
    warc: str | None
    offset: int | None
    digest: str


class Basis(Shape):
    precision: str
    zone_known: bool
    basis: str


class Dates(Shape):
    published: Basis | None
    modified: Basis | None


class Claim(Shape):
    kind: ClaimKind
    marker: str
    strength: Strength
    name: str | None
    url: str | None
    source: str | None
    domain: str | None
    linked: Linked
    date: str | None
    quote: str
    where: Where


class Article(Shape):
    id: str | None
    url: str | None
    canonical_url: str | None
    source: Outlet
    title: str | None
    authors: list[str]
    byline: str | None
    language: str | None
    published_at: str | None
    modified_at: str | None
    first_seen_at: str
    last_seen_at: str
    text: str
    word_count: int
    summary: str | None
    tags: list[str]
    links: list[Link]
    media: list[Media]
    license: str | None
    content_hash: str
    version: int
    capture: Capture | None
    dates: Dates
    claims: list[Claim]
    lineage: Lineage | None


class Articles(Shape):
    """``next`` is the cursor of the next page, null on the last one."""

    articles: list[Article]
    next: str | None


class Copy(Shape):
    id: str
    url: str
    title: str | None
    published_at: str | None
    source: Outlet
    kind: EdgeKind
    coverage: float | None
    confidence: float
    level: Level
    attribution: Attribution


class Copies(Shape):
    copies: list[Copy]
    next: str | None


class Criterion(Shape):
    id: str
    answer: Answer
    note: str | None
    quote: str | None


class Change(Shape):
    parent: str
    copied: str = Field(alias="copy")


class Review(Shape):
    copied: str = Field(alias="copy")
    ruling: Ruling
    parent: Origin | None
    note: str | None
    by: str
    at: str
    undone_at: str | None


class Gap(Shape):
    """A stretch in which a source was not seen; ``note`` says what that means. ``caught_up``: nothing was missed."""

    source: Outlet
    feed: str
    since: str
    until: str | None
    why: str | None
    caught_up: bool
    note: str


class Edition(Shape):
    """A version as it was seen, after ``after`` and by ``first_seen_at``; without a number: the page was gone."""

    number: int | None
    content_hash: str | None
    title: str | None
    main: EditClass | None = Field(alias="class")
    classes: list[EditClass]
    after: str | None
    first_seen_at: str
    last_seen_at: str
    looks: int
    capture: Capture | None
    note: str | None
    diff: str | None


class Editions(Shape):
    versions: list[Edition]


class Within(Shape):
    least: float
    most: float | None


class Carried(Shape):
    """Which version of its parent a copy carries; null where it cannot be told, ``among`` then being what is left."""

    copied: str = Field(alias="copy")
    parent: str
    version: int | None
    among: list[int]
    words: list[str]
    followed: bool | None
    followed_after_seconds: Within | None


class Trail(Shape):
    article: Article
    chain: list[Origin]
    copies: list[Copy]
    criteria: list[Criterion]
    changes: dict[str, Any] | None
    reviews: list[Review]
    versions: list[Edition]
    carried: list[Carried]
    gaps: list[Gap]


class StoredTrail(Trail):
    """``next`` leads to the rest of the copies, ``history`` is every judgement there was, oldest first."""

    next: str | None
    history: list[Revision]


class Passage(Shape):
    left: Span
    right: Span
    words: int


class Side(Shape):
    id: str
    url: str
    content_hash: str | None


class Match(Shape):
    left: Side
    right: Side
    kind: MatchKind
    coverage_left: float
    coverage_right: float
    similarity: float
    passages: list[Passage]
    reason: str | None


class Matches(Shape):
    matches: list[Match]
    next: str | None


class ComparedPassage(Shape):
    a: Span
    b: Span
    words: int
    kind: str


class Comparison(Shape):
    kind: MatchKind
    coverage_a: float
    coverage_b: float
    similarity: float
    passages: list[ComparedPassage]
    reason: str | None


class Feed(Shape):
    url: str
    next_at: str | None
    polled_at: str | None
    succeeded_at: str | None
    moved_to: str | None
    failures: int
    problem: str | None


class Finding(Shape):
    health: Health
    note: str
    advice: str
    since: str | None


State = Literal["well", "failing", "quiet", "garbled", "different", "new", "not watched"]


class HowItIs(Shape):
    """How an outlet is. ``days`` are the new entries of the last 28 days, oldest first; null: nobody looked."""

    state: State
    findings: list[Finding]
    news_hours_per_day: float | None
    silent_hours: int | None
    longest_silence_hours: int | None
    days: list[int | None]
    gaps: list[Gap]


class ListingPage(Shape):
    """A web page that lists articles; ``links`` are the patterns of those that are."""

    url: str
    links: list[str]


class Source(Shape):
    id: str
    name: str
    domains: list[str]
    aliases: list[str]
    feeds: list[Feed]
    sitemaps: list[str]
    sections: list[ListingPage]
    polled: list[Feed]
    language: str | None
    tags: list[str]
    license: str | None
    kind: SourceKind
    enabled: bool
    notice: str | None
    health: HowItIs | None


class Sources(Shape):
    sources: list[Source]


class Pair(Shape):
    source: str
    parent: str
    copies: int
    credited: int
    uncredited: int
    linked: int
    median_delay_seconds: float | None


class OutletCounts(Shape):
    id: str
    articles: int
    taken: int
    lent: int
    originated: int
    credited: int
    uncredited: int
    median_delay_seconds: float | None


class Counts(Shape):
    """What the whole store comes to; null where it is still being counted."""

    articles: int
    derived: int
    originals: int
    external: int
    uncredited: int
    outlets: list[OutletCounts]
    pairs: list[Pair]
    at: str


class News(Shape):
    """What an alert tells, as it was known when its rule fired."""

    about: str
    copied: Origin | None = Field(alias="copy")
    parent: Origin | None
    origin: Origin | None
    before: Origin | None
    kind: str | None
    coverage: float | None
    confidence: float | None
    level: str | None
    attribution: Attribution | None
    delay_seconds: float | None
    depth: int | None
    copies: int | None
    reasons: list[str]
    changes: list[str]
    source: Outlet | None
    health: Health | None
    note: str | None
    advice: str | None


class Delivery(Shape):
    """The way of an alert to one target."""

    target: str
    state: str
    not_before: str | None
    waits_for: str | None
    message: str | None
    tries: int
    delivered_at: str | None
    error: str | None


class Alert(Shape):
    key: str
    rule: str
    copied: str | None = Field(alias="copy")
    parent: str | None
    title: str
    body: str
    created_at: str
    state: str
    tries: int
    not_before: str | None
    delivered_at: str | None
    error: str | None
    cluster: str | None
    corrects: str | None
    news: News | None
    deliveries: list[Delivery]


class Alerts(Shape):
    alerts: list[Alert]
    next: str | None


class Status(Shape):
    """``state`` is null until it was found out."""

    state: str | None
    articles: int
    matches: int
    edges: int
    pending: int
    alerts_pending: int
    alerts_dead: int
    feeds: int
    newest: str | None


class Reviewed(Shape):
    review: Review
    changed: int


class Problem(BaseModel):
    """RFC 9457. ``detail`` says what to do; ``errors`` name the fields that are wrong."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] | None = None
