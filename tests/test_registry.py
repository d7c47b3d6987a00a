"""Claims about telling which outlet an address or a name belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Source
from crawler.registry import Registry, name_key

HARBOUR = Source(
    id="harbour-post",
    name="The Harbour Post",
    domains=("harbour-post.example", "harbour-old.example"),
    aliases=("H. P.",),
)
TIDE = Source(id="tide", name="Tide", domains=("tide.blog.example",), aliases=("Low Water", "Shared"))
MIRROR = Source(id="mirror", name="Low Water", domains=("mirror.example",), aliases=("Shared",))
REGISTRY = Registry([HARBOUR, TIDE, MIRROR])


@pytest.mark.parametrize(
    "url",
    [
        "https://harbour-post.example/2020/a",
        "http://www.harbour-post.example:8080/a",
        "https://amp.harbour-post.example/a",
        "https://HARBOUR-OLD.example/a",
    ],
)
def test_every_domain_and_subdomain_of_an_outlet_is_the_outlet(url: str) -> None:
    ref = REGISTRY.of_url(url)
    assert (ref.id, ref.name, ref.domain) == ("harbour-post", "The Harbour Post", "harbour-post.example")


def test_an_unknown_site_is_named_after_its_registrable_domain() -> None:
    ref = REGISTRY.of_url("https://news.ferry.co.uk/a", "Ferry News")
    assert (ref.id, ref.name, ref.domain) == ("ferry-co-uk", "Ferry News", "news.ferry.co.uk")
    assert REGISTRY.of_url("https://www.ferry.co.uk/b").name == "ferry.co.uk"


def test_two_blogs_of_one_platform_are_two_outlets() -> None:
    assert REGISTRY.of_url("https://a.blogspot.com/1").id != REGISTRY.of_url("https://b.blogspot.com/1").id


def test_the_parent_of_a_known_subdomain_is_somebody_else() -> None:
    assert REGISTRY.of_host("blog.example") is None
    assert REGISTRY.of_host("www.tide.blog.example") is TIDE


def test_a_domain_that_only_ends_alike_is_somebody_else() -> None:
    assert REGISTRY.of_host("not-harbour-post.example") is None
    assert REGISTRY.of_host("harbour-post.example.evil.test") is None


@pytest.mark.parametrize(
    "name", ["Harbour Post", "the HARBOUR-POST", "Harbour Post®", "H.P.", "www.harbour-post.example"]
)
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert REGISTRY.named(name) is HARBOUR


def test_an_own_name_goes_before_an_alias_of_another() -> None:
    assert REGISTRY.named("low water") is MIRROR


def test_an_alias_that_two_outlets_claim_names_nobody() -> None:
    assert REGISTRY.named("Shared") is None


@pytest.mark.parametrize("name", ["", "The", "...", "x" * 5000, "Harbour"])
def test_what_is_no_outlets_name_names_nobody(name: str) -> None:
    assert REGISTRY.named(name) is None


@given(st.text(max_size=60))
def test_folding_a_name_twice_changes_nothing(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(st.text(max_size=80))
def test_any_text_can_be_looked_up(name: str) -> None:
    REGISTRY.named(name)
