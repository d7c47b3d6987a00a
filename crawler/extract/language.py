"""Decides which language a text is written in."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

LEAST_CHARACTERS = 60
SURE = 0.9

_CODE = re.compile(r"^([A-Za-z]{2,3})(?:[-_].{0,30})?$")
_SAME = (
    {"no", "nb", "nn", "da"},
    {"hr", "sr", "bs", "sh"},
    {"id", "ms"},
    {"cs", "sk"},
    {"gl", "pt"},
    {"zh", "yue"},
    {"fa", "ps"},
)


def read_language(text: str, *claims: str | None) -> str | None:
    """Return the two-letter code of the language of *text*; None where neither it nor the page tells.

    *claims* are the page's own words (html lang and the like), the most reliable first: they win unless
    the text is long enough to be sure of another language.
    """
    claimed = next((code for claim in claims if (code := _code(claim))), None)
    sample = " ".join(text[:1500].split())
    if sum(character.isalpha() for character in sample) < LEAST_CHARACTERS:
        return claimed
    found, sure = _classifier().classify(sample)
    if claimed is None:
        return str(found) if sure >= 0.5 else None
    if found == claimed or any({found, claimed} <= group for group in _SAME):
        return claimed
    return str(found) if sure >= SURE and len(sample) >= 200 else claimed


def _code(claim: str | None) -> str | None:
    found = _CODE.match((claim or "").strip())
    code = found.group(1).lower() if found else None
    return {"iw": "he", "in": "id", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "ua": "uk"}.get(
        code or "", code
    )


@lru_cache(maxsize=1)
def _classifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - most of a second to load

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
