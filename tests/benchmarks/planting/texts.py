"""Texts that no rule was fitted to, in English and in other scripts, from ../shared/data or a folder of sentences."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import InputError
from crawler.extract import extract, parse
from crawler.model import Page
from tests.benchmarks.planting.prose import LATIN, SCRIPTS, Prose, Script

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("EVAL_DATA", ROOT.parent / "shared" / "data")) / "dev"
WORDS = 340  # of a text that is made of sentences


def stored_already() -> list[str]:
    """Return the texts among which the planted ones are looked for: those that the rules were fitted to."""
    with gzip.open(DATA / "reuse" / "docs.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def english() -> list[Prose]:
    """Return the articles of the extraction sets that are in English, without those that repeat another."""
    texts: dict[str, None] = {}
    for row in _rows("aeb"):
        texts[row.get("articleBody") or ""] = None
    for row in _rows("fundus"):
        body = row["body"] or {"summary": [], "sections": []}
        parts = [*body["summary"], *(p for section in body["sections"] for p in section["paragraphs"])]
        texts["\n\n".join(parts)] = None
    for row in _rows("np4k"):
        texts[row.get("text") or ""] = None
    found = [Prose.read(text) for text in texts if _is_english(text) and 250 <= len(text.split()) <= 1500]
    seen: set[str] = set()
    fresh = []
    for one in found:
        long = {sentence for sentence in one.sentences if len(sentence) > 60}
        if not long & seen:
            fresh.append(one)
        seen |= long
    return fresh


def _is_english(text: str) -> bool:
    words = text.lower().split()
    return sum(word in ("the", "of", "and", "to") for word in words) > 0.07 * len(words)


def _rows(name: str) -> Iterator[dict[str, object] | dict]:  # type: ignore[type-arg]
    with (DATA / "extraction" / f"{name}_truth.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def of_sentences(folder: Path, language: str) -> list[Prose]:
    """Return texts made of the sentences in ``folder/LANGUAGE.txt``, one a line, each used once."""
    lines = (folder / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return _joined(lines, SCRIPTS.get(language, LATIN))


def of_pages() -> dict[str, list[Prose]]:
    """Return texts made of the sentences on the pages in other scripts, by the language that stands for the script."""
    sentences: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for name in ("dates", "traf"):
        for row in _rows(name):
            language = _script_of(text := _text(row))
            if language is not None:
                sentences[language] |= dict.fromkeys(Prose.read(text, SCRIPTS[language]).sentences)
    return {language: _joined(list(found), SCRIPTS[language]) for language, found in sorted(sentences.items())}


def _text(row: dict[str, object]) -> str:
    url = str(row.get("url") or "https://page.example.com/a")
    body = gzip.decompress((DATA / str(row["file"])).read_bytes())
    page = Page(url=url, final_url=url, body=body, headers={}, fetched_at=datetime.now(UTC))
    try:
        return extract(page, parse(page)).text
    except InputError:
        return ""


def _script_of(text: str) -> str | None:
    ranges = {"ru": ("\u0400", "\u04ff"), "ar": ("\u0600", "\u06ff"), "zh": ("\u4e00", "\u9fff")}
    letters = [char for char in text if char.isalpha()]
    for language, (low, high) in ranges.items():
        if sum(low <= char <= high for char in letters) > 0.7 * max(1, len(letters)):
            return language
    return None


def _joined(lines: list[str], script: Script) -> list[Prose]:
    chance = random.Random(11)
    lines = [line.strip() for line in dict.fromkeys(lines) if len(line.strip()) > 10]
    chance.shuffle(lines)
    wanted = script.count(WORDS)
    texts: list[Prose] = []
    going: list[list[str]] = []
    for line in lines:
        if going and len(going[-1]) < 3:
            going[-1].append(line)
        else:
            going.append([line])
        if sum(len(script.words(one)) for paragraph in going for one in paragraph) >= wanted:
            texts.append(Prose(paragraphs=tuple(map(tuple, going)), script=script))
            going = []
    return texts
