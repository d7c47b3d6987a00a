"""Prints how far likeness across languages (names, numbers, links) tells a translation from what is none.

    python -m tests.benchmarks.crosslingual

On a small set of our own: four texts, their translations into four languages, and for each of the four events a report
by another writer in that language, who was there as well: it shares persons, places and figures, and copies nothing.
The reports are the hard case; with texts about other things anything tells them apart.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from crawler.lineage.crosslingual import Anchors
from crawler.model import Article
from tests.builders import an_article
from tests.lineage.test_crosslingual import LANGUAGES, PAIRS, english, foreign

REPORTS = {
    "bridge": (
        "Wer in Rosmere über den Fluss will, braucht Geduld: Die Aldgate-Brücke bleibt bis 2027 zu, das "
        "beschloss der Rat am Dienstag nach drei Stunden Streit. Vor dem Rathaus standen 60 Händler mit "
        "Schildern. Mirela Okonjo, die das Bauwerk geprüft hat, sprach von 237 gerissenen Bolzen. Tobias "
        "Renn, seit 2022 Bürgermeister, will Busse nach Westhaven schicken, alle 12 Minuten. Bäckerin Ilse "
        "Kroon rechnet mit 30 Kunden weniger am Tag."
    ),
    "ferry": (
        "À Port Elva, on a compté les passagers deux fois jeudi: tous les 312 sont vivants. Sur le quai, "
        "Mathilde Roux attendait son fils depuis 4 heures du matin. Le Northern Skerry fumait encore au large "
        "du cap Dunmore, remorqué par deux bateaux de Saint-Aubin. Jorun Haldis, le capitaine, a les mains "
        "brûlées. Vantage Lines n'a pas répondu à nos 7 appels; en 2023 elle avait perdu le Western Skerry."
    ),
    "mill": (
        "En Brenholt volvieron a sonar las sirenas a las 6 de la mañana. Tras 41 días de huelga, los 620 "
        "trabajadores entraron en la papelera entre aplausos de los vecinos. Greta Lindqvist, del sindicato, "
        "habló de un triunfo a medias. Silas Verhoeven no quiso salir a la puerta. En el bar de Marta Ibarra, "
        "que fió 15 000 coronas en comidas, se brindó hasta las 23 horas. Oster, con 118 despedidos, no "
        "celebra nada."
    ),
    "seeds": (
        "Nella valle di Hollin Fell se ne sono accorti dall'odore. Il 12 marzo si è fermato il frigorifero "
        "della Arctis e in 2 notti il deposito è salito a 19 gradi. Anneke Solberg ha passato 40 ore a "
        "spostare cassette con i figli e 6 studenti di Merrow. Di 5.300 campioni non resta nulla. Il "
        "contadino Ivo Tarsi, che vi aveva lasciato il grano del nonno, chiede i danni. A Tarvos nessuno "
        "sapeva del guasto."
    ),
}
LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7)


def main() -> None:
    rows = [("translation", english(name), foreign(name)) for name in PAIRS]
    rows += [("same event, own report", english(name), report(name)) for name in PAIRS]
    rows += [("another event", english(a), foreign(b)) for a, b in product(PAIRS, PAIRS) if a != b]
    scores = [(kind, found.score if (found := Anchors().likeness(a, b)) else 0.0) for kind, a, b in rows]
    for kind in dict.fromkeys(kind for kind, _ in scores):
        mine = sorted(score for one, score in scores if one == kind)
        print(f"{kind:>24}: {len(mine):>2} pairs, scores {mine[0]:.2f} to {mine[-1]:.2f}")
    print(f"\n{'taken from':>10} {'precision':>10} {'recall':>7} {'own reports taken for translations':>36}")
    for least in LIMITS:
        taken = [kind for kind, score in scores if score >= least]
        right = taken.count("translation")
        wrong = taken.count("same event, own report")
        print(f"{least:>10.1f} {right / max(1, len(taken)):>10.2f} {right / len(PAIRS):>7.2f} {wrong:>36}")


def report(name: str) -> Article:
    return an_article(f"{name}-report", outlet="lamp", text=REPORTS[name], language=LANGUAGES[name], links=(), media=())


if __name__ == "__main__":
    main()
