"""A corpus of made-up fingerprinted articles without end, the same every time, for benchmarks of stores.

    python -m tests.benchmarks.corpus [COUNT]        default: 20000; prints its document frequencies

Article *n* follows from its number alone: any stretch can be made again without those before it, and it needs no
memory. What is like real news, after what was measured on 17,672 real articles and modelled for a million:

- 105 hashes an article (554 words under the scheme of ``crawler.fingerprint``);
- 12 of them are of phrases that others have too, their ranks after Zipf and Mandelbrot: the commonest phrase stands in
  5 or 6 % of all articles, most of the rest in one or two;
- 30 % carry one of 20 boilerplates of 12 hashes;
- 4 % are copies that keep four fifths of an earlier article: half of them of one of the first thousand, which so become
  the much copied stories, half of one of the last few thousand.

Texts are of random words, with none of the hashes in them: they are there for their weight. Say ``words`` to make them
lighter than they are in life (550).
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.model import Article, Fingerprint
from tests.builders import NOON, a_date, a_fingerprint, an_article, minutes, some_text

HASHES = 105
PHRASES = 12
BOILERPLATE = 12  # hashes of one
BOILERPLATES = 20
WORDS = 550
SCHEME = "benchmark/1"

_FAMOUS = 1_000
_RECENT = 5_000
_BITS = 48
_VOCABULARY = [f"{word.strip('.').lower()}{n}" for n in range(60) for word in sorted(set(some_text(400).split()))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Articles by number, from 0. Another seed is another corpus."""

    seed: int = 1
    words: int = WORDS  # of a text

    def stretch(self, start: int, stop: int) -> Iterator[tuple[Article, Fingerprint]]:
        """Yield the articles from number *start* up to *stop*, each with its fingerprint."""
        for number in range(start, stop):
            yield self.article(number), self.fingerprint(number)

    def article(self, number: int) -> Article:
        """Return article *number*; an hour has 60 of them."""
        pick = self._pick("text", number)
        at = NOON + minutes(number)
        return an_article(
            f"bench-{number}",
            text=" ".join(pick.choices(_VOCABULARY, k=self.words)),
            published=a_date(at),
            first_seen_at=at,
            last_seen_at=at,
        )

    def fingerprint(self, number: int) -> Fingerprint:
        return _fingerprint(self._hashes(number), f"{self.seed}-{number}")

    def excerpt(self, number: int, share: float = 0.3) -> Fingerprint:
        """Return what a text of its own would have that quotes *share* of article *number*."""
        pick = self._pick("excerpt", number)
        kept = pick.sample(self._hashes(number), int(HASHES * share))
        return _fingerprint([*kept, *_phrases(pick), *_fresh(pick, HASHES - PHRASES - len(kept))], f"excerpt-{number}")

    def stranger(self, number: int) -> Fingerprint:
        """Return what a text has that copies nothing: common phrases and a boilerplate."""
        pick = self._pick("stranger", number)
        own = _fresh(pick, HASHES - PHRASES - BOILERPLATE)
        return _fingerprint([*own, *_phrases(pick), *_boilerplate(pick)], f"stranger-{number}")

    def _hashes(self, number: int) -> list[int]:
        """Return the hashes of article *number*, each once."""
        pick = self._pick("article", number)
        kind = pick.random()
        if kind < 0.04 and number > 0:
            source = (
                pick.randrange(min(number, _FAMOUS))
                if kind < 0.02
                else number - 1 - pick.randrange(min(number, _RECENT))
            )
            theirs = self._hashes(source)
            hashes = [*pick.sample(theirs, len(theirs) * 4 // 5), *_fresh(pick, HASHES // 5)]
        elif kind < 0.34:
            hashes = [*_fresh(pick, HASHES - PHRASES - BOILERPLATE), *_phrases(pick), *_boilerplate(pick)]
        else:
            hashes = [*_fresh(pick, HASHES - PHRASES), *_phrases(pick)]
        return sorted(set(hashes))

    def _pick(self, what: str, number: int) -> random.Random:
        return random.Random(f"{self.seed} {what} {number}")


def _fingerprint(hashes: list[int], name: str) -> Fingerprint:
    return a_fingerprint(name, hashes=tuple(sorted(set(hashes))), scheme=SCHEME)


def _fresh(pick: random.Random, count: int) -> list[int]:
    return [pick.getrandbits(_BITS) for _ in range(count)]


def _phrases(pick: random.Random) -> list[int]:
    """Return hashes of phrases, P(rank >= r) = (10 / (r + 10)) ** 0.05; those of the far end nobody has twice."""
    chosen = []
    for _ in range(PHRASES):
        rank = 10 * max(1e-15, pick.random()) ** -20 - 10
        chosen.append(_hash_of(int(rank)) if rank < 1e12 else pick.getrandbits(_BITS))
    return chosen


def _boilerplate(pick: random.Random) -> list[int]:
    one = pick.randrange(BOILERPLATES)
    return [_hash_of(-1 - one * BOILERPLATE - n) for n in range(BOILERPLATE)]


def _hash_of(rank: int) -> int:
    """Return the hash of the phrase of that rank, spread over all: the end of splitmix64."""
    z = (rank * 0x9E3779B97F4A7C15) % (1 << 64)
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % (1 << 64)
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % (1 << 64)
    return (z ^ (z >> 31)) >> (64 - _BITS)


def main(count: int) -> None:
    corpus = Corpus()
    frequencies = Counter(h for n in range(count) for h in corpus.fingerprint(n).hashes)
    postings = frequencies.total()
    print(f"{count:,} articles, {postings / count:.1f} hashes each, {len(frequencies):,} different ones")
    print("in at least so many   hashes   of all postings")
    for least in (2, 10, 100, 1_000, 10_000):
        common = [n for n in frequencies.values() if n >= least]
        print(f"{least:>19,} {len(common):>8,} {100 * sum(common) / postings:>15.1f} %")
    print(f"the commonest is in {100 * frequencies.most_common(1)[0][1] / count:.1f} % of the articles")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
