"""Holds two texts of different languages against each other, offline: by what translators leave as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from crawler.lineage.evidence import same_page
from crawler.model import Article
from crawler.ports import Likeness
from crawler.text import fold

LEAST_ANCHORS = 6  # names and numbers that each text must have
WITHIN = timedelta(days=21)  # a translation comes out within so many days
_SHARE_OF_NAMES, _SHARE_OF_NUMBERS, _SHARE_OF_TARGETS = 0.55, 0.35, 0.1
_PREFIX = 5  # letters of a name that endings do not change: "Rosmere", "Rosmeres"

_SENTENCE = re.compile(r"[.!?…:]\s+|\n+")
_NAME = re.compile(r"[^\W\d_][\w'’-]{3,40}")
_NUMBER = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f ’']\d{3})+|\d+(?:[.,]\d+)?")
_FILE = re.compile(r"[^/?#]+\.(?:jpe?g|png|webp|mp4|gif|pdf)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchors:
    """Likeness by names, numbers, links, media and dates: what stays when a text is put into another language.

    It tells that two pages report the same particulars. Two reporters at one event do that, too: so it never says who
    was first, and by itself makes no edge.
    """

    least: int = LEAST_ANCHORS

    def likeness(self, one: Article, other: Article) -> Likeness | None:
        """Return how much of the sparser text's anchors the other has; None where too few, or one language."""
        if one.language is None or other.language is None or one.language == other.language:
            return None
        left, right = names(one.text), names(other.text)
        few, many = numbers(one.text), numbers(other.text)
        if min(len(left) + len(few), len(right) + len(many)) < self.least:
            return None
        if one.published and other.published and abs(one.published.at - other.published.at) > WITHIN:
            return None
        targets = len(_targets(one) & _targets(other))
        score = (
            _SHARE_OF_NAMES * _share(left, right)
            + _SHARE_OF_NUMBERS * _share(few, many)
            + _SHARE_OF_TARGETS * min(1.0, targets / 2)
        )
        return Likeness(score=round(score, 4), names=len(left & right), numbers=len(few & many), targets=targets)


def names(text: str) -> frozenset[str]:
    """Return the first letters of the words that are written large within a sentence."""
    found = set()
    for sentence in _SENTENCE.split(text):
        for at, word in enumerate(_NAME.findall(sentence)):
            if at and word[0].isupper():
                found.add(fold(word)[:_PREFIX])
    return frozenset(found)


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of two digits and more, however their thousands are set apart."""
    found = set()
    for number in _NUMBER.findall(text):
        plain = re.sub(r"[.,\u00a0\u202f ’'](?=\d{3}(?!\d))", "", number).replace(",", ".")
        if len(plain) > 1:
            found.add(plain)
    return frozenset(found)


def _targets(article: Article) -> frozenset[str]:
    links = {same_page(link.url) for link in article.links if "/" in link.url.partition("://")[2].strip("/")}
    files = {found[0].casefold() for media in article.media if (found := _FILE.search(media.url))}
    return frozenset(links | files)


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
