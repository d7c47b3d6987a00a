"""Knows which letters of one alphabet stand for those of another: look-alikes, and the same word in Cyrillic and Latin.

``one_alphabet`` is part of what a word is. ``skeleton`` is coarser: many spellings of a word have one, and now and then
two words. Fingerprints depend on both: see ``crawler.fingerprint.SCHEME``.
"""

from __future__ import annotations

import re

_LATIN, _CYRILLIC, _GREEK = range(3)
_OF_ALPHABET = (
    re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    re.compile("[\u0400-\u052f]"),
    re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
)
_SMALL_CAPITALS = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
# Letters of the other two, phonetic signs and small capitals that look like one of the alphabet.
_LOOK = (
    str.maketrans(
        "аеорсухіјѕԁԛԝһӏАВЕКМНОРСТУХІЈЅαοριυκνΑΒΕΖΗΙΚΜΝΟΡΤΥΧɑɡ" + _SMALL_CAPITALS,
        "aeopcyxijsdqwhlABEKMHOPCTYXIJSaopiukvABEZHIKMNOPTYXag" + "abcdefghijklmnoprstuvwyz",
    ),
    str.maketrans(
        "aeopcyxijskABEKMHOPCTYXIJSαεορυικΑΒΕΗΙΚΜΟΡΤΥΧɑᴀʙᴄᴇʜɪᴊᴋᴍᴏᴘꜱᴛɜʌᴨᴫᴦɯᴙ",
        "аеорсухіјѕкАВЕКМНОРСТУХІЈЅаеоруікАВЕНІКМОРТУХаавсенијкморѕтзлплгшя",
    ),
    str.maketrans(
        "aopiuvkABEZHIKMNOPTYXаорікАВЕКМНОРТУХІɑᴀʙᴇʜɪᴋᴍɴᴏᴘᴛʏᴢ",
        "αορικνκΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορικΑΒΕΚΜΗΟΡΤΥΧΙααβεηικμνορτυζ",
    ),
)
_STRAY = re.compile(f"[ɑɡɜʌᴨᴫᴦɯᴙ{_SMALL_CAPITALS}]")


def one_alphabet(word: str) -> str:
    """Return a word of letters from several alphabets with all that can be in the one it is written in.

    Nobody mixes them but to hide a copy. The letters that only one alphabet has decide which one it is. A word that is
    all of one stays as it is.
    """
    letters = [len(alphabet.findall(word)) for alphabet in _OF_ALPHABET]
    if sum(map(bool, letters)) < 2 and _STRAY.search(word) is None:
        return word
    own = [
        sum(1 for letter in _OF_ALPHABET[mine].findall(word) if not _looks_foreign(ord(letter), mine))
        for mine in (_LATIN, _CYRILLIC, _GREEK)
    ]
    return word.translate(_LOOK[max(range(3), key=lambda mine: (own[mine], letters[mine], -mine))])


def _looks_foreign(letter: int, mine: int) -> bool:
    return any(letter in _LOOK[other] for other in range(3) if other != mine)


_LONGEST = 40  # letters; a longer "word" is left as it is
_TRANSLITERATED = str.maketrans(
    {
        **dict(
            zip("абвгґғдђежзиіјкқҡлмнңопөрсҫтћуүұўфхһцчшыәэ", "abvgggddezziijkkklmnnoporsstcuuuufhhccsiae", strict=True)
        ),
        "ѕ": "dz",
        "љ": "lj",
        "њ": "nj",
        "џ": "dz",
        "є": "ie",
        "ю": "iu",
        "я": "ia",
        "щ": "sc",
        "ъ": "",
        "ь": "",
        "ё": "e",
    }
)
_FOLDS = tuple(
    (re.compile(spelling), letter)
    for spelling, letter in (
        ("kh", "h"),
        ("([szcg])h+", r"\1"),
        ("ts", "c"),
        ("([dgk])j", r"\1"),
        ("[yji]+", "i"),
        ("ie", "e"),
        ("h", "g"),
    )
)
_FOLDED = re.compile("[hyj]|ts|ii|ie")


def skeleton(word: str) -> str:
    """Return what *word*, as ``tokenize`` gives it, has in common with its spellings in Latin and in Cyrillic letters.

    Made for Serbian, Macedonian, Ukrainian, Belarusian and Russian: letters with or without their diacritics, national
    and scholarly romanisation, digraphs ("lj", "shch") and single letters meet. *g* and *h* are one, and so are *i*,
    *j* and *y*. The price: "hold" and "gold" have one skeleton.
    """
    latin = word if word.isascii() else word.translate(_TRANSLITERATED)
    if len(latin) > _LONGEST or _FOLDED.search(latin) is None:
        return latin or word
    folded = None
    while folded != latin:
        folded = latin
        for spelling, letter in _FOLDS:
            latin = spelling.sub(letter, latin)
    return latin


def is_cyrillic(word: str) -> bool:
    """Say whether *word* begins in Cyrillic."""
    return "\u0400" <= word[:1] < "\u0530"
