"""Alerts over a store: raised with the judgement they tell of, put right when that changes, and sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from crawler.alerts.atom import write_feeds
from crawler.alerts.conditions import Case
from crawler.alerts.delivery import Channel, Delivered, deliver
from crawler.alerts.rules import (
    Known,
    Rule,
    Unfollowed,
    alert_key,
    as_origin,
    asks_for_edits,
    case_of,
    news_of,
    queued,
    raise_alerts,
)
from crawler.health import Findings, Ill, well, word_of
from crawler.lineage.changes import Changes
from crawler.lineage.editing import edit_classes
from crawler.match import compare
from crawler.model import (
    Alert,
    Article,
    ArticleId,
    Health,
    Lineage,
    News,
    Origin,
    SourceRef,
    Version,
)
from crawler.ports import Store
from crawler.registry import Registry
from crawler.text import tokenize
from crawler.watching import Watcher, health

CORRECTED_FOR = timedelta(days=90)
_REMEMBERED = 20_000
_TOLD_FOR = timedelta(days=365)
_AT_ONCE = 2000
_LISTED = 3
OURSELVES = SourceRef(id="copytrail", name="copytrail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """Who is told of what, and how.

    *within*: what came out longer ago is no news; None: everything is. *feeds*: the folder that gets an Atom feed of
    each rule.
    """

    rules: tuple[Rule, ...] = ()
    channels: Mapping[str, Channel] | None = None
    within: timedelta | None = None
    public_url: str | None = None
    feeds: Path | None = None
    watcher: Watcher = field(default_factory=Watcher, compare=False)

    @property
    def watches_edits(self) -> bool:
        """Whether a rule asks for edits that were not followed."""
        return any(asks_for_edits(rule) for rule in self.rules)

    # --- raised

    def raise_for(
        self,
        store: Store,
        id: ArticleId,
        *,
        now: datetime,
        seeding: bool,
        changes: Callable[[ArticleId], Changes | None] = lambda _: None,
    ) -> int:
        """Queue what the rules make of the lineage of an article; return how many alerts are new."""
        if seeding or not self.rules:
            return 0
        lineage, article = store.lineage(id), store.article(id)
        if lineage is None or article is None or not lineage.parents:
            return 0
        return raise_alerts(
            self.rules,
            lineage,
            article,
            store,
            now=now,
            seeding=seeding,
            within=self.within,
            known=self.known(store, article, lineage, changes=lambda: told_changes(changes(id))),
            public_url=self.public_url,
        )

    def known(
        self, store: Store, copy: Article, lineage: Lineage, *, changes: Callable[[], Sequence[str]] = lambda: ()
    ) -> Known:
        """Return what rules may ask of a copy beyond its lineage."""
        return Known(
            copies=lambda origin: copies_of(store, origin),
            changes=changes,
            unfollowed=unfollowed(store, copy, lineage) if self.watches_edits else {},
        )

    def watch_sources(self, store: Store, registry: Registry, now: datetime, own: Findings = {}) -> int:
        """Queue what the rules make of how the sources are, and of those well again; return how many alerts are new.

        An illness is told once, until it is over and has been told to be. *own*: how copytrail itself is.
        """
        asking = [rule for rule in self.rules if rule.asks("health")]
        if not asking:
            return 0
        found = {OURSELVES: own} | {source.ref: self.watcher.health(store, source, now) for source in registry.sources}
        return sum(store.queue_alert(alert) for rule in asking for alert in self._turns(rule, store, found, now))

    def ill(self, rule: Rule, store: Store, registry: Registry, now: datetime) -> Iterator[Alert]:
        """Yield what *rule* makes of how the sources are now."""
        for source in registry.sources if rule.asks("health") else ():
            for ill in health(store, source, now).values():
                if ill is not None and _is_asked(rule, source.ref, ill.health):
                    yield self._ill(rule, source.ref, ill, "", now)

    def _turns(self, rule: Rule, store: Store, found: Mapping[SourceRef, Findings], now: datetime) -> Iterator[Alert]:
        """Yield an alert for each source that has fallen ill since the last was told of it, or is well again."""
        told = _told_of_sources(store.alerts(_REMEMBERED, rule=rule.name, since=now - _TOLD_FOR))
        for source, findings in found.items():
            for kind, ill in findings.items():
                last = told.get((source.id, kind))
                is_open = last is not None and last.news is not None and last.news.about == "source"
                if ill is not None and _is_asked(rule, source, kind):
                    # A feed that failed, was well, and fails again may never have been looked at in between.
                    if not is_open or word_of(ill):
                        yield self._ill(rule, source, ill, last.key if last and not is_open else "", now)
                elif ill is None and last is not None and is_open:
                    yield self._well(rule, source, kind, last, now)

    def _ill(self, rule: Rule, source: SourceRef, ill: Ill, after: str, now: datetime) -> Alert:
        """Return the alert of an illness; *after* is the key of the alert that told of the end of the one before."""
        key = alert_key(rule.name, source.id, ill.health, word_of(ill) or after)
        news = News(about="source", source=source, health=ill.health, note=ill.note, advice=ill.advice)
        return self._of_source(rule, source, key, news, now)

    def _well(self, rule: Rule, source: SourceRef, kind: Health, told: Alert, now: datetime) -> Alert:
        news = News(about="well", source=source, health=kind, note=well(kind, told.created_at, now))
        return self._of_source(rule, source, alert_key(rule.name, "well", told.key), news, now)

    def _of_source(self, rule: Rule, source: SourceRef, key: str, news: News, now: datetime) -> Alert:
        about = f"source {source.id}"
        return queued(rule.name, key, news, rule.targets, cluster=about, now=now, public_url=self.public_url)

    # --- put right

    def correct(self, store: Store, now: datetime) -> int:
        """Queue a correction of each alert whose lineage says otherwise by now; return how many are new.

        Of what was told in the last 90 days; of a copy about which a rule told several things the last one counts. An
        alert that nobody has been sent yet is written anew instead, or withdrawn.
        """
        told: dict[tuple[str, ArticleId], list[Alert]] = {}
        for alert in store.alerts(_REMEMBERED, since=now - CORRECTED_FOR):
            if alert.copy is not None and alert.news is not None:
                told.setdefault((alert.rule, alert.copy), []).append(alert)
        latest = {about: next((a for a in alerts if a.state != "withdrawn"), None) for about, alerts in told.items()}
        return sum(
            self._put_right(store, alert, len(told[alert.rule, copy]), now)
            for copy, alert in self._outdated(store, [alert for alert in latest.values() if alert is not None])
        )

    def _outdated(self, store: Store, alerts: Sequence[Alert]) -> Iterator[tuple[ArticleId, Alert]]:
        """Yield those of *alerts* whose lineage says otherwise by now, with their copy."""
        about: dict[ArticleId, list[Alert]] = {}
        for alert in alerts:
            if alert.copy is not None:
                about.setdefault(alert.copy, []).append(alert)
        for id, lineage in list(store.lineages(about.keys())):
            yield from ((id, alert) for alert in about[id] if alert.news is not None and differs(alert.news, lineage))

    def _put_right(self, store: Store, alert: Alert, before: int, now: datetime) -> int:
        with store.writing():
            stored = store.alert(alert.key)
            id = alert.copy
            lineage, article = (store.lineage(id), store.article(id)) if id is not None else (None, None)
            if stored is None or stored.news is None or lineage is None or article is None:
                return 0
            if not differs(stored.news, lineage):
                return 0
            if unsent(stored):
                store.save_alert(self._anew(store, stored, article, lineage))
                return 0
            news = corrected(stored.news, article, lineage, copies=lambda origin: copies_of(store, origin))
            first = lineage.origin.id if lineage.origin else ""
            return store.queue_alert(
                queued(
                    stored.rule,
                    alert_key(stored.rule, stored.key, first, str(before)),
                    news,
                    [delivery.target for delivery in stored.deliveries],
                    cluster=first or stored.cluster or stored.key,
                    now=now,
                    public_url=self.public_url,
                    corrects=stored.key,
                )
            )

    def _anew(self, store: Store, alert: Alert, article: Article, lineage: Lineage) -> Alert:
        """Return an alert that nobody was sent as its rule would raise it now, or withdrawn."""
        assert alert.news is not None
        rule = next((rule for rule in self.rules if rule.name == alert.rule), None)
        known = self.known(store, article, lineage)
        cases = [case_of(edge, lineage, article, known) for edge in lineage.parents]
        if alert.corrects is not None:
            corrects = store.alert(alert.corrects)
            if corrects is None or corrects.news is None or not differs(corrects.news, lineage):
                return replace(alert, state="withdrawn", not_before=None)
            news = corrected(corrects.news, article, lineage, copies=known.copies)
        else:
            case = next((case for case in cases if rule is not None and rule.holds(case) is True), None)
            if case is None:
                return replace(alert, state="withdrawn", not_before=None)
            news = replace(news_of(case, copies=alert.news.copies), about=alert.news.about, note=alert.news.note)
        made = queued(
            alert.rule,
            alert.key,
            news,
            (),
            cluster=lineage.origin.id if lineage.origin else alert.cluster or alert.key,
            now=alert.created_at,
            public_url=self.public_url,
            corrects=alert.corrects,
        )
        return replace(made, deliveries=alert.deliveries, state=alert.state, not_before=alert.not_before)

    # --- sent

    def deliver(self, store: Store, now: datetime, jitter: float) -> Delivered:
        """Send the alerts whose time has come, each as its lineage says now; write the feeds of those that fired."""
        if not store.due_alerts(now, 1):
            return Delivered()
        with store.delivering():
            store.refresh()  # what another has just put into messages is in them
            return self._deliver(store, now, jitter)

    def _deliver(self, store: Store, now: datetime, jitter: float) -> Delivered:
        due = store.due_alerts(now, _AT_ONCE)
        if not due:
            return Delivered()
        for _, alert in self._outdated(store, [alert for alert in due if unsent(alert)]):
            self._put_right(store, alert, 0, now)
        done = deliver(
            store,
            self.channels or {},
            now=now,
            jitter=jitter,
            targets={rule.name: rule.targets for rule in self.rules},
            public_url=self.public_url,
        )
        self.write_feeds(store, {alert.rule for alert in due})
        return done

    def write_feeds(self, store: Store, rules: Collection[str] | None = None) -> int:
        """Write the Atom feeds of *rules* (None: of all), if there is a folder for them; return how many changed."""
        if self.feeds is None:
            return 0
        names = [rule.name for rule in self.rules if rules is None or rule.name in rules]
        return write_feeds(self.feeds, names, store, public_url=self.public_url)


def unsent(alert: Alert) -> bool:
    """Say whether no part of *alert* is on its way to anybody."""
    return alert.state == "pending" and all(d.message is None and d.state == "pending" for d in alert.deliveries)


def differs(news: News, lineage: Lineage) -> bool:
    """Say whether *lineage* names another origin than *news*, or no longer the parent that it named."""
    if not lineage.parents or lineage.origin is None:
        return news.about != "withdrawal"
    if news.about == "withdrawal":
        return True
    if news.parent is None or news.parent.id not in {edge.parent.id for edge in lineage.parents}:
        return True
    return news.origin is not None and news.origin.id != lineage.origin.id


def corrected(told: News, article: Article, lineage: Lineage, *, copies: Callable[[ArticleId], int | None]) -> News:
    """Return what is to be told in place of *told*."""
    before = told.origin or told.parent
    if not lineage.parents:
        return News(about="withdrawal", copy=as_origin(article), before=before)
    case = case_of(lineage.parents[0], lineage, article)
    first: Origin = case.origin or lineage.parents[0].parent
    return replace(news_of(case, copies=copies(first.id)), about="correction", before=before)


def copies_of(store: Store, origin: ArticleId) -> int:
    """Return how many copies are known of an article or of an external origin."""
    held = store.lineage(origin)
    return held.copies if held is not None else store.descendants(origin)


# --- what was changed, in a few lines


def told_changes(made: Changes | None) -> tuple[str, ...]:
    """Return what a copier changed as a few lines, most telling first; none where it is not known."""
    return tuple(_told_changes(made)) if made is not None else ()


def _told_changes(made: Changes) -> Iterator[str]:
    if made.headline is not None:
        yield f"headline: “{made.headline.copy}” in place of “{made.headline.parent}”"
    for what, pairs in (("name", made.names), ("number", made.numbers)):
        for pair in pairs[:_LISTED]:
            yield f"{what}: {pair.copy or '(nothing)'} in place of {pair.parent or '(nothing)'}"
        if len(pairs) > _LISTED:
            yield f"and {len(pairs) - _LISTED} more {what}s"
    if made.credits_stripped:
        yield f"credit taken out: {made.credits_stripped[0]}"
    if made.links_stripped:
        yield f"{_count(len(made.links_stripped), 'link')} taken out"
    for number, what in ((len(made.cut), "cut"), (len(made.added), "added")):
        if number:
            yield f"{_count(number, 'paragraph')} {what}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


# --- edits that were not followed


def unfollowed(store: Store, copy: Article, lineage: Lineage) -> dict[ArticleId, Unfollowed]:
    """Return the parents whose last edit *copy* has not followed, as far as both have been seen since."""
    found = {}
    parents = store.articles([edge.parent.id for edge in lineage.parents])
    for id, parent in parents.items():
        if parent.version > 1 and copy.last_seen_at >= parent.last_seen_at and (versions := store.versions(id)):
            before = versions[-1]
            if still_has(copy.text, before.text, parent.text):
                edit = "declared" if _declared(parent, before) else "silent"
                was = replace(parent, title=before.title, text=before.text, content_hash=before.content_hash)
                shared = compare(tokenize(parent.text), tokenize(before.text), parent.text, before.text)
                classes = edit_classes(was, parent, shared)
                found[id] = Unfollowed(edit=edit, version=before.content_hash, classes=classes)  # type: ignore[arg-type]
    return found


def still_has(copy: str, before: str, after: str) -> bool:
    """Say whether *copy* has words of *before* that are not in *after*: what was cut, or exchanged for others."""
    words, old, new = tokenize(copy), tokenize(before), tokenize(after)
    in_old = compare(words, old, copy, before).coverage_left
    in_new = compare(words, new, copy, after).coverage_left
    return in_old > in_new


def _declared(after: Article, before: Version) -> bool:
    """Say whether the page says that it was changed since it was last seen as it was."""
    return after.modified is not None and after.modified.at.date() >= before.last_seen_at.date()


# --- how a source is


def _is_asked(rule: Rule, source: SourceRef, kind: Health) -> bool:
    return rule.holds(Case(source=source, health=kind)) is True


def _told_of_sources(alerts: Sequence[Alert]) -> dict[tuple[str, Health], Alert]:
    """Return the newest of *alerts*, which come newest first, for each source and what ails it."""
    told: dict[tuple[str, Health], Alert] = {}
    for alert in alerts:
        news = alert.news
        if news is not None and news.source is not None and news.health is not None and alert.state != "withdrawn":
            told.setdefault((news.source.id, news.health), alert)
    return told
