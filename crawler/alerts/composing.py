"""Alerts as the message that tells of them: one alert whole, several in short, text and HTML alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from crawler.alerts.manners import GATHERED, cluster_of
from crawler.alerts.message import LONGEST_TITLE, Line, as_html, as_text, lines, page_of
from crawler.alerts.wording import credit, delay, headline, link, name, percent, plain
from crawler.model import Alert, Message, News, Wait

_SHOWN = 50  # alerts of one message; the rest is counted
_WHY: dict[Wait, str] = {
    "quiet hours": "through your quiet hours",
    "ceiling": "under your limit of messages an hour",
    "cooldown": "while others of the same pair were told",
    "update": "until now",
    "digest": "for this digest",
    "retry": "until now",
}


def compose(
    key: str, alerts: Sequence[Alert], *, digest: bool, held: Wait | None = None, public_url: str | None = None
) -> Message:
    """Return the message of that key for *alerts*, oldest first; *held* is what the first of them had waited for."""
    assert alerts
    if len(alerts) == 1 and not digest:
        (alert,) = alerts
        said = lines(alert.news, alert.rule, public_url=public_url) if alert.news else _unkept(alert)
        return _message(key, alert.title, said, "alert", alerts)
    if not digest and held not in GATHERED and len(set(map(cluster_of, alerts))) == 1:
        return _message(key, _cluster_title(alerts), [*_cluster(alerts, public_url), *_rest(alerts)], "update", alerts)
    if digest:
        many = "1 alert" if len(alerts) == 1 else f"{len(alerts)} alerts"
        title = f"copytrail: {many}, {_rules(alerts)}"
        return _message(key, title, [*_clusters(alerts, public_url), *_rest(alerts)], "digest", alerts)
    title = f"copytrail: {len(alerts)} alerts held back {_WHY[held] if held else 'until now'}"
    return _message(
        key,
        title,
        [Line(f"{title}:"), Line(kind="gap"), *_clusters(alerts, public_url), *_rest(alerts)],
        "summary",
        alerts,
    )


def message_key(target: str, alerts: Sequence[Alert]) -> str:
    """Return what the message of *alerts* to that target is called: an alert that goes alone gives it its own name."""
    if len(alerts) == 1:
        return alerts[0].key
    return hashlib.sha256(json.dumps([target, *sorted(alert.key for alert in alerts)]).encode()).hexdigest()[:40]


def _message(key: str, title: str, said: Sequence[Line], kind: str, alerts: Sequence[Alert]) -> Message:
    return Message(
        key=key,
        title=plain(title, LONGEST_TITLE),
        text=as_text(said),
        html=as_html(said),
        kind=kind,  # type: ignore[arg-type]
        alerts=tuple(alerts),
    )


def _unkept(alert: Alert) -> list[Line]:
    """Return the lines of an alert of which only its text was kept."""
    return [Line(line) for line in alert.body.splitlines()]


def _clusters(alerts: Sequence[Alert], public_url: str | None) -> Iterator[Line]:
    """Yield the alerts, those of one text together, in the order in which the first of each came."""
    place = {cluster: i for i, cluster in enumerate(dict.fromkeys(map(cluster_of, alerts)))}
    ordered = sorted(alerts[:_SHOWN], key=lambda alert: place[cluster_of(alert)])
    for _, some in groupby(ordered, key=cluster_of):
        yield from _cluster(list(some), public_url)


def _cluster(alerts: Sequence[Alert], public_url: str | None) -> Iterator[Line]:
    if len(alerts) > 1:
        yield Line(_cluster_title(alerts), "lead")
    for alert in alerts[:_SHOWN]:
        yield from _short(alert, public_url)
        yield Line(kind="gap")


def _short(alert: Alert, public_url: str | None) -> Iterator[Line]:
    """Yield an alert in three lines."""
    yield Line(alert.title, "label")
    news = alert.news
    if news is None or news.copy is None:
        return
    said = [_share(news), delay(news.parent.published if news.parent else None, news.copy.published)]
    said.append(credit(news.attribution) if news.attribution else None)
    yield Line(" ".join(one for one in said if one))
    shown = link(news.copy.url or "")
    if shown.startswith("http"):
        yield Line(url=shown)
    if (page := page_of(news, public_url)) is not None:
        yield Line("More: ", url=page)


def _share(news: News) -> str | None:
    return None if news.coverage is None else f"{percent(news.coverage)} of its words."


def _cluster_title(alerts: Sequence[Alert]) -> str:
    """Return one line for the alerts of one text: by whom, of whom, how many there are by now."""
    news = [alert.news for alert in alerts if alert.news is not None and alert.news.copy is not None]
    outlets = list(dict.fromkeys(name(one.copy.source.name) for one in news if one.copy))
    first = next((origin for one in news if (origin := one.origin or one.parent)), None)
    if first is None or not outlets:
        return f"{len(alerts)} alerts: {alerts[0].title}"
    others = len(outlets) - 1
    who = outlets[0] + (f" and {others} other{'s' if others > 1 else ''}" if others else "")
    known = max((one.copies or 0 for one in news), default=0)
    count = f", {known} copies by now" if known > len(alerts) else ""
    return f"{len(alerts)} more of {name(first.source.name)}: {who}{count}: {headline(first.title)}"


def _rest(alerts: Sequence[Alert]) -> list[Line]:
    more = len(alerts) - _SHOWN
    return [Line(f"And {more} more: `copytrail alerts list` has them all.")] if more > 0 else []


def _rules(alerts: Sequence[Alert]) -> str:
    rules = list(dict.fromkeys(plain(alert.rule, 40) for alert in alerts))
    return ", ".join(rules[:3]) + (f" and {len(rules) - 3} other rules" if len(rules) > 3 else "")
