"""Finds what is stored and shares words with an article, and learns on the way which passages everybody has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from crawler.match.guards import guarded
from crawler.match.stops import Sighting, learn
from crawler.model import Article, ArticleId, Comparison, Fingerprint, Match, Stop, match_of
from crawler.ports import Store
from crawler.prepare import compare_texts, hashes_in

CANDIDATES = 48  # texts compared at most for one article
SAME_TEXT = 48  # besides those that are word for word the same: of a text with thousands of copies the first saved
REJECTED = 5  # matches kept of an article that a guard rejected: enough to see why there is no edge
AGAIN = 96  # matches compared anew at most when a passage of theirs was learnt


class Matcher:
    """Compares articles with those of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def near(
        self, article: Article, fp: Fingerprint, *, known: Collection[ArticleId] = (), now: datetime | None = None
    ) -> list[Match]:
        """Return the matches of *article* with what is stored, *known* ones left out; with *now* keep what it teaches.

        Of those that a guard rejected the longest few are there; what shares nothing to speak of makes none. Hashes of
        passages that everybody has are not asked for, and such passages weigh nothing.
        """
        stops = self._store.stopped(fp.scheme, fp.hashes)
        asked = replace(fp, hashes=tuple(h for h in fp.hashes if h not in stops)) if stops else fp
        found = dict.fromkeys(self._store.same_text(fp.digest, SAME_TEXT))
        found |= dict.fromkeys(self._store.candidates(asked, SAME_TEXT + CANDIDATES))
        for id in (article.id, *known):
            found.pop(id, None)
        others = self._store.articles(list(found)[: SAME_TEXT + CANDIDATES])
        shared = _compared(article, others, stops)
        if now is not None and (new := self._learnt(article, fp, others, shared, stops, now)):
            shared = _compared(article, others, stops | new)
        matches = [match_of(article.id, id, seen) for id, seen in shared.items() if not _is_nothing(seen)]
        rejected = sorted((m for m in matches if m.shared.is_rejected), key=_most_shared)[:REJECTED]
        return [*(m for m in matches if not m.shared.is_rejected), *rejected]

    def _learnt(
        self,
        article: Article,
        fp: Fingerprint,
        others: Mapping[ArticleId, Article],
        shared: Mapping[ArticleId, Comparison],
        stops: frozenset[int],
        now: datetime,
    ) -> frozenset[int]:
        """Keep what the comparisons teach and leave whoever it concerns to ``settle``; return the new stop hashes."""
        new: set[int] = set()
        for one in learn(article, [Sighting(other=others[id], shared=seen) for id, seen in shared.items()]):
            hashes = hashes_in(article.text, set(fp.hashes) - stops - new, [one.span])
            self._store.stop(
                [
                    Stop(scheme=fp.scheme, hash=h, source=one.source, articles=one.articles, learnt_at=now)
                    for h in sorted(hashes)
                ]
            )
            new |= hashes
        if new:
            self._store.leave([id for id, seen in shared.items() if seen.passages])
        return frozenset(new)

    def again(self, id: ArticleId, fp: Fingerprint) -> None:
        """Compare the stored matches of an article anew if a passage of it was learnt to be everybody's.

        Whoever loses or changes a match by that is left to be judged again.
        """
        stops = self._store.stopped(fp.scheme, fp.hashes)
        if not stops:
            return
        dossier = self._store.dossiers([id], among=self._store.matched(id, AGAIN)).get(id)
        if dossier is None:
            return
        held = {m.other(id): m for m in dossier.matches if m.shared.kind != "exact"}
        shared = _compared(dossier.article, self._store.articles(list(held)), stops)
        changed = [new for other, seen in shared.items() if (new := match_of(id, other, seen)) != held[other]]
        self._store.save_matches(changed)
        self._store.leave([match.other(id) for match in changed])


def _compared(
    article: Article, others: Mapping[ArticleId, Article], stops: Collection[int]
) -> dict[ArticleId, Comparison]:
    return {
        id: guarded(compare_texts(article.text, other.text, stops=stops), article, other)
        for id, other in others.items()
    }


def _is_nothing(shared: Comparison) -> bool:
    return shared.is_rejected and shared.reason is None


def _most_shared(match: Match) -> tuple[int, ArticleId, ArticleId]:
    return -sum(passage.words for passage in match.shared.passages), match.left, match.right
