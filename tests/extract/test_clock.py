"""Written dates are read with the precision they were written with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extract.clock import read_date


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2020-03-30T14:05:09Z", "2020-03-30T14:05:09Z second True"),
        ("2020-03-30T14:05:09.123+02:00", "2020-03-30T12:05:09Z second True"),
        ("2020-03-30T14:05:09+0530", "2020-03-30T08:35:09Z second True"),
        ("2020-03-30 14:05", "2020-03-30T14:05:00Z minute False"),
        ("2020-03-30", "2020-03-30 day False"),
        ("2020/3/5", "2020-03-05 day False"),
        ("20200330", "2020-03-30 day False"),
        ("20200330T140509Z", "2020-03-30T14:05:09Z second True"),
        ("1585577109", "2020-03-30T14:05:09Z second True"),
        ("1585577109000", "2020-03-30T14:05:09Z second True"),
        ("2020-03-30T00:00:00Z", "2020-03-30 day False"),
        ("2020-03-30T00:00:00+02:00", "2020-03-30 day False"),
        ("Mon, 30 Mar 2020 14:05:09 GMT", "2020-03-30T14:05:09Z second True"),
        ("Mon Mar 30 14:05:09 EDT 2020", "2020-03-30T18:05:09Z second True"),
        ("March 31, 2020", "2020-03-31 day False"),
        ("Published on Mar. 31st, 2020 at 5:07 p.m. EDT", "2020-03-31T21:07:00Z minute True"),
        ("31 March 2020 | 12 comments", "2020-03-31 day False"),
        ("Updated 12:30 AM, April 2 2020", "2020-04-02 day False"),
        ("30. März 2020, 17:45 Uhr", "2020-03-30T17:45:00Z minute False"),
        ("30. März 2020 um 17.45 Uhr MESZ", "2020-03-30T15:45:00Z minute True"),
        ("30 Mar 2020 14:05", "2020-03-30T14:05:00Z minute False"),
        ("le 1er août 2021 à 8h05", "2021-08-01T08:05:00Z minute False"),
        ("3 de octubre de 2019", "2019-10-03 day False"),
        ("12 березня 2024, 09:15", "2024-03-12T09:15:00Z minute False"),
        ("5 января 2021 года", "2021-01-05 day False"),
        ("7 września 2022", "2022-09-07 day False"),
        ("2024年3月12日 09:15", "2024-03-12T09:15:00Z minute False"),
        ("2025. március 4. 10:20", "2025-03-04T10:20:00Z minute False"),
        ("24.12.2021 18:00", "2021-12-24T18:00:00Z minute False"),
        ("3/4/2020", "2020-04-03 day False"),
        ("12/24/2021", "2021-12-24 day False"),
    ],
)
def test_a_written_date_is_read(text: str, meant: str) -> None:
    date = read_date(text, "text")
    assert date is not None
    assert f"{date.iso()} {date.precision} {date.zone_known}" == meant


def test_numbers_alone_follow_the_country() -> None:
    date = read_date("3/4/2020", "text", month_first=True)
    assert date is not None
    assert date.iso() == "2020-03-04"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2020",
        "March 2020",
        "30 February 2020",
        "2020-13-01",
        "99/99/2020",
        "call 555-1234",
        "10:30",
        "1.2.3",
    ],
)
def test_what_is_no_full_date_is_none(text: str) -> None:
    assert read_date(text, "text") is None


@given(st.integers(0, 3_500_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_an_iso_time_comes_back_as_it_was(at: datetime) -> None:
    date = read_date(at.isoformat(), "meta")
    assert date is not None
    assert date.at == at
    assert date.precision == ("second" if (at.hour, at.minute, at.second) != (0, 0, 0) else "day")


@given(st.text(max_size=250))
def test_no_text_breaks_the_reader(text: str) -> None:
    read_date(text, "text")
    read_date(f"{text} 2020-01-{text[:5]}", "text")
