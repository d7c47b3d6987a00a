"""Matches a text against the store: candidates, and of each the version that shares most with it.

On the way it learns which passages everybody has: their hashes are not asked for, and they weigh nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.match.guards import guarded
from crawler.match.stops import Sighting, learn
from crawler.model import Article, ArticleId, Comparison, Fingerprint, Match, Stop, Version, match_of
from crawler.ports import Store
from crawler.prepare import compare_texts, hashes_in

CANDIDATES = 48  # texts compared at most for one article
SAME_TEXT = 48  # besides those that are word for word the same: of a text with thousands of copies the first saved
REJECTED = 5  # matches kept of an article that a guard rejected: enough to see why there is no edge
AGAIN = 96  # matches compared anew at most when a passage of theirs was learnt
_SHARED = 2  # hashes that an earlier text has in common with what it is compared with

_KINDS = ("unrelated", "quote", "partial", "near_copy", "exact")


class Matcher:
    """Compares articles with those of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def near(
        self, article: Article, fp: Fingerprint, *, known: Collection[ArticleId] = (), now: datetime | None = None
    ) -> list[Match]:
        """Return the matches of *article*, as it is given, with what is stored; those with *known* ones are left out.

        An article is found, and matched, by its earlier texts as by its current one; of several the one that shares
        most makes the match, the newest of those that are alike. Of those that a guard rejected the longest few are
        there; what shares nothing to speak of makes none. With *now* what that teaches is kept, and where the store
        holds a stronger match about other texts of the two, there is no new one.
        """
        stops = self._store.stopped(fp.scheme, fp.hashes)
        asked = replace(fp, hashes=tuple(h for h in fp.hashes if h not in stops)) if stops else fp
        found = dict.fromkeys(self._store.same_text(fp.digest, SAME_TEXT))
        found |= dict.fromkeys(self._store.candidates(asked, SAME_TEXT + CANDIDATES))
        for id in (article.id, *known):
            found.pop(id, None)
        others = self._store.articles(list(found)[: SAME_TEXT + CANDIDATES])
        best = self._best(article, fp, others, stops)
        if now is not None and (new := self._learnt(article, fp, best, stops, now)):
            best = self._best(article, fp, others, stops | new)
        matches = [_match(article, was, shared) for was, shared in best]
        if now is not None:
            matches = self._no_weaker(article.id, matches)
        rejected = sorted((m for m in matches if m.shared.is_rejected and m.shared.reason), key=_most_shared)
        return [*(m for m in matches if not m.shared.is_rejected), *rejected[:REJECTED]]

    def _best(
        self, article: Article, fp: Fingerprint, others: Mapping[ArticleId, Article], stops: Collection[int]
    ) -> list[tuple[Article, Comparison]]:
        """Return each of *others* as it is or was, with what it shares: its strongest text, then the newest."""
        wanted = set(fp.hashes)
        fingerprints = self._store.fingerprints(list(others)) if stops else {}
        best = []
        for other in others.values():
            texts = [(other, fingerprints.get(other.id))]
            for was, its in earlier_texts(self._store, other):
                alike = its.digest == fp.digest or len(wanted.intersection(its.hashes)) >= _SHARED
                if its.scheme == fp.scheme and alike:
                    texts.append((was, its))
            found = [(was, _shared(article, was, in_both(stops, its))) for was, its in texts]
            best.append(max(found, key=lambda pair: _strength(pair[1])))
        return best

    def _no_weaker(self, id: ArticleId, matches: list[Match]) -> list[Match]:
        """Return *matches* without those that are weaker than one about other texts of the two that is held."""
        held = self._store.dossiers([id], among=[m.other(id) for m in matches]).get(id)
        before = {m.other(id): m for m in held.matches} if held else {}
        return [match for match in matches if (old := before.get(match.other(id))) is None or is_no_weaker(match, old)]

    def _learnt(
        self,
        article: Article,
        fp: Fingerprint,
        best: Collection[tuple[Article, Comparison]],
        stops: frozenset[int],
        now: datetime,
    ) -> frozenset[int]:
        """Keep what the comparisons teach and leave whoever it concerns to ``settle``; return the new stop hashes."""
        new: set[int] = set()
        for one in learn(article, [Sighting(other=was, shared=shared) for was, shared in best]):
            hashes = hashes_in(article.text, set(fp.hashes) - stops - new, [one.span])
            self._store.stop(
                [
                    Stop(scheme=fp.scheme, hash=h, source=one.source, articles=one.articles, learnt_at=now)
                    for h in sorted(hashes)
                ]
            )
            new |= hashes
        if new:
            self._store.leave([was.id for was, shared in best if shared.passages])
        return frozenset(new)

    def again(self, id: ArticleId, fp: Fingerprint) -> None:
        """Compare the stored matches of an article anew if a passage of it was learnt to be everybody's.

        Whoever loses or changes a match by that is left to be judged again.
        """
        stops = self._store.stopped(fp.scheme, fp.hashes)
        one = self._store.dossiers([id], among=self._store.matched(id, AGAIN)).get(id) if stops else None
        if one is None:
            return
        others = self._store.dossiers([m.other(id) for m in one.matches], among=[id])
        fingerprints = self._store.fingerprints(list(others))
        changed = []
        for match in one.matches:
            other = others.get(match.other(id))
            if other is None or match.shared.kind == "exact" or not (one.has(match) and other.has(match)):
                continue
            left, right = (one, other) if match.left == id else (other, one)
            texts = left.as_in(match), right.as_in(match)
            shared = _shared(*texts, in_both(stops, fingerprints.get(match.other(id))))
            if shared != match.shared:
                changed.append(replace(match, shared=shared))
        self._store.save_matches(changed)
        self._store.leave([match.other(id) for match in changed])


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


def _shared(one: Article, other: Article, stops: Collection[int]) -> Comparison:
    return guarded(compare_texts(one.text, other.text, stops=stops), one, other)


def in_both(stops: Collection[int], other: Fingerprint | None) -> Collection[int]:
    """Return those of one text's stop hashes that the other has too: the same, whichever of the two is asked.

    Else two articles that are compared anew in turn would never agree.
    """
    return frozenset(stops).intersection(other.hashes) if stops and other is not None else frozenset()


def _match(article: Article, other: Article, shared: Comparison) -> Match:
    """Return the match of two articles, about the texts that they are given with."""
    match = match_of(article.id, other.id, shared)
    return match.about(article.id, article.content_hash).about(other.id, other.content_hash)


def _strength(shared: Comparison) -> tuple[int, float, float]:
    """Return how much two texts share. Hundredths: what differs by less is alike."""
    most = max(shared.coverage_left, shared.coverage_right)
    return _KINDS.index(shared.kind), round(most, 2), round(shared.coverage_left + shared.coverage_right, 2)


def is_no_weaker(match: Match, held: Match) -> bool:
    """Say whether *match* takes the place of *held*, of the same articles: it is as strong, or of the same texts."""
    if (match.left_version, match.right_version) == (held.left_version, held.right_version):
        return True
    return _strength(held.shared) <= _strength(match.shared)


def _most_shared(match: Match) -> tuple[int, ArticleId, ArticleId]:
    return -sum(passage.words for passage in match.shared.passages), match.left, match.right
