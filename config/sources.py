"""The monitored outlets of sources.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from config.problems import Location
from config.words import Frozen, HostName, HttpUrl, Name, Slug, Span


class PolicySettings(Frozen):
    """What an outlet asks of those who republish it."""

    needs: tuple[
        Literal["name", "link", "home", "copyright", "author", "date", "pixel", "canonical", "links"], ...
    ] = ()
    forbids: tuple[Literal["edits", "excerpt", "translation", "headline", "images"], ...] = ()
    sentence: str | None = Field(None, min_length=10, max_length=300)
    window_days: int | None = Field(None, ge=1, le=36_500)
    url: HttpUrl | None = None


def _pattern(text: str) -> str:
    """Return a pattern of links that says something. Raises ValueError."""
    if not re.fullmatch(r"(/|https?://)\S*", text):
        raise ValueError(f"not a path such as /news/** nor a whole address with marks: {text!r}")
    if not re.search(r"[^/*#]", re.sub(r"https?://[^/]*", "", text)):
        raise ValueError(f"fits every page of the site: {text!r}")
    return text


class SectionSettings(Frozen):
    """A page that lists articles, and which of its links are: ``*`` in a part of a path, ``**`` any, ``#`` number."""

    url: HttpUrl
    links: Annotated[
        tuple[Annotated[str, Field(max_length=200), AfterValidator(_pattern)], ...],
        BeforeValidator(lambda value: [value] if isinstance(value, str) else value),
        Field(min_length=1, max_length=20),
    ]


class SourceSettings(Frozen):
    """One outlet. ``domains[0]`` is its home; ``aliases`` are the names it is credited under."""

    id: Slug
    name: Name
    domains: tuple[HostName, ...] = ()
    aliases: tuple[Name, ...] = ()
    feeds: tuple[HttpUrl, ...] = ()
    sitemaps: tuple[HttpUrl, ...] = ()
    sections: tuple[SectionSettings, ...] = ()
    media_hosts: tuple[HostName, ...] = ()
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
    tags: tuple[Name, ...] = ()
    license: str | None = Field(None, max_length=500)
    kind: Literal["outlet", "agency", "aggregator", "translator", "blog"] = "outlet"
    enabled: bool = True
    interval_minutes: float | None = Field(None, gt=0, le=44_640)
    revisits: bool | Annotated[tuple[Span, ...], Field(min_length=1, max_length=20)] = True
    notice: str | None = Field(None, max_length=1000)
    policy: PolicySettings | None = None


class SourcesFile(Frozen):
    sources: tuple[SourceSettings, ...] = ()


def repeated(sources: Sequence[SourceSettings]) -> Iterator[tuple[Location, str]]:
    """Yield each id, domain and feed that two places claim: what we fetch from it would have two owners."""
    owners: dict[tuple[str, str], str] = {}
    for number, source in enumerate(sources):
        claimed: list[tuple[str, str, Location]] = [("id", source.id, ("id",))]
        claimed += [("domain", name, ("domains", i)) for i, name in enumerate(source.domains)]
        claimed += [("feed", url, ("feeds", i)) for i, url in enumerate(source.feeds)]
        claimed += [("feed", url, ("sitemaps", i)) for i, url in enumerate(source.sitemaps)]
        claimed += [("feed", section.url, ("sections", i)) for i, section in enumerate(source.sections)]
        for what, value, place in claimed:
            if owner := owners.get((what, value)):
                yield ("sources", number, *place), f"the {what} {value!r} is already that of {owner!r}"
            else:
                owners[what, value] = source.name
