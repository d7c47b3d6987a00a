"""One written date means the same wherever it is read, and a word that may be something else means nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.dates import MONTH_NAMES, month, offset, written_date
from crawler.extract.clock import read_date


@pytest.mark.parametrize("name", MONTH_NAMES)
def test_every_month_is_known_in_small_letters_and_capitals(name: str) -> None:
    assert month(name) in range(1, 13)
    assert month(name.upper()) == month(name) == month(name, alone=True)


@pytest.mark.parametrize(("name", "number"), [("pro", 12), ("led", 1), ("lis", 11), ("ara", 12), ("marco", 3)])
def test_a_month_that_is_a_word_too_is_one_only_where_a_date_stands_alone(name: str, number: int) -> None:
    assert month(name, alone=True) == number
    assert month(name) is None


def test_a_product_is_no_date() -> None:
    assert read_date("The new phone 15 Pro, 2023", "text") is None
    found = written_date("15 pro 2023")
    assert found is not None
    assert found.at == datetime(2023, 12, 15, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["IST", "AST", "CST", "", "X", "+15:00", "+01:99", None])
def test_a_zone_of_several_meanings_or_none_is_not_known(zone: str | None) -> None:
    assert offset(zone) is None
    assert offset(zone, alone=True) is None


@pytest.mark.parametrize("zone", ["met", "eat", "art", "West"])
def test_a_zone_that_is_a_word_too_is_one_only_where_a_date_stands_alone(zone: str) -> None:
    assert offset(zone, alone=True) is not None
    assert offset(zone) is None


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("Z", 0),
        ("EST", -300),
        ("МСК", 180),
        ("+0530", 330),
        ("-03", -180),
        ("+130", 90),
        ("GMT+2", 120),
        ("(CET)", 60),
        ("+0100 (CET)", 60),
    ],
)
def test_a_zone_says_how_far_east_it_is(zone: str, minutes: int) -> None:
    assert offset(zone) == timedelta(minutes=minutes)


@given(st.integers(-14 * 60, 14 * 60))
def test_an_offset_comes_back_as_it_was_written(minutes: int) -> None:
    hours, rest = divmod(abs(minutes), 60)
    assert offset(f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}") == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("written", "at", "known"),
    [
        ("Fri Apr 28 19:20:36 CEST 2023", datetime(2023, 4, 28, 17, 20, 36, tzinfo=UTC), True),
        ("Fri Apr 28 19:20:36 CST 2023", datetime(2023, 4, 28, 19, 20, 36, tzinfo=UTC), False),
        ("Fri Apr 28 19:20:36 2023", datetime(2023, 4, 28, 19, 20, 36, tzinfo=UTC), False),
        ("Fri, 28 Apr 2023 19:20:36 +0200", datetime(2023, 4, 28, 17, 20, 36, tzinfo=UTC), True),
        ("2023-04-28T19:20:36-05:00", datetime(2023, 4, 29, 0, 20, 36, tzinfo=UTC), True),
        ("28 kwietnia 2023 19:20:36 CEST", datetime(2023, 4, 28, 17, 20, 36, tzinfo=UTC), True),
    ],
)
def test_a_feed_and_a_page_mean_the_same_by_the_same_words(written: str, at: datetime, known: bool) -> None:
    alone, in_text = written_date(written), read_date(written, "meta")
    assert alone is not None
    assert in_text is not None
    assert (alone.at, alone.zone_known) == (in_text.at, in_text.zone_known) == (at, known)


@given(st.text(max_size=250))
def test_no_text_breaks_the_readers(text: str) -> None:
    written_date(text)
    written_date(f"2020-01-01T10:00 {text}")
    month(text)
    offset(text)
