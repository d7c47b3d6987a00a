"""Canonical URLs, the folded key of an article, and the outlet a host belongs to.

Two levels: ``clean`` gives what can be fetched and loses nothing but trackers; ``identity`` gives the
key under which the AMP, print, mobile and scheme variants of one article meet.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urljoin

import idna
import tldextract

from crawler.errors import InputError
from crawler.model import ArticleId

MAX_LENGTH = 4096

# Added by whoever spread the link, on any site; never part of what an outlet calls its article.
TRACKERS = frozenset(
    {
        "fbclid", "fb_action_ids", "fb_action_types", "fb_ref", "fb_source", "__tn__", "mibextid", "sfnsn",
        "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid", "_ga", "_gl",
        "msclkid", "yclid", "ysclid", "_openstat", "twclid", "__twitter_impression", "ttclid", "igshid", "igsh",
        "li_fat_id", "trkcampaign", "epik", "rb_clickid", "wickedid", "_branch_match_id",
        "mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "oly_anon_id", "oly_enc_id", "nr_email_referer",
        "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking",
        "hsa_acc", "hsa_ad", "hsa_cam", "hsa_grp", "hsa_kw", "hsa_mt", "hsa_net", "hsa_src", "hsa_tgt", "hsa_ver",
        "pk_campaign", "pk_kwd", "pk_keyword", "pk_source", "pk_medium", "pk_content", "pk_cid",
        "piwik_campaign", "piwik_kwd", "piwik_keyword", "matomo_campaign", "matomo_kwd",
        "mtm_campaign", "mtm_cid", "mtm_content", "mtm_group", "mtm_keyword", "mtm_kwd", "mtm_medium",
        "mtm_placement", "mtm_source",
        "ns_campaign", "ns_fee", "ns_linkname", "ns_mchannel", "ns_source",
        "at_campaign", "at_medium", "at_link_id", "at_link_type", "at_link_origin", "at_ptr_name",
        "at_bbc_team", "at_format", "at_custom1", "at_custom2", "at_custom3", "at_custom4",
        "xtor", "wt_mc", "wt.mc_id", "s_cid", "cmpid", "smid", "smtyp", "sr_share", "ftag", "ocid", "ncid", "ito",
        "dicbo", "oborigurl", "guccounter", "guce_referrer", "guce_referrer_sig", "soc_src", "soc_trk",
        "phpsessid", "jsessionid",
    }
)  # fmt: skip
_TRACKER_PREFIX = "utm_"

# Also say where the reader came from, but short words that some sites use for an article's number:
# they go from the key unless their value looks like one (three digits or more).
ORIGIN_MARKS = frozenset(
    {
        "ref", "ref_", "ref_src", "ref_url", "refsrc", "referer", "referrer", "srcref", "src", "source", "from", "via",
        "cmp", "camp", "campaign", "icid", "intcid", "intcmp", "int_cmp", "iid", "hpt", "hp", "hpw", "mod", "mbid",
        "emc", "em_pos", "nl", "partner", "ftcamp", "spref", "smprod", "_r", "rss", "rssfeed", "fromrss", "wprss",
        "share", "shared", "sharetype", "ir", "feature",
    }
)  # fmt: skip
_NUMBER = re.compile(r"\d{3,}")
_SESSION = re.compile(r"[0-9a-f]{32}")

# Another dress of the same article: a parameter and the values that mean only that.
_ON = frozenset({"", "0", "1", "true", "yes", "on", "y"})
VARIANTS: dict[str, frozenset[str]] = {
    "amp": _ON | {"amp"},
    "print": _ON | {"print"},
    "printable": _ON,
    "printpage": _ON,
    "mobile": _ON,
    "nonamp": _ON,
    "noamp": _ON | {"mobile"},
    "output": frozenset({"amp", "print"}),
    "outputtype": frozenset({"amp", "print", "valueamp", "default"}),
    "view": frozenset({"amp", "print", "mobile"}),
    "format": frozenset({"amp", "print", "mobile"}),
    "mode": frozenset({"amp", "print"}),
    "pagewanted": frozenset({"print", "all"}),
}

_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):", re.IGNORECASE)
_PORT_FOLLOWS = re.compile(r"(?!(?:tel|sms|fax|callto):)[^/?#]*:\d{1,5}(?:[/?#]|$)", re.IGNORECASE)
_UNSAFE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]", re.DOTALL)
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_HOST_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

_MOBILE_LABELS = frozenset({"www", "m", "mobile", "amp"})
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|shtml|php|aspx?|jsp)$", re.IGNORECASE)
_FRONT = re.compile(r"(?:/(?:[a-z]{2}(?:[-_][a-z]{2,4})?|home|index|main))?", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?<=[^/])(?:/amp(?:\.html?)?|\.amp)$", re.IGNORECASE)
_AMP_INFIX = re.compile(r"(?<=[^/])[.\-_]amp(\.s?html?)$", re.IGNORECASE)
_PRINT_TAIL = re.compile(r"(/[^/]*[\d\-][^/]*)/print(?:able)?$", re.IGNORECASE)
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;?]*", re.IGNORECASE)
_AMP_CACHE = re.compile(r"(?:[a-z0-9\-]+\.cdn\.ampproject\.org/[cvi]|google\.[a-z.]{2,6}/amp)/(?:s/)?(?=[^/]+\.[^/]+)")
_ARCHIVE = re.compile(r"web\.archive\.org/web/\d{4,14}[a-z_]{0,4}/(?:https?:/)?(?=[^/]+\.[^/]+)", re.IGNORECASE)

_extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)


class _Parts(NamedTuple):
    scheme: str
    host: str
    port: int | None
    path: str
    query: tuple[tuple[str, str | None], ...]


@lru_cache(maxsize=1 << 13)  # extraction and claims ask about the same links
def clean(url: str, base: str | None = None) -> str:
    """Return the absolute http(s) URL that *url* means, seen from *base*, without fragment and trackers.

    Host in lower case and IDNA, default port and user name dropped, everything else in the order and
    case it had. Raises InputError for what cannot be fetched: another scheme, no host, too long.
    """
    parts = _parts(_absolute(url, base))
    query = tuple((name, value) for name, value in parts.query if not _is_tracker(_plain(name)))
    return _built(parts._replace(query=query))


def web_address(link: str, base: str | None = None) -> str | None:
    """Return ``clean(link, base)``, None where *link* is no web address."""
    try:
        return clean(link, base)
    except InputError:
        return None


def identity(url: str) -> str:
    """Return the key under which all variants of one article meet; never one of two articles.

    Without scheme, ``www.``/``m.``/``amp.``, trailing slash, trackers, AMP and print marks; the query
    sorted. A key is its own key. Raises InputError like ``clean``.
    """
    key, before = _folded(url), None
    while key != before:  # a cached AMP page of a mobile page of a print page: fold until nothing changes
        key, before = _folded(key), key
    return key


def mirrored(url: str) -> str:
    """Return the address of the page that an archive shows at *url*; *url* itself where it is no archive's."""
    return f"https://{identity(url)}" if host(url) == "web.archive.org" else url


def article_id(url: str) -> ArticleId:
    """Return the id of the article at *url*: 40 hex digits, the same for all of its variants."""
    return ArticleId(hashlib.sha256(identity(url).encode()).hexdigest()[:40])


def host(url: str) -> str:
    """Return the host of *url* in lower case, without port and leading "www."."""
    return _parts(_with_scheme(url)).host.removeprefix("www.")


@lru_cache(maxsize=4096)
def site(url_or_host: str) -> str:
    """Return the registrable domain: who owns *url_or_host*. IP addresses and single labels as they are.

    Blog platforms count as suffixes: ``a.blogspot.com`` and ``b.blogspot.com`` are two sites.
    """
    name = _parts(_with_scheme(url_or_host)).host
    if "." not in name or _is_address(name):
        return name
    found = _extract.extract_str(name)
    if found.suffix:
        return f"{found.domain}.{found.suffix}" if found.domain else found.suffix
    return ".".join(name.split(".")[-2:])  # a top-level domain nobody registered, such as .example


def is_home(url: str) -> bool:
    """Say whether *url* is the front page of its host, or of one language of it."""
    try:
        parts = _parts(_with_scheme(clean(url)))
    except InputError:
        return False
    asks = any(not _is_mark(name, value) for name, value in parts.query)
    return not asks and _FRONT.fullmatch(_INDEX.sub("", parts.path).rstrip("/")) is not None


def slug(text: str) -> str:
    """Return *text* as an id such as "global-research"; letters beyond Latin stay letters."""
    words = re.sub(r"(?<=[a-z])[\u0300-\u036f]+|['’]", "", unicodedata.normalize("NFKD", text[:400]).casefold())
    made = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", words)).strip("-")[:80].rstrip("-")
    if not made:
        raise InputError(f"no id can be made of {text[:40]!r}: it has neither letters nor digits")
    return made


def _absolute(url: str, base: str | None) -> str:
    link = _NOT_PRINTED.sub("", url[: MAX_LENGTH * 2]).strip().replace("\\", "/")
    if base is None:
        return link
    if link.lower().startswith("www.") and "/" not in link[:4]:
        link = f"//{link}"  # feeds that forget the scheme mean a host, not a folder
    try:
        return urljoin(clean(base), link)
    except ValueError as error:
        raise InputError(f"not a URL: {_shown(url)} ({error})", url=url[:300]) from error


def _with_scheme(url: str) -> str:
    link = _absolute(url, None)
    if link.startswith("//"):
        return f"http:{link}"
    if _SCHEME.match(link) and (not _PORT_FOLLOWS.match(link) or "://" in link[:12]):
        return link
    return f"http://{link}"


def _parts(url: str) -> _Parts:
    if len(url) > MAX_LENGTH:
        raise InputError(f"a URL longer than {MAX_LENGTH} characters: {_shown(url)}", url=url[:300])
    scheme = _SCHEME.match(url)
    if scheme is None or scheme[1].lower() not in ("http", "https"):
        raise InputError(f"not a web address (http or https): {_shown(url)}", url=url[:300])
    if not re.match(r"//[^/?#]", url[scheme.end() :]):
        raise InputError(f"a web address without a host: {_shown(url)}", url=url[:300])
    before, _, query = url[scheme.end() + 2 :].partition("#")[0].partition("?")
    authority, slash, path = before.partition("/")
    name, port = _host_and_port(authority, url)
    if port == {"http": 80, "https": 443}[scheme[1].lower()]:
        port = None
    return _Parts(scheme[1].lower(), name, port, _path(slash + path), _query(query))


def _host_and_port(authority: str, url: str) -> tuple[str, int | None]:
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]*))(?::(\d{0,5}))?", authority.rpartition("@")[2])
    if found is None:
        raise InputError(f"a web address with an unreadable host: {_shown(url)}", url=url[:300])
    port = int(found[3]) if found[3] else None
    if port is not None and not 0 < port < 65536:
        raise InputError(f"a web address with the port {port}: {_shown(url)}", url=url[:300])
    if found[1]:
        try:
            return f"[{ipaddress.IPv6Address(found[1]).compressed}]", port
        except ValueError as error:
            raise InputError(f"a web address with an unreadable host: {_shown(url)}", url=url[:300]) from error
    name = _ascii_host(unquote(found[2]))
    if name is None:
        raise InputError(f"a web address with an unreadable host: {_shown(url)}", url=url[:300])
    return name, port


@lru_cache(maxsize=4096)
def _ascii_host(name: str) -> str | None:
    name = name.lower().removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True, transitional=False).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            return None
    labels = name.split(".")
    return name if len(name) <= 253 and all(_HOST_LABEL.fullmatch(label) for label in labels) else None


def _path(path: str) -> str:
    kept: list[str] = []
    segments = _quoted(path).split("/")[1:]
    for at, segment in enumerate(segments):
        if segment in (".", ".."):
            if segment == ".." and kept:
                kept.pop()
            if at == len(segments) - 1:
                kept.append("")
        else:
            kept.append(segment)
    return "/" + "/".join(kept)


def _query(query: str) -> tuple[tuple[str, str | None], ...]:
    pairs: list[tuple[str, str | None]] = []
    for piece in query.split("&"):
        name, equals, value = re.sub(r"^(?:amp;)+", "", piece).partition("=")  # "&amp;" escaped once too often
        if name or equals:
            pairs.append((_quoted(name, "?"), _quoted(value, "?") if equals else None))
    return tuple(pairs)


def _quoted(text: str, also: str = "") -> str:
    """Percent-encode what needs it, decode what does not; doing it twice changes nothing."""

    def one(found: re.Match[str]) -> str:
        seen = found[0]
        if len(seen) == 3:
            char = chr(int(seen[1:], 16))
            return char if char in _UNRESERVED else seen.upper()
        return seen if seen in also else "".join(f"%{byte:02X}" for byte in seen.encode("utf-8", "replace"))

    return _UNSAFE.sub(one, text)


def _built(parts: _Parts) -> str:
    return f"{parts.scheme}://{_place(parts)}{parts.path}{_asked(parts.query)}"


def _place(parts: _Parts) -> str:
    return parts.host if parts.port is None else f"{parts.host}:{parts.port}"


def _asked(query: tuple[tuple[str, str | None], ...]) -> str:
    return "?" + "&".join(name if value is None else f"{name}={value}" for name, value in query) if query else ""


def _folded(url: str) -> str:
    parts = _parts(_with_scheme(url))
    query = sorted((name, value or "") for name, value in parts.query if not _is_mark(name, value))
    path = _PATH_SESSION.sub("", re.sub(r"/{2,}", "/", parts.path)).rstrip("/")
    path = _AMP_INFIX.sub(r"\1", _INDEX.sub("", path))
    path = _PRINT_TAIL.sub(r"\1", _AMP_TAIL.sub("", path)).rstrip("/")
    place = _place(parts._replace(host=_desktop(parts.host)))
    key = place + path + _asked(tuple((name, value or None) for name, value in query))
    for mirror in (_AMP_CACHE, _ARCHIVE):
        inner = mirror.sub("", key, count=1) if mirror.match(key) else key
        if inner != key and web_address(_with_scheme(inner)) is not None:  # else it mirrors nothing that can be read
            return inner
    return key


def _desktop(name: str) -> str:
    if _is_address(name):
        return name
    owner = site(name)
    labels = name.removesuffix(owner).strip(".").split(".") if name != owner else []
    return ".".join([*(label for label in labels if label not in _MOBILE_LABELS and label), owner])


def _is_tracker(name: str) -> bool:
    return name in TRACKERS or name.startswith(_TRACKER_PREFIX)


def _is_mark(name: str, value: str | None) -> bool:
    """Say whether a parameter tells how the reader came or in which dress, not which article."""
    key, said = _plain(name), _plain(value or "")
    if _is_tracker(key) or said in VARIANTS.get(key, ()):
        return True
    if key in ("sid", "s"):
        return _SESSION.fullmatch(said) is not None
    if key == "replytocom":
        return True
    return key in ORIGIN_MARKS and not _NUMBER.search(said)


def _plain(text: str) -> str:
    return unquote(text).strip().lower()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _shown(url: str) -> str:
    return repr(url if len(url) <= 80 else url[:80] + "…")
