"""Counts articles by what they have in common: outlet, origin, both, language, credit, day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from types import MappingProxyType
from typing import Literal

from crawler.model import Article, Lineage

By = Literal["source", "origin", "pair", "article", "language", "kind", "verdict", "linked", "day"]
Key = tuple[tuple[str, str | None], ...]  # names and values, the first ones tell groups apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Articles that have ``key`` in common. Delays are from their origin's publication, where both are known."""

    key: Mapping[str, str | None]
    articles: int
    uncredited: int  # their page was seen whole and names nobody, or somebody else
    unlinked: int  # it links nowhere near where they are from
    median_delay_seconds: float | None
    least_delay_seconds: float | None
    first_at: datetime  # publication, or first sight where that is not known
    last_at: datetime


def tally(found: Iterable[tuple[Article, Lineage]], by: By) -> tuple[Group, ...]:
    """Return the groups of *found*, the largest first, then by key. An article with two parents is in both pairs."""
    groups: dict[Key, list[tuple[Article, Lineage]]] = {}
    labels: dict[Key, Key] = {}
    for article, lineage in found:
        for key in dict.fromkeys(_KEYS[by](article, lineage)):
            told = key[:1] if by == "article" else key
            labels.setdefault(told, key)
            groups.setdefault(told, []).append((article, lineage))
    made = [_group(labels[told], members) for told, members in groups.items()]
    return tuple(sorted(made, key=lambda group: (-group.articles, [value or "" for value in group.key.values()])))


def _group(key: Key, members: list[tuple[Article, Lineage]]) -> Group:
    delays = [lineage.delay_seconds for _, lineage in members if lineage.delay_seconds is not None]
    credits = [lineage.attribution for _, lineage in members if lineage.attribution is not None]
    times = [article.published.at if article.published else article.first_seen_at for article, _ in members]
    return Group(
        key=MappingProxyType(dict(key)),
        articles=len(members),
        uncredited=sum(credit.verdict in ("uncredited", "misattributed") for credit in credits),
        unlinked=sum(credit.linked == "no" for credit in credits),
        median_delay_seconds=median(delays) if delays else None,
        least_delay_seconds=min(delays, default=None),
        first_at=min(times),
        last_at=max(times),
    )


# --- what groups are told apart by


def _pairs(article: Article, lineage: Lineage) -> Iterator[Key]:
    for edge in lineage.parents:
        yield (("source", article.source.id), ("parent", edge.parent.source.id))


def _origins(article: Article, lineage: Lineage) -> Iterator[Key]:
    if lineage.origin is not None:
        yield (("origin", lineage.origin.source.id),)


def _articles(article: Article, lineage: Lineage) -> Iterator[Key]:
    origin = lineage.origin
    if origin is not None:
        yield (("id", origin.id), ("source", origin.source.id), ("url", origin.url), ("title", origin.title))


def _one(name: str, value: Callable[[Article, Lineage], str | None]) -> Callable[[Article, Lineage], Iterator[Key]]:
    def keys(article: Article, lineage: Lineage) -> Iterator[Key]:
        yield ((name, value(article, lineage)),)

    return keys


def _day(article: Article, lineage: Lineage) -> str:
    return (article.published.at if article.published else article.first_seen_at).date().isoformat()


_KEYS: Mapping[By, Callable[[Article, Lineage], Iterator[Key]]] = {
    "source": _one("source", lambda article, _: article.source.id),
    "origin": _origins,
    "pair": _pairs,
    "article": _articles,
    "language": _one("language", lambda article, _: article.language),
    "kind": _one("kind", lambda _, lineage: lineage.kind),
    "verdict": _one("verdict", lambda _, lineage: lineage.attribution.verdict if lineage.attribution else None),
    "linked": _one("linked", lambda _, lineage: lineage.attribution.linked if lineage.attribution else None),
    "day": _one("day", _day),
}
