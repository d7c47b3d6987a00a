"""The endpoints of a hostile web: what each answers, and the one line that is to come of it.

Each has a host of its own, so that no other suffers from it. A page's outcome is "article" or an event of the crawl's
log with words of its reason; a feed's is the number of its entries, or the same.
"""

from __future__ import annotations

import gzip
import random
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import brotli  # type: ignore[import-untyped]
from backports import zstd

from tests.hostile import Reply, a_feed, endless, endless_head, rss

KIB, MIB = 2**10, 2**20
INSIDE = "http://169.254.169.254/latest/meta-data/"
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """*replies* are by path; a page is asked for at ``/page``, a feed at ``/feed``.

    *outcome*: "article", a number of entries, or an event and words of its reason. *tls* names a server that is not
    plain HTTP.
    """

    name: str
    replies: Mapping[str, Reply]
    outcome: str | int
    feed: bool = False
    tls: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)  # other names it uses, with their addresses

    @property
    def host(self) -> str:
        return f"{self.name}.example"

    @property
    def path(self) -> str:
        return "/feed" if self.feed else "/page"


SHORT_WORDS = [
    first + last for first in ("ba", "do", "fe", "ki", "lu", "mo", "ra", "su") for last in ("ne", "ta", "ri", "po")
]
TEXT = "@" * 1_000  # where an endpoint's own text stands: no two alike, or they would be copies of each other
GOOD = f"<!doctype html><html><head><title>The log</title></head><body><article><h1>The log</h1><p>{TEXT}</p></article>"
PAGE = Reply(f"{GOOD}</body></html>".encode())
NOT_FOUND = Reply(b"nothing here", 404)


def page(name: str, reply: Reply, outcome: str, **others: Any) -> Endpoint:
    replies = {"/page": reply} | others.pop("also", {})
    own = {path: replace(one, body=one.body.replace(TEXT.encode(), text(name))) for path, one in replies.items()}
    return Endpoint(name=name, replies=own, outcome=outcome, **others)


def feed(name: str, reply: Reply, outcome: str | int, **others: Any) -> Endpoint:
    return Endpoint(name=name, replies={"/feed": reply} | others.pop("also", {}), outcome=outcome, feed=True, **others)


def text(name: str) -> bytes:
    """Return as many bytes as ``TEXT`` has, in words, the same each time for that name."""
    pick = random.Random(name).choice
    lines = [" ".join(["Then", *(pick(SHORT_WORDS) for _ in range(8)), "end."]) for _ in range(20)]
    return " ".join(lines).ljust(len(TEXT), ".").encode()


def good(name: str) -> bytes:
    """Return a page with the text of that name."""
    return PAGE.body.replace(TEXT.encode(), text(name))


def to(location: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": location})


def within(markup: str | bytes, **headers: str) -> Reply:
    """Return a good article with *markup* in it."""
    inside = markup.encode("utf-8", "surrogatepass") if isinstance(markup, str) else markup
    return Reply(GOOD.encode() + inside + b"</body></html>", headers=HTML | headers)


def written(*parts: bytes, pause: float = 0.0, end: Callable[[Any], None] = lambda out: None) -> Reply:
    """Return a reply that is just these bytes."""

    def write(out: Any) -> None:
        for part in parts:
            out.write(part)
            out.flush()
            time.sleep(pause)
        end(out)

    return Reply(raw=write)


def headed(*lines: str, body: bytes = b"") -> Reply:
    return written("\r\n".join(("HTTP/1.1 200 OK", "Content-Type: text/html", *lines, "", "")).encode() + body)


def drip_head(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    endless(b"x", pause=0.2, limit=100)(out)


def one_endless_line(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    endless(b"y" * 10_000, limit=1_000)(out)


def endless_chunks(out: Any) -> None:
    out.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
    endless(b"2000\r\n" + b"x" * 8_192 + b"\r\n", limit=2_000)(out)


def endless_continue(out: Any) -> None:
    endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, limit=3_000)(out)


@cache
def bomb(kind: str) -> bytes:
    """Return 64 MiB of a page, packed."""
    block = b"<p>boom</p>" * (MIB // 11)
    if kind == "gzip":
        return b"".join(_packed(zlib.compressobj(9, zlib.DEFLATED, 31), block))
    if kind == "deflate":
        return b"".join(_packed(zlib.compressobj(9), block))
    if kind == "br":
        packer = brotli.Compressor(quality=5)
        return b"".join([*(packer.process(block) for _ in range(64)), packer.finish()])
    if kind == "zstd":
        return zstd.compress(block * 64)
    return gzip.compress(bomb("gzip"), 9)


def _packed(packer: Any, block: bytes) -> list[bytes]:
    return [*(packer.compress(block) for _ in range(64)), packer.flush()]


def packed(kind: str, body: bytes) -> Reply:
    return Reply(body, headers=HTML | {"Content-Encoding": kind})


def xml(body: str | bytes, kind: str = "application/rss+xml") -> Reply:
    return Reply(
        body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"), headers={"Content-Type": kind}
    )


def item(title: str = "One", link: str = "/one", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def channel(*items: str, before: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{before}<rss version="2.0"><channel><title>Test</title>{"".join(items)}</channel></rss>'
    )


def laughs() -> str:
    rows = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 11))
    return channel(item("&a10;"), before=f'<!DOCTYPE rss [<!ENTITY a0 "ha">{rows}]>')


NONE = "no article"
LATER = "missed: tried again later"
TOO_MUCH = "missed: sent more than we take"
SHORT = "missed: cut its answer short"
BROKE = "missed: broke"
INWARD = "missed: refused to dial"
CIRCLE = "missed: redirects in a circle"

TRANSPORT = (
    page("plain", PAGE, "article"),
    page("head-without-end", Reply(raw=endless_head), BROKE),
    page("head-of-one-line", Reply(raw=one_endless_line), BROKE),
    page("head-of-thousands", headed(*(f"X-{n}: y" for n in range(3_000)), "Content-Length: 0"), NONE),
    page("head-drips", Reply(raw=drip_head), "missed: did not answer in time"),
    page("body-drips", Reply(length=-1, act=endless(b"x", pause=0.2, limit=100)), "missed: did not answer in time"),
    page("silent", Reply(raw=lambda out: time.sleep(15)), "missed: did not answer in time"),
    page("hangs-up", Reply(raw=lambda out: None), BROKE),
    page("body-without-end", Reply(length=-1, act=endless()), TOO_MUCH),
    page("chunks-without-end", Reply(raw=endless_chunks), TOO_MUCH),
    page("continue-without-end", Reply(raw=endless_continue), BROKE),
    page("length-too-large", Reply(PAGE.body, length=len(PAGE.body) + 900), SHORT),
    page("length-of-terabytes", Reply(PAGE.body, length=2**42), TOO_MUCH),
    page("length-too-small", Reply(PAGE.body, length=len(PAGE.body) - 14), "article"),
    page("length-negative", headed("Content-Length: -5", body=good("headed")), "missed"),
    page("length-twice", headed("Content-Length: 5", "Content-Length: 9", body=good("headed")), "missed"),
    page("length-no-number", headed("Content-Length: many", body=good("headed")), "missed"),
    page("chunks-cut", headed("Transfer-Encoding: chunked", body=b"400\r\n" + PAGE.body[:200]), SHORT),
    page("chunks-misnumbered", headed("Transfer-Encoding: chunked", body=b"zz\r\n" + PAGE.body), "missed"),
    page("no-http", written(b"SSH-2.0-OpenSSH_9.2\r\n"), "missed"),
    page("status-no-number", written(b"HTTP/1.1 abc OK\r\n\r\n"), "missed"),
    page("status-999", written(b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"), "missed: answered 999"),
    page("old-http", written(good("old")), "missed"),
    page("header-names-odd", headed("\x01\x02: x", "X y: z", ": nothing", body=good("headed")), BROKE),
    page("cookies", headed(*(f"Set-Cookie: c{n}={'v' * 2_000}" for n in range(90)), body=good("headed")), "article"),
)

PACKED = (
    page("gzip", packed("gzip", gzip.compress(good("gzip"))), "article"),
    page("gzip-bomb", packed("gzip", bomb("gzip")), TOO_MUCH),
    page("gzip-in-gzip-bomb", packed("gzip, gzip", bomb("twice")), TOO_MUCH),
    page("deflate-bomb", packed("deflate", bomb("deflate")), TOO_MUCH),
    page("br-bomb", packed("br", bomb("br")), TOO_MUCH),
    page("zstd-bomb", packed("zstd", bomb("zstd")), TOO_MUCH),
    page("gzip-cut", packed("gzip", gzip.compress(good("gzip"))[:-60]), SHORT),
    page("gzip-garbage", packed("gzip", b"\x1f\x8b\x08\x00" + b"garbage" * 50), "missed"),
    page("gzip-is-none", packed("gzip", PAGE.body), "missed"),
    page("br-cut", packed("br", brotli.compress(good("br-cut"))[:-40]), SHORT),
    page("zstd-cut", packed("zstd", zstd.compress(good("zstd-cut"))[:-40]), SHORT),
    page("deflate-cut", packed("deflate", zlib.compress(good("deflate-cut"))[:-40]), SHORT),
    page("br", packed("br", brotli.compress(good("br"))), "article"),
    page("zstd", packed("zstd", zstd.compress(good("zstd"))), "article"),
    page("deflate", packed("deflate", zlib.compress(good("deflate"))), "article"),
    page(
        "gzip-twice",
        packed("gzip", gzip.compress(good("gzip-twice")[:900]) + gzip.compress(good("gzip-twice")[900:])),
        "article",
    ),
    page("br-garbage", packed("br", b"\xff" * 500), "missed"),
    page("packed-unknown", packed("x-secret", PAGE.body), "article"),
    feed("feed-gzip-bomb", Reply(bomb("gzip"), headers={"Content-Encoding": "gzip"}), "polled: sent more than we take"),
)

REDIRECTS = (
    page("moves", to("/new"), "article", also={"/new": PAGE}),
    page("circle", to("/page"), CIRCLE),
    page("circle-of-two", to("/b"), CIRCLE, also={"/b": to("/page")}),
    page("chain", to("/1"), CIRCLE, also={f"/{n}": to(f"/{n + 1}") for n in range(1, 15)}),
    page("to-metadata", to(INSIDE), INWARD),
    page("to-loopback", to("http://127.0.0.1:22/"), INWARD),
    page("to-decimal", to("http://2130706433/"), INWARD, hosts={"2130706433": "127.0.0.1"}),
    page("to-v6", to("http://[::1]/"), INWARD),
    page("to-mapped", to("http://[::ffff:127.0.0.1]/"), INWARD),
    page("for-good-inside", to(INSIDE, 308), INWARD),
    page("to-rebound", to("http://rebound.example/"), INWARD, hosts={"rebound.example": "10.0.0.1"}),
    page("to-file", to("file:///etc/hostname"), "missed: answered 302"),
    page("to-data", to("data:text/html,<p>x"), "missed: answered 302"),
    page("to-ftp", to("ftp://quay.example/x"), "missed: answered 302"),
    page("to-script", to("javascript:alert(1)"), "missed: Missing scheme"),
    page("to-user", to("http://user:secret@127.0.0.1/"), "missed"),
    page("to-nowhere", Reply(status=302), "missed: answered 302"),
    page("to-a-long-place", to("/" + "x" * 60_000), "missed"),
    page("refreshes-inside", within(f'<meta http-equiv="refresh" content="0;url={INSIDE}">'), "article"),
    page("canonical-inside", within(f'<link rel="canonical" href="{INSIDE}"><img src="{INSIDE}">'), "article"),
)

STATUSES = (
    *(page(f"status-{n}", Reply(b"no", n), f"missed: answered {n}") for n in (401, 403, 404, 410, 418, 451, 500, 503)),
    page("status-204", Reply(status=204), NONE),
    page("status-206", Reply(PAGE.body, 206), "article"),
    page("status-304", Reply(status=304, length=-1), "missed"),
    page("status-429", Reply(status=429, headers={"Retry-After": "soon"}), "missed: answered 429"),
)

CONTENT = (
    page("kind-pdf", Reply(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "missed: not a web page"),
    page("kind-image", Reply(b"\x89PNG", headers={"Content-Type": "image/png"}), "missed: not a web page"),
    page("kind-none", Reply(PAGE.body, headers={"Content-Type": ""}), "article"),
    page("kind-of-a-kilobyte", Reply(PAGE.body, headers={"Content-Type": "text/html; x=" + "y" * 1_000}), "article"),
    *(
        page(f"charset-{name}", within("", **{"Content-Type": f"text/html; charset={name}"}), "article")
        for name in ("zlib", "rot13", "idna", "undefined", "utf-7", "no-such", "utf-16")
    ),
    page("nul", within("<p>A\0b &#0; c\0</p>"), "article"),
    page("bidi", within("<p>\u202egnp.exe\u2066\u200f</p>"), "article"),
    page("controls", within("<p>\x1b[2J\x07\x9b31m &#27;[2J</p>"), "article"),
    page("surrogates", within(b"<p>\xed\xa0\x80 &#xD800; &#x110000;</p>"), "article"),
    page("empty", Reply(), NONE),
    page("blank", Reply(b" \r\n" * 1_000), NONE),
    page("deep", within("<div>" * 50_000), NONE),
    page("attributes", within("<p " + " ".join(f"a{n}=1" for n in range(110_000)) + ">x</p>"), "unread: took longer"),
    page("comments", within("<!--" * 100_000), "article"),
    page("angles", within("<" * 900_000), "article"),
    page("tags", within("<b>" * 300_000), NONE),
    page("references", within("&amp;" * 180_000 + "&" * 90_000), "article"),
    page("class-of-a-megabyte", within(f'<p class="{"x " * 400_000}">x</p>'), "article"),
    page("links", within('<a href="/x">y</a>' * 50_000), "article"),
    page("json-nested", within('<script type="application/ld+json">' + "[" * 100_000 + "</script>"), "article"),
    page("json-numbers", within('<script type="application/ld+json">{"a":' + "9" * 100_000 + "}</script>"), "article"),
    page("entities", Reply(laughs().encode(), headers={"Content-Type": "application/xhtml+xml"}), NONE),
    page("tables", within("<table><tr><td>" * 20_000), NONE),
    page("one-line", within(f"<p>{'word ' * 180_000}</p>"), "article"),
    page("formatting", within("<p><b><i>" * 3_000), "article"),
    page("login", Reply(b"<title>Log in</title><form><input type=password name=p></form>"), NONE),
    page("captcha", Reply(b"<title>Just a moment...</title><p>Checking your browser before you go on.</p>"), NONE),
)

FEEDS = (
    feed("feed", a_feed("/one"), 1),
    feed("feed-page", PAGE, "polled: web page"),
    feed("feed-login", Reply(b"<!doctype html><title>Log in</title><form>"), "polled: web page"),
    feed("feed-captcha", Reply(b"<html><title>Just a moment...</title>", 403), "polled: answered 403"),
    feed("feed-empty", xml(""), "polled: empty"),
    feed("feed-laughs", xml(laughs()), "polled: entities of its own"),
    feed(
        "feed-file",
        xml(channel(item("&x;"), before='<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>')),
        "polled: entities of its own",
    ),
    feed("feed-dtd", xml(channel(item(), before=f'<!DOCTYPE rss SYSTEM "{INSIDE}">')), 1),
    feed("feed-deep", xml(channel("<x>" * 50_000)), "polled: nests"),
    feed(
        "feed-attributes",
        xml(channel("<x " + " ".join(f"a{n}='1'" for n in range(40_000)) + "/>")),
        "polled: attributes",
    ),
    feed("feed-comments", xml(channel("<!--" * 100_000)), 0),
    feed("feed-angles", xml("<rss>" + "<" * 900_000), "polled: broken tags"),
    feed("feed-ampersands", xml(channel(item("&" * 500_000))), 1),
    feed("feed-author", xml(channel(item(more=f"<author>{'a@' * 16_000}</author>"))), 1),
    feed("feed-namespaces", xml(channel(*(f'<x xmlns:n{n}="u{n}"/>' for n in range(20_000)))), "polled: namespaces"),
    feed("feed-many", xml(channel(*(item(str(n)) for n in range(5_000)))), 1),
    feed("feed-twice", xml(channel(*(item("Same", "/same", "<guid>1</guid>") for _ in range(20)))), 1),
    feed("feed-controls", xml(channel(item("A\0\x1b[2J\u202eb\x9b"))), 1),
    feed("feed-script", xml(channel(item("<script>alert(1)</script>", "javascript:alert(1)"))), 0),
    feed("feed-inside", xml(channel(item("In", INSIDE))), 1),
    feed("feed-cut", xml(channel(item(), item("Two", "/two"))[:-60]), 1),
    feed("feed-gzip-cut", packed("gzip", gzip.compress(rss(*["/one"] * 400))[:-60]), 1),
    feed("feed-utf7", xml("+ADw-rss+AD4-", "text/xml; charset=utf-7"), "polled: "),
    feed("feed-charset", xml(channel(item("Gr\u00f6\u00dfe")).encode("latin-1"), "text/xml; charset=no-such"), 1),
    feed(
        "feed-dates",
        xml(channel(*(item(d, f"/{n}", f"<pubDate>{d}</pubDate>") for n, d in enumerate(("0", "9" * 400))))),
        2,
    ),
    feed("feed-title", xml(channel(item("x" * 900_000))), 1),
    feed("feed-json-nested", xml("[" * 100_000, "application/feed+json"), "polled: "),
    feed(
        "feed-json-odd", xml('{"items":[1,null,{"url":{}},{"url":"/a","date_published":1e999}]}', "application/json"), 1
    ),
    feed("feed-index-of-itself", xml("<sitemapindex><sitemap><loc>/feed</loc></sitemap></sitemapindex>"), 0),
    feed("feed-unasked-304", Reply(status=304, length=-1), "polled: without being asked"),
    feed("feed-gone", Reply(b"", 410), "polled: answered 410"),
    feed("feed-429", Reply(status=429, headers={"Retry-After": "1000000000"}), "polled: answered 429"),
    feed("feed-moves-inside", to(INSIDE, 301), "polled: refused to dial"),
    feed("feed-circle", to("/feed"), "polled: redirects in a circle"),
)


def robots(name: str, reply: Reply, outcome: str, **others: Any) -> Endpoint:
    return page(f"robots-{name}", PAGE, outcome, also={"/robots.txt": reply}, **others)


RULES = b"User-agent: *\nDisallow: /private\n"
ROBOTS = (
    robots("none", NOT_FOUND, "article"),
    robots("fails", Reply(status=500), "missed: robots.txt answered 500"),
    robots("forbids", Reply(b"User-agent: *\nDisallow: /\n"), "missed: does not allow"),
    robots("page", PAGE, "article"),
    robots("large", Reply(RULES + b"# filler\n" * 600_000), "article"),
    robots("large-forbids", Reply(b"User-agent: *\nDisallow: /page\n" + b"# x\n" * 600_000), "missed: does not allow"),
    robots("without-end", Reply(RULES, length=-1, act=endless(b"# x\n" * 1_000)), "article"),
    robots("bomb", packed("gzip", bomb("gzip")), "missed: robots.txt could not be had"),
    robots("drips", Reply(length=-1, act=endless(b"#", pause=0.2, limit=100)), "missed: did not answer in time"),
    robots("inside", to(INSIDE), INWARD),
    robots("circle", to("/robots.txt"), "missed: robots.txt"),
    robots("stars", Reply(b"User-agent: *\nDisallow: /" + b"*p*a*g*e" * 40 + b"z$\n"), "article"),
    robots("rules", Reply(RULES + b"".join(b"Disallow: /%d*x\n" % n for n in range(20_000))), "article"),
    robots("delay", Reply(b"User-agent: *\nCrawl-delay: 1e400\n"), "article"),
    robots("bytes", Reply(b"\xff\xfe\0\0User-agent: \xe9\nDisallow: \0\n"), "article"),
)

TLS = (
    page("tls", PAGE, "article", tls="sound"),
    page("tls-self-signed", PAGE, "missed: certificate", tls="self-signed"),
    page("tls-expired", PAGE, "missed: certificate", tls="expired"),
    page("tls-of-another", PAGE, "missed: of another site", tls="of-another"),
    page("tls-is-plain", PAGE, "missed", tls="plain"),
    page("tls-old", PAGE, "missed", tls="old"),
    page("tls-silent", PAGE, "missed: did not answer in time", tls="silent"),
)

ALL = (*TRANSPORT, *PACKED, *REDIRECTS, *STATUSES, *CONTENT, *FEEDS, *ROBOTS, *TLS)
