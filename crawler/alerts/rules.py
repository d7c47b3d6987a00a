"""Which news somebody wants to hear of, and the alerts that come of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from crawler.alerts.conditions import Case, Condition, Edit
from crawler.alerts.message import as_text, lines, title
from crawler.model import Alert, Article, ArticleId, Delivery, Edge, EditClass, Lineage, News, Origin

_REASONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Condition):
    """When somebody wants to know: the conditions, by what name, and the targets that are told.

    It tells of each copy once, or ``once_per`` origin of the first copy for which it holds.
    """

    name: str
    targets: tuple[str, ...] = ()
    once_per: Literal["copy", "origin"] = "copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed:
    """An edit of a parent that a copy has not followed; ``version`` is the content hash of the text it left."""

    edit: Edit
    version: str
    classes: tuple[EditClass, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rules may ask beyond a lineage, looked up only where one does or one has fired."""

    copies: Callable[[ArticleId], int | None] = lambda _: None  # of an origin
    changes: Callable[[], Sequence[str]] = lambda: ()  # what the copy made of its first parent's text
    unfollowed: Mapping[ArticleId, Unfollowed] = field(default_factory=dict)  # by parent


NOTHING = Known()


class Outbox(Protocol):
    def alert(self, key: str) -> Alert | None: ...
    def queue_alert(self, alert: Alert) -> bool: ...


def raise_alerts(
    rules: Sequence[Rule],
    lineage: Lineage | None,
    article: Article | None,
    outbox: Outbox,
    *,
    now: datetime,
    seeding: bool,
    within: timedelta | None = None,
    known: Known = NOTHING,
    public_url: str | None = None,
) -> int:
    """Queue an alert for each rule that fires on the judgement of *article*; return how many are new.

    To be called inside the transaction that keeps the judgement. A rule tells of a copy once, however often it is
    judged; of several parents it names the first that it asks for. What came in while its source was *seeding*, or
    was published longer ago than *within*, is no news to anybody.
    """
    if seeding or lineage is None or article is None or not is_news(article, now, within):
        return 0
    new = 0
    for rule in rules:
        case = first_fired(rule, lineage, article, known)
        if case is not None and outbox.alert(key := key_for(rule, case, known)) is None:
            new += outbox.queue_alert(_alert(rule, key, case, known, now=now, public_url=public_url))
    return new


def is_news(article: Article, now: datetime, within: timedelta | None) -> bool:
    """Say whether *article* came out lately; None: always.

    What its feed did not yet show at a look of ours within that time is new, however old it says it is.
    """
    if within is None or (article.absent_at is not None and now - article.absent_at <= within):
        return True
    out = article.published.at if article.published else article.first_seen_at
    return now - out <= within


def first_fired(rule: Rule, lineage: Lineage, article: Article, known: Known = NOTHING) -> Case | None:
    """Return the best edge of *article* that *rule* asks for, as it was asked about."""
    cases = (case_of(edge, lineage, article, known) for edge in lineage.parents)
    return next((case for case in cases if rule.holds(case) is True), None)


def case_of(edge: Edge, lineage: Lineage, copy: Article, known: Known = NOTHING) -> Case:
    """Return what a rule is asked about one edge."""
    case = Case(copy=copy, lineage=lineage, edge=edge)
    first = case.origin or edge.parent
    unfollowed = known.unfollowed.get(edge.parent.id)
    asked = replace(case, copies=lambda: known.copies(first.id))
    if unfollowed is None:
        return asked
    return replace(asked, edit=unfollowed.edit, edit_classes=unfollowed.classes)


def alert_key(rule: str, *about: str) -> str:
    """Return what the alert of *rule* about a copy is called, on every repeat.

    Its parent is no part of it: when a better one turns up, the same news would be told twice.
    """
    return hashlib.sha256(json.dumps([rule, *about]).encode()).hexdigest()[:40]


def key_for(rule: Rule, case: Case, known: Known = NOTHING) -> str:
    """Return what the alert of *rule* on that edge is called: once for each copy, edit of its parent, or origin."""
    assert case.copy is not None
    assert case.edge is not None
    unfollowed = _edit(rule, case, known)
    if unfollowed is not None:
        return alert_key(rule.name, case.copy.id, "edit", unfollowed.version)
    if rule.once_per == "origin":
        return alert_key(rule.name, (case.origin or case.edge.parent).id, "origin")
    return alert_key(rule.name, case.copy.id)


def asks_for_edits(rule: Rule) -> bool:
    """Say whether *rule* asks for edits that were not followed."""
    return rule.asks("unfollowed_edit") or rule.asks("edit_class")


def _edit(rule: Rule, case: Case, known: Known) -> Unfollowed | None:
    """Return the edit that the copy has not followed, if *rule* asks for such."""
    parent = case.edge.parent.id if case.edge else None
    return known.unfollowed.get(parent) if parent is not None and asks_for_edits(rule) else None


def _alert(rule: Rule, key: str, case: Case, known: Known, *, now: datetime, public_url: str | None) -> Alert:
    assert case.edge is not None
    first = case.origin or case.edge.parent
    news = news_of(case, copies=known.copies(first.id), changes=known.changes())
    unfollowed = _edit(rule, case, known)
    if unfollowed is not None:
        said = "without saying so" if unfollowed.edit == "silent" else "and says so"
        news = replace(news, about="edit", note=f"The original was changed since, {said}; this was not.")
    elif rule.once_per == "origin" and rule.asks("min_copies"):
        news = replace(news, about="copies")
    return queued(rule.name, key, news, rule.targets, cluster=first.id, now=now, public_url=public_url)


def queued(
    rule: str,
    key: str,
    news: News,
    targets: Sequence[str],
    *,
    cluster: str,
    now: datetime,
    public_url: str | None,
    corrects: str | None = None,
) -> Alert:
    """Return the alert that tells *news*, with a delivery to be made to each of *targets*."""
    return Alert(
        key=key,
        rule=rule,
        copy=news.copy.id if news.copy else None,
        parent=news.parent.id if news.parent else None,
        title=title(news),
        body=as_text(lines(news, rule, public_url=public_url)),
        created_at=now,
        cluster=cluster,
        corrects=corrects,
        news=news,
        deliveries=tuple(Delivery(target=target) for target in dict.fromkeys(targets)),
    )


def rehearsed(
    rule: Rule,
    copies: Sequence[tuple[Article, Lineage]],
    known: Callable[[Article, Lineage], Known],
    within: timedelta | None,
) -> list[Alert]:
    """Return the alerts that *rule* would have raised on *copies*, each when its copy was first seen, newest first.

    By their lineages of today, as if no first round had been among them.
    """
    alerts: dict[str, Alert] = {}
    for article, lineage in sorted(copies, key=lambda pair: (pair[0].first_seen_at, pair[0].id)):
        if is_news(article, article.first_seen_at, within):
            facts = known(article, lineage)
            case = first_fired(rule, lineage, article, facts)
            if case is not None and (key := key_for(rule, case, facts)) not in alerts:
                alerts[key] = _alert(rule, key, case, facts, now=article.first_seen_at, public_url=None)
    return sorted(alerts.values(), key=lambda alert: (alert.created_at, alert.key), reverse=True)


def news_of(case: Case, *, copies: int | None = None, changes: Sequence[str] = ()) -> News:
    """Return what there is to tell of an edge."""
    assert case.copy is not None
    assert case.edge is not None
    edge, lineage = case.edge, case.lineage
    strongest = sorted((e for e in edge.evidence if e.weight > 0), key=lambda e: (-e.weight, e.type))[:_REASONS]
    known = case.origin is not None and lineage is not None
    return News(
        copy=as_origin(case.copy),
        parent=edge.parent,
        origin=case.origin,
        kind=edge.kind,
        coverage=edge.coverage,
        confidence=edge.confidence,
        level=edge.level,
        attribution=edge.attribution,
        delay_seconds=lineage.delay_seconds if known and lineage else None,
        depth=lineage.depth if known and lineage else None,
        copies=copies,
        reasons=tuple(f"{one.type}: {one.value}" for one in strongest),
        changes=tuple(changes),
    )


def as_origin(article: Article) -> Origin:
    """Return *article* as others name it."""
    return Origin(
        id=article.id, url=article.url, title=article.title, published=article.published, source=article.source
    )
