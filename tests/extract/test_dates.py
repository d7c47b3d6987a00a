"""A page's dates come from the most reliable place, apart, and never from the future."""

from __future__ import annotations

import json

import pytest

from crawler.extract import extract
from crawler.model import Dated
from tests.extract.pages import URL, a_page, an_article_page


def ld(**fields: str) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', **fields})}</script>"


def meta(name: str, value: str) -> str:
    return f"<meta property='{name}' content='{value}'>"


def dates(*, url: str = URL, **parts: str) -> tuple[Dated | None, Dated | None]:
    found = extract(a_page(an_article_page(**parts), url=url))
    return found.published, found.modified


def brief(date: Dated | None) -> str | None:
    return f"{date.iso()} {date.basis}" if date else None


def test_json_ld_comes_before_meta_and_meta_before_time() -> None:
    head = ld(datePublished="2024-05-01T10:00:00Z") + meta("article:published_time", "2024-05-02T10:00:00Z")
    above = "<time datetime='2024-05-03T10:00:00Z'>3 May</time>"
    assert brief(dates(head=head, above=above)[0]) == "2024-05-01T10:00:00Z json-ld"
    assert brief(dates(head=meta("article:published_time", "2024-05-02T10:00:00Z"), above=above)[0]) == (
        "2024-05-02T10:00:00Z meta"
    )
    assert brief(dates(above=above)[0]) == "2024-05-03T10:00:00Z time"


def test_publication_and_change_are_kept_apart() -> None:
    head = meta("article:published_time", "2024-05-02T10:00:00Z") + meta(
        "article:modified_time", "2024-05-04T08:00:00Z"
    )
    published, modified = dates(head=head)
    assert (brief(published), brief(modified)) == ("2024-05-02T10:00:00Z meta", "2024-05-04T08:00:00Z meta")


def test_a_time_that_speaks_of_an_update_is_not_the_publication() -> None:
    above = (
        "<p>Updated <time datetime='2024-05-04T08:00:00Z'>4 May</time></p>"
        "<p>Published <time datetime='2024-05-02T10:00:00Z'>2 May</time></p>"
    )
    published, modified = dates(above=above)
    assert (brief(published), brief(modified)) == ("2024-05-02T10:00:00Z time", "2024-05-04T08:00:00Z time")


def test_a_bare_day_takes_the_time_of_day_from_a_place_that_agrees() -> None:
    above = "<p class='date'>2 May 2024, 14:30</p>"
    assert brief(dates(head=meta("date", "2024-05-02"), above=above)[0]) == "2024-05-02T14:30:00Z text"
    assert brief(dates(head=meta("date", "2024-04-11"), above=above)[0]) == "2024-04-11 meta"


def test_the_url_gives_a_day() -> None:
    assert brief(dates(url="https://harbour-post.example/2024/05/02/ferry")[0]) == "2024-05-02 url"


def test_the_line_with_the_outlets_own_name_wins_over_the_line_of_another() -> None:
    above = "<p>Southern Wire 30 March 2023</p><p>Harbour Post, March 31, 2023</p>"
    published, _ = dates(head=meta("og:site_name", "Harbour Post"), above=above)
    assert brief(published) == "2023-03-31 text"


@pytest.mark.parametrize("day", ["2031-01-01", "1994-12-31", "1900-01-01", "0001-01-01"])
def test_the_future_and_the_time_before_the_web_are_not_believed(day: str) -> None:
    published, modified = dates(head=ld(datePublished=f"{day}T10:00:00Z", dateModified=f"{day}T10:00:00Z"))
    assert published is None or published.iso()[:10] != day
    assert modified is None


def test_a_page_that_says_nothing_has_no_date_or_one_marked_as_a_guess() -> None:
    published, modified = dates()
    assert published is None or published.basis == "guessed"
    assert modified is None


def test_dates_beside_other_articles_are_not_ours() -> None:
    below = "<aside class='related'><a href='/x'>Other</a> <time datetime='2020-02-02T02:02:02Z'>then</time></aside>"
    published, _ = dates(below=below, head=meta("article:published_time", "2024-05-02T10:00:00Z"))
    assert brief(published) == "2024-05-02T10:00:00Z meta"
    assert dates(below=below)[0] is None or dates(below=below)[0].basis == "guessed"  # type: ignore[union-attr]


def test_broken_json_ld_still_gives_its_date() -> None:
    node = '{"@type": "NewsArticle", "headline": "a "quoted" word", "datePublished": "2024-05-01T10:00:00Z",}'
    head = f"<script type='application/ld+json'>{node}</script>"
    assert brief(dates(head=head)[0]) == "2024-05-01T10:00:00Z json-ld"
