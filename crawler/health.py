"""Decides how a source is: whether its feeds fail, are silent beyond their way, or bring something else than before.

What cannot be judged, for want of pages, say, is said of nobody: neither that it is ill nor that it is well again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from crawler.diary import is_quiet, silence, together
from crawler.gaps import FAILING_FOR, FAILURES, length
from crawler.garble import is_garbled
from crawler.model import Article, FeedState, Health, iso
from crawler.ports import Settled

QUIET_FOR = timedelta(days=7)  # of a feed whose rhythm is not known
LOOKED_AT = 60  # articles, and entries, of a source
_LATELY = timedelta(days=7)
_NOW, _LEAST = 10, 8  # so many of the newest are held against those before; fewer say nothing
_MOST, _FEW = 0.6, 0.2  # of the newest, and of those before: what most are now and few were
_SHORT = 0.25  # of the words there used to be
_UNUSUAL = 150  # words: what was always short cannot grow much shorter

ORDER: tuple[Health, ...] = ("failing", "different", "garbled", "quiet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ill:
    """What ails a source: what was seen, with figures, and what to do. ``since`` is when it began, if known."""

    health: Health
    note: str
    advice: str
    since: datetime | None = None


Findings = Mapping[Health, Ill | None]
"""What could be judged: None for what does not ail it."""


def examine(
    states: Sequence[FeedState],
    articles: Sequence[Article],
    settled: Sequence[Settled],
    now: datetime,
) -> Findings:
    """Return how a source is.

    *states* are of its feeds, *articles* its newest, *settled* its newest entries; these two newest first.
    """
    polled = [state for state in states if state.polled_at is not None]
    found: dict[Health, Ill | None] = {}
    if polled:
        found["failing"] = _failing(polled, now)
        if not any(state.failures for state in polled):
            found |= _quiet(polled, articles, now)
    seen = sorted(articles, key=lambda article: article.first_seen_at, reverse=True)
    lately = [article for article in seen if now - article.first_seen_at <= _LATELY][:_NOW]
    found |= _garbled(lately)
    fresh = [one for one in settled if now - one.first_seen_at <= _LATELY]
    found |= _different(lately, seen[len(lately) :], fresh, settled)
    return found


def own(short: str | None) -> Findings:
    """Return how copytrail itself is; *short*: which of its disks has too little room left."""
    advice = "What is pending waits and is fetched afterwards; feeds that move on meanwhile leave gaps."
    return {"full": Ill(health="full", note=short, advice=advice) if short is not None else None}


def worst(found: Findings) -> Ill | None:
    """Return what is to be seen to first."""
    return next((ill for health in ORDER if (ill := found.get(health)) is not None), None)


# --- its feeds cannot be read


def _failing(states: Sequence[FeedState], now: datetime) -> Ill | None:
    if not all(state.failures >= FAILURES and _lasts(state, now) for state in states):
        return None
    last = max((state.succeeded_at for state in states if state.succeeded_at), default=None)
    hardest = max(states, key=lambda state: state.failures)
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "from the first time on"
    note = f"no feed of it could be read {since}: {hardest.problem or 'no reason is known'}"
    return Ill(health="failing", note=note, advice=_cure(hardest), since=last)


def _lasts(state: FeedState, now: datetime) -> bool:
    return state.succeeded_at is None or now - state.succeeded_at >= FAILING_FOR


def _cure(state: FeedState) -> str:
    match state.status:
        case 401 | 403 | 429:
            return "The site refuses us: look whether fetch.contact is set and the interval long enough; ask the site."
        case 404 | 410:
            return "The address is gone: find the new one with `copytrail sources discover`, for sources.yaml."
        case int(status) if status >= 500:
            return "The site is in trouble: it is asked again by itself; look whether a browser can open it."
        case 200:
            return "Something else than a feed is there: open it in a browser, or `copytrail sources check` it."
        case _:
            return "Look whether its name resolves and its address opens in a browser: `copytrail sources check` says."


# --- it is silent


def _quiet(states: Sequence[FeedState], articles: Sequence[Article], now: datetime) -> dict[Health, Ill | None]:
    advice = "Look whether its feed still shows what the site publishes; it may have a new one: `sources discover`."
    diary = together([state.diary for state in states if state.diary is not None])
    found = silence(diary) if diary is not None else None
    if found is not None:
        if not is_quiet(found):
            return {"quiet": None}
        note = (
            f"nothing new has been in its feeds since {found.since:%Y-%m-%d %H:%M} UTC, {found.hours} hours; "
            f"its longest silence before was {found.longest} hours"
        )
        told = f"By its own rhythm {found.expected:.0f} hours with something new were to be expected since. {advice}"
        return {"quiet": Ill(health="quiet", note=note, advice=told, since=found.since)}
    if not articles:
        return {}
    newest = max(article.first_seen_at for article in articles)
    if now - newest < QUIET_FOR:
        return {"quiet": None}
    note = f"nothing new has been in its feeds since {newest:%Y-%m-%d}"
    return {"quiet": Ill(health="quiet", note=note, advice=advice, since=newest)}


# --- what it brings is not what it brought


def _garbled(lately: Sequence[Article]) -> dict[Health, Ill | None]:
    bad = [article for article in lately if is_garbled(f"{article.title or ''}\n{article.text}")]
    if len(lately) < _LEAST or _FEW * len(lately) < len(bad) <= _MOST * len(lately):
        return {}
    if not bad or len(bad) <= _FEW * len(lately):
        return {"garbled": None}
    note = f"{len(bad)} of its {len(lately)} newest pages are garbled: characters are lost or read in a wrong encoding"
    advice = f"Compare {bad[0].url} with what a browser shows; if that is right there, report it."
    return {"garbled": Ill(health="garbled", note=note, advice=advice, since=bad[-1].first_seen_at)}


_REFUSALS: tuple[tuple[str, str, str], ...] = (
    ("a login", "a login or subscription wall", "The site asks for a login: its pages cannot be followed any more."),
    ("a consent", "a consent page", "The site asks for consent first: ask it for access, or leave it out."),
    (
        "a robot check",
        "a robot check",
        "The site takes us for a robot: set fetch.contact, ask less often.",
    ),
    ("no article text", "pages without text", "The text may be loaded by script now: look at a page without script."),
    ("too short", "pages too short for an article", "Look at one of its pages: the text may be behind a wall."),
    ("an error page", "error pages", "Look at one of its pages in a browser: its links may lead nowhere."),
    ("a list of pages", "lists of pages", "Its feed may link to sections instead of articles: look at it."),
    ("not a web page", "what is no web page", "Its feed may link to sound or pictures now: look at it."),
)


def _different(
    lately: Sequence[Article], before: Sequence[Article], fresh: Sequence[Settled], settled: Sequence[Settled]
) -> dict[Health, Ill | None]:
    """Return in what the newest pages differ from those before.

    "Well" is said only of pages that show it: a wall that has stood for so long that none is remembered which was
    before it is still no article.
    """
    fresh = fresh[: 2 * _NOW]
    ills = [*_refused(fresh, settled[len(fresh) :]), *_alike(lately, before), *_short(lately, before)]
    if ills:
        return {"different": ills[0]}
    if max(len(lately), len(fresh)) < _LEAST or _is_doubtful(lately, fresh):
        return {}
    return {"different": None}


def _is_doubtful(lately: Sequence[Article], fresh: Sequence[Settled]) -> bool:
    """Say whether the newest pages may be something else than articles, though nothing shows that they once were."""
    if any(sum(_is(one, start) for one in fresh) > _FEW * len(fresh) for start, _, _ in _REFUSALS):
        return True
    if any(_commonest(lately, of) > _FEW * len(lately) + 1 for of in _ALIKE.values()):
        return True
    return bool(lately) and median(article.word_count for article in lately) < _UNUSUAL


def _refused(lately: Sequence[Settled], before: Sequence[Settled]) -> Iterator[Ill]:
    """Yield what stands on most of its pages now instead of an article, where it did not before."""
    for start, what, advice in _REFUSALS:
        bad = [one for one in lately if _is(one, start)]
        was = sum(_is(one, start) for one in before)
        if len(lately) >= _LEAST and len(bad) >= _MOST * len(lately) and was <= _FEW * max(len(before), 1):
            note = f"{len(bad)} of its {len(lately)} newest pages are {what}; before, {was} of {len(before)} were"
            yield Ill(health="different", note=note, advice=advice, since=bad[-1].first_seen_at)


def _is(one: Settled, start: str) -> bool:
    return one.outcome == "failed" and (one.reason or "").startswith(start)


_ALIKE: Mapping[str, Callable[[Article], str | None]] = {
    "text": lambda article: article.text or None,
    "title": lambda article: article.title,
}


def _alike(lately: Sequence[Article], before: Sequence[Article]) -> Iterator[Ill]:
    """Yield in what the newest pages are all alike, where those before were not."""
    if min(len(lately), len(before)) < _LEAST:
        return
    for what, of in _ALIKE.items():
        now, was = _commonest(lately, of), _commonest(before, of)
        if now >= _MOST * len(lately) and was <= _FEW * len(before) + 1:
            note = f"{now} of its {len(lately)} newest pages have one and the same {what}; before, at most {was} had"
            advice = f"Open {lately[0].url} in a browser: something else may stand in place of its articles."
            yield Ill(health="different", note=note, advice=advice, since=lately[-1].first_seen_at)


def _short(lately: Sequence[Article], before: Sequence[Article]) -> Iterator[Ill]:
    if min(len(lately), len(before)) < _LEAST:
        return
    words, used = (median(article.word_count for article in some) for some in (lately, before))
    if used >= _UNUSUAL and words < _SHORT * used and max(article.word_count for article in lately) < used:
        note = f"its {len(lately)} newest pages have {words:.0f} words at the median; before, they had {used:.0f}"
        advice = f"Open {lately[0].url} in a browser: the text may be cut off by a wall, or its pages built anew."
        yield Ill(health="different", note=note, advice=advice, since=lately[-1].first_seen_at)


def _commonest(articles: Sequence[Article], of: Callable[[Article], str | None]) -> int:
    counts = Counter(value for article in articles if (value := of(article)) is not None)
    return max(counts.values(), default=0)


def well(health: Health, since: datetime | None, now: datetime) -> str:
    """Return the sentence that an ill source is well again."""
    lasted = f", after {length(now - since)}" if since is not None and since < now else ""
    words = {
        "failing": "its feeds can be read again",
        "quiet": "something new is in its feeds again",
        "garbled": "its pages can be read again as they are written",
        "different": "its pages are articles again, as before",
        "full": "there is room on the disk again, and pages are taken",
    }
    return f"well again: {words[health]}{lasted}"


def word_of(ill: Ill) -> str:
    """Return what tells an illness from an earlier one of its kind, where that is known for sure."""
    return iso(ill.since) if ill.health == "failing" and ill.since is not None else ""
