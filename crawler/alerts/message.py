"""An alert in words: who took what from whom, how much, how late, with which credit."""

from __future__ import annotations

from urllib.parse import quote

from crawler.model import Article, Attribution, Dated, Edge, EdgeKind, Origin
from crawler.plain import shortened, visible

LONGEST_TITLE = 200
_LONGEST_HEADLINE = 160
_LONGEST_NAME = 60
_LONGEST_URL = 1000
_LONGEST_REASON = 160
_REASONS = 3
_SIGNS = str.maketrans("<>`", "‹›'")
_BREAK = "\u200b"  # seen by no reader, stops "@everyone" and "[text](link)" from meaning anything

_TOOK: dict[EdgeKind, str] = {
    "copy": "copied",
    "excerpt": "excerpted",
    "partial": "took a part from",
    "translation": "translated",
    "digest": "summed up",
    "claimed": "says it took its text from",
}


def message(
    rule: str, edge: Edge, copy: Article, *, origin: Origin | None = None, public_url: str | None = None
) -> tuple[str, str]:
    """Return the title and the text of the alert that *rule* raises on *edge*.

    Both are plain text that no mail or chat program takes for markup, a mention or a command,
    whatever the pages contained; only the addresses of the articles can be followed.
    """
    parent = edge.parent
    took = f"{_name(copy.source.name)} {_TOOK[edge.kind]} {_name(parent.source.name)}"
    title = plain(f"{took}: {_headline(copy.title)}", LONGEST_TITLE)
    lines = [
        f"“{_headline(copy.title)}”",
        f"{_name(copy.source.name)}, {_when(copy.published)}",
        link(copy.url),
        "",
        f"{_how_much(edge)}, {edge.level} ({_percent(edge.confidence)} sure).",
        f"Original: “{_headline(parent.title)}”" if parent.title else None,
        f"{_name(parent.source.name)}, {_when(parent.published)}",
        link(parent.url) if parent.url else None,
        _delay(parent.published, copy.published),
        _credit(edge.attribution),
        _end(parent, origin),
        "",
        *_reasons(edge),
        "More: " + link(f"{public_url.rstrip('/')}/articles/{copy.id}") if public_url else None,
        f"Rule: {plain(rule, _LONGEST_NAME)}",
    ]
    return title, "\n".join(line for line in lines if line is not None)


def plain(text: str, limit: int) -> str:
    """Return foreign *text* as one harmless line of at most *limit* characters."""
    # Far more than is kept, so that what is dropped below does not shorten the result; yet bounded.
    shown = visible(text[: limit * 8].translate(_SIGNS))
    for joint in ("@", "](", "://", "www."):
        shown = shown.replace(joint, joint[0] + _BREAK + joint[1:])
    return shortened(shown, limit)


def link(url: str) -> str:
    """Return an article's address so that it can be followed and nothing else, or say why there is none."""
    if not url.startswith(("http://", "https://")):
        return "(no web address)"
    safe = quote(url, safe="%/:=&?~#+!$,;'*[]._-")
    return safe if len(safe) <= _LONGEST_URL else "(its address is too long to show)"


def _name(text: str) -> str:
    return plain(text, _LONGEST_NAME)


def _headline(text: str | None) -> str:
    return plain(text, _LONGEST_HEADLINE) if text else "(without a headline)"


def _when(date: Dated | None) -> str:
    if date is None:
        return "date not known"
    day = f"{date.at.day} {date.at:%B %Y}"
    return (
        day
        if date.precision == "day"
        else f"{day}, {date.at:%H:%M}" + (" UTC" if date.zone_known else " (zone not known)")
    )


def _how_much(edge: Edge) -> str:
    kind = "claimed by its own credit" if edge.kind == "claimed" else edge.kind.capitalize()
    if edge.coverage is None:
        return f"{kind.capitalize()}: the other text was not seen"
    return f"{kind}: {_percent(edge.coverage)} of its words are the other's"


def _percent(share: float) -> str:
    # Never rounded up to all, nor down to nothing.
    return f"{min(max(round(share * 100), 1 if share > 0 else 0), 100 if share >= 1 else 99)} %"


def _delay(before: Dated | None, after: Dated | None) -> str | None:
    if before is None or after is None:
        return None
    if "day" in (before.precision, after.precision) or not (before.zone_known and after.zone_known):
        days = (after.at.date() - before.at.date()).days
        return f"Published {_order(days, f'{abs(days)} day' + ('s' if abs(days) > 1 else ''), 'on the same day')}."
    minutes = round((after.at - before.at).total_seconds() / 60)
    return f"Published {_order(minutes, _span(abs(minutes)), 'in the same minute')}."


def _order(difference: int, span: str, same: str) -> str:
    return same if difference == 0 else f"{span} {'later' if difference > 0 else 'EARLIER by its own date'}"


def _span(minutes: int) -> str:
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _credit(given: Attribution) -> str:
    if given.credited == "unknown":
        return "Credit: not known."
    if given.credited == "no":
        return "Credit: NONE."
    named = f"names {_name(given.credited_as)}" if given.credited_as else "given"
    linked = {
        "article": ", links to the article",
        "home": ", links to the home page only",
        "other": ", links to another page",
        "no": ", without a link",
        "unknown": "",
    }[given.linked]
    wrong = " The wrong one." if given.verdict == "misattributed" else ""
    return f"Credit: {named}{linked}.{wrong}"


def _end(parent: Origin, origin: Origin | None) -> str | None:
    if origin is None or origin.id == parent.id:
        return None
    where = f", {link(origin.url)}" if origin.url else ""
    return f"First published by {_name(origin.source.name)}{where}"


def _reasons(edge: Edge) -> list[str]:
    strongest = sorted((e for e in edge.evidence if e.weight > 0), key=lambda e: (-e.weight, e.type))[:_REASONS]
    if not strongest:
        return []
    return ["Why:", *(f"- {plain(f'{one.type}: {one.value}', _LONGEST_REASON)}" for one in strongest), ""]
