"""Links and media are those of the article's content."""

from __future__ import annotations

import pytest

from crawler.extract import Extracted, extract
from tests.extract.pages import a_page, an_article_page


def found(**parts: str) -> Extracted:
    return extract(a_page(an_article_page(**parts)))


def test_links_are_absolute_clean_and_carry_their_words() -> None:
    article = found(
        inside="<p>As <a href='/2024/first?utm_source=x#top'>we <b>wrote</b> then</a>, the pier was closed.</p>"
    )
    assert [(link.url, link.text) for link in article.links] == [
        ("https://harbour-post.example/2024/first", "we wrote then")
    ]


@pytest.mark.parametrize(
    "target",
    ["mailto:a@b.example", "javascript:alert(1)", "tel:+123", "data:text/html,x", "http://", "ftp://x.example/y"],
)
def test_what_is_no_web_address_is_no_link(target: str) -> None:
    assert (
        found(
            inside=f"<p>Write to <a href='{target}'>the editors of this page</a> about it, please, and soon.</p>"
        ).links
        == ()
    )


def test_boxes_beside_the_text_give_no_links() -> None:
    box = (
        "<div class='social-share'><a href='https://s.example/share'>Share</a></div><nav><a href='/more'>More</a></nav>"
    )
    assert found(inside=box, below="<ul class='related'><li><a href='/other'>Other</a></li></ul>").links == ()


def test_the_base_element_resolves_relative_links() -> None:
    article = found(
        head="<base href='https://cdn.example/root/'>",
        inside="<p>Read <a href='more'>the report of the council</a> in full.</p>",
    )
    assert [link.url for link in article.links] == ["https://cdn.example/root/more"]


def test_pixels_and_counters_are_no_media() -> None:
    pixels = (
        "<img src='/a.gif' width='1' height='1'><img src='/b.gif' style='width:1px;height:1px'>"
        "<img src='/pixel.gif?x=1'>"
        "<img src='/c.png' style='display: none'><img src='data:image/gif;base64,R0lGOD'><img src='/counter/c.png'>"
    )
    assert found(inside=pixels).media == ()


def test_pictures_players_and_files_are_media_of_their_kind() -> None:
    inside = (
        "<img src='/pier.jpg' width='640'><img data-src='/late.webp' src='data:,'>"
        "<video><source src='/film.mp4'></video>"
        "<audio src='/talk.mp3'></audio><iframe src='https://www.youtube.com/embed/abc'></iframe>"
        "<iframe src='https://ads.example/frame'></iframe>"
        "<p>See <a href='https://other.example/clip.MP4'>the clip</a> of that day.</p>"
    )
    assert [(one.kind, one.url.rsplit("/", 1)[-1]) for one in found(inside=inside).media] == [
        ("image", "pier.jpg"),
        ("image", "late.webp"),
        ("video", "film.mp4"),
        ("audio", "talk.mp3"),
        ("video", "abc"),
        ("video", "clip.MP4"),
    ]


def test_anchors_without_targets_mean_that_links_were_lost() -> None:
    assert found(above="<p>By <a href='#'>Southern Wire</a></p>").links_lost
    assert found(above="<p>By <a href=''>Southern Wire</a></p>").links_lost


def test_buttons_and_jumps_are_no_lost_links() -> None:
    buttons = "<p><a href='#' onclick='x()'>Print it</a> <a href='#' role='button'>Listen</a> <a name='top'>top</a></p>"
    assert not found(inside=buttons).links_lost
    assert not found().links_lost


def test_a_page_whose_links_are_mostly_there_has_lost_none() -> None:
    inside = (
        "<p>See <a href='/a'>the first report</a>, <a href='/b'>the second</a> and <a href='#'>the third</a> here.</p>"
    )
    assert not found(inside=inside).links_lost
