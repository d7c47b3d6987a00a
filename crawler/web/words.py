"""The words that pages say things in: kinds, verdicts, evidence, dates and lengths of time. Values in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawler.editions import Carried
from crawler.lineage.when import gap_words
from crawler.model import Attribution, Dated, Edge, Evidence, Lineage
from crawler.plain import shortened, visible

CONTRADICTED = 0.05  # a rival below this is one that the facts speak against

TOOK: Mapping[str, str] = {
    "copy": "copied from",
    "excerpt": "an excerpt of",
    "partial": "partly taken from",
    "translation": "translated from",
    "digest": "summed up from",
    "claimed": "by its own word taken from",
}
KINDS: Mapping[str, str] = {
    "copy": "copy",
    "excerpt": "excerpt",
    "partial": "part of it",
    "translation": "translation",
    "digest": "digest",
    "claimed": "claimed, text not seen",
}
VERDICTS: Mapping[str, str] = {
    "compliant": "meets the declared terms",
    "partial": "credited, not in full",
    "uncredited": "uncredited",
    "misattributed": "credits somebody else",
    "unknown": "terms or credit not known",
}
ROLES: Mapping[str, str] = {"original": "original", "derived": "taken from elsewhere", "unmatched": "stands alone"}
LINKS: Mapping[str, str] = {
    "article": "linked",
    "home": "front page linked",
    "other": "another page linked",
    "no": "not linked",
    "unknown": "link not known",
}
BASES: Mapping[str, str] = {
    "feed": "by its feed",
    "json-ld": "by the page's metadata",
    "meta": "by the page's metadata",
    "time": "as shown on the page",
    "url": "by its address",
    "text": "by its text",
    "credit": "by the copy's credit",
    "media": "by its pictures",
    "given": "as given",
    "guessed": "guessed",
    "first-seen": "when we first saw it",
}
EDITS: Mapping[str, str] = {
    "removal": "removed",
    "correction": "correction",
    "rewrite": "rewritten",
    "facts": "facts changed",
    "headline": "headline changed",
    "cut": "text taken out",
    "addition": "text put in",
    "wording": "words exchanged",
    "typo": "spelling",
    "return": "back again",
}
EVIDENCE: Mapping[str, str] = {
    "credit": "The page says where it is from",
    "source-line": "The page names its source",
    "dateline": "Its dateline is another outlet's",
    "wire": "It is signed by an agency",
    "excerpt": "It sends readers to the full article",
    "partial": "It says that parts come from there",
    "translation": "It says that it is a translation",
    "via": "It says how it was found",
    "canonical": "To machines it names that page as the original",
    "feed-source": "Its feed names where it is from",
    "pixel": "It has that outlet's republication counter in it",
    "media": "It shows pictures from that outlet's own server",
    "residue": "It has that outlet's furniture left in it",
    "carried": "Words put in on the way are in it, too",
    "links": "It links there",
    "byline": "Its author is that outlet",
    "copyright": "Its copyright line names that outlet",
    "time": "By time",
    "closeness": "Another text is closer to it",
    "shell": "It has the whole of that text",
    "copied": "That one is itself taken from another of them",
    "self": "That page names itself as the origin",
    "credits-other": "Against it: somebody else is credited",
    "elsewhere": "Against it: that page says it is from elsewhere",
    "verdict": "An analyst's review",
    "version": "Which version was compared",
}
PLACES: Mapping[str, str] = {
    "head": "in the page's metadata",
    "byline": "in the byline",
    "top": "above the text",
    "body": "in the text",
    "foot": "below the text",
    "feed": "in the feed",
    "url": "in the address",
    "text": "by comparing the texts",
    "time": "by dates and our own looks",
    "review": "said by an analyst",
}
QUESTIONS: Mapping[str, str] = {
    "D1": "source named",
    "D2": "hyperlink to be seen",
    "D3": "link to the very article",
    "D4": "copyright or licence acknowledged",
    "D5": "credit at the top or the foot",
    "D6": "author kept",
    "D7": "original date shown",
    "D8": "text intact",
    "D9": "changes declared",
    "D10": "links kept",
    "D11": "other declared terms",
    "D12": "credits the whole way up",
}
ANSWERS: Mapping[str, str] = {
    "yes": "yes",
    "no": "no",
    "partial": "in part",
    "unknown": "not known",
    "n.a.": "does not apply",
}
RULINGS: Mapping[str, str] = {
    "confirm": "confirmed",
    "reject": "refused",
    "set-parent": "set as the parent",
    "no-parent": "taken from nobody",
}


def line(text: str | None, most: int = 300) -> str:
    """Return foreign *text* on one line, without controls and reversals, at most *most* characters."""
    return shortened(visible(text[: most * 8]), most) if text else ""


def percent(share: float | None) -> str:
    """Return a share, never rounded up to all nor down to nothing."""
    if share is None:
        return "not known"
    return f"{min(max(round(share * 100), 1 if share > 0 else 0), 100 if share >= 1 else 99)}%"


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def gap(seconds: float | None) -> str:
    """Return a length of time as a person says it; "same moment" for none, "not known" for an unknown one."""
    if seconds is None:
        return "not known"
    if seconds == 0:
        return "same moment"
    words = gap_words(abs(seconds) / 3600)
    return words.replace("1 minutes", "1 minute") if words == "1 minutes" else words


def when(dated: Dated | None) -> str:
    """Return a date as well as it is known: a day stays a day, a missing zone is said."""
    if dated is None:
        return "date not known"
    if dated.precision == "day":
        return f"{dated.at:%Y-%m-%d}"
    return f"{dated.at:%Y-%m-%d %H:%M}" + (" UTC" if dated.zone_known else " (zone not known)")


def instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def link(url: str | None) -> str | None:
    """Return *url* where it may be followed from a page of ours, else None."""
    return url if url is not None and url.startswith(("http://", "https://")) else None


def credit(given: Attribution | None) -> str:
    """Return how a copy credits its parent."""
    if given is None:
        return "credit not known"
    if given.verdict == "misattributed":
        return f"credits {line(given.credited_as, 80) or 'somebody else'} instead"
    if given.credited != "yes":
        return {"no": "uncredited", "unknown": "credit not known"}[given.credited]
    return f"credited, {LINKS[given.linked]}"


def how_much(edge: Edge) -> str:
    return "its text was not seen" if edge.coverage is None else f"{percent(edge.coverage)} of its words"


def reason(row: Evidence) -> str:
    """Return what kind of reason *row* is, in words."""
    return EVIDENCE.get(row.type, row.type)


def in_short(held: Lineage) -> str:
    """Return what is thought of an article that has no parent."""
    if any(rival.confidence >= CONTRADICTED for rival in held.rivals):
        return "It shares its text with others; who was first cannot be told."
    if held.role == "original":
        return "An original, as far as we know: others took it, and nothing shows that it was taken from anybody."
    return "Nothing known was taken from it, or by it."


def spaced(text: str) -> str:
    """Return words on one line with the space that stood on either side of them."""
    lead, trail = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{lead}{line(text, 400)}{trail}"


def with_values(given: Mapping[str, str], **more: str) -> dict[str, str]:
    return {**given, **more}


def version_carried(one: Carried) -> str:
    """Return which version a copy carries, in words."""
    if one.version is not None:
        return f"version {one.version}"
    if len(one.among) > 1:
        return f"version {', '.join(map(str, one.among[:-1]))} or {one.among[-1]}"
    return f"version {one.among[0]}, the only one seen by then" if one.among else "words of several versions"


def followed(one: Carried) -> str:
    """Return whether the copy took the last change over, in words; nothing where that is not known."""
    if one.followed is None:
        return ""
    if not one.followed:
        return ", did not follow its last change"
    assert one.later is not None
    least = gap_words(one.later.least.total_seconds() / 3600)
    if one.later.most is None:
        return f", followed its last change after {least} at least"
    return f", followed its last change after {least} to {gap_words(one.later.most.total_seconds() / 3600)}"


FILTERS: Mapping[str, Any] = {
    "line": line,
    "percent": percent,
    "gap": gap,
    "when": when,
    "instant": instant,
    "link": link,
    "credit": credit,
    "how_much": how_much,
    "reason": reason,
    "in_short": in_short,
    "count": count,
    "spaced": spaced,
    "dict_of": with_values,
    "version_carried": version_carried,
    "followed": followed,
}
