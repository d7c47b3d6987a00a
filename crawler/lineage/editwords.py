"""The words by which an edit is told: numbers and negations written out, corrections and withdrawals declared."""

from __future__ import annotations

import re

_NUMBERS_LISTED = """
    two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion
    trillion dozen half double twice first second third zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
    hundert tausend millionen milliarde milliarden deux trois quatre cinq sept huit neuf dix cent mille millions
    milliard milliards dos tres cuatro cinco seis siete ocho nueve diez cien mil millón millones tre quattro
    cinque sette otto nove dieci два две три четыре пять шесть семь восемь девять десять сто тысяча тысяч миллион
    миллиард дві п'ять шість сім dva dve dvije tri četiri šest sedam osam devet deset sto hiljada tisuća milion
    milijun milijarda
"""
_NEGATIONS_LISTED = """
    no not never none nobody nothing neither nor without cannot can't won't don't doesn't didn't isn't aren't
    wasn't weren't hasn't haven't hadn't wouldn't couldn't shouldn't nicht kein keine keinen nie niemals ohne pas
    jamais aucun aucune sans ningún nunca non senza não не нет ни никогда без ne nije nisu nikad bez niet geen
    nooit zonder
"""
_SMALL_LISTED = """
    a an the of to in on at is are was and that der die das den le la les de du el los il lo o os as
"""

NUMBERS = frozenset(_NUMBERS_LISTED.split())
NEGATIONS = frozenset(_NEGATIONS_LISTED.split())
SMALL = frozenset(_SMALL_LISTED.split())
SHORT = frozenset(("the", "and", "for", "was", "are"))

CORRECTED = re.compile(
    r"^\W{0,3}(?:corrections?|corrected|clarifications?|editor['’]?s?['’]?\s+note|berichtigung|korrektur|richtigstellung|rectificatif|"
    r"rectification|errat(?:um|a)|fe\s+de\s+erratas|rectificación|corrección|correzione|errata\s+corrige|correção|correctie|rectificatie|"
    r"sprostowanie|исправление|уточнение|поправка|виправлення|уточнення|исправка|ispravka|ispravak|更正|訂正)\s{0,2}[:：(–—-]|"
    r"\b(?:an?\s+)?(?:earlier|previous|original)\s+versions?\s+of\s+th(?:is|e)\s+(?:article|story|report|piece|post|headline)\b|"
    r"\bth(?:is|e)\s+(?:article|story|report|piece|post|headline)\s+(?:was|has\s+been)\s+(?:amended|corrected|updated\s+to\s+correct)\b|"
    r"\bwe\s+have\s+corrected\b|\bin\s+einer\s+(?:früheren|ersten|vorherigen)\s+(?:version|fassung)\b|"
    r"\bdans\s+une\s+(?:version\s+précédente|première\s+version)\b|\bune\s+(?:première\s+version|version\s+précédente)\s+de\b|"
    r"\buna\s+versi(?:ón\s+anterior|one\s+precedente)\s+d|\bem\s+uma\s+versão\s+anterior\b|"
    r"\bв\s+(?:предыдущей|первоначальной|более\s+ранней)\s+версии\b|\bу\s+(?:попередній|претходној)\s+верс|"
    r"\bu\s+(?:prethodnoj|ranijoj)\s+verziji\b|\bw\s+poprzedniej\s+wersji\b|\bin\s+een\s+eerdere\s+versie\b",
    re.I,
)
WITHDRAWN = re.compile(
    r"\bth(?:is|e)\s+(?:article|story|report|piece|post|page)\s+(?:was|is|has\s+been)\s+(?:withdrawn|retracted|removed|taken\s+down|deleted|"
    r"unpublished)\b|\bdieser\s+(?:artikel|beitrag)\s+wurde\s+(?:entfernt|gelöscht|zurückgezogen)\b|"
    r"\bcet\s+article\s+a\s+été\s+(?:retiré|supprimé)\b|\beste\s+artículo\s+(?:ha\s+sido|fue)\s+(?:retirado|eliminado)\b|"
    r"\b(?:эта\s+|данная\s+)?(?:статья|новость)\s+(?:была\s+)?(?:удалена|отозвана)\b|\b(?:ovaj\s+)?(?:tekst|članak)\s+je\s+(?:uklonjen|povučen|obrisan)\b",
    re.I,
)
