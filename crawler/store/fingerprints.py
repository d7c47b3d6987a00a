"""The fingerprints of stored texts, in SQL: an article's current one and those of texts it had before."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from crawler.model import ArticleId, Fingerprint
from crawler.store import ranking
from crawler.store.postings import Postings, Runner, packed, unpacked
from crawler.store.terms import SAME_TEXT, Earlier, worth_keeping


class Fingerprints:
    """What articles are found by. To be changed within a writing block only; *number* is an article's row."""

    def __init__(self, database: Runner, postings: Postings | None = None) -> None:
        self._db = database
        self._postings = postings or Postings(database)

    def save(self, number: int, current: Fingerprint, *, earlier: Sequence[Earlier] | None = None) -> None:
        """Keep the fingerprint of the current text and of *earlier* ones; None: those stay that there are."""
        before, kept = self._current(number), self._earlier(number)
        after = worth_keeping(current, kept if earlier is None else earlier)
        if before == current and after == kept:
            return
        had, has = _by_scheme(before, kept), _by_scheme(current, after)
        for name in sorted(had.keys() | has.keys()):
            old, new = had.get(name, set()), has.get(name, set())
            scheme = self._scheme(name)
            self._postings.remove(scheme, number, sorted(old - new))
            if new - old:
                self._postings.add(scheme, number, sorted(new - old))
        self._put_current(number, before, current)
        if after != kept:
            self._put_earlier(number, after)

    def _put_current(self, number: int, before: Fingerprint | None, current: Fingerprint) -> None:
        if before == current:
            return
        self._db.run(
            "INSERT OR REPLACE INTO fingerprints (doc, scheme, digest, hashes, width) VALUES (?, ?, ?, ?, 6)",
            (number, self._scheme(current.scheme), current.digest, packed(current.hashes)),
        )
        if before is None or before.scheme != current.scheme:
            if before is not None:
                self._db.run("UPDATE schemes SET articles = articles - 1 WHERE name = ?", (before.scheme,))
            self._db.run("UPDATE schemes SET articles = articles + 1 WHERE name = ?", (current.scheme,))

    def _put_earlier(self, number: int, earlier: Sequence[Earlier]) -> None:
        self._db.run("DELETE FROM earlier_fingerprints WHERE doc = ?", (number,))
        self._db.run_each(
            "INSERT INTO earlier_fingerprints (doc, content_hash, last_seen, scheme, digest, hashes) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    e.content_hash,
                    e.last_seen,
                    self._scheme(e.fingerprint.scheme),
                    e.fingerprint.digest,
                    packed(e.fingerprint.hashes),
                )
                for e in earlier
            ],
        )

    def current(self, id: ArticleId) -> Fingerprint | None:
        """Return the fingerprint of the article's current text."""
        found = self._db.all("SELECT doc FROM articles WHERE id = ?", (id,))
        return self._current(found[0][0]) if found else None

    def earlier(self, id: ArticleId) -> Mapping[str, Fingerprint]:
        """Return the fingerprints of earlier texts, newest first, by their content hash."""
        found = self._db.all("SELECT doc FROM articles WHERE id = ?", (id,))
        return {e.content_hash: e.fingerprint for (number,) in found for e in self._earlier(number)}

    def earlier_of(self, number: int) -> tuple[Earlier, ...]:
        """Return the same by the article's row."""
        return self._earlier(number)

    def current_of(self, number: int) -> Fingerprint | None:
        return self._current(number)

    def _current(self, number: int) -> Fingerprint | None:
        found = self._db.all(
            "SELECT s.name, f.hashes, f.width, f.digest FROM fingerprints f JOIN schemes s ON s.scheme = f.scheme "
            "WHERE f.doc = ?",
            (number,),
        )
        for scheme, kept, width, digest in found:
            return Fingerprint(scheme=scheme, hashes=unpacked(kept) if width == 6 else _of_eight(kept), digest=digest)
        return None

    def _earlier(self, number: int) -> tuple[Earlier, ...]:
        rows = self._db.all(
            "SELECT e.content_hash, e.last_seen, s.name, e.digest, e.hashes FROM earlier_fingerprints e "
            "JOIN schemes s ON s.scheme = e.scheme WHERE e.doc = ? ORDER BY e.last_seen DESC, e.content_hash",
            (number,),
        )
        return tuple(
            Earlier(
                content_hash=content_hash,
                last_seen=last_seen,
                fingerprint=Fingerprint(scheme=scheme, hashes=unpacked(kept), digest=digest),
            )
            for content_hash, last_seen, scheme, digest, kept in rows
        )

    def _scheme(self, name: str) -> int:
        """Return the number of a scheme, a new one for one not seen before."""
        found = self._db.all("SELECT scheme FROM schemes WHERE name = ?", (name,))
        if not found:
            self._db.run("INSERT INTO schemes (name) VALUES (?)", (name,))
            return self._scheme(name)
        return int(found[0][0])

    # --- look-up

    def same_text(self, digest: str) -> tuple[ArticleId, ...]:
        rows = self._db.all(
            "SELECT a.id FROM articles a WHERE a.doc IN (SELECT doc FROM fingerprints WHERE digest = ?1 "
            "UNION SELECT doc FROM earlier_fingerprints WHERE digest = ?1) ORDER BY a.id LIMIT ?2",
            (digest, SAME_TEXT),
        )
        return tuple(ArticleId(id) for (id,) in rows)

    def candidates(self, fingerprint: Fingerprint, limit: int, least: int) -> tuple[ArticleId, ...]:
        schemes = self._db.all("SELECT scheme, articles FROM schemes WHERE name = ?", (fingerprint.scheme,))
        if not schemes:
            return ()
        scheme, articles = schemes[0]
        postings = self._postings.having(scheme, fingerprint.hashes, ranking.READ)
        scores = ranking.leaders(postings, articles=articles, least=least, limit=limit)
        ids = self._db.each("SELECT id FROM articles WHERE doc = ?", [(number,) for number in scores])
        named = {number: ArticleId(rows[0][0]) for number, rows in zip(scores, ids, strict=True)}
        return ranking.best_first(scores, named, limit)

    # --- schemes

    def schemes(self) -> Mapping[str, int]:
        """Return how many articles have their current fingerprint in each scheme."""
        return dict(self._db.all("SELECT name, articles FROM schemes WHERE articles > 0 ORDER BY name"))

    def outdated(self, scheme: str, limit: int) -> tuple[ArticleId, ...]:
        rows: list[tuple[Any, ...]] = self._db.all(
            "SELECT a.id FROM schemes s JOIN fingerprints f ON f.scheme = s.scheme JOIN articles a ON a.doc = f.doc "
            "WHERE s.name <> ? ORDER BY f.scheme, f.doc LIMIT ?",
            (scheme, max(0, limit)),
        )
        return tuple(ArticleId(id) for (id,) in rows)


def _by_scheme(current: Fingerprint | None, earlier: Sequence[Earlier]) -> dict[str, set[int]]:
    """Return what an article is indexed under: the hashes of all of its texts, by scheme."""
    found: dict[str, set[int]] = {}
    for fingerprint in (*([current] if current else ()), *(e.fingerprint for e in earlier)):
        found.setdefault(fingerprint.scheme, set()).update(fingerprint.hashes)
    return found


def _of_eight(kept: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(kept) // 8}q", kept)
