"""What a feed says survives its format, its encoding and its faults."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import NotAFeed
from crawler.feed import MAX_BYTES, parse_feed
from crawler.feed.dates import read_date
from crawler.feed.tidy import MAX_ENTRIES
from crawler.model import Enclosure, EntryLink, EntrySource, Feed

CORPUS = Path(__file__).parent / "corpus" / "feeds"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "dev" / "feeds"
NOW = datetime(2024, 4, 1, tzinfo=UTC)


def read(body: bytes | str, url: str | None = "https://harbour-post.example/feed.xml", **more: str) -> Feed:
    return parse_feed(body if isinstance(body, bytes) else body.encode(), url=url, now=NOW, **more)


def sample(name: str, url: str | None = None) -> Feed:
    return read((CORPUS / name).read_bytes(), url)


def rss(*items: str, head: str = "") -> str:
    entries = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>Paper</title>{head}{entries}</channel></rss>'


def titles(feed: Feed) -> list[str | None]:
    return [entry.title for entry in feed.entries]


# formats


def test_rss_gives_all_that_an_entry_says() -> None:
    feed = sample("harbour.rss", "https://harbour-post.example/feed.xml")
    assert (feed.title, feed.url, feed.language) == ("Harbour Post", "https://harbour-post.example/", "en-GB")
    first = feed.entries[0]
    assert first.url == "https://harbour-post.example/2024/03/ferry-pier"
    assert first.id == "harbour-post-4711"
    assert first.title == "Ferry pier & market reopen after the long winter"
    assert first.authors == ("Ada Quist", "Ben Ulrik")
    assert first.published is not None
    assert first.published.iso() == "2024-03-10T16:15:00Z"
    assert first.summary == "The pier opened to the public again on Sunday."
    assert first.content == "<p>The pier opened to the public again on Sunday, & the market with it.</p>"
    assert first.enclosures == (Enclosure(url="https://cdn.harbour-post.example/pier.jpg", type="image/jpeg"),)


def test_rss_keeps_where_an_entry_came_from() -> None:
    second = sample("harbour.rss").entries[1]
    assert second.url == "https://harbour-post.example/2024/03/tug-crews"  # origLink before the tracker's
    assert second.id == "https://coast-wire.example/2024/03/tug-crews-vote"
    assert second.source == EntrySource(name="Coast Wire", url="https://coast-wire.example/feed")
    assert EntryLink(rel="via", url="https://coast-wire.example/2024/03/tug-crews-vote") in second.links


def test_atom_gives_all_that_an_entry_says() -> None:
    feed = sample("inland.atom")
    assert (feed.title, feed.url, feed.language) == ("Inland – Blätter", "https://inland.example/", "de")
    (entry,) = feed.entries
    assert entry.title == "Is 3 < 5? The <b> question"
    assert entry.authors == ("Cleo Ander",)
    assert entry.published is not None
    assert entry.published.precision == "minute"
    assert entry.updated is not None
    assert entry.updated.at == datetime(2024, 3, 10, 17, 15, 0, 250_000, tzinfo=UTC)
    assert entry.source == EntrySource(name="Harbour Post", url="https://harbour-post.example/")
    assert EntryLink(rel="via", url="https://harbour-post.example/2024/03/ferry-pier") in entry.links
    assert entry.enclosures == (Enclosure(url="https://media.inland.example/a.mp4", type="video/mp4"),)
    assert entry.content == "<p>Three is <b>less</b>.</p>"


def test_rdf_gives_its_date_and_its_source() -> None:
    (entry,) = sample("old.rdf").entries
    assert entry.id == entry.url == "https://old.example/1"
    assert entry.published is not None
    assert entry.published.iso() == "2004-05-28T07:30:00Z"
    assert entry.source == EntrySource(url="https://harbour-post.example/2004/lighthouse")


def test_json_feed_gives_all_that_an_entry_says() -> None:
    feed = sample("quay.json", "https://quay.example/feed.json")
    first, second = feed.entries
    assert (feed.title, feed.url, feed.language) == ("Quay Notes", "https://quay.example/", "en")
    assert (first.url, first.id, first.authors) == ("https://quay.example/notes/17", "17", ("Eli Noor",))
    assert first.links == (EntryLink(rel="external", url="https://harbour-post.example/2024/03/ferry-pier"),)
    assert first.enclosures == (Enclosure(url="https://quay.example/17.mp3", type="audio/mpeg"),)
    assert (second.url, second.content) == ("https://quay.example/notes/16", "Short.")
    assert feed.problems == ("1 of the feed's items are no objects: left out",)


# what is missing or wrong is not made up


def test_entries_without_id_date_title_or_link_are_kept() -> None:
    third = sample("harbour.rss").entries[2]
    assert (third.url, third.id, third.title, third.published) == (None, None, None, None)
    assert third.summary == "A note without title, link, id or date."


def test_entries_with_one_guid_are_all_kept() -> None:
    assert [entry.id for entry in sample("harbour.rss").entries].count("harbour-post-4711") == 2


def test_an_impossible_date_is_none_and_said() -> None:
    feed = sample("harbour.rss")
    assert feed.entries[3].published is None
    assert any("Wed, 31 Feb 2026 25:00:00" in problem for problem in feed.problems)


def test_a_guid_that_is_no_address_is_no_link() -> None:
    assert read(rss("<guid>333483</guid>")).entries[0].url is None
    assert read(rss("<guid>https://a.example/1</guid>")).entries[0].url == "https://a.example/1"


def test_a_link_that_cannot_be_fetched_is_left_out_and_said() -> None:
    feed = read(rss("<link>javascript:alert(1)</link><title>x</title>"))
    assert (feed.entries[0].url, feed.entries[0].links) == (None, ())
    assert any("no web address" in problem for problem in feed.problems)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("//cdn.example/x", "https://cdn.example/x"),
        ("www.inland.example/x", "https://www.inland.example/x"),
        ("/x", "https://feeds.example/x"),
        ("x", "https://feeds.example/dir/x"),
    ],
)
def test_links_are_resolved_against_the_feed_not_against_themselves(link: str, expected: str) -> None:
    assert read(rss(f"<link>{link}</link>"), "https://feeds.example/dir/rss").entries[0].url == expected


def test_the_interval_a_feed_asks_for_is_the_longer_one() -> None:
    assert sample("harbour.rss").ttl == timedelta(minutes=30)
    assert read(rss(head="<ttl>soon</ttl>")).ttl is None
    assert read(rss(head="<ttl>999999999999</ttl>")).ttl == timedelta(days=30)
    assert read(rss(head="<sy:updatePeriod>daily</sy:updatePeriod>")).ttl == timedelta(days=1)


# titles are what a reader would see


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("Fish &amp;#8211; chips", "Fish – chips"),
        ("Fish &nbsp;&ndash; chips", "Fish – chips"),
        ("<![CDATA[Fish & <b>chips</b>]]>", "Fish & chips"),
        ("&lt;b&gt;Fish&lt;/b&gt;&lt;br/&gt;chips", "Fish chips"),
        ("List&lt;String&gt; explained", "List<String> explained"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Fish", "Fish"),
        ("3 &lt; 5 and 7 &gt; 6", "3 < 5 and 7 > 6"),
        ("\n  Fish\n\tand   chips ", "Fish and chips"),
        ("Fish\x00 \x1bchips", "Fish chips"),
        ("", None),
    ],
)
def test_a_title_is_plain_text(written: str, seen: str | None) -> None:
    assert titles(read(rss(f"<title>{written}</title>"))) == [seen]


# encodings

RUSSIAN = "Буксиры вышли из гавани ночью, порт закрыт до утра"
CYRILLIC = f"<rss><channel><title>Газета</title><item><title>{RUSSIAN}</title></item></channel></rss>"


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-r", "iso-8859-5", "utf-16", "utf-8-sig"])
def test_a_labelled_encoding_is_read(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{CYRILLIC}'.encode(encoding)
    assert titles(read(body)) == [RUSSIAN]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_read(encoding: str) -> None:
    assert titles(read(CYRILLIC.encode(encoding))) == [RUSSIAN]


def test_the_header_tells_the_encoding_where_the_feed_does_not() -> None:
    assert titles(read(CYRILLIC.encode("windows-1251"), content_type="text/xml; charset=windows-1251")) == [RUSSIAN]


def test_utf_8_with_another_label_is_utf_8_and_said() -> None:
    feed = read(f'<?xml version="1.0" encoding="windows-1251"?>{CYRILLIC}'.encode())
    assert titles(feed) == [RUSSIAN]
    assert "UTF-8" in feed.problems[0]


def test_one_broken_byte_in_a_utf_8_feed_makes_no_mojibake() -> None:
    body = f'<?xml version="1.0" encoding="utf-8"?>{CYRILLIC}'.encode().replace("ночью".encode(), b"\xff")
    feed = read(body)
    assert titles(feed) == [RUSSIAN.replace("ночью", "\ufffd")]
    assert feed.title == "Газета"
    assert "broken byte" in feed.problems[0]


def test_a_single_byte_encoding_that_calls_itself_utf_8_is_guessed_and_said() -> None:
    feed = read(f'<?xml version="1.0" encoding="utf-8"?>{CYRILLIC}'.encode("windows-1251"))
    assert titles(feed) == [RUSSIAN]
    assert "not UTF-8" in feed.problems[0]


def test_an_unknown_encoding_costs_no_entry() -> None:
    for label in ("rot13", "zlib", "idna", "x-nobody", "utf-7"):
        assert titles(read(f'<?xml version="1.0" encoding="{label}"?>{CYRILLIC}'.encode())) == [RUSSIAN]


# malformed feeds keep their entries


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (rss("<title>Fish & chips</title>", "<title>B</title>"), ["Fish & chips", "B"]),
        (rss("<title>A&nbsp;B</title>"), ["A B"]),
        (rss("<title>A</title><link>http://a.example/?a=1&b=2</link>"), ["A"]),
        (rss("<title>A</title><content:encoded>unbound</content:encoded>"), ["A"]),
        (rss("<title>A<br>B</title>", "<title>C</title>"), ["A B", "C"]),
        (rss("<title>A</title>", "<title>B</title>")[:-30], ["A", "B"]),
        ("<!-- c -->\n\n" + rss("<title>A</title>"), ["A"]),
        ("<br />\n<b>Warning</b>: mysql in /x.php on line 3" + rss("<title>A</title>"), ["A"]),
        (rss("<title>A</title>") + "<script>tail</script>", ["A"]),
        (rss("<title>A</title><guid isPermaLink=false>1</guid>"), ["A"]),
        (rss('<title>A</title><enclosure url="http://a.example/x" url="http://b.example/y"/>'), ["A"]),
        (rss("<title>A\x0b\x08</title>"), ["A"]),
        (rss("<title>A</title><description><![CDATA[never closed"), ["A"]),
        (
            '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://dtd.example/rss.dtd">'
            + rss("<title>A</title>"),
            ["A"],
        ),
    ],
)
def test_a_malformed_feed_keeps_its_entries(body: str, found: list[str]) -> None:
    assert titles(read(body)) == found


def test_a_feed_that_is_cut_off_says_so() -> None:
    feed = read((CORPUS / "harbour.rss").read_bytes()[:2000])
    assert len(feed.entries) >= 1
    assert any("cut off" in problem for problem in feed.problems)


def test_a_sound_feed_has_no_problems() -> None:
    assert read(rss("<title>A</title>")).problems == ()
    assert sample("inland.atom").problems == ()


def test_a_feed_of_a_wrong_content_type_is_read() -> None:
    assert titles(read(rss("<title>A &amp; B</title>"), content_type="text/html; charset=utf-8")) == ["A & B"]


def test_an_endless_feed_is_read_up_to_a_limit_and_says_so() -> None:
    feed = read(rss(*(f"<title>{n}</title>" for n in range(MAX_ENTRIES + 5))))
    assert len(feed.entries) == MAX_ENTRIES
    assert str(MAX_ENTRIES) in feed.problems[0]


# what is no feed is refused, with whose fault it is


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty body"),
        (b" \n\t", "empty body"),
        (b"\0" * 50, "empty body"),
        (b"Too many requests", "no markup"),
        (b"<!DOCTYPE html><html><head></head><body>Sign in</body></html>", "web page"),
        (b"<!doctype html><p>Sign in", "web page"),
        (b"<html><head><link rel='alternate' type='application/rss+xml' href='/feed'></head></html>", "feed: /feed"),
        (b"<opml><body/></opml>", "OPML"),
        (b"<note>hello</note>", "neither RSS, RDF nor Atom"),
        (b'{"items": 3}', "no JSON Feed"),
        (b'[{"id": 1}]', "no JSON Feed"),
        (b'{"items": [', "broken JSON"),
        (b'{"items": ' + b"[" * 100_000, "broken JSON"),
        (b'<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><rss><title>&c;</title></rss>', "entities"),
        (b"<rss>" + b"<a>" * 300, "256 elements"),
        (b"<rss " + b" ".join(b"a%d='1'" % n for n in range(300)) + b"></rss>", "256 attributes"),
        (b"<rss>" + b"".join(b"<n%d:a/>" % n for n in range(300)), "namespaces"),
        (b"x" * (MAX_BYTES + 1), "10 MiB"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason) as refused:
        read(body, "https://a.example/feed")
    assert refused.value.url == "https://a.example/feed"


def test_an_external_entity_is_never_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    body = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{secret.as_uri()}">]>' + rss("<title>&x;</title>")
    with pytest.raises(NotAFeed):
        read(body)


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    real = tmp_path / "feed.xml"
    real.write_text(rss("<title>from the disk</title>"))
    with pytest.raises(NotAFeed):
        read(str(real))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_feed_or_not_a_feed(body: bytes) -> None:
    never_anything_else(body)


_PIECES = (
    " <rss> <channel> <item> </item> <entry> <feed xmlns='http://www.w3.org/2005/Atom'> <title> </title> <link>"
    " </link> <link href='x' rel='via'/> <guid> <pubDate> 2024-13-45 <![CDATA[ ]]> <!-- --> <!DOCTYPE [ & &amp;"
    " &#0; &#x110000; &lt; <author> a@b.example (A) </author> <source url='//x'> <content type='xhtml'> <a:b"
    " c:d='e'> < > \" ' <? ?> \x00 \ufffe \ud7ff <image> <width> x </image> <media:content url='http://[x'/>"
    " <itunes:image href='y'/> <georss:point> 1 2 <psc:chapter start='a'/> <dcterms:valid> start=1;end"
    " </dcterms:valid> <ttl> 9 <textInput> <category/> <cloud/> <gml:pos> <media:thumbnail/> <rdf:RDF>"
    " <enclosure/> <expirationDate> <xhtml:body> <summary type='application/octet-stream'> <title mode='base64'>"
    " é"
)
_pieces = st.sampled_from(_PIECES.split())


@given(st.lists(_pieces, max_size=40), st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_any_mixture_of_markup_is_a_feed_or_not_a_feed(pieces: list[str], encoding: str) -> None:
    never_anything_else(" ".join(["<rss>", *pieces]).encode(encoding, "replace"))


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("http://[x"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["items", "id", "url", "title", "authors", "author", "name", "attachments", "date_published", "version"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(_values, max_size=3))
def test_any_json_is_a_feed_or_not_a_feed(items: list[object]) -> None:
    never_anything_else(json.dumps({"items": items}).encode())


def never_anything_else(body: bytes) -> None:
    try:
        feed = read(body)
    except NotAFeed:
        return
    for entry in feed.entries:
        assert None not in (entry.links, entry.authors, entry.enclosures)
        assert "" not in (entry.url, entry.id, entry.title, entry.summary, entry.content)
        for text in (entry.title, entry.content, entry.id):
            assert text is None or text.encode("utf-8")


# dates


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sun, 10 Mar 2024 17:15:00 +0100", "2024-03-10T16:15:00Z"),
        ("Sun, 10 Mar 2024 17:15:00 GMT", "2024-03-10T17:15:00Z"),
        ("Sun, 10 Mar 2024 17:15:00 CET", "2024-03-10T16:15:00Z"),
        ("Sun, 10 Mar 2024 17:15:00 CEST", "2024-03-10T15:15:00Z"),
        ("Sun, 10 Mar 2024 17:15:00 MSK", "2024-03-10T14:15:00Z"),
        ("Sun, 10 Mar 2024 12:15:00 EST", "2024-03-10T17:15:00Z"),
        ("Sun, 10 Mar 2024 17:15:00 -0000", "2024-03-10T17:15:00Z"),
        ("Sun, 10 Mar 2024 17:15:00 GMT+0300", "2024-03-10T14:15:00Z"),
        ("Sun, 10 Mar 2024 18:15:00 +0100 (CET)", "2024-03-10T17:15:00Z"),
        ("So, 10 März 2024 17:15:00 +0100", "2024-03-10T16:15:00Z"),
        ("10 марта 2024 17:15 MSK", "2024-03-10T14:15:00Z"),
        ("Sun, 10 Mar 24 17:15:00 Z", "2024-03-10T17:15:00Z"),
        ("Sun, 10 Mar 2024 17:14:60 GMT", "2024-03-10T17:15:00Z"),
        ("10-Mar-2024 17:15:00 GMT", "2024-03-10T17:15:00Z"),
        ("March 10, 2024 5:15 PM EST", "2024-03-10T22:15:00Z"),
        ("Sun Mar 10 17:15:00 CET 2024", "2024-03-10T16:15:00Z"),
        ("2024-03-10T17:15:00+01:00", "2024-03-10T16:15:00Z"),
        ("2024-03-10T17:15:00.123Z", "2024-03-10T17:15:00.123000Z"),
        ("2024-03-10 17:15:00 UTC", "2024-03-10T17:15:00Z"),
        ("2024-03-10T24:00:00Z", "2024-03-11T00:00:00Z"),
        ("20240310T171500Z", "2024-03-10T17:15:00Z"),
        ("2024年3月10日 17:15 JST", "2024-03-10T08:15:00Z"),
        ("10.03.2024 17:15 MEZ", "2024-03-10T16:15:00Z"),
        ("1710090900", "2024-03-10T17:15:00Z"),
    ],
)
def test_dates_are_read_as_the_instant_they_mean(raw: str, expected: str) -> None:
    found = read_date(raw, now=NOW)
    assert found is not None
    assert found.iso() == expected
    assert found.zone_known


@pytest.mark.parametrize(
    "raw",
    [
        "Sun, 10 Mar 2024 17:15:00",
        "2024-03-10T17:15:00",
        "Sun, 10 Mar 2024 17:15:00 IST",
        "Sun, 10 Mar 2024 17:15:00 CST",
        "2024-03-10T17:15:00+25:00",
        "Sun, 10 Mar 2024 17:15:00 A",
    ],
)
def test_a_clock_time_in_no_known_zone_says_so(raw: str) -> None:
    found = read_date(raw, now=NOW)
    assert found is not None
    assert not found.zone_known
    assert found.at == datetime(2024, 3, 10, 17, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "raw", ["2024-03-10", "10 March 2024", "20240310", "10.3.2024", "March 10, 2024", "2024년 3월 10일", "13/03/2024"]
)
def test_a_bare_day_stays_a_day(raw: str) -> None:
    found = read_date(raw, now=NOW)
    assert found is not None
    assert (found.precision, found.zone_known) == ("day", False)


def test_minutes_are_no_seconds() -> None:
    found = read_date("2024-03-10T17:15Z", now=NOW)
    assert found is not None
    assert found.precision == "minute"


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "Wed, 31 Feb 2026 25:00:00",
        "2024-02-30",
        "2024-13-01",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "2099-01-01T00:00:00Z",
        "2024-04-02T00:00:01Z",
        "03/10/2024",
        "2024",
        "2024-03",
        "9999999999",
        "99 Mar 2024",
        "٣",
    ],
)
def test_what_is_no_believable_date_is_none(raw: str) -> None:
    assert read_date(raw, now=NOW) is None


def test_a_publisher_may_be_a_day_ahead() -> None:
    assert read_date("2024-04-01T23:59:59Z", now=NOW) is not None


@given(st.text(max_size=60) | st.from_regex(r"[0-9]{1,4}[-/. ][0-9A-Za-z]{1,4}[-/. ][0-9]{1,4}.{0,20}"))
def test_any_text_is_a_believable_date_or_none(raw: str) -> None:
    found = read_date(raw, now=NOW)
    assert found is None or datetime(1995, 1, 1, tzinfo=UTC) <= found.at <= NOW + timedelta(hours=24)


# the feeds of others


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no shared feeds at {DATA}: counts on real feeds are not checked")
def test_real_and_reference_feeds_give_every_entry_they_have() -> None:
    from tests.benchmarks.feeds import feedrs, gofeed, raw

    tallies = (raw(DATA), gofeed(DATA), feedrs(DATA))
    for tally in tallies:
        assert [line for line in tally.wrong if " count: " in line or " title: " in line] == []
