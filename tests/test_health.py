"""How a source is: each illness with its figures and what to do, and that nobody is ill for what was always so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.diary import begun, written
from crawler.garble import garbled, is_garbled
from crawler.health import examine, well, worst
from crawler.model import Article, FeedState, Source
from crawler.ports import Settled
from crawler.store import open_store
from crawler.watching import Watcher
from tests.builders import NOON, a_feed_state, an_article, some_text

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WELL = a_feed_state(polled_at=NOON, succeeded_at=NOON)
BAD = a_feed_state(polled_at=NOON, succeeded_at=NOON - 5 * HOUR, failures=3, status=503, problem="HTTP 503")
WALL = "a login or subscription wall instead of the article"


def articles(count: int, *, from_hour: float = 0, words: int = 300, **changes: Any) -> list[Article]:
    """Return articles, the newest first, one each hour, the newest so many hours before noon."""
    made = []
    for n in range(count):
        text = changes.get("text") or some_text(words, seed=n)
        more = {
            "title": f"Story {n}",
            "word_count": words,
            "text": text,
            "first_seen_at": NOON - (from_hour + n) * HOUR,
        }
        made.append(an_article(f"{from_hour}-{n}", **more | {k: v for k, v in changes.items() if k != "text"}))
    return made


def settled(*reasons: str | None) -> list[Settled]:
    return [
        Settled(
            key=f"{n:03}",
            outcome="failed" if why else "done",
            reason=why,
            first_seen_at=NOON - n * timedelta(minutes=9),
        )
        for n, why in enumerate(reasons)
    ]


def ails(
    states: Sequence[FeedState] = (WELL,), pages: Sequence[Article] = (), fates: Sequence[Settled] = ()
) -> dict[str, str | None]:
    found = examine(states, pages, fates, NOON)
    return {kind: ill.note if ill else None for kind, ill in found.items()}


def test_an_ordinary_source_is_well_in_every_way_that_can_be_judged() -> None:
    assert ails(pages=articles(40), fates=settled(*[None] * 40)) == {
        "failing": None,
        "quiet": None,
        "garbled": None,
        "different": None,
    }


def test_of_a_source_that_was_never_polled_or_has_few_pages_nothing_is_said() -> None:
    assert ails(states=[a_feed_state(polled_at=None)]) == {}
    assert set(ails(pages=articles(5))) == {"failing", "quiet"}
    assert "quiet" not in ails(states=[replace(WELL, failures=1)], pages=articles(5))


def test_a_source_fails_when_all_of_its_feeds_do_and_is_told_what_to_do() -> None:
    assert ails(states=[BAD, WELL])["failing"] is None
    ill = worst(examine([BAD], (), (), NOON))
    assert ill is not None
    assert ill.note == "no feed of it could be read since 2024-03-01 07:00 UTC: HTTP 503"
    assert "asked again by itself" in ill.advice
    gone = worst(examine([replace(BAD, status=410)], (), (), NOON))
    assert gone is not None
    assert "sources discover" in gone.advice


def test_a_silence_is_told_with_the_longest_one_before() -> None:
    diary = begun([NOON - n * 2 * HOUR for n in range(1, 200)], NOON - HOUR)
    for hour in range(30):
        diary = written(diary, NOON + hour * HOUR, 0)
    ill = worst(examine([replace(WELL, diary=diary)], (), (), NOON))
    assert ill is not None
    assert ill.health == "quiet"
    assert "its longest silence before was 2 hours" in ill.note


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (WALL, "18 of its 20 newest pages are a login or subscription wall; before, 0 of 20 were"),
        ("a consent page instead of the article", "consent page"),
        ("a robot check instead of the article", "robot check"),
        ("no article text found", "pages without text"),
        ("too short for an article: 7 words", "too short"),
    ],
)
def test_a_wall_in_place_of_the_articles_is_told_with_how_many_there_were_before(reason: str, said: str) -> None:
    found = ails(fates=settled(None, *[reason] * 18, None, *[None] * 20))
    assert said in (found["different"] or "")


def test_a_source_that_was_always_behind_a_wall_and_one_with_a_few_walls_is_no_news() -> None:
    assert "different" not in ails(fates=settled(*[WALL] * 50))
    assert "different" not in ails(fates=settled(*[WALL, None, None] * 12))


def test_pages_that_all_say_the_same_are_told_and_a_series_that_always_did_is_not() -> None:
    before = articles(30, from_hour=20)
    wall = "Sign in to read on. " * 30
    assert "one and the same text" in (ails(pages=[*articles(10, text=wall), *before])["different"] or "")
    assert "one and the same title" in (ails(pages=[*articles(10, title="Log in"), *before])["different"] or "")
    assert "different" not in ails(pages=articles(40, title="The weather"))


def test_texts_that_are_cut_short_are_told_and_a_source_of_short_news_is_not() -> None:
    cut = [*articles(10, words=40), *articles(30, from_hour=20)]
    assert ails(pages=cut)["different"] == ("its 10 newest pages have 40 words at the median; before, they had 300")
    assert "different" not in ails(pages=[*articles(10, words=30), *articles(30, from_hour=20, words=90)])


def test_a_wall_that_has_stood_for_long_is_not_said_to_be_gone() -> None:
    assert "different" not in ails(pages=articles(60, words=40))
    assert "different" not in ails(pages=articles(60, text="Sign in. " * 60))
    assert "different" not in ails(fates=settled(*[None] * 10, *[WALL] * 30))
    assert ails(fates=settled(*[None] * 20, *[WALL] * 30))["different"] is None


def test_garbled_pages_are_told_with_their_number() -> None:
    bad = "Das war schÃ¶n fÃ¼r die GÃ¤ste, sagte der BÃ¼rgermeister. " * 5
    assert "10 of its 10 newest pages are garbled" in (ails(pages=articles(30, text=bad))["garbled"] or "")
    assert ails(pages=[*articles(1, text=bad), *articles(20, from_hour=5)])["garbled"] is None
    assert "garbled" not in ails(pages=[*articles(4, text=bad), *articles(20, from_hour=5)])


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
@pytest.mark.parametrize("text", ["Žluťoučký kůň", "Пожар на пароме", "Größe für Gäste über", "“naïve” — café’s œuvre"])
def test_utf_8_that_was_read_as_something_else_is_garbled_and_as_itself_is_not(text: str, codec: str) -> None:
    assert is_garbled((text * 9).encode().decode(codec, "replace"))
    assert not is_garbled(text * 9)


@given(st.text())
def test_garbled_is_a_share_and_binary_has_much_of_it(text: str) -> None:
    assert 0 <= garbled(text) <= 1
    assert is_garbled("\x00\x01\x02\ufffd" * 10 + text[:50])


def test_words_of_many_scripts_are_not_taken_for_garbled() -> None:
    for text in ("Århus, Ærø og Ålesund", "ÎLE DE LA CITÉ, À BIENTÔT", "São Tomé e Príncipe — Ãrea", "Țara Românească"):
        assert not is_garbled(text * 5), text


def test_the_end_of_an_illness_is_told_with_how_long_it_was() -> None:
    assert well("failing", NOON - 5 * HOUR, NOON) == "well again: its feeds can be read again, after 5 hours"
    assert well("quiet", NOON - 9 * DAY, NOON) == "well again: something new is in its feeds again, after 9 days"


def test_a_source_is_looked_at_anew_once_its_feeds_were_asked_again_or_an_hour_is_over() -> None:
    store, watcher = open_store("memory:"), Watcher()
    source = Source(id="harbour-post", name="Harbour Post", feeds=(WELL.url,))

    def failing(failures: int, at: datetime) -> bool:
        store.save_poll(replace(BAD, failures=failures, polled_at=at), [])
        return watcher.health(store, source, NOON + HOUR / 2).get("failing") is not None

    assert not failing(2, NOON)
    assert failing(3, NOON + HOUR / 3)
    remembered = watcher.health(store, source, NOON + HOUR)
    assert watcher.health(store, source, NOON + 1.4 * HOUR) is remembered
    assert watcher.health(store, source, NOON + 1.6 * HOUR) is not remembered
    store.save_poll(replace(BAD, failures=0, polled_at=NOON + HOUR), [])
    assert watcher.health(store, source, NOON + HOUR)["failing"] is None
    assert watcher.health(store, replace(source, enabled=False), NOON) == {}
