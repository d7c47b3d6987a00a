"""Values survive their JSON form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import StoreError
from crawler.model import Dated, Entry
from crawler.store.rows import ARTICLE, FEED_STATE, LINEAGE, PENDING, instant, micros, storable
from tests.builders import a_feed_state, a_lineage, a_pending, an_article

moments = st.datetimes(timezones=st.just(UTC))
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(moments)
def test_an_instant_survives_as_microseconds(at: datetime) -> None:
    assert instant(micros(at)) == at


@given(moments, moments)
def test_microseconds_sort_as_the_instants_do(one: datetime, other: datetime) -> None:
    assert (micros(one) < micros(other)) == (one < other)


@given(at=moments, text=texts, tags=st.lists(texts).map(tuple), count=st.integers(0, 2**40))
def test_an_article_comes_back_equal(at: datetime, text: str, tags: tuple[str, ...], count: int) -> None:
    published = Dated(at=at, precision="minute", zone_known=False, basis="url")
    article = an_article(text=text, tags=tags, published=published, first_seen_at=at, word_count=count)
    assert ARTICLE.load(ARTICLE.dump(article)) == article


@given(confidence=st.floats(0, 1), delay=st.floats(allow_nan=False, allow_infinity=False), at=moments)
def test_a_lineage_comes_back_equal(confidence: float, delay: float, at: datetime) -> None:
    lineage = a_lineage(confidence=confidence, delay_seconds=delay, decided_at=at)
    assert LINEAGE.load(LINEAGE.dump(lineage)) == lineage


@given(st.text(st.characters()))
def test_any_text_can_be_dumped_and_loaded(text: str) -> None:
    pending = a_pending(entry=Entry(title=text))
    title = PENDING.load(PENDING.dump(pending)).entry.title
    assert title == storable(text)
    assert title is not None
    assert len(title) == len(text)


def test_what_is_missing_takes_its_default_and_what_is_unknown_is_read_past() -> None:
    row = '{"url": "u", "source_id": "s", "of_a_later_release": {}}'
    assert FEED_STATE.load(row) == a_feed_state("u", source_id="s", etag=None, polled_at=None)


@pytest.mark.parametrize("row", ["", "{", "[]", '{"url": 1}', '{"url": "u", "source_id": "s", "failures": "many"}'])
def test_a_row_that_cannot_be_read_is_one_clear_line(row: str) -> None:
    with pytest.raises(StoreError, match="a stored feed state cannot be read") as caught:
        FEED_STATE.load(row)
    assert "\n" not in str(caught.value)


def test_a_row_with_a_date_without_zone_is_refused() -> None:
    row = ARTICLE.dump(an_article())
    with pytest.raises(StoreError, match="published"):
        ARTICLE.load(row.replace('"at":"2024-03-01T12:00:00Z"', '"at":"2024-03-01T12:00:00"'))
