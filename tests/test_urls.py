"""What a URL means, which URLs are one article, and whose they are."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import InputError
from crawler.urls import ORIGIN_MARKS, TRACKERS, article_id, clean, host, identity, is_home, site, slug, web_address

ARTICLE = "https://harbour-post.example/2024/03/ferry-pier"

_words = st.text("abcXYZ019-._~%/é ü", max_size=12)
_names = st.sampled_from(["p", "id", "utm_source", "ref", "amp", "print", "m", "fbclid", "story", "A;", "%41", "x"])
_hosts = st.sampled_from(
    [
        "a.example",
        "www.a.example",
        "m.a.example",
        "amp.www.a.co.uk",
        "WWW.B.example:8080",
        "127.0.0.1:80",
        "[::1]:81",
        "localhost:9",
        "süd.example",
        "a-example.cdn.ampproject.org",
        "google.com",
        "m.me",
        "x.blogspot.com",
        "en.m.a.org",
    ]
)
_tails = st.sampled_from(
    ["", "/amp", "/amp/", "/print", "/index.html", ".amp", ".amp.html", "//", "/../x", "/c/s/B.EXAMPLE/x"]
)
_queries = st.lists(st.tuples(_names, _words), max_size=4).map(lambda pairs: "&".join(f"{n}={v}" for n, v in pairs))


@st.composite
def urls(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(["http", "https", "HTTP"]))
    return f"{scheme}://{draw(_hosts)}/{draw(_words)}{draw(_tails)}?{draw(_queries)}#{draw(_words)}"


@given(urls())
def test_cleaning_and_folding_twice_changes_nothing(url: str) -> None:
    assert clean(clean(url)) == clean(url)
    assert identity(identity(url)) == identity(url)
    assert identity(clean(url)) == identity(url)


@given(st.text(max_size=60))
def test_any_text_is_a_clean_url_or_an_input_error(text: str) -> None:
    for ask in (clean, identity, host, site, lambda t: clean(t, "https://a.example/feed")):
        with contextlib.suppress(InputError):
            assert ask(text) is not None
    assert is_home(text) in (True, False)


@pytest.mark.parametrize(
    "name", [*sorted(TRACKERS), "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_hp_ref"]
)
def test_each_tracking_parameter_goes_alone(name: str) -> None:
    assert clean(f"{ARTICLE}?{name}=abc") == ARTICLE
    assert clean(f"{ARTICLE}?p=12&{name}=abc&b=2") == f"{ARTICLE}?p=12&b=2"
    assert identity(f"{ARTICLE}?{name.upper()}=1234567") == identity(ARTICLE)


@pytest.mark.parametrize("name", sorted(ORIGIN_MARKS))
def test_each_origin_mark_goes_from_the_key_unless_it_holds_a_number(name: str) -> None:
    assert identity(f"{ARTICLE}?{name}=home") == identity(ARTICLE)
    assert identity(f"{ARTICLE}?{name}=20431") != identity(ARTICLE)
    assert clean(f"{ARTICLE}?{name}=home") == f"{ARTICLE}?{name}=home"


@pytest.mark.parametrize(
    "variant",
    [
        "http://harbour-post.example/2024/03/ferry-pier",
        "https://www.harbour-post.example/2024/03/ferry-pier/",
        "https://m.harbour-post.example/2024/03/ferry-pier",
        "https://mobile.harbour-post.example/2024/03/ferry-pier",
        "https://amp.harbour-post.example/2024/03/ferry-pier",
        "https://harbour-post.example:443/2024/03/ferry-pier#comments",
        "https://HARBOUR-POST.example./2024/03/ferry-pier/amp",
        "https://harbour-post.example/2024/03/ferry-pier/amp/",
        "https://harbour-post.example/2024/03/ferry-pier.amp",
        "https://harbour-post.example/2024/03/ferry-pier?amp",
        "https://harbour-post.example/2024/03/ferry-pier?amp=1",
        "https://harbour-post.example/2024/03/ferry-pier?outputType=amp",
        "https://harbour-post.example/2024/03/ferry-pier?print=1",
        "https://harbour-post.example/2024/03/ferry-pier/?print",
        "https://harbour-post.example/2024/03/ferry-pier/print/",
        "https://harbour-post.example/2024/03/ferry-pier?pagewanted=print",
        "https://harbour-post.example/2024/03/ferry%2Dpier",
        "https://harbour-post.example//2024/03/./ferry-pier/index.html",
        "https://harbour-post.example/2024/03/ferry-pier;jsessionid=0A1B",
        "https://harbour-post.example/2024/03/ferry-pier?replytocom=4711",
        "https://harbour-post.example/2024/03/ferry-pier?ref=rss&utm_source=x&fbclid=y",
        "https://harbour-post.example/2024/03/ferry-pier?a&amp;utm_source=x".replace("?a&", "?"),
        "https://harbour--post-example.cdn.ampproject.org/c/s/harbour-post.example/2024/03/ferry-pier/amp",
        "https://www.google.com/amp/s/www.harbour-post.example/2024/03/ferry-pier.amp",
        "harbour-post.example/2024/03/ferry-pier",
    ],
)
def test_variants_of_one_article_fold(variant: str) -> None:
    assert identity(variant) == "harbour-post.example/2024/03/ferry-pier"
    assert article_id(variant) == article_id(ARTICLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/?p=123", "https://a.example/?p=124"),
        ("https://a.example/?p=123", "https://a.example/"),
        ("https://a.example/news.php?id=1", "https://a.example/news.php?id=2"),
        ("https://a.example/news?story=1", "https://a.example/news?story=2"),
        ("https://a.example/modules.php?name=News&sid=123", "https://a.example/modules.php?name=News&sid=124"),
        ("https://a.example/show?pk_no=1412361", "https://a.example/show?pk_no=1412362"),
        ("https://a.example/Story", "https://a.example/story"),
        ("https://a.example/a/b", "https://a.example/a%2Fb"),
        ("https://a.example/news", "https://a.example/news/print-shops"),
        ("https://a.example/print", "https://a.example/"),
        ("https://a.example/amp", "https://a.example/"),
        ("https://a.example/a", "https://news.a.example/a"),
        ("https://a.blogspot.com/x", "https://b.blogspot.com/x"),
        ("https://m.me/x", "https://me/x"),
        ("http://a.example:8001/x", "http://a.example:8002/x"),
        ("https://a.example/x?page=2", "https://a.example/x"),
        ("https://a.example/x?view=17", "https://a.example/x?view=18"),
    ],
)
def test_different_articles_never_fold(one: str, other: str) -> None:
    assert identity(one) != identity(other)


def test_a_link_that_leads_nowhere_is_no_web_address() -> None:
    assert web_address("mailto:desk@harbour-post.example", "https://harbour-post.example/a") is None
    assert web_address("../b", "https://harbour-post.example/a/c") == "https://harbour-post.example/b"


def test_the_order_of_parameters_does_not_make_another_article() -> None:
    assert identity("https://a.example/x?b=2&a=1") == identity("https://a.example/x?a=1&b=2")


def test_article_ids_stay_what_they_are_in_stores() -> None:
    assert article_id("https://www.example.com/a/?utm_source=x") == "036cbe16b0015b0a30d733ca981c8ebb80535abe"
    assert article_id("http://harbour-post.example:8123/x") == "ca0e572b5d4f120e8ded7275587e7f4f754dd0c6"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://User:pass@Example.COM:443/A%7eb?q=%c3%bc#top", "https://example.com/A~b?q=%C3%BC"),
        ("http://süd.example/straße", "http://xn--sd-xka.example/stra%C3%9Fe"),
        (" http://a.exa\nmple/x y ", "http://a.example/x%20y"),
        ("http://a.example", "http://a.example/"),
        ("http://a.example:8080/x?b=2&a=", "http://a.example:8080/x?b=2&a="),
        ("http://[0:0:0:0:0:0:0:1]:80/", "http://[::1]/"),
    ],
)
def test_cleaning_loses_nothing_but_trackers_and_fragment(url: str, expected: str) -> None:
    assert clean(url) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("//other.example/x", "https://other.example/x"),
        ("www.other.example/x", "https://www.other.example/x"),
        ("/x", "https://feeds.example/x"),
        ("x", "https://feeds.example/dir/x"),
        ("?p=3", "https://feeds.example/dir/rss.xml?p=3"),
        ("#top", "https://feeds.example/dir/rss.xml"),
        ("../x", "https://feeds.example/x"),
    ],
)
def test_links_are_resolved_against_their_base(link: str, expected: str) -> None:
    assert clean(link, "https://feeds.example/dir/rss.xml") == expected


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "data:text/html,x",
        "ftp://a.example/",
        "http:///x",
        "http://",
        "",
        "x",
        "/x",
        "//a.example/x",
        "http://a b.example/",
        "http://[::1",
        "http://a.example:99999/",
        "http://-a.example/",
        "http://a..example/",
        "http://a.example/" + "x" * 5000,
    ],
)
def test_what_cannot_be_fetched_is_refused(url: str) -> None:
    with pytest.raises(InputError):
        clean(url)


def test_a_script_link_stays_refused_beside_a_base() -> None:
    with pytest.raises(InputError):
        clean("java\nscript:alert(1)", "https://a.example/")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("https://www.News.bbc.co.uk:8443/x", "bbc.co.uk"),
        ("news.bbc.co.uk", "bbc.co.uk"),
        ("https://en.southfront.press/", "southfront.press"),
        ("http://someone.blogspot.com/2020", "someone.blogspot.com"),
        ("http://harbour-post.example:8123/x", "harbour-post.example"),
        ("www.harbour-post.example", "harbour-post.example"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
    ],
)
def test_the_site_is_the_registrable_domain(name: str, expected: str) -> None:
    assert site(name) == expected


def test_the_host_has_neither_port_nor_www() -> None:
    assert host("https://WWW.Example.com:8080/x") == "example.com"
    assert host("https://m.example.com/") == "m.example.com"


@pytest.mark.parametrize(
    "path", ["", "/", "/index.html", "/index.php", "/en/", "/en", "/pt-br/", "/en/index.html", "/?ref=x"]
)
def test_front_pages_are_known(path: str) -> None:
    assert is_home(f"https://a.example{path}")


@pytest.mark.parametrize("path", ["/x", "/?p=1", "/2024/03/10/a", "/news/", "/en/a", "/index.php?id=3", "/about-us"])
def test_articles_are_no_front_pages(path: str) -> None:
    assert not is_home(f"https://a.example{path}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Global Research", "global-research"),
        ("L’Antidiplomatico", "lantidiplomatico"),
        ("  Über & Über! ", "uber-uber"),
        ("harbour-post.example", "harbour-post-example"),
        ("Южный фронт", "южный-фронт"),
    ],
)
def test_a_slug_can_be_read_aloud(text: str, expected: str) -> None:
    assert slug(text) == expected
    assert slug(expected) == expected


def test_nothing_makes_no_slug() -> None:
    with pytest.raises(InputError):
        slug("—!")


def test_an_archived_address_that_cannot_be_read_is_the_archives_own() -> None:
    url = "https://web.archive.org/web/2026/http-.org/one"
    assert article_id(clean(url)) == article_id(url)
    assert identity(identity(url)) == identity(url)
