"""The text is the article, whole and alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.extract import extract
from crawler.extract.body import tidy
from tests.extract.pages import SENTENCES, a_page, an_article_page


def text_of(markup: str) -> str:
    return extract(a_page(markup)).text


def test_every_sister_section_of_an_article_is_in_its_text() -> None:
    sections = "".join(
        f"<div class='body chunk'><p>{one} Paragraph {i} of the long report follows here.</p>"
        f"<p>{one[::-1].capitalize()} {i}.</p></div>"
        "<div class='slot'>Advertisement</div>"
        for i, one in enumerate(SENTENCES)
    )
    text = text_of(
        f"<html><head><title>Ferry</title></head><body><div class='page'><h1>Ferry</h1>{sections}</div></body></html>"
    )
    assert [one for one in SENTENCES if one not in text] == []
    assert "Advertisement" not in text


def test_lines_that_only_lead_elsewhere_on_the_site_are_left_out() -> None:
    inside = (
        "<p><a href='/2024/other'>Bakery on the pier opens its doors again</a></p>"
        "<p>READ MORE: Bakery on the pier opens</p>"
        "<p>Advertisement</p>"
    )
    text = text_of(an_article_page(inside=inside))
    assert "Bakery" not in text
    assert "Advertisement" not in text


def test_a_credit_that_links_to_another_site_stays() -> None:
    below = "<p>This article first appeared at <a href='https://origin.example/a'>Southern Wire</a>.</p>"
    assert "This article first appeared at Southern Wire." in text_of(an_article_page(below=below))


def test_a_credit_that_is_nothing_but_a_link_is_at_least_among_the_links() -> None:
    below = "<p><a href='https://origin.example/a'>This article first appeared at Southern Wire</a></p>"
    links = extract(a_page(an_article_page(below=below))).links
    assert [(link.url, link.text) for link in links] == [
        ("https://origin.example/a", "This article first appeared at Southern Wire")
    ]


def test_comments_in_the_markup_do_not_cut_a_paragraph() -> None:
    text = text_of(
        an_article_page(
            inside="<p>The pier <!-- ad --> was closed <!-- more --> for a week after the storm had passed.</p>"
        )
    )
    assert "The pier was closed for a week after the storm had passed." in text


def test_a_text_repeated_on_many_pages_is_never_taken_away() -> None:
    first = text_of(an_article_page())
    assert [text_of(an_article_page()) for _ in range(6)] == [first] * 6
    assert SENTENCES[0] in first


@given(st.text(max_size=300))
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert not any(line != line.strip() for line in once.split("\n"))
