"""Writes sentences that nobody wrote before: an event with its people and places, and reports of it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

_NOUNS = """harbour council ferry bridge river school budget vote letter promise market engine ticket island crowd
report timber wall lamp garden baker station signal coast tower museum archive border meadow tax quarter season
harvest mill pump valley road tunnel strike office printer photo court trial appeal clinic orchard quarry reservoir
viaduct parish cannery depot shipyard customs audit pension lease permit grant tender survey petition by-law
levy tariff cargo freight barge dredger crane warehouse bakery foundry kiln brewery dairy barn stable paddock fence
hedge ditch culvert weir sluice canal lock quay pier jetty buoy lighthouse beacon radar sonar antenna cable pipeline
turbine boiler furnace generator battery meter gauge valve hose ladder scaffold girder beam rafter gable chimney
porch cellar attic stairwell corridor lobby counter ledger voucher receipt invoice stamp seal banner poster leaflet
pamphlet bulletin gazette choir orchestra theatre gallery sculpture mural mosaic loom thread needle leather wool
linen canvas rope anchor rudder compass chart atlas globe telescope microscope vaccine ward surgeon nurse
midwife""".split()  # noqa: SIM905
_VERBS = """approved delayed doubted praised rejected inspected repaired flooded reopened measured photographed
promised questioned financed abandoned extended halved inherited mapped borrowed restored audited leased painted
blocked insured emptied renamed cleared drained moved sold widened closed guarded tested weighed insulated fenced
surveyed rebuilt cancelled endorsed criticised renewed suspended transferred registered valued flagged sealed
towed salvaged polished rewired catalogued translated rehearsed planted harvested pruned paved lit heated""".split()  # noqa: SIM905
_ADJECTIVES = """old new quiet narrow local public former empty broken late early rusty generous reluctant busy distant
steep hollow crowded unpaid forgotten temporary municipal northern southern eastern western wooden frozen patient
careful hasty stubborn hopeful costly modest overdue provisional disputed shared private joint remote coastal inland
damp brittle shallow muddy windy foggy bright dim noisy idle weary proud anxious cautious thrifty lavish ancient
modern improvised makeshift sturdy fragile leaky draughty spacious cramped""".split()  # noqa: SIM905
_WHEN = """on Monday|on Tuesday|on Wednesday|on Thursday|on Friday|over the weekend|before dawn|after lunch|last month
|in the spring|during the night|within the hour|since the autumn|for the third time|without warning|as planned
|against advice|at short notice|in full view of the neighbours|after a long debate|by a narrow margin|in heavy rain
|under an old contract|at its own expense|to general surprise""".replace("\n", "").split("|")
_SYLLABLES = """ba be bor dal den dor el fen gar hal hen ist jor kal kes lan lem lor mar mel
nor ol pel ras rin sal sel tar tem tor ul van ver wen yor zan""".split()  # noqa: SIM905

WORDS_IN_A_QUOTE = (32, 60)


def a_name(pick: Random) -> str:
    """Return one name of a person or a place."""
    return "".join(pick.sample(_SYLLABLES, pick.choice((2, 2, 3)))).capitalize()


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: whoever reports it names these people and places and may quote these words."""

    people: tuple[str, ...]
    places: tuple[str, ...]
    things: tuple[str, ...]
    quotation: str


def an_event(pick: Random) -> Event:
    people = tuple(f"{a_name(pick)} {a_name(pick)}" for _ in range(3))
    places = tuple(a_name(pick) for _ in range(3))
    things = tuple(pick.sample(_NOUNS, 8))
    words = 0
    said: list[str] = []
    while words < pick.randint(*WORDS_IN_A_QUOTE):
        said.append(_clause(pick, Event(people, places, things, "")))
        words += len(said[-1].split())
    quotation = f"“We said that {', and that '.join(said)}.”"
    return Event(people, places, things, quotation)


def sentence(pick: Random, event: Event) -> str:
    """Return a sentence about *event*; another call gives another one."""
    one, other = _clause(pick, event), _clause(pick, event)
    form = pick.randrange(7)
    if form == 0:
        text = f"{one}, {pick.choice(event.people)} said {pick.choice(_WHEN)}"
    elif form == 1:
        text = f"while {one}, {other}"
    elif form == 2:
        text = f"in {pick.choice(event.places)}, where {one}, {other}"
    elif form == 3:
        text = f"{one}; {other}"
    elif form == 4:
        text = f"{pick.choice(event.people)} of {pick.choice(event.places)} wrote that {one}"
    elif form == 5:
        text = f"{one} because {other}"
    else:
        text = f"{pick.choice(_WHEN)}, {one}"
    return text[0].upper() + text[1:] + "."


def paragraphs(pick: Random, event: Event, count: int) -> tuple[str, ...]:
    """Return *count* paragraphs of two to four sentences."""
    return tuple(" ".join(sentence(pick, event) for _ in range(pick.randint(2, 4))) for _ in range(count))


def headline(pick: Random, event: Event) -> str:
    thing, other = pick.sample(event.things, 2)
    return f"{pick.choice(event.places)} {thing} {pick.choice(_VERBS)}: {pick.choice(_ADJECTIVES)} {other} in doubt"


def touched_up(pick: Random, paragraph: str, share: float) -> str:
    """Return *paragraph* with about that share of its words exchanged for others."""
    words = paragraph.split()
    for at, word in enumerate(words):
        if word.isalpha() and word.islower() and pick.random() < share:
            words[at] = pick.choice(_ADJECTIVES if word in _ADJECTIVES else _NOUNS)
    return " ".join(words)


def _clause(pick: Random, event: Event) -> str:
    thing = pick.choice(event.things) if pick.random() < 0.4 else pick.choice(_NOUNS)
    who = pick.choice((pick.choice(event.people), f"the {pick.choice(_ADJECTIVES)} {pick.choice(_NOUNS)}"))
    tail = pick.choice(
        (
            f" {pick.choice(_WHEN)}",
            f" for the {pick.choice(_ADJECTIVES)} {pick.choice(_NOUNS)}",
            f" near {pick.choice(event.places)}",
            f" and the {pick.choice(_NOUNS)} of the {pick.choice(_NOUNS)}",
            "",
        )
    )
    return f"{who} {pick.choice(_VERBS)} the {pick.choice(_ADJECTIVES)} {thing}{tail}"
