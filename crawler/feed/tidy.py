"""Makes well-formed XML of a feed, so that its entries survive; refuses what is built to hurt a parser.

One pass from left to right that never looks back, so that no input costs more than its length.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from crawler.errors import NotAFeed

MAX_DEPTH = 256
MAX_ATTRIBUTES = 256
MAX_ENTRIES = 2_000
MAX_TAGS = 120_000
MAX_PREFIXES = 256
MAX_STRAYS = 100_000
_FIELD = 256  # characters of a name or date: feedparser's search for addresses in names is quadratic

_NAME = r"[^\W\d][\w.\-]*+(?::[^\W\d][\w.\-]*+)?"
_TAG = re.compile(rf"<(/?)({_NAME})((?:\s++{_NAME}\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+'))*+)\s*+(/?)>")
_LOOSE_TAG = re.compile(rf"<(/?)({_NAME})([^<>]*+)>")
_ATTRIBUTE = re.compile(rf"({_NAME})(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]++))?")
_AMPERSAND = re.compile(r"&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,6});?|([A-Za-z][A-Za-z0-9]{0,31});)?")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROOT = re.compile(r"<(?:[A-Za-z][\w.\-]{0,30}:)?(?:rss|rdf|feed|channel)(?=[\s>])", re.IGNORECASE)
_ADVERTISED = re.compile(
    r"<link\b[^<>]{0,1000}?application/(?:rss|atom|feed)\+(?:xml|json)[^<>]{0,1000}>", re.IGNORECASE
)
_HREF = re.compile(r"href\s*=\s*[\"']([^\"'<>\s]{1,500})[\"']", re.IGNORECASE)
_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_ENTRIES = frozenset({"item", "entry"})
_SHORT = frozenset(
    {
        "author", "creator", "contributor", "publisher", "managingeditor", "webmaster", "name", "email", "owner",
        "credit", "pubdate", "date", "published", "updated", "issued", "modified", "created", "lastbuilddate",
        "expirationdate", "valid",
    }
)  # fmt: skip
_XML_OWN = frozenset({"lt", "gt", "amp", "quot", "apos"})
_KNOWN_PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xlink": "http://www.w3.org/1999/xlink",
    "xhtml": "http://www.w3.org/1999/xhtml",
}


@dataclass(frozen=True, slots=True)
class Tidy:
    """Well-formed XML without declaration, DOCTYPE, comments and instructions, and what it took."""

    text: str
    problems: tuple[str, ...]


def tidy(text: str) -> Tidy:
    """Return the feed in *text* as well-formed XML that keeps all it says.

    Raises NotAFeed for what is no feed (a web page, a sitemap, nothing) and for bombs: entity
    declarations, more than 256 levels or 256 attributes.
    """
    return _Pass(_NOT_XML.sub("", text)).run()


@dataclass(slots=True)
class _Pass:
    text: str
    at: int = 0
    out: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=lambda: {"xml", "xmlns"})
    root: int = -1  # where in *out* the root's start tag lies
    done: bool = False
    entries: int = 0
    tags: int = 0
    budget: int | None = None  # characters left to a name or date
    escaped: int = 0
    unbalanced: int = 0
    cut: bool = False
    junk: bool = False

    def run(self) -> Tidy:
        while not self.done:
            here = self.text.find("<", self.at)
            if here < 0:
                self._say(self.text[self.at :])
                break
            self._say(self.text[self.at : here])
            self.at = here
            self._markup()
        if self.root < 0:
            raise NotAFeed("not a feed: no markup in it; the address may be wrong, or the site sent an error as text")
        self.cut = bool(self.open)
        self.out.extend(f"</{name}>" for name in reversed(self.open))
        self._bind()
        return Tidy("".join(self.out), tuple(self._problems()))

    def _markup(self) -> None:
        after = self.text[self.at + 1 : self.at + 2]
        if after == "!":
            self._declaration()
        elif after == "?":
            self._skip("?>")
        elif found := _TAG.match(self.text, self.at) or _LOOSE_TAG.match(self.text, self.at):
            self.at = found.end()
            self._tag(found[1] == "/", found[2], found[3] or "", found[0].endswith("/>"), strict=found.re is _TAG)
        elif self.text.find("<", self.at + 1) < 0 and (after.isalpha() or after in ("", "/")):
            self.at = len(self.text)  # the feed ends inside a tag
        else:
            self.escaped += 1
            self._put("&lt;")
            self.at += 1
            if self.escaped > MAX_STRAYS:
                raise NotAFeed(f"the feed has more than {MAX_STRAYS} broken tags: not read")

    def _declaration(self) -> None:
        if self.text.startswith("<!--", self.at):
            self._skip("-->")
        elif self.text.startswith("<![CDATA[", self.at):
            end = self.text.find("]]>", self.at)
            said = self.text[self.at + 9 : end if end >= 0 else len(self.text)]
            self.at = end + 3 if end >= 0 else len(self.text)
            self._put(f"<![CDATA[{self._within(said)}]]>")
        elif self.text[self.at : self.at + 9].lower() == "<!doctype":
            self._doctype()
        else:
            self._skip(">")

    def _doctype(self) -> None:
        end = self.text.find(">", self.at)
        subset = self.text.find("[", self.at, end if end >= 0 else len(self.text))
        if subset >= 0:
            closing = self.text.find("]", subset)
            inside = self.text[subset : closing if closing >= 0 else len(self.text)]
            if "<!entity" in inside.lower():
                raise NotAFeed(
                    "the feed declares entities of its own in a DOCTYPE, as bombs do: not read; ask the site to drop it"
                )
            end = self.text.find(">", closing) if closing >= 0 else -1
        self.at = end + 1 if end >= 0 else len(self.text)

    def _skip(self, end: str) -> None:
        found = self.text.find(end, self.at + 2)
        self.at = found + len(end) if found >= 0 else len(self.text)

    def _tag(self, closing: bool, name: str, attributes: str, empty: bool, *, strict: bool) -> None:
        if self.root < 0 and not self._begins(closing, name):
            return
        if closing:
            self._close(name)
            return
        local = name.rpartition(":")[2].lower()
        if local in _ENTRIES:
            self.entries += 1
        self.tags += 1
        if self.entries > MAX_ENTRIES or self.tags > MAX_TAGS:
            self.done = True
            return
        self._use(name)
        written = self._attributes(attributes, strict=strict)
        self.out.append(f"<{name}{written}{'/' if empty else ''}>")
        if not empty:
            self.open.append(name)
            if local in _SHORT:
                self.budget = _FIELD
            if len(self.open) > MAX_DEPTH:
                raise NotAFeed(f"the feed nests more than {MAX_DEPTH} elements in one another: not read")

    def _begins(self, closing: bool, name: str) -> bool:
        """Say whether this tag is the root of a feed; move to the root where junk stands before it."""
        local = name.rpartition(":")[2].lower()
        if local in _ROOTS and not closing:
            self.out.clear()
            self.root = 0
            return True
        if local in ("html", "head", "body"):
            raise _web_page(self.text)
        if local in ("urlset", "sitemapindex"):
            raise NotAFeed("this is a sitemap, not a feed: list it under 'sitemaps' of its source")
        if local == "opml":
            raise NotAFeed("this is a list of feeds (OPML), not a feed: import it with 'copytrail sources import'")
        feed = _ROOT.search(self.text, self.at)
        if feed is None and re.search(r"<!doctype\s+html\b", self.text[:2000], re.IGNORECASE):
            raise _web_page(self.text)
        if feed is None:
            raise NotAFeed(f"not a feed: its first element is <{name[:40]}>, neither RSS, RDF nor Atom")
        self.junk = True
        self.at = feed.start()
        return False

    def _close(self, name: str) -> None:
        if name not in self.open:
            self.unbalanced += 1
            return
        while True:
            last = self.open.pop()
            self.out.append(f"</{last}>")
            if last.rpartition(":")[2].lower() in _SHORT:
                self.budget = None
            if last == name:
                break
            self.unbalanced += 1
        self.done = not self.open

    def _attributes(self, written: str, *, strict: bool) -> str:
        if not written.strip(" /\t\r\n"):
            return ""
        if strict and written.count("=") == 1 and "&" not in written and ":" not in written.partition("=")[0]:
            return written
        made: dict[str, str] = {}
        for count, found in enumerate(_ATTRIBUTE.finditer(written), start=1):
            if count > MAX_ATTRIBUTES:
                raise NotAFeed(f"a tag of the feed has more than {MAX_ATTRIBUTES} attributes: not read")
            name, value = found[1], found[2] or '""'
            self._use(name, attribute=True)
            value = value[1:-1] if value[0] in "\"'" else value
            made.setdefault(name, self._references(value).replace('"', "&quot;"))
        return "".join(f' {name}="{value}"' for name, value in made.items())

    def _use(self, name: str, *, attribute: bool = False) -> None:
        prefix, colon, local = name.partition(":")
        if colon and prefix == "xmlns":
            self.bound.add(local)
        elif colon:
            self.used.add(prefix)
        if len(self.used) + len(self.bound) > MAX_PREFIXES:
            raise NotAFeed(f"the feed uses more than {MAX_PREFIXES} namespaces: not read")

    def _say(self, text: str) -> None:
        if self.root < 0 or not text:
            return  # before the root: nothing a reader would see
        self._put(self._references(self._within(text)).replace("]]>", "]]&gt;"))

    def _put(self, text: str) -> None:
        if self.root >= 0 and self.open:
            self.out.append(text)

    def _within(self, text: str) -> str:
        if self.budget is None:
            return text
        said = text[: self.budget]
        self.budget -= len(said)
        return said

    def _references(self, text: str) -> str:
        return _AMPERSAND.sub(self._reference, text) if "&" in text else text

    def _reference(self, found: re.Match[str]) -> str:
        if found[1]:
            char = html.unescape(f"&#{found[1]};")
            return "" if _NOT_XML.search(char) else html.escape(char)
        if found[2] in _XML_OWN:
            return found[0]
        if found[2]:
            char = html.unescape(found[0])
            if char != found[0] and not char.startswith("&"):
                return html.escape(char)
        self.escaped += 1
        return "&amp;" + found[0][1:]

    def _bind(self) -> None:
        """Declare the prefixes the feed uses and nowhere declares, on its root."""
        missing = sorted(self.used - self.bound)
        if missing:
            homes = ((prefix, _KNOWN_PREFIXES.get(prefix, f"urn:undeclared:{prefix}")) for prefix in missing)
            names = (f' xmlns:{prefix}="{home}"' for prefix, home in homes)
            root = self.out[self.root]
            head = root[:-2] if root.endswith("/>") else root[:-1]
            self.out[self.root] = head + "".join(names) + root[len(head) :]

    def _problems(self) -> list[str]:
        said = []
        if self.tags > MAX_TAGS:
            said.append(f"the feed has more than {MAX_TAGS} elements: the rest was not read")
        elif self.cut and self.entries <= MAX_ENTRIES:
            said.append("the feed is cut off: its end is missing, what came before was read")
        if self.entries > MAX_ENTRIES:
            said.append(f"the feed has more than {MAX_ENTRIES} entries: only the first {MAX_ENTRIES} were read")
        if self.unbalanced:
            said.append(f"the feed is not well-formed: {self.unbalanced} tag(s) without their partner")
        if self.escaped:
            said.append(f"the feed is not well-formed: {self.escaped} bare '&' or '<' read as text")
        if self.junk:
            said.append("something stands before the feed (an error message of the site?): left out")
        return said


def _web_page(text: str) -> NotAFeed:
    advertised = _ADVERTISED.search(text[:200_000])
    href = _HREF.search(advertised[0]) if advertised else None
    advice = f"the page names this feed: {href[1]}" if href else "look for the feed's address on the site"
    return NotAFeed(f"the site sent a web page instead of a feed; {advice}")
