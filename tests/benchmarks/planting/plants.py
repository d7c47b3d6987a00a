"""The copies that are planted and the look-alikes that are not copies, by name."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from tests.benchmarks.planting.furniture import Furniture
from tests.benchmarks.planting.prose import Prose, Vocabulary, is_word


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a plant is made from: its source, another text to put it in, a second source, and the language."""

    source: Prose
    host: Prose
    second: Prose
    vocabulary: Vocabulary
    furniture: Furniture | None
    chance: random.Random


Plant = Callable[[Ground], Prose]


def exact(ground: Ground) -> Prose:
    return ground.source


def dressed(ground: Ground) -> Prose:
    """Another headline and an introduction before it, a disclaimer and a portrait of the writer behind it."""
    furniture = _furniture(ground)
    ends = [furniture.headline], [furniture.intro], [furniture.disclaimer], [furniture.portrait]
    return ground.source.of([*ends[:2], *ground.source.paragraphs, *ends[2:]])


def leaked(ground: Ground) -> Prose:
    """Page chrome between the paragraphs."""
    paragraphs = [list(p) for p in ground.source.paragraphs]
    for line in _furniture(ground).leaks:
        paragraphs.insert(ground.chance.randrange(len(paragraphs) + 1), [line])
    return ground.source.of(paragraphs)


def kept(ground: Ground, share: float) -> Prose:
    """Some of its paragraphs, in their order, until that share of its words is reached."""
    script, paragraphs = ground.source.script, ground.source.paragraphs
    wanted = share * len(ground.source.words)
    chosen: list[int] = []
    for i in ground.chance.sample(range(len(paragraphs)), len(paragraphs)):
        if wanted > 0:
            chosen.append(i)
            wanted -= sum(len(script.words(one)) for one in paragraphs[i])
    return ground.source.of(paragraphs[i] for i in sorted(chosen))


def edited(ground: Ground, source: Prose | None = None) -> Prose:
    """Three or four words in a hundred left out, put in or exchanged."""
    text = source or ground.source
    words = []
    for word in text.words:
        throw = ground.chance.random() if is_word(word) else 1.0
        other = ground.vocabulary.like(word, ground.chance) if throw < 0.024 else ""
        if throw >= 0.036:
            words.append(word)
        else:
            words.append(other if throw < 0.012 else text.script.joined([word, other]) if throw < 0.024 else "")
    return text.with_words(words)


def reordered(ground: Ground) -> Prose:
    """Its sentences in another order."""
    sentences = ground.source.sentences
    ground.chance.shuffle(sentences)
    return ground.source.of(sentences[i : i + 3] for i in range(0, len(sentences), 3))


def stitched(ground: Ground) -> Prose:
    """Half of its paragraphs, then half of another's."""
    halves = [p.paragraphs[: (len(p.paragraphs) + 1) // 2] for p in (ground.source, ground.second)]
    return ground.source.of([*halves[0], *halves[1]])


def excerpt(ground: Ground, words: int, *, edits: bool = False, own: bool = True) -> Prose:
    """A stretch of it, a paragraph within an article of the copier's own.

    With *own*, mostly words that the source, as it is stored, does not quote, if it has such a stretch; else any.
    """
    script = ground.source.script
    all_words = ground.source.words
    ends = _ends(all_words, script.count(words))
    starts = ground.chance.sample(range(len(ends)), len(ends))
    quoted = in_quotation_marks(ground.source, besides=quotation(ground.source))
    fitting = (start for start in starts if 4 * sum(quoted[start : ends[start]]) <= ends[start] - start)
    start = next(fitting, starts[0]) if own else starts[0]
    piece = script.joined(all_words[start : ends[start]])
    paragraphs = list(ground.host.paragraphs)
    stretch = edited(ground, ground.source.of([[piece]])).paragraphs if edits else ((piece,),)
    middle = len(paragraphs) // 2
    return ground.source.of([*paragraphs[:middle], *stretch, *paragraphs[middle:]])


def _ends(words: Sequence[str], count: int) -> list[int]:
    """Return for each place where *count* words end that begin there, as far as there are so many; marks are none."""
    places = [i for i, word in enumerate(words) if is_word(word)]
    if len(places) <= count:
        return [len(words)]
    behind = {start: end + 1 for start, end in zip(places, places[count - 1 :], strict=False)}
    return [behind[next(p for p in places[bisect_left(places, i) :])] for i in range(places[-count] + 1)]


def in_quotation_marks(text: Prose, *, besides: str | None = None) -> list[bool]:
    """Return of each word whether it stands between quotation marks, or in the sentence *besides*."""
    flags = []
    for paragraph in text.paragraphs:
        inside = False
        for sentence in paragraph:
            for word in text.script.words(sentence):
                before = inside
                for char in word:
                    inside = char in "“„«「" or (inside and char not in "”»」") if char != '"' else not inside
                flags.append(before or inside or sentence == besides)
    return flags


def swapped(ground: Ground, share: float, source: Prose | None = None) -> Prose:
    """So many of its words exchanged for others of like frequency, content words first."""
    text = source or ground.source
    words = text.words
    places = [i for i, word in enumerate(words) if is_word(word)]
    ground.chance.shuffle(places)
    places.sort(key=lambda i: not ground.vocabulary.is_content(words[i]))
    for i in places[: round(share * len(places))]:
        words[i] = ground.vocabulary.like(words[i], ground.chance)
    return text.with_words(words)


def swapped_half(ground: Ground) -> Prose:
    return swapped(ground, 0.2, kept(ground, 0.5))


def beginning(ground: Ground, words: int) -> Prose:
    """What a feed shows of it."""
    script, all_words = ground.source.script, ground.source.words
    return ground.source.of([[script.joined(all_words[: _ends(all_words, script.count(words))[0]])]])


def misread(ground: Ground, share: float) -> Prose:
    """So many of its letters read wrongly, as from a scan."""
    letters = ground.source.script.alphabet

    def reading(word: str) -> str:
        return "".join(
            ground.chance.choice(letters) if char.isalpha() and ground.chance.random() < share else char
            for char in word
        )

    return ground.source.with_words([reading(word) for word in ground.source.words])


COPIES: dict[str, Plant] = {
    "exact": exact,
    "headline, intro, disclaimer, bio": dressed,
    "page chrome leaked in": leaked,
    "paragraphs kept 75 %": partial(kept, share=0.75),
    "paragraphs kept 50 %": partial(kept, share=0.5),
    "paragraphs kept 30 %": partial(kept, share=0.3),
    "paragraphs kept 15 %": partial(kept, share=0.15),
    "light edits": edited,
    "sentences reordered": reordered,
    "stitched from two": stitched,
    "120 words in own text": partial(excerpt, words=120),
    "120 words edited, in own text": partial(excerpt, words=120, edits=True),
    "60 words in own text": partial(excerpt, words=60),
    "40 words in own text": partial(excerpt, words=40),
    "25 words in own text": partial(excerpt, words=25),
    "60 words, quoted or not": partial(excerpt, words=60, own=False),
    "40 words, quoted or not": partial(excerpt, words=40, own=False),
    "words swapped 10 %": partial(swapped, share=0.1),
    "words swapped 20 %": partial(swapped, share=0.2),
    "words swapped 30 %": partial(swapped, share=0.3),
    "words swapped 50 %": partial(swapped, share=0.5),
    "kept 50 %, swapped 20 %": swapped_half,
    "first 55 words": partial(beginning, words=55),
    "first 30 words": partial(beginning, words=30),
    "letters misread 1 %": partial(misread, share=0.01),
    "letters misread 3 %": partial(misread, share=0.03),
}


def _furniture(ground: Ground) -> Furniture:
    assert ground.furniture is not None
    return ground.furniture


def unrelated(ground: Ground) -> Prose:
    """Another text as it is."""
    return ground.host


def furnished(ground: Ground) -> Prose:
    """The text as its site has it: a standing introduction, notices, a portrait of the writer, chrome in between."""
    furniture = _furniture(ground)
    around = [furniture.intro], [furniture.disclaimer], [furniture.portrait]
    return ground.source.of([around[0], *leaked(ground).paragraphs, *around[1:]])


def same_furniture(ground: Ground) -> Prose:
    """Another text with the notices and the chrome that stored ones have."""
    return furnished(replace(ground, source=ground.host))


def same_quotation(ground: Ground) -> Prose:
    """Another text in which the same speaker says a sentence or two that the source quotes as well."""
    return ground.host.of([*ground.host.paragraphs, [_furniture(ground).said.format(quotation(ground.source))]])


def quotation(source: Prose) -> str:
    """Return the sentence of *source* that is quoted: 20 to 35 words if there is such, no quotation marks in it."""
    script = source.script
    sentences = [one for one in source.sentences if not set(one) & set('"“”„«»「」')] or source.sentences
    sizes = [sum(map(is_word, script.words(one))) for one in sentences]
    least, most = script.count(20), script.count(35)
    fitting = [one for one, size in zip(sentences, sizes, strict=True) if least <= size <= most]
    return fitting[0] if fitting else max(sentences[:10], key=len)


def with_quotation(source: Prose, furniture: Furniture) -> Prose:
    """Return *source* with its quotation in quotation marks, as it is stored for the look-alikes."""
    said = quotation(source)
    return source.of([furniture.said.format(one) if one == said else one for one in p] for p in source.paragraphs)


def same_form(ground: Ground) -> Prose:
    """A report made of the form that a stored one was made of, with other figures."""
    return ground.host.of([[_furniture(ground).filled(ground.chance)]])


LOOK_ALIKES: dict[str, Plant] = {
    "another text": unrelated,
    "same boilerplate": same_furniture,
    "same quotation": same_quotation,
    "same form, other figures": same_form,
}


_IN_NO_FURNITURE = frozenset(COPIES) - {"headline, intro, disclaimer, bio", "page chrome leaked in"} | {"another text"}


def usable(furniture: Furniture | None, plants: Sequence[str]) -> list[str]:
    """Return which of *plants* can be made where the language has such furniture, or none."""
    return [name for name in plants if furniture is not None or name in _IN_NO_FURNITURE]
