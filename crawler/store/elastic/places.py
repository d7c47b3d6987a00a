"""Where each kind of document is."""

from __future__ import annotations

from crawler.model import ArticleId, Match
from crawler.store.elastic.documents import key
from crawler.store.elastic.drafts import Place


def article_place(id: str) -> Place:
    return Place("articles", key(id))


def fingerprint_place(id: str) -> Place:
    return Place("fingerprints", key(id))


def match_place(match: Match) -> Place:
    return Place("matches", key(match.left, match.right))


def alert_place(name: str) -> Place:
    return Place("alerts", key(name))


def reviews_place(id: ArticleId) -> Place:
    return state_place("review", id)


def state_place(kind: str, *names: str) -> Place:
    return Place("state", key(kind, *names))


def version_place(id: str, content_hash: str) -> Place:
    return state_place("version", id, content_hash)
