"""Edits of self-written articles, each with the class that a careful reader gives it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crawler.model import Article, EditClass
from tests.builders import an_article

ENGLISH = """\
The harbour council of Vessen decided on Monday that 12 ferries will run through the winter, two more than last \
year. Mayor Ida Brandt said the timetable would not change before March.

The company that owns the boats, Nordline, had asked for a subsidy of 1.5 million crowns. The council granted \
900,000, and the rest is to come from higher fares on the outer islands.

Fishermen on Skarv complained that the morning boat leaves too late for the market. A spokesman for the \
goverment office in the county town promised to look into their letter, which was signed by 214 people.

The ferries were built in the nineties and need new engines. Nobody in the chamber could say who would pay for \
them, and the question was put off until the meeting in April."""

GERMAN = """\
Der Hafenrat von Vessen hat am Montag beschlossen, dass im Winter zwölf Fähren verkehren. Die Bürgermeisterin \
Ida Brandt sagte, der Fahrplan werde sich vor März nicht ändern.

Die Reederei Nordline hatte um einen Zuschuss von 1,5 Millionen Kronen gebeten. Der Rat bewilligte 900.000, der \
Rest soll aus höheren Fahrpreisen zu den äußeren Inseln kommen.

Fischer auf Skarv beklagten sich, dass das Morgenschiff zu spät zum Markt ablegt. Ein Sprecher der Verwaltung \
versprach, ihren Brief zu prüfen, den 214 Menschen unterschrieben haben."""

RUSSIAN = """\
Портовый совет Вессена решил в понедельник, что зимой будут ходить двенадцать паромов. Мэр Ида Брандт сказала, \
что расписание не изменится до марта.

Компания «Нордлайн» просила субсидию в 1,5 миллиона крон. Совет выделил 900 тысяч, остальное должны дать более \
высокие цены на билеты до дальних островов.

Рыбаки с острова Скарв жаловались, что утренний паром отходит слишком поздно. Представитель управления обещал \
ответить на письмо, которое подписали 214 человек."""

SERBIAN = """\
Lučki savet Vesena odlučio je u ponedeljak da će preko zime saobraćati dvanaest trajekata. Gradonačelnica Ida \
Brant rekla je da se red vožnje neće menjati do marta.

Kompanija Nordlajn tražila je subvenciju od 1,5 miliona kruna. Savet je odobrio 900 hiljada, a ostatak treba da \
donesu više cene karata do udaljenih ostrva.

Ribari sa ostrva Skarv žalili su se da jutarnji trajekt polazi prekasno. Predstavnik uprave obećao je da će \
odgovoriti na pismo, koje je potpisalo 214 ljudi."""

OTHER = """\
Snow closed the pass above Lindal for the third day, and the bakery there has begun to ration flour. The road \
service hopes to send a plough up before the weekend, if the wind allows it.

People who live on the far side of the pass walk down on skis. A doctor from the valley has taken over the \
practice in the school house, and the shop sells on credit to whoever has run out of cash.

The weather office expects another storm. It asks everybody to stay at home and to keep a radio with fresh \
batteries at hand, as the power line was cut twice in the last week."""


@dataclass(frozen=True, slots=True)
class Case:
    """One edit. ``also`` are further classes that a reader would give it, too."""

    name: str
    expected: EditClass
    before: Article
    after: Article
    also: frozenset[EditClass] = frozenset()


def story(text: str, *, title: str = "Council keeps the ferries running", language: str = "en") -> Article:
    """Return an article of that text, its content hash as the pipeline makes it."""
    hash = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()
    return an_article(text=text, title=title, language=language, content_hash=hash)


_SWAPS: tuple[tuple[EditClass, str, str], ...] = (
    ("typo", "goverment", "government"),
    ("typo", "complained that", "complained taht"),
    ("typo", "the market", "teh market"),
    ("typo", "timetable", "time-table"),
    ("typo", "Nobody in the chamber", "Nobody in the the chamber".replace("the the", "the")),
    ("typo", "spokesman", "spokesmann"),
    ("typo", "islands.", "islands"),
    ("typo", "promised to look", "promissed to look"),
    ("typo", "engines. Nobody", "engines: nobody"),
    ("typo", "fares on the outer", "fares on outer"),
    ("typo", "900,000", "900000"),
    ("facts", "12 ferries", "14 ferries"),
    ("facts", "two more than", "three more than"),
    ("facts", "1.5 million", "15 million"),
    ("facts", "1.5 million", "1.5 billion"),
    ("facts", "214 people", "241 people"),
    ("facts", "Monday", "Tuesday"),
    ("facts", "before March", "before May"),
    ("facts", "Ida Brandt", "Ida Brant"),
    ("facts", "Nordline,", "Nordlink,"),
    ("facts", "would not change", "would change"),
    ("facts", "Nobody in the chamber", "Somebody in the chamber"),
    ("facts", "900,000", "90,000"),
    ("facts", "12 ferries will run", "12 ferries will not run"),
    ("wording", "complained", "said with some anger"),
    ("wording", "granted", "approved"),
    ("wording", "morning boat", "early boat"),
    ("wording", "too late", "too early"),
    ("wording", "higher fares", "lower fares"),
    ("wording", "was put off", "was dropped"),
    ("wording", "can say who", "can say who"),
    ("wording", "signed by", "written by"),
)

_ELSEWHERE: tuple[tuple[EditClass, str, str, str, str], ...] = (
    ("typo", "de", GERMAN, "beklagten sich", "beklagten sihc"),
    ("typo", "de", GERMAN, "bewilligte", "bewiligte"),
    ("facts", "de", GERMAN, "zwölf Fähren", "elf Fähren"),
    ("facts", "de", GERMAN, "1,5 Millionen", "1,5 Milliarden"),
    ("facts", "de", GERMAN, "März nicht ändern", "März ändern"),
    ("facts", "de", GERMAN, "214 Menschen", "124 Menschen"),
    ("wording", "de", GERMAN, "Sprecher", "Vertreter"),
    ("typo", "ru", RUSSIAN, "расписание", "рассписание"),
    ("typo", "ru", RUSSIAN, "жаловались", "жаловалсиь"),
    ("facts", "ru", RUSSIAN, "900 тысяч", "90 тысяч"),
    ("facts", "ru", RUSSIAN, "не изменится", "изменится"),
    ("facts", "ru", RUSSIAN, "Ида Брандт", "Ева Брандт"),
    ("wording", "ru", RUSSIAN, "обещал ответить", "отказался ответить"),
    ("typo", "sr", SERBIAN, "subvenciju", "subvenicju"),
    ("facts", "sr", SERBIAN, "214 ljudi", "412 ljudi"),
    ("facts", "sr", SERBIAN, "Nordlajn", "Sudlajn"),
    ("wording", "sr", SERBIAN, "odobrio", "odbio"),
)

_NOTES = (
    "Correction: an earlier version of this article said that 14 ferries would run. It is 12.",
    "This article was amended on 3 March to give the right number of signatures.",
    "An earlier version of this story misspelled the name of the mayor.",
    "Clarification: the subsidy is paid over two years.",
    "Editor's note: this report was corrected after a reader wrote to us.",
)
_NOTES_ELSEWHERE = (
    ("de", GERMAN, "Korrektur: In einer früheren Version dieses Textes stand eine falsche Zahl."),
    ("ru", RUSSIAN, "В предыдущей версии статьи была указана неверная сумма."),
    ("sr", SERBIAN, "Ispravka: u prethodnoj verziji teksta naveden je pogrešan broj."),
)
_NEWS = (
    "On Friday the council published the timetable. The first boat leaves at six, the last one comes back at ten in "
    "the evening, and on Sundays a bus takes people from the quay to the church and the hospital.",
    "Nordline did not answer questions about the engines. A former captain told us that the boats had been repaired "
    "many times since they were bought, and that the crews keep a list of faults in the galley.",
)


def cases() -> Iterator[Case]:
    """Yield every case: edits of one place, notes, paragraphs, headlines, and whole texts exchanged."""
    base = story(ENGLISH)
    for number, (kind, was, now) in enumerate(_SWAPS):
        if was != now:
            assert was in ENGLISH, was
            yield Case(f"{number} {was} -> {now}", kind, base, story(ENGLISH.replace(was, now, 1)))
    for kind, language, text, was, now in _ELSEWHERE:
        assert was in text, was
        edited = story(text.replace(was, now, 1), language=language)
        yield Case(f"{language} {was} -> {now}", kind, story(text, language=language), edited)
    for note in _NOTES:
        yield Case(f"note {note[:30]}", "correction", base, story(f"{ENGLISH}\n\n{note}"))
        fixed = ENGLISH.replace("214", "241")
        yield Case(f"fact and note {note[:30]}", "correction", base, story(f"{note}\n\n{fixed}"), frozenset({"facts"}))
    for language, text, note in _NOTES_ELSEWHERE:
        of = story(text, language=language)
        yield Case(f"{language} note", "correction", of, story(f"{text}\n\n{note}", language=language))
    for news in _NEWS:
        yield Case(f"added {news[:20]}", "addition", base, story(f"{ENGLISH}\n\n{news}"))
        yield Case(f"cut {news[:20]}", "cut", story(f"{ENGLISH}\n\n{news}"), base)
    paragraphs = ENGLISH.split("\n\n")
    for n in range(len(paragraphs)):
        rest = "\n\n".join(paragraphs[:n] + paragraphs[n + 1 :])
        yield Case(f"cut paragraph {n}", "cut", base, story(rest))
        yield Case(f"added paragraph {n}", "addition", story(rest), base)
    yield Case("rewritten", "rewrite", base, story(OTHER))
    yield Case("rewritten but a paragraph", "rewrite", base, story(f"{OTHER}\n\n{paragraphs[0]}"))
    yield Case("rewritten in German", "rewrite", base, story(GERMAN, language="de"))
    for title in ("Vessen saves its ferries", "Fares go up on the islands", "Fishermen angry over the morning boat"):
        yield Case(f"headline {title}", "headline", base, story(ENGLISH, title=title))
    changed = replace(base, title="COUNCIL KEEPS THE FERRIES RUNNING.")
    yield Case("headline in capitals", "typo", base, changed)
    for notice in (
        "This article has been withdrawn. We apologise to our readers and to everybody who was named in it, and will "
        "say more soon.",
        "This story was removed at the request of the people concerned. If you have questions about it, please write "
        "to the editors.",
    ):
        yield Case(f"withdrawn {notice[:20]}", "removal", base, story(notice))
