from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.looks import MOST, contents, join, looks_of, spells, with_looks
from crawler.model import Capture, Look
from tests.builders import NOON, an_article, minutes

HOURS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["a", "b", "c", None])), unique_by=lambda p: p[0])


def looks(*seen: str | None, apart: timedelta = timedelta(hours=1)) -> list[Look]:
    return [Look(at=NOON + n * apart, content_hash=hash) for n, hash in enumerate(seen)]


def shown(some: Sequence[Look]) -> list[str | None]:
    return [spell.content_hash for spell in spells(some)]


@given(HOURS, st.randoms())
def test_the_order_in_which_looks_come_in_changes_nothing(pairs: list[tuple[int, str | None]], pick: object) -> None:
    some = [Look(at=NOON + timedelta(hours=n), content_hash=hash) for n, hash in pairs]
    first = an_article(content_hash="a", last_seen_at=NOON - minutes(1))
    mixed = list(some)
    pick.shuffle(mixed)  # type: ignore[attr-defined]
    one_by_one = first
    for look in mixed:
        one_by_one = with_looks(one_by_one, [look])
    assert one_by_one == with_looks(first, some)
    assert with_looks(one_by_one, mixed) == one_by_one
    assert one_by_one.version == len(contents(looks_of(one_by_one)))


def test_a_text_that_comes_back_is_a_version_of_its_own() -> None:
    assert contents(looks("a", "b", "b", "a")) == ["a", "b", "a"]
    assert shown(looks("a", "b", "b", "a")) == ["a", "b", "a"]


def test_a_spell_says_between_which_looks_its_text_came_and_what_proves_it() -> None:
    proof = Capture(digest="sha256:b", warc="one.warc.gz", offset=4)
    seen = looks("a", "a", "b", "b")
    seen[2] = replace(seen[2], capture=proof)
    last = spells(seen)[-1]
    assert (last.before, last.first_at, last.last_at) == (seen[1].at, seen[2].at, seen[3].at)
    assert (last.capture, last.looks) == (proof, 2)
    assert spells(seen)[0].before is None


def test_a_page_that_was_found_gone_once_was_not_removed() -> None:
    seen = looks("a", None, "a")
    assert shown(seen) == ["a"]
    assert spells(seen)[0].last_at == seen[2].at


def test_a_page_that_was_found_gone_twice_within_minutes_was_not_removed() -> None:
    assert shown(looks("a", None, None, apart=timedelta(minutes=20))) == ["a"]
    assert shown(looks("a", None, None)) == ["a", None]


def test_being_gone_in_between_makes_no_new_version() -> None:
    seen = looks("a", None, None, "a")
    assert contents(seen) == ["a"]
    assert shown(seen) == ["a", None, "a"]


def test_of_very_many_looks_the_ends_of_each_spell_stay() -> None:
    seen = looks(*["a"] * 60, *["b"] * 60, None, *["a"] * 3)
    kept = join(seen)
    assert len(kept) == 7 <= MOST
    assert shown(kept) == shown(seen) == ["a", "b", "a"]
    assert [s.first_at for s in spells(kept)] == [s.first_at for s in spells(seen)]


def test_an_article_that_was_seen_once_carries_no_looks() -> None:
    article = an_article(capture=Capture(digest="sha256:x"))
    assert with_looks(article, looks_of(article)) == article
    (only,) = looks_of(article)
    assert (only.at, only.content_hash, only.capture) == (article.last_seen_at, article.content_hash, article.capture)


def test_an_article_counted_by_an_earlier_release_keeps_its_count() -> None:
    old = an_article(version=3, content_hash="a", last_seen_at=NOON)
    again = with_looks(old, [Look(at=NOON + minutes(5), content_hash="a")])
    assert again.version == 3
    assert with_looks(again, [Look(at=NOON + minutes(9), content_hash="b")]).version == 4
