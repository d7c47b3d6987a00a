"""Matches a text against the store: candidates, and of each the version that shares most with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from crawler.match.guards import guarded
from crawler.model import Article, ArticleId, Comparison, Fingerprint, Match, Version, match_of
from crawler.ports import Store
from crawler.prepare import compare_texts

CANDIDATES = 64  # texts compared at most for one article, besides those that are word for word the same
REJECTED = 5  # matches kept of an article that a guard rejected: enough to see why there is no edge
_SHARED = 2  # hashes that an earlier text has in common with what it is compared with

_KINDS = ("unrelated", "quote", "partial", "near_copy", "exact")


def matches_of(
    store: Store,
    article: Article,
    fp: Fingerprint,
    *,
    known: Collection[ArticleId] = (),
    held: Iterable[Match] = (),
) -> list[Match]:
    """Return the matches of *article*, as it is given, with what is stored; those with *known* ones are left out.

    An article is found, and matched, by its earlier texts as by its current one; of several the one that shares most
    makes the match, the newest of those that are alike. Where a match of *held* about other texts of the two is
    stronger, there is no new one. Of those that a guard rejected the longest few are kept; what shares nothing to
    speak of makes none.
    """
    found = dict.fromkeys(store.same_text(fp.digest))
    found |= dict.fromkeys(store.candidates(fp, CANDIDATES))
    for id in (article.id, *known):
        found.pop(id, None)
    before = {match.other(article.id): match for match in held}
    matches = []
    for id, other in store.articles(found).items():
        match = _best(store, article, fp, other)
        old = before.get(id)
        if old is not None and not _same_texts(old, match) and _strength(old.shared) > _strength(match.shared):
            continue
        if not match.shared.is_rejected or match.shared.reason is not None:
            matches.append(match)
    rejected = sorted((m for m in matches if m.shared.is_rejected), key=_most_shared)[:REJECTED]
    return [*(m for m in matches if not m.shared.is_rejected), *rejected]


def as_was(article: Article, version: Version) -> Article:
    """Return *article* with an earlier content of its."""
    return replace(article, title=version.title, text=version.text, content_hash=version.content_hash)


def earlier_texts(store: Store, article: Article) -> Iterator[tuple[Article, Fingerprint]]:
    """Yield *article* as it was with each earlier text that it is still found by, newest first."""
    if article.version > 1:
        kept = store.earlier_fingerprints(article.id)
        versions = {version.content_hash: version for version in store.versions(article.id)} if kept else {}
        for content_hash, fp in kept.items():
            if content_hash in versions:
                yield as_was(article, versions[content_hash]), fp


def _best(store: Store, article: Article, fp: Fingerprint, other: Article) -> Match:
    """Return the strongest match of *article* with *other* as it is or was, the newest of those that are alike."""
    wanted = set(fp.hashes)
    texts = [other]
    for was, its in earlier_texts(store, other):
        if its.scheme == fp.scheme and (its.digest == fp.digest or len(wanted.intersection(its.hashes)) >= _SHARED):
            texts.append(was)
    found = [(was, guarded(compare_texts(article.text, was.text), article, was)) for was in texts]
    was, shared = max(found, key=lambda pair: _strength(pair[1]))
    match = match_of(article.id, other.id, shared)
    return match.about(article.id, article.content_hash).about(other.id, was.content_hash)


def _strength(shared: Comparison) -> tuple[int, float, float]:
    """Return how much two texts share. Hundredths: what differs by less is alike."""
    most = max(shared.coverage_left, shared.coverage_right)
    return _KINDS.index(shared.kind), round(most, 2), round(shared.coverage_left + shared.coverage_right, 2)


def _same_texts(one: Match, other: Match) -> bool:
    return (one.left_version, one.right_version) == (other.left_version, other.right_version)


def _most_shared(match: Match) -> tuple[int, ArticleId, ArticleId]:
    return -sum(passage.words for passage in match.shared.passages), match.left, match.right
