"""Foreign words and figures as an alert may show them: harmless, bounded, no finer than they are known."""

from __future__ import annotations

from urllib.parse import quote

from crawler.model import Attribution, Dated
from crawler.plain import shortened, visible

LONGEST_NAME = 60
LONGEST_HEADLINE = 160
_LONGEST_URL = 1000
_SIGNS = str.maketrans("<>`", "‹›'")
_BREAK = "\u200b"  # seen by no reader, stops "@everyone" and "[text](link)" from meaning anything


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


def name(text: str) -> str:
    return plain(text, LONGEST_NAME)


def headline(text: str | None) -> str:
    return plain(text, LONGEST_HEADLINE) if text else "(without a headline)"


def when(date: Dated | None) -> str:
    if date is None:
        return "date not known"
    day = f"{date.at.day} {date.at:%B %Y}"
    return (
        day
        if date.precision == "day"
        else f"{day}, {date.at:%H:%M}" + (" UTC" if date.zone_known else " (zone not known)")
    )


def percent(share: float) -> str:
    """Return a share in whole percent, never rounded up to all, nor down to nothing."""
    return f"{min(max(round(share * 100), 1 if share > 0 else 0), 100 if share >= 1 else 99)} %"


def delay(before: Dated | None, after: Dated | None) -> str | None:
    """Say how much later *after* is, as finely as both dates are known; None where one is not."""
    if before is None or after is None:
        return None
    if "day" in (before.precision, after.precision) or not (before.zone_known and after.zone_known):
        days = (after.at.date() - before.at.date()).days
        return f"Published {_order(days, f'{abs(days)} day' + ('s' if abs(days) > 1 else ''), 'on the same day')}."
    minutes = round((after.at - before.at).total_seconds() / 60)
    return f"Published {_order(minutes, span(abs(minutes)), 'in the same minute')}."


def span(minutes: int) -> str:
    """Return so many minutes as people say them."""
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes % 60} min" if minutes % 60 else f"{hours} h"
    return f"{minutes} min"


def _order(difference: int, lapse: str, same: str) -> str:
    return same if difference == 0 else f"{lapse} {'later' if difference > 0 else 'EARLIER by its own date'}"


def credit(given: Attribution) -> str:
    """Say how the copy credits where it is from."""
    if given.credited == "unknown":
        return "Credit: not known."
    if given.credited == "no":
        return "Credit: NONE."
    named = f"names {name(given.credited_as)}" if given.credited_as else "given"
    linked = {
        "article": ", links to the article",
        "home": ", links to the home page only",
        "other": ", links to another page",
        "no": ", without a link",
        "unknown": "",
    }[given.linked]
    return f"Credit: {named}{linked}.{_VERDICTS[given.verdict]}"


_VERDICTS = {
    "compliant": " As it is asked for.",
    "partial": " Not all that is asked for.",
    "uncredited": "",
    "misattributed": " The wrong one.",
    "unknown": "",
}
