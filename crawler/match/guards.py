"""Says where shared words tell nothing of copying because of what the pages are: their titles, outlets, layout."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from crawler.dates import MONTH_NAMES
from crawler.model import Article, Comparison, Reason
from crawler.text import fold

APART = timedelta(hours=20)  # between two issues of a daily piece
_NOTICE_WORDS = 120  # a longer text has more to say than an error page
_FEWEST, _FEW = 12, 40  # words of a text
_LIST_LINES = 12
_LABEL = (4, 110)  # characters of a headline or a label; a paragraph has more
_LISTED = 0.7  # of the text, in such lines
_RUNNING = 800  # characters of other lines: what has more is an article with a list around it


def guarded(shared: Comparison, left: Article, right: Article) -> Comparison:
    """Return *shared* as it counts between these two articles, with the guard that speaks against a copy.

    What two pages of one outlet share stays what it is, with the reason "same outlet": a print page, a second edition.
    """
    if shared.is_rejected:
        return shared
    reason = _what_is_no_article(left, right) or _too_short(left, right) or _series(shared, left, right)
    if reason is not None:
        return replace(shared, kind="unrelated", reason=reason)
    if left.source.id == right.source.id:
        return replace(shared, reason="same outlet")
    return shared


def _what_is_no_article(left: Article, right: Article) -> Reason | None:
    if is_notice(left.title, left.text) or is_notice(right.title, right.text):
        return "error page"
    if is_list(left.text) or is_list(right.text):
        return "list page"
    return None


# --- notices of a site in the place of an article


def _plain(text: str) -> str:
    """Return *text* in one case and without accents."""
    return "".join(c for c in unicodedata.normalize("NFD", fold(text)) if unicodedata.category(c) != "Mn")


_NOTICE = re.compile(
    _plain(
        r"\b(?:404|page not found|access denied|service unavailable|bad gateway|too many requests|unusual traffic|"
        r"(?:page|article|story|content)[^.]{0,40}(?:not be found|no longer available|does not exist)|"
        r"(?:page|article|story|content)[^.]{0,40}has been (?:removed|moved|deleted)|are you a robot|"
        r"(?:enable|turn on|supports) (?:javascript|cookies)|browser is (?:not|no longer) supported|"
        r"verify (?:that )?you are (?:a )?human|checking your browser|(?:log|sign) in to (?:continue|read)|"
        r"subscribe to (?:continue|keep) reading|we (?:use|value) (?:cookies|your privacy)|accept all cookies)"
        r"|seite (?:wurde )?nicht gefunden|artikel (?:ist )?nicht mehr verfügbar|javascript (?:zu )?aktivier|"
        r"page (?:est )?introuvable|page n'existe (?:pas|plus)|activer javascript|página no (?:encontrada|existe)|"
        r"página não encontrada|pagina non (?:è stata )?trovata|strona nie (?:została znaleziona|istnieje)|"
        r"страница не (?:найдена|существует)|сторінку не знайдено|الصفحة غير موجودة|页面不存在|"
        r"找不到(?:该|此)?页面|ページが見つかりません"
    )
)


@lru_cache(maxsize=256)
def is_notice(title: str | None, text: str) -> bool:
    """Say whether a short text is a notice of its site: not found, not allowed, no script, log in."""
    words = len(text.split())
    if words > _NOTICE_WORDS or len(text) > 8 * _NOTICE_WORDS:
        return False
    found = _NOTICE.search(_plain(f"{title or ''} . {text}"))
    return found is not None and (words < _NOTICE_WORDS // 2 or found.start() < 80)


# --- texts too short to tell


def _too_short(left: Article, right: Article) -> Reason | None:
    """Say whether one of two texts is too short to be known again: a caption, a teaser, what a page has for a film.

    Below that length anybody's are alike; a little above it, those under unlike titles are.
    """
    shorter = min(left.word_count, right.word_count)
    if shorter < _FEWEST or (shorter < _FEW and _are_unlike(left.title, right.title)):
        return "too short"
    return None


def _are_unlike(one: str | None, other: str | None) -> bool:
    """Say whether both titles are known and have no longer word in common."""
    words = [{word for word in _TITLE_WORD.findall(fold(title or "")) if len(word) > _SHORT} for title in (one, other)]
    return all(words) and words[0].isdisjoint(words[1])


# --- lists of pages

_SENTENCE = re.compile(r"[a-z\u00e0-\U0010ffff\d)\"\u201d]{2}[.!?…。！？।؟](?=\s|$)")
_ENDED = re.compile(r"[.!?…。！？।؟:;][\"'\u201d\u2019\u00bb)\]]*$")


@lru_cache(maxsize=256)
def is_list(text: str) -> bool:
    """Say whether a text is mostly headlines and teasers one below the other, with no running text to speak of."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < _LIST_LINES:
        return False
    least, most = _LABEL
    followed = zip(lines, [*lines[1:], ""], strict=True)
    # A line that goes on in the next one, small letter first, is part of a wrapped paragraph.
    labels = [x for x, y in followed if least <= len(x) <= most and not _ENDED.search(x) and not y[:1].islower()]
    listed, all_lines = sum(map(len, labels)), sum(map(len, lines))
    few_sentences = len(labels) >= max(_LIST_LINES, 4 * len(_SENTENCE.findall(text)))
    return few_sentences and listed > _LISTED * all_lines and all_lines - listed < _RUNNING


# --- issues of a recurring piece

_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun "
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes martes miércoles jueves viernes sábado domingo segunda terça quarta quinta sexta lunedì martedì "
    "mercoledì giovedì venerdì sabato domenica poniedziałek wtorek środa czwartek piątek sobota niedziela "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag понедельник вторник среда четверг пятница суббота "
    "воскресенье понеділок вівторок середа четвер п'ятниця субота неділя "
    "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
)
_COUNTED = (
    "day week month part no nr nos number issue episode edition vol volume round matchday stage chapter season "
    "tag woche teil ausgabe folge jour semaine partie numéro épisode día semana parte número jornada dia giorno "
    "settimana puntata dzień tydzień część odcinek dag deel aflevering день неделя часть выпуск номер тиждень частина "
    "випуск يوم الأسبوع الجزء العدد # \u2116"
)
_UNITS = frozenset(map(fold, _COUNTED.split()))
_WEEKDAYS = frozenset(map(fold, _DAYS.split()))
_MONTHS = frozenset(map(fold, MONTH_NAMES))
_SHORT = 4  # letters; such a month is another word as well ("ago", "may"), unless a figure stands beside it
_TITLE_WORD = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d+|#|[^\W\d_]+(?:'[^\W\d_]+)*")
_COUNTED_TOGETHER = re.compile(r"第\s?\d+\s?[期天回日话話集]|제\s?\d+\s?[호회]")


def _series(shared: Comparison, left: Article, right: Article) -> Reason | None:
    """Say whether two issues of one recurring piece share its standing text; most of it means one was taken over."""
    if shared.kind in ("exact", "near_copy"):
        return None
    one, other = _heading(left.title), _heading(right.title)
    if one is None or other is None or one[0] != other[0] or len(one[0]) < 2:
        return None
    # A title that bears no date or number may be anybody's; with the same one, it is the same issue.
    if one[1] == other[1] and (one[1] or left.source.id != right.source.id or not _days_apart(left, right)):
        return None
    return "series"


def _days_apart(left: Article, right: Article) -> bool:
    if left.published is None or right.published is None:
        return False
    return abs(left.published.at - right.published.at) >= APART


def _heading(title: str | None) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return what stays and what changes in the title of a recurring piece: dates, weekdays, numbers of issues.

    Any other figure stays: of a toll that rises the reports are revisions, no issues.
    """
    if title is None:
        return None
    folded = fold(title)
    words = ["", *_TITLE_WORD.findall(_COUNTED_TOGETHER.sub(" ", folded)), ""]
    stays: list[str] = []
    changes = _COUNTED_TOGETHER.findall(folded)
    for before, word, behind in zip(words, words[1:], words[2:], strict=False):
        (changes if _changes(word, {before, behind}) else stays).append(word)
    return tuple(stays), tuple(changes)


def _changes(word: str, beside: set[str]) -> bool:
    """Say whether *word* is what tells one issue from the next."""
    if word.isdecimal():
        return not beside.isdisjoint(_UNITS) or not beside.isdisjoint(_MONTHS) or not beside.isdisjoint(_WEEKDAYS)
    if word in _MONTHS:
        return len(word) > _SHORT or any(one.isdecimal() for one in beside)
    return word in _WEEKDAYS or any(sign in word for sign in "./-")
