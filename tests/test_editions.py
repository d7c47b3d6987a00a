"""What is told of versions: when each was there, its class, its record, and which one a copy carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from crawler.editions import Between, Carried, carries, editions
from crawler.looks import with_looks
from crawler.model import Article, Capture, Look, Version, version_of
from tests.builders import NOON
from tests.lineage.edit_cases import ENGLISH, story

CORRECTED = ENGLISH.replace("12 ferries", "14 ferries").replace("214 people", "241 people")
NOTED = f"{CORRECTED}\n\nCorrection: an earlier version of this article gave wrong numbers."
WITHDRAWN = "This article has been withdrawn. We apologise to our readers and to everybody who was named in it."


def seen(*texts: str | None, name: str = "a", first: float = 0.0, every: float = 1.0) -> tuple[Article, list[Version]]:
    """Return an article as it was seen each hour, with its earlier contents; None: it was gone."""
    states = [replace(story(text), id=name, first_seen_at=NOON + timedelta(hours=first)) for text in texts if text]
    now, versions = states[-1], {one.content_hash: version_of(one) for one in states[:-1]}
    looks = []
    texts_left = iter(states)
    for n, text in enumerate(texts):
        at = NOON + timedelta(hours=first + n * every)
        hash = next(texts_left).content_hash if text else None
        looks.append(Look(at=at, content_hash=hash, capture=Capture(digest=f"sha256:{n}", warc="w", offset=n)))
    last = max(look.at for look in looks if look.content_hash)
    base = replace(now, last_seen_at=last, capture=None)
    return with_looks(base, looks), [v for hash, v in versions.items() if hash != now.content_hash]


def classes(article: Article, versions: Sequence[Version]) -> list[tuple[int | None, str | None]]:
    return [(one.number, one.main) for one in editions(article, versions)]


def test_each_version_has_its_number_its_class_and_its_record() -> None:
    article, versions = seen(ENGLISH, CORRECTED, NOTED)
    assert classes(article, versions) == [(1, None), (2, "facts"), (3, "correction")]
    found = editions(article, versions)
    assert [one.capture.offset for one in found if one.capture] == [0, 1, 2]
    assert [one.after for one in found] == [None, NOON, NOON + timedelta(hours=1)]
    assert found[1].made is not None
    assert {(one.parent, one.copy) for one in found[1].made.numbers} == {("12", "14"), ("214", "241")}


def test_there_and_back_are_three_versions_in_order() -> None:
    article, versions = seen(ENGLISH, CORRECTED, ENGLISH)
    assert classes(article, versions) == [(1, None), (2, "facts"), (3, "facts")]
    assert article.version == 3


def test_a_removal_is_told_and_a_return_is_no_new_version() -> None:
    article, versions = seen(ENGLISH, None, None, ENGLISH, None, None)
    assert classes(article, versions) == [(1, None), (None, "removal"), (1, "return"), (None, "removal")]
    assert classes(*seen(ENGLISH, None)) == [(1, None)]


def test_a_notice_in_place_of_the_text_is_a_removal_that_keeps_the_text_before() -> None:
    article, versions = seen(ENGLISH, WITHDRAWN)
    assert classes(article, versions) == [(1, None), (2, "removal")]
    assert versions[0].text == ENGLISH


def test_versions_kept_before_looks_were_are_told_by_when_they_were_seen_last() -> None:
    old = story(ENGLISH)
    now = replace(story(CORRECTED), version=2, last_seen_at=NOON + timedelta(hours=5), first_seen_at=NOON)
    found = editions(now, [replace(version_of(old), last_seen_at=NOON + timedelta(hours=1))])
    assert [(one.number, one.main, one.capture) for one in found] == [(1, None, None), (2, "facts", None)]
    assert found[0].first_at == NOON


def carried(copy_texts: Sequence[str | None], *, first: float, parent: Sequence[str | None]) -> Carried | None:
    copy, copy_versions = seen(*copy_texts, name="copy", first=first)
    return carries(copy, copy_versions, *seen(*parent, name="parent"))


def test_a_copy_carries_the_version_whose_words_it_has() -> None:
    excerpt = ENGLISH.split("\n\n")[0]
    told = carried([excerpt], first=5, parent=[ENGLISH, CORRECTED])
    assert told is not None
    assert (told.version, told.among) == (1, (1,))
    assert any("12 ferries" in words for words in told.words)
    newer = carried([CORRECTED.split("\n\n")[0]], first=5, parent=[ENGLISH, CORRECTED])
    assert newer is not None
    assert newer.version == 2


def test_what_all_versions_say_tells_none_of_them() -> None:
    told = carried([ENGLISH.split("\n\n")[1]], first=5, parent=[ENGLISH, CORRECTED])
    assert told is not None
    assert (told.version, told.among, told.words, told.followed) == (None, (1, 2), (), None)


def test_words_of_two_versions_that_never_stood_together_tell_none() -> None:
    mixed = ENGLISH.split("\n\n")[0] + "\n\n" + CORRECTED.split("\n\n")[2]
    told = carried([mixed], first=5, parent=[ENGLISH, CORRECTED])
    assert told is not None
    assert (told.version, told.among) == (None, ())


def test_of_three_versions_the_words_of_two_leave_one() -> None:
    third = CORRECTED.replace("Skarv", "Holm")
    both = CORRECTED.split("\n\n")
    told = carried([f"{both[0]}\n\n{both[2]}"], first=5, parent=[ENGLISH, CORRECTED, third])
    assert told is not None
    assert told.version == 2


def test_a_parent_that_was_never_edited_has_nothing_to_tell() -> None:
    assert carried([ENGLISH], first=5, parent=[ENGLISH, ENGLISH]) is None


def test_a_version_that_came_after_the_copy_was_seen_is_not_what_it_carries() -> None:
    told = carried([ENGLISH.split("\n\n")[1]], first=0.5, parent=[ENGLISH, ENGLISH, CORRECTED])
    assert told is not None
    assert told.among == (1,)


def test_a_copy_that_took_the_change_over_followed_it_within_the_time_that_we_know() -> None:
    told = carried([ENGLISH, ENGLISH, CORRECTED], first=2.5, parent=[ENGLISH, CORRECTED])
    assert told is not None
    assert (told.version, told.followed) == (2, True)
    assert told.later == Between(least=timedelta(hours=2.5), most=timedelta(hours=4.5))


def test_a_copy_that_was_seen_with_the_old_text_later_did_not_follow() -> None:
    told = carried([ENGLISH, ENGLISH], first=2.5, parent=[ENGLISH, CORRECTED])
    assert told is not None
    assert (told.version, told.followed, told.later) == (1, False, None)


def test_a_copy_that_was_not_seen_since_may_have_followed() -> None:
    told = carried([ENGLISH], first=0.2, parent=[ENGLISH, ENGLISH, CORRECTED])
    assert told is not None
    assert told.followed is None


def test_a_copy_of_the_new_text_had_nothing_to_follow() -> None:
    told = carried([CORRECTED], first=9, parent=[ENGLISH, CORRECTED])
    assert told is not None
    assert (told.version, told.followed) == (2, None)
