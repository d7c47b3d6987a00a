"""The bundled newsroom: invented outlets on loopback whose articles copy each other in known ways."""

from crawler.newsroom.planted import (
    ALERT_ORIGIN,
    ALERT_RULE,
    BEFORE,
    NOT_ALIKE,
    ODD_ENTRIES,
    PLANTED,
    ROUNDS,
    NotAlike,
    Planted,
)
from crawler.newsroom.server import Newsroom, Visit

__all__ = [
    "ALERT_ORIGIN",
    "ALERT_RULE",
    "BEFORE",
    "NOT_ALIKE",
    "ODD_ENTRIES",
    "PLANTED",
    "ROUNDS",
    "Newsroom",
    "NotAlike",
    "Planted",
    "Visit",
]
