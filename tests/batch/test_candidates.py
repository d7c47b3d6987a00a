"""Candidates found for all texts at once are those that a store names when they come in one by one."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.batch.candidates import OF_HASH, OF_TEXT, chosen, offers
from crawler.batch.history import File, filed
from crawler.batch.stages import _number
from crawler.fingerprint import SCHEME
from crawler.matching import CANDIDATES, SAME_TEXT
from crawler.model import ArticleId, Fingerprint
from crawler.registry import Registry
from crawler.store import ranking
from crawler.store.memory import MemoryStore
from tests.builders import an_article

MOST = SAME_TEXT + CANDIDATES


def digest(hashes: tuple[int, ...]) -> str:
    return blake2b(repr(hashes).encode(), digest_size=16).hexdigest()


def live(texts: Sequence[tuple[int, ...]]) -> list[tuple[set[ArticleId], list[ArticleId]]]:
    """Return for each text, as it comes in, those of the same words and its candidates."""
    store = MemoryStore()
    out = []
    for number, hashes in enumerate(texts):
        fp = Fingerprint(scheme=SCHEME, hashes=hashes, digest=digest(hashes))
        out.append((set(store.same_text(fp.digest, SAME_TEXT)), list(store.candidates(fp, MOST))))
        store.save_article(an_article(url=f"https://o.example/{number}"), (), fp)
    return out


def at_once(texts: Sequence[tuple[int, ...]]) -> list[tuple[set[ArticleId], list[ArticleId]]]:
    """Return the same as the batch finds it."""
    ids = {number: an_article(url=f"https://o.example/{number}").id for number in range(len(texts))}
    rows = []
    for number, hashes in enumerate(texts):
        whole = _number(digest(hashes))
        keys = [*((OF_HASH, one) for one in hashes), (OF_TEXT, whole)]
        rows += [(kind, key, number, number, number, True) for kind, key in keys]
    found = chosen(iter(sorted(offers(iter(sorted(rows)), {}))))
    same: dict[int, set[ArticleId]] = {}
    scores: dict[int, dict[int, int]] = {}
    for at, number, score, alike in found:
        if alike:
            same.setdefault(at, set()).add(ids[number])
        if score >= 0:
            scores.setdefault(at, {})[number] = score
    return [(same.get(at, set()), list(ranking.best_first(scores.get(at, {}), ids, MOST))) for at in range(len(texts))]


hashes = st.lists(st.integers(0, 30), min_size=1, max_size=8, unique=True).map(lambda some: tuple(sorted(some)))


@given(st.lists(hashes, max_size=40))
@settings(max_examples=60, deadline=None)
def test_candidates_of_all_texts_are_those_that_each_had_when_it_came_in(texts: list[tuple[int, ...]]) -> None:
    assert at_once(texts) == live(texts)


def test_they_are_so_of_a_text_with_more_copies_than_are_looked_at() -> None:
    texts = [(1, 2, 3, *([4] if number % 3 else [])) for number in range(120)]
    assert at_once(texts) == live(texts)


def test_a_hash_that_was_learnt_is_not_asked_for_by_those_that_come_later() -> None:
    rows = [(OF_HASH, 7, at, at, at, True) for at in range(5)]
    assert [at for at, *_ in offers(iter(rows), {7: 2})] == [1, 2]


def test_a_text_that_nobody_asks_for_is_found_all_the_same() -> None:
    rows = [(OF_HASH, 7, 0, 0, 0, False), (OF_HASH, 7, 1, 1, 1, True)]
    assert list(offers(iter(rows), {})) == [(1, 1, OF_HASH, [0])]


def a_file(*texts: str) -> File:
    from crawler.prepare import Row, prepare_row
    from tests.builders import NOON

    made = [
        prepare_row(Row(url="https://o.example/1", title="T", text=text, fetched_at=NOON), Registry(()))
        for text in texts
    ]
    return filed(list(enumerate(made)), Registry(()))


def test_an_edited_page_keeps_the_text_it_had() -> None:
    file = a_file("one two three", "four five six", "four five six")
    assert [held.version.text for held in file.last.earlier] == ["one two three"]
    assert [asked.article.text for asked in file.texts()] == ["one two three", "four five six"]
    assert file.as_of(1).article.text == "one two three"
