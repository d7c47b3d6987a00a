"""Two languages, one text: names, numbers, links, media and dates tell, and nothing is accused by them."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from crawler.lineage.crosslingual import Anchors, names, numbers
from crawler.lineage.judge import Judgement, judge
from crawler.model import Article, Link
from crawler.ports import Dossier
from tests.builders import NOON, a_date, an_article
from tests.lineage.test_judge import REGISTRY

SURE = 0.6

PAIRS = {
    "bridge": (
        "The council of Rosmere voted on Tuesday to close the Aldgate bridge for 14 months. Engineer Mirela "
        "Okonjo said that 237 of its 1,180 bolts were cracked, and put the cost at 46 million. Mayor Tobias "
        "Renn asked the ministry in Karlsby for help; 8,400 cars a day will go by Westhaven until 2027.",
        "Der Rat von Rosmere hat am Dienstag beschlossen, die Aldgate-Brücke für 14 Monate zu sperren. Die "
        "Ingenieurin Mirela Okonjo sagte, 237 der 1.180 Bolzen seien gerissen, und nannte Kosten von 46 "
        "Millionen. Bürgermeister Tobias Renn bat das Ministerium in Karlsby um Hilfe; 8.400 Autos am Tag "
        "fahren bis 2027 über Westhaven.",
    ),
    "ferry": (
        "The ferry Northern Skerry burned for 19 hours off Cape Dunmore before its 312 passengers reached "
        "Port Elva. Captain Jorun Haldis blamed a pump replaced in 2019; the owner, Vantage Lines, has lost 3 "
        "ships in 26 months. Inspector Pavel Drozd will publish his report in Elva.",
        "Le ferry Northern Skerry a brûlé pendant 19 heures au large du cap Dunmore avant que ses 312 "
        "passagers n'atteignent Port Elva. Le capitaine Jorun Haldis met en cause une pompe remplacée en 2019 "
        "; l'armateur, Vantage Lines, a perdu 3 navires en 26 mois. L'inspecteur Pavel Drozd publiera son "
        "rapport à Elva.",
    ),
    "mill": (
        "Workers at the Brenholt paper mill ended their strike after 41 days when owner Silas Verhoeven "
        "offered 7.5 percent. The union of Greta Lindqvist had asked for 11. About 620 people work in "
        "Brenholt, 90 fewer than in 2021, and the mill in Oster stays closed.",
        "Los trabajadores de la papelera de Brenholt pusieron fin a su huelga tras 41 días cuando el dueño, "
        "Silas Verhoeven, ofreció un 7,5 por ciento. El sindicato de Greta Lindqvist había pedido un 11. Unas "
        "620 personas trabajan en Brenholt, 90 menos que en 2021, y la fábrica de Oster sigue cerrada.",
    ),
    "seeds": (
        "The seed vault of Hollin Fell lost 5,300 samples when a cooler of the firm Arctis failed on 12 "
        "March. Keeper Anneke Solberg said that 88 kinds of barley from Tarvos exist nowhere else. The "
        "university of Merrow holds copies of 64.",
        "Banca delle sementi di Hollin Fell ha perso 5.300 campioni quando un refrigeratore della ditta "
        "Arctis si è guastato il 12 marzo. La custode Anneke Solberg ha detto che 88 tipi di orzo di Tarvos "
        "non esistono altrove. L'università di Merrow conserva copie di 64.",
    ),
}
LANGUAGES = {"bridge": "de", "ferry": "fr", "mill": "es", "seeds": "it"}


def english(name: str) -> Article:
    return an_article(name, outlet="harbour-post", text=PAIRS[name][0], language="en", links=(), media=())


def foreign(name: str) -> Article:
    return an_article(name, outlet="meridian", text=PAIRS[name][1], language=LANGUAGES[name], links=(), media=())


@pytest.mark.parametrize("name", PAIRS)
def test_a_translation_shares_names_and_numbers_with_its_original(name: str):
    found = Anchors().likeness(english(name), foreign(name))
    assert found is not None
    assert found.score >= SURE
    assert found.names + found.numbers >= 8
    assert Anchors().likeness(foreign(name), english(name)) == found


@pytest.mark.parametrize(("one", "other"), [(a, b) for a, b in product(PAIRS, PAIRS) if a != b])
def test_another_text_does_not(one: str, other: str):
    found = Anchors().likeness(english(one), foreign(other))
    assert found is None or found.score < 0.2


def test_a_shared_link_and_picture_count_too():
    file = "https://harbour-post.example/pictures/bridge_0301.jpg"
    extra = {"links": (Link(url="https://karlsby.example/report"),)}
    plain = Anchors().likeness(english("bridge"), foreign("bridge"))
    one = an_article(text=PAIRS["bridge"][0], language="en", **extra)
    other = an_article(outlet="meridian", text=PAIRS["bridge"][1], language="de", **extra)
    found = Anchors().likeness(one, other)
    assert found is not None
    assert plain is not None
    assert found.targets == 2  # the report, and the picture that both have
    assert found.score > plain.score
    assert file.endswith("jpg")


def test_nothing_is_said_of_one_language_of_short_texts_and_of_distant_days():
    text, other = PAIRS["bridge"]
    assert Anchors().likeness(an_article(text=text), an_article(text=text, outlet="meridian")) is None
    assert Anchors().likeness(an_article(text=text, language=None), foreign("bridge")) is None
    assert Anchors().likeness(an_article(text="Rosmere voted."), foreign("bridge")) is None
    late = an_article(text=other, language="de", published=a_date(NOON + timedelta(days=60)))
    assert Anchors().likeness(english("bridge"), late) is None


def test_a_likeness_alone_makes_no_edge():
    one, other = english("bridge"), foreign("bridge")
    near = {one.id: Dossier(article=one)}
    assert judge(Dossier(article=other), near, REGISTRY) == Judgement()


def test_names_and_numbers_meet_however_they_are_written():
    assert names("In Rosmere spoke Okonjo. Then Rosmeres mayor") == names("Then Okonjo of Rosmere")
    assert numbers("1,180 and 1.180, 1 180 or 1’180") == {"1180"}
    assert numbers("7.5 percent, 7,5 Prozent, 3 ships") == {"7.5"}
