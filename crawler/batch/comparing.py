"""Texts held against their candidates by the live path's own Matcher, in a store that shows the past as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from crawler.batch.history import FILE, Asked, File
from crawler.batch.tables import Values, grouped
from crawler.match.guards import guarded
from crawler.matching import Matcher, in_both, is_no_weaker
from crawler.model import Article, ArticleId, Fingerprint, Match, Stop, Version
from crawler.prepare import compare_texts
from crawler.store import ranking
from crawler.store.memory import MemoryStore
from crawler.store.rows import MATCH, STOP

FOUND = (
    ("kind", "string"),
    ("at", "bigint"),
    ("left", "string"),
    ("right", "string"),
    ("hash", "bigint"),
    ("rejected", "boolean"),
    ("body", "binary"),
)
PAIRS = (("left", "string"), ("right", "string"), ("rejected", "boolean"), ("body", "binary"))
COMPARED_AGAIN = (*PAIRS, ("before", "boolean"))


class Past(MemoryStore):
    """What a store held when one text came in, as far as matching asks; remembers what matching teaches."""

    def __init__(self, at: int, near: Mapping[int, tuple[File, int, bool]], stops: Collection[int]) -> None:
        super().__init__()
        self._near = near
        self._states = {file.id: file.as_of(at) for file, _, _ in near.values()}
        self._stopped = frozenset(stops)
        self.taught: list[Stop] = []
        self.to_settle: list[ArticleId] = []

    def stopped(self, scheme: str, hashes: Collection[int]) -> frozenset[int]:
        return self._stopped.intersection(hashes)

    def same_text(self, digest: str, limit: int = 200) -> Sequence[ArticleId]:
        return tuple(sorted(file.id for file, _, same in self._near.values() if same))

    def candidates(self, fingerprint: Fingerprint, limit: int, *, least: int = 2) -> Sequence[ArticleId]:
        scores = {number: score for number, (_, score, _) in self._near.items() if score >= 0}
        return ranking.best_first(scores, {number: file.id for number, (file, _, _) in self._near.items()}, limit)

    def articles(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Article]:
        return {id: self._states[id].article for id in sorted(set(ids))}

    def fingerprints(self, ids: Collection[ArticleId]) -> Mapping[ArticleId, Fingerprint]:
        return {id: self._states[id].fingerprint for id in sorted(set(ids))}

    def earlier_fingerprints(self, id: ArticleId) -> Mapping[str, Fingerprint]:
        newest_first = reversed(self._states[id].earlier)
        return {h.version.content_hash: h.fingerprint for h in newest_first if h.fingerprint is not None}

    def versions(self, id: ArticleId) -> Sequence[Version]:
        return tuple(held.version for held in self._states[id].earlier)

    def stop(self, stops: Sequence[Stop]) -> None:
        self.taught += stops

    def leave(self, ids: Collection[ArticleId], *, seeding: bool = False) -> None:
        self.to_settle += ids


def found(rows: Iterator[Values], stops: Mapping[int, int], now: datetime) -> Iterator[Values]:
    """Yield the matches of each text, what was learnt from it, and who is left to be compared anew, see ``FOUND``.

    *rows*: at, mine (the text's own article), number, score, same, body; sorted by at. *stops* as in ``candidates``.
    """
    for at, some in grouped(rows):
        near: dict[int, tuple[File, int, bool]] = {}
        own: File | None = None
        for _, mine, number, score, same, body in some:
            file = FILE.load(body)
            if mine:
                own = file
            elif file.first < at:
                near[number] = (file, score, same)
        assert own is not None, at
        for asked in own.texts():
            if asked.at == at:
                yield from _found(asked, near, stops, now)


def _found(
    asked: Asked, near: Mapping[int, tuple[File, int, bool]], stops: Mapping[int, int], now: datetime
) -> Iterator[Values]:
    known = [hash for hash in asked.fingerprint.hashes if stops.get(hash, asked.at) < asked.at]
    past = Past(asked.at, near, known)
    for match in Matcher(past).near(asked.article, asked.fingerprint, now=now):
        yield "match", asked.at, match.left, match.right, None, match.shared.is_rejected, MATCH.dump(match).encode()
    for stop in past.taught:
        yield "stop", asked.at, None, None, stop.hash, None, STOP.dump(stop).encode()
    for id in dict.fromkeys(past.to_settle):
        yield "left", asked.at, id, None, None, None, None


def kept(rows: Iterator[Values]) -> Iterator[Values]:
    """Yield the match of each pair that a store would hold in the end; rows (left, right, at, body) come sorted."""
    for (left, right), some in grouped(rows, 2):
        held: Match | None = None
        for _, _, _, body in some:
            match = MATCH.load(body)
            if held is None or held.shared.is_rejected or is_no_weaker(match, held):
                held = match
        assert held is not None
        yield left, right, held.shared.is_rejected, MATCH.dump(held).encode()


def again(rows: Iterator[Values], stops: Collection[int]) -> Iterator[Values]:
    """Yield the pairs that another comparison is had of, now that *stops* are known, see ``COMPARED_AGAIN``.

    Rows: the body of a match and of the files of its left and its right side.
    """
    for body, of_left, of_right in rows:
        match = MATCH.load(body)
        left, right = FILE.load(of_left), FILE.load(of_right)
        if match.shared.kind == "exact":
            continue
        texts = [_as_in(match, file) for file in (left, right)]
        if texts[0] is None or texts[1] is None:
            continue
        hashes = in_both(set(stops).intersection(left.last.fingerprint.hashes), right.last.fingerprint)
        shared = guarded(compare_texts(texts[0].text, texts[1].text, stops=hashes), texts[0], texts[1])
        if shared != match.shared:
            new = Match(
                left=match.left,
                right=match.right,
                shared=shared,
                left_version=match.left_version,
                right_version=match.right_version,
            )
            yield match.left, match.right, shared.is_rejected, MATCH.dump(new).encode(), match.shared.is_rejected


def _as_in(match: Match, file: File) -> Article | None:
    """Return the article with the content that *match* is about; None where that is not kept."""
    from crawler.ports import Dossier  # noqa: PLC0415

    dossier = Dossier(article=file.last.article, versions=file.last.versions())
    return dossier.as_in(match) if dossier.has(match) else None
