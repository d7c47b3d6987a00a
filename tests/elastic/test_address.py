"""The URL of an Elasticsearch store says where, who and whom to trust; its secrets are never shown."""

from __future__ import annotations

import pytest

from crawler.errors import InputError
from crawler.store.elastic.address import read_address


def test_a_url_names_hosts_user_and_prefix() -> None:
    address = read_address("https://ida:p%40ss@one.example:9200,two.example/newsroom?fingerprint=AB12")
    assert address.hosts == ("https://one.example:9200", "https://two.example:9200")
    assert (address.user, address.password, address.prefix) == ("ida", "p@ss", "newsroom")
    assert address.fingerprint == "AB12"


def test_without_a_path_the_indices_are_called_copytrail() -> None:
    assert read_address("http://127.0.0.1:9200").prefix == "copytrail"
    assert read_address("http://[::1]").hosts == ("http://[::1]:9200",)


@pytest.mark.parametrize("url", ["https://ida:s3cret@h.example:9200", "https://h.example:9200?api_key=s3cret"])
def test_what_is_shown_holds_no_secret(url: str) -> None:
    address = read_address(url)
    assert address.shown == "https://h.example:9200"
    assert "s3cret" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://h.example:s3cret",
        "https://h.example/Big_Letters",
        "https://h.example/a/b",
        "https://h.example?s3cret",
        "https://h.example?color=s3cret",
        "https://a:s3cret@h.example?api_key=k",
        "http://h.example?ca_certs=/x",
        "https://h.example:9200,,",
        "https://h example",
    ],
)
def test_a_url_that_makes_no_sense_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InputError) as problem:
        read_address(url)
    assert "s3cret" not in str(problem.value)
