"""The sightings of one URL as the live path would have stored them one after the other, the rest of the world aside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from crawler.flow import Begun, Engine
from crawler.matching import Matcher
from crawler.model import Article, ArticleId, Claim, Fingerprint, Match, Version
from crawler.prepare import Prepared
from crawler.registry import Registry
from crawler.store.memory import MemoryStore
from crawler.store.rows import Row as Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An earlier content of an article, with its fingerprint as long as it is found by that."""

    version: Version
    fingerprint: Fingerprint | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is stored of an article from one sighting on."""

    at: int
    article: Article
    claims: tuple[Claim, ...]
    fingerprint: Fingerprint
    earlier: tuple[Held, ...] = ()  # by time, oldest first

    def versions(self) -> dict[str, Version]:
        return {held.version.content_hash: held.version for held in self.earlier}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A text that was looked up and compared when it came in."""

    at: int
    article: Article
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Everything about one article but what it shares with others. ``asked`` is empty for a single plain sighting."""

    id: ArticleId
    states: tuple[State, ...]
    asked: tuple[Asked, ...] = ()

    @property
    def first(self) -> int:
        return self.states[0].at

    @property
    def last(self) -> State:
        return self.states[-1]

    def as_of(self, at: int) -> State:
        """Return what was stored before *at*."""
        return [state for state in self.states if state.at < at][-1]

    def texts(self) -> tuple[Asked, ...]:
        """Return the texts that were compared, in their order."""
        one = self.states[0]
        return self.asked or (Asked(at=one.at, article=one.article, fingerprint=one.fingerprint),)


FILE = Json(File)


class _Listening(Matcher):
    """Finds nothing, and remembers what it was asked for."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.asked: list[tuple[Article, Fingerprint]] = []

    def near(
        self, article: Article, fp: Fingerprint, *, known: Collection[ArticleId] = (), now: datetime | None = None
    ) -> list[Match]:
        self.asked.append((article, fp))
        return []


def filed(sightings: Sequence[tuple[int, Prepared]], registry: Registry) -> File:
    """Return the file of one article from its *sightings*, in their order."""
    if len(sightings) == 1:
        ((at, made),) = sightings
        state = State(at=at, article=made.article, claims=made.claims, fingerprint=made.fingerprint)
        return File(id=made.article.id, states=(state,))
    store = MemoryStore()
    matcher = _Listening(store)
    engine = Engine(store, registry, matcher=matcher, clock=lambda: _EPOCH, jitter=lambda: 0.0)
    states: list[State] = []
    asked: list[Asked] = []
    for at, made in sightings:
        (outcome,) = engine.take_in([Begun(url=made.article.url, entry_key=None, seeding=False, made=made)])
        if outcome.error is not None:
            raise outcome.error
        asked += [Asked(at=at, article=article, fingerprint=fp) for article, fp in matcher.asked]
        matcher.asked.clear()
        new = _state(store, made.article.id, at)
        if not states or replace(states[-1], at=at) != new:
            states.append(new)
    return File(id=states[0].article.id, states=tuple(states), asked=tuple(asked))


def _state(store: MemoryStore, id: ArticleId, at: int) -> State:
    dossier, fp = store.dossiers([id])[id], store.fingerprint(id)
    assert fp is not None
    found_by = store.earlier_fingerprints(id)
    earlier = tuple(Held(version=v, fingerprint=found_by.get(v.content_hash)) for v in store.versions(id))
    return State(at=at, article=dossier.article, claims=dossier.claims, fingerprint=fp, earlier=earlier)


def slim(file: File) -> File:
    """Return *file* with what comparing needs, and nothing else: it travels to everyone who may have been copied."""
    return replace(
        file,
        states=tuple(replace(state, article=_slim(state.article), claims=()) for state in file.states),
        asked=tuple(replace(asked, article=_slim(asked.article)) for asked in file.asked),
    )


def _slim(article: Article) -> Article:
    return replace(article, authors=(), summary=None, tags=(), links=(), media=(), capture=None)
