"""What is stored and what is planted in it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.benchmarks.planting.furniture import FURNITURE
from tests.benchmarks.planting.plants import COPIES, LOOK_ALIKES, Ground, furnished, usable, with_quotation
from tests.benchmarks.planting.prose import Prose, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One text that is looked for. ``sources``: addresses of what it was taken from; a look-alike has none."""

    language: str
    name: str
    url: str
    text: str
    sources: tuple[str, ...]
    made_of: tuple[str, ...]  # addresses of its parts as they stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Garden:
    """Texts by address: ``stored`` as they are in the store, ``plain`` as plants were made of them."""

    stored: dict[str, str]
    plain: dict[str, str]
    planted: list[Planted]


def plant(languages: dict[str, list[Prose]], others: Sequence[str], *, most: int, only: str = "") -> Garden:
    """Store two thirds of each language's texts beside *others*, and put copies of them into the rest.

    Every third of the stored ones is of the site that has the language's furniture, and so are a few dozen of *others*.
    """
    garden = Garden(stored={}, plain={}, planted=[])
    sites = [language for language in languages if language in FURNITURE]
    for n, text in enumerate(others):
        if n % 40 == 0:
            language = sites[n // 40 % len(sites)]
            furniture = FURNITURE[language]
            under = [furniture.intro, text, furniture.disclaimer, furniture.portrait, *furniture.leaks]
            garden.stored[f"https://{language}-lantern.example/{n}"] = "\n\n".join(under)
        else:
            garden.stored[f"https://old{n}.example/a"] = text
    for language, all_texts in languages.items():
        _plant(garden, language, all_texts, most, only)
    return garden


def _plant(garden: Garden, language: str, all_texts: list[Prose], most: int, only: str) -> None:
    chance = random.Random(f"planted {language}")
    chosen = chance.sample(all_texts, len(all_texts))
    count = min(most, len(chosen) * 2 // 3)
    named = {_address(language, n): text for n, text in enumerate(chosen[:count])}
    hosts = {f"https://{language}-host{n}.example/a": text for n, text in enumerate(chosen[count:])}
    garden.plain.update((url, text.text) for url, text in (*named.items(), *hosts.items()))
    sources, others = list(named.items()), list(hosts.items())
    ground = Ground(
        source=sources[0][1],
        host=others[0][1],
        second=sources[0][1],
        vocabulary=Vocabulary(all_texts),
        furniture=FURNITURE.get(language),
        chance=chance,
    )
    garden.stored.update((url, _stored(replace(ground, source=text), n)) for n, (url, text) in enumerate(sources))
    if ground.furniture is not None:
        garden.stored[f"https://{language}-form.example/a"] = ground.furniture.filled(chance)
    for name in usable(ground.furniture, [*COPIES, *LOOK_ALIKES]):
        for n, (url, source) in enumerate(sources):
            if only not in name or (name == "same quotation" and n % 2):
                continue
            second, (host_url, host) = sources[(n + 1) % count], others[n % len(others)]
            taken = (url, second[0]) if name == "stitched from two" else (url,)
            one = replace(ground, source=source, host=host, second=second[1], chance=random.Random(f"{name} {n}"))
            make = COPIES.get(name) or LOOK_ALIKES[name]
            garden.planted.append(
                Planted(
                    language=language,
                    name=name,
                    url=f"https://{language}-plant{len(garden.planted)}.example/a",
                    text=make(one).text,
                    sources=taken if name in COPIES else (),
                    made_of=(*taken, host_url) if name in COPIES else (host_url,),
                )
            )


def _address(language: str, number: int) -> str:
    """Return where a text is stored: every third on the site that has the furniture, each other on one of its own."""
    if number % 3 == 0 and language in FURNITURE:
        return f"https://{language}-lantern.example/source{number}"
    return f"https://{language}-source{number}.example/a"


def _stored(ground: Ground, number: int) -> str:
    """Return the text as it is stored: every second one quotes somebody, every third has the site's furniture."""
    text = ground.source
    if ground.furniture is not None:
        if number % 2 == 0:
            text = with_quotation(text, ground.furniture)
        if number % 3 == 0:
            text = furnished(replace(ground, source=text))
    return text.text
