"""Bytes become a DOM in the right letters, or a clear reason why not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAnArticle
from crawler.extract import dom
from crawler.extract.dom import decode, is_binary, parse
from tests.extract.pages import a_page, an_article_page

RUSSIAN = "Совет решил оставить паром на зиму, и пристань будет открыта каждый день. "
GERMAN = "Die Fähre fährt auch im Winter, und die Brücke bleibt geöffnet für die Gäste. "
JAPANESE = "議会は冬の間もフェリーの運航を続けることを決めた。町長は喜んでいる。"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides_whatever_the_header_says(codec: str) -> None:
    assert decode(f"<p>{RUSSIAN}".encode(codec), {"content-type": "text/html; charset=koi8-r"}) == f"<p>{RUSSIAN}"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_without_mark_and_label(codec: str) -> None:
    assert decode(f"<html><body><p>{GERMAN}".encode(codec), {}) == f"<html><body><p>{GERMAN}"


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1251", "shift_jis", "rot13", "zlib", "no-such", "idna", ""])
def test_utf_8_under_a_wrong_label_is_read_as_utf_8(label: str) -> None:
    assert decode(f"<p>{RUSSIAN}".encode(), {"content-type": f"text/html; charset={label}"}) == f"<p>{RUSSIAN}"


def test_one_broken_byte_does_not_turn_utf_8_into_mojibake() -> None:
    text = decode(f"<p>{RUSSIAN * 5}".encode() + b"\xff" + RUSSIAN.encode(), {})
    assert text.startswith(f"<p>{RUSSIAN}")
    assert text.count("\ufffd") == 1


@pytest.mark.parametrize(
    ("codec", "words"), [("windows-1251", RUSSIAN), ("koi8-r", RUSSIAN), ("euc-jp", JAPANESE), ("cp1252", GERMAN)]
)
def test_a_label_in_the_page_is_believed(codec: str, words: str) -> None:
    markup = f"<html><head><meta charset='{codec}'></head><body><p>{words * 4}"
    assert words in decode(markup.encode(codec), {})


def test_the_header_of_a_server_that_knows_nothing_gives_way_to_the_page() -> None:
    body = f"<meta charset=windows-1251><p>{RUSSIAN}".encode("windows-1251")
    assert RUSSIAN in decode(body, {"content-type": "text/html; charset=ISO-8859-1"})


def test_a_text_that_is_not_western_is_not_read_as_latin_1() -> None:
    assert RUSSIAN in decode(
        f"<p>{RUSSIAN * 20}".encode("windows-1251"), {"content-type": "text/html; charset=iso-8859-1"}
    )


def test_western_text_without_any_label_is_read() -> None:
    assert GERMAN in decode(f"<p>{GERMAN * 3}".encode("cp1252"), {})


@given(st.binary(max_size=500), st.text(max_size=30))
def test_decoding_never_fails(body: bytes, label: str) -> None:
    decode(body, {"content-type": f"text/html; charset={label}"})
    decode(f"<meta charset='{label}'>".encode("utf-8", "replace") + body, {})


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\0", "empty"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "an image"),
        (b"GIF89a<html>", "an image"),
        (b'{"headline": "x"}', "JSON"),
        (b"[1, 2, 3]", "JSON"),
        (b"just some words", "no markup"),
        (b"<?xml version='1.0'?>\n<rss version='2.0'><channel><item/></channel></rss>", "a feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "a feed"),
        (b"<urlset><url/></urlset>", "a feed or a sitemap"),
        (b"<p>x</p>" * (dom.MAX_BYTES // 8 + 1), "too big"),
        (b"<html><body>" + b"<div>" * (dom.MAX_DEPTH + 10) + b"words", "too deep"),
        (b"<html><body>" + b"<br>" * (dom.MAX_ELEMENTS + 10), "too big"),
    ],
)
def test_what_is_no_page_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NotAnArticle, match=reason) as refused:
        parse(a_page(body))
    assert refused.value.url == a_page(b"").final_url


def test_an_xml_declaration_does_not_stop_the_parser() -> None:
    body = b'<?xml version="1.0" encoding="utf-8"?>' + an_article_page(title="Fähre").encode()
    assert parse(a_page(body)).findtext(".//h1") == "Fähre"


def test_control_characters_do_not_reach_the_dom() -> None:
    assert parse(a_page("<html><body><p>fer\0ry\x0b\x1b on\x85</p>")).findtext(".//p") == "ferry on"


def test_names_of_a_megabyte_are_cut_off() -> None:
    tree = parse(a_page("<html><body><div class='" + "ad " * 400_000 + "'><p>text</p></div>"))
    assert tree.find(".//div").get("class") is None


def test_text_of_any_encoding_is_told_from_bytes_that_are_none() -> None:
    text = "<html><p>Über der Förde kreiste früh ein Hubschrauber.</p>" * 20
    for encoding in ("utf-8", "cp1252", "utf-16", "utf-16-le", "utf-32"):
        assert not is_binary(text.encode(encoding)), encoding
    assert not is_binary(b"")
    assert is_binary(random.Random(1).randbytes(5_000))


def test_binary_bytes_served_as_a_page_are_no_article() -> None:
    with pytest.raises(NotAnArticle, match="binary"):
        parse(a_page(random.Random(1).randbytes(20_000)))
