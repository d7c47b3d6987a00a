"""Reads markers.yaml: how pages say where a text came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.files import read_yaml

FILE = Path(__file__).with_name("markers.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """One phrase. The meaning of each field stands at the top of markers.yaml."""

    id: str
    lang: str
    kind: str
    strength: str
    where: frozenset[str]
    cue: frozenset[str]
    pattern: re.Pattern[str]
    subject: bool = False
    known: bool = False
    lone: bool = False
    bare: bool = False
    link: bool = False
    says: tuple[tuple[str, str | None], ...] = ()
    silent: tuple[str, ...] = ()

    def search(self, line: str) -> re.Match[str] | None:
        """Return where *line* says it."""
        low = line.casefold()
        return self.pattern.search(line) if any(cue in low for cue in self.cue) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pixel:
    """A counter that an outlet asks its republishers to carry. Read, never requested."""

    id: str
    pattern: re.Pattern[str]
    strength: str
    name: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerTable:
    markers: tuple[Marker, ...]
    cues: tuple[str, ...]  # of all markers, each once: a line without any of them says nothing
    pixels: tuple[Pixel, ...]
    masks: tuple[re.Pattern[str], ...]
    agencies: Mapping[str, str]  # as written -> as shown
    short: frozenset[str]  # written forms that need brackets or a "By" to mean an agency
    syndicates: Mapping[str, str]
    long_names: Mapping[str, str]  # of both, from six letters on: in small letters, without "the" -> as shown
    folders: Mapping[str, str]  # of a URL's path -> the agency
    sellers: frozenset[str]  # outlets in their own right that also sell their copy
    never: re.Pattern[str]
    books: re.Pattern[str]
    institutions: re.Pattern[str]
    elsewhere: re.Pattern[str]
    redirectors: frozenset[str]
    platforms: frozenset[str]
    media_hosts: frozenset[str]


@lru_cache(maxsize=1)
def load_markers() -> MarkerTable:
    """Return the table that comes with the program, compiled; read once a process."""
    raw = read_yaml(FILE)
    agencies = _written(raw["agencies"])
    short = frozenset(raw["short"])
    macros = {name: f"{text}" for name, text in raw["macros"].items()}
    macros["AG"] = _any_of(agencies)
    syndicates = _written(raw["syndicates"])
    long_names: dict[str, str] = {}
    for form, shown in (*agencies.items(), *syndicates.items()):
        if len(form) >= 6:
            long_names.setdefault(form.casefold().removeprefix("the "), shown)
    markers = tuple(_marker(row, macros) for row in raw["markers"])
    return MarkerTable(
        markers=markers,
        cues=tuple(sorted({cue for marker in markers for cue in marker.cue})),
        pixels=tuple(_pixel(row) for row in raw["pixels"]),
        masks=tuple(re.compile(text, re.IGNORECASE) for text in raw["masks"]),
        agencies=agencies,
        short=short,
        syndicates=syndicates,
        long_names=long_names,
        folders=dict(raw["folders"]),
        sellers=frozenset([*raw["syndicates"], *raw["broadcasters"]]),
        never=re.compile("(?:" + "|".join(raw["never"]) + r")(?:\b.{0,30})?", re.IGNORECASE),
        books=re.compile(raw["books"], re.IGNORECASE),
        institutions=re.compile(raw["institutions"], re.IGNORECASE),
        elsewhere=re.compile(raw["elsewhere"], re.IGNORECASE),
        redirectors=frozenset(raw["redirectors"]),
        platforms=frozenset(raw["platforms"]),
        media_hosts=frozenset(raw["media_hosts"]),
    )


def _marker(row: Mapping[str, Any], macros: Mapping[str, str]) -> Marker:
    flags = re.NOFLAG if row.get("case") else re.IGNORECASE
    return Marker(
        id=row["id"],
        lang=row["lang"],
        kind=row["kind"],
        strength=row["strength"],
        where=frozenset(row["where"]),
        cue=frozenset(row["cue"]),
        pattern=re.compile(_filled(row["pattern"], macros), flags),
        subject=row.get("subject") == "this",
        known=bool(row.get("known")),
        lone=bool(row.get("lone")),
        bare=bool(row.get("bare")),
        link=bool(row.get("link")),
        says=tuple((text, outlet) for text, outlet in row.get("says", ())),
        silent=tuple(row.get("silent", ())),
    )


def _pixel(row: Mapping[str, Any]) -> Pixel:
    return Pixel(
        id=row["id"],
        pattern=re.compile(row["url"], re.IGNORECASE),
        strength=row["strength"],
        name=row.get("name"),
        host=row.get("host"),
    )


def _written(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {written: shown for shown, forms in names.items() for written in forms}


def _any_of(forms: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=lambda form: (-len(form), form))) + ")"


def _filled(pattern: str, macros: Mapping[str, str]) -> str:
    for name, text in macros.items():
        pattern = pattern.replace("{" + name + "}", text)
    # Lines come with single spaces; "any number of them" would only let hostile text cost time.
    return pattern.replace(r"\s*", r"\s?").replace(r"\s+", r"\s")
