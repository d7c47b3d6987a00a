"""A page that holds no article is refused with the reason; a short article is not."""

from __future__ import annotations

import pytest

from crawler.errors import NotAnArticle
from crawler.extract import extract
from tests.extract.pages import SENTENCES, a_page, an_article_page


def a_small_page(title: str, *paragraphs: str, head: str = "") -> str:
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{body}</body></html>"


TEASER = "The council met on Tuesday, and what it decided you can read in the full report of our paper."
TEASERS = "".join(
    f"<article><h2><a href='/2024/{i}'>Report number {i} from the town hall</a></h2><p>{TEASER} {i}</p></article>"
    for i in range(30)
)
SECTIONS = "".join(f"<li><a href='/section/{i}'>Section number {i} of the paper</a></li>" for i in range(60))


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (
            a_small_page(
                "404 Not Found", "The page you were looking for could not be found. Try the search or the front page."
            ),
            "error page",
        ),
        (
            a_small_page("Page not found", "It may have moved, or it has been deleted long ago by somebody else."),
            "error page",
        ),
        (a_small_page("Seite nicht gefunden", "Leider ist die gesuchte Seite nicht mehr vorhanden."), "error page"),
        (a_small_page("Just a moment...", "Checking your browser before accessing the site."), "robot check"),
        (a_small_page("Harbour Post", "Please verify you are a human to continue to this site."), "robot check"),
        (a_small_page("Harbour Post", "Your browser is not supported. Please enable JavaScript to go on."), "browser"),
        (
            a_small_page("Harbour Post", "We value your privacy. We and our partners store cookies on your device."),
            "consent",
        ),
        (a_small_page("Harbour Post", "Please log in to continue reading this article on our site."), "login"),
        (a_small_page("Ferry", "Boat late."), "too short|no article"),
        (f"<html><head><title>News</title></head><body><h1>News</h1>{TEASERS}</body></html>", "list of pages"),
        (f"<html><head><title>Sections</title></head><body><ul>{SECTIONS}</ul></body></html>", "list of pages"),
        ("<html><body></body></html>", "no article"),
    ],
)
def test_what_is_no_article_is_refused_with_its_reason(page: str, reason: str) -> None:
    with pytest.raises(NotAnArticle, match=reason):
        extract(a_page(page))


@pytest.mark.parametrize("status", [403, 404, 410, 500, 503])
def test_the_body_of_an_error_answer_is_no_article(status: int) -> None:
    with pytest.raises(NotAnArticle, match=str(status)):
        extract(a_page(an_article_page(), status=status))


def test_a_short_news_is_an_article() -> None:
    assert SENTENCES[0] in extract(a_page(a_small_page("Ferry stays", SENTENCES[0], SENTENCES[1]))).text


def test_a_flash_that_says_it_is_an_article_may_be_shorter_still() -> None:
    page = a_small_page("Ferry stays", SENTENCES[0], head="<meta property='og:type' content='article'>")
    assert extract(a_page(page)).text == SENTENCES[0]


def test_an_article_about_lost_pages_and_robots_is_an_article() -> None:
    found = extract(
        a_page(
            an_article_page(
                title="Page not found: how the town lost its archive", above=f"<p>{'We value your privacy. ' * 2}</p>"
            )
        )
    )
    assert SENTENCES[3] in found.text


def test_a_page_with_many_related_links_below_is_an_article() -> None:
    assert SENTENCES[5] in extract(a_page(an_article_page(below=f"<div class='related'>{TEASERS}</div>"))).text


def test_a_short_text_without_spaces_between_words_is_counted_by_its_characters() -> None:
    text = "議会は冬の間もフェリーの運航を続けることを決めた。"
    text += "町長は喜んでいると述べ、来週から切符の販売を始めると発表した。"
    assert extract(a_page(a_small_page("フェリー", text))).text == text
