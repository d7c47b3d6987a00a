"""What an alert rule asks of a copy or a source, as alerts.yaml spells it: conditions, joined by all, any and not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from config.problems import Location, did_you_mean
from config.words import Frozen, Name, Span, slug

_DEEPEST = 20

Groups = Mapping[str, tuple[str, ...]]


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _spelt_out(value: Any) -> Any:
    """Return the words yes and no where YAML has read an unquoted one as true or false."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [{True: "yes", False: "no"}.get(one, one) if isinstance(one, bool) else one for one in listed]


def _source_or_group(text: str) -> str:
    """Return the id of a source, ``group:NAME`` or ``tag:NAME``."""
    kind, colon, name = text.partition(":")
    if not colon:
        return slug(text)
    if kind == "group":
        return f"group:{slug(name.strip())}"
    if kind == "tag" and name.strip():
        return f"tag:{name.strip()}"
    raise ValueError(f"neither the id of a source nor group:NAME nor tag:NAME: {text!r}")


Listed = BeforeValidator(_one_or_more)
Words = BeforeValidator(_spelt_out)
Sources = Annotated[tuple[Annotated[str, Field(max_length=200), AfterValidator(_source_or_group)], ...], Listed]


class ConditionSettings(Frozen):
    """Conditions. All that are given must hold together; ``all``, ``any`` and ``not`` hold further ones."""

    source: Sources = ()
    origin: Sources = ()
    parent: Sources = ()
    republisher: Sources = ()
    words: Annotated[tuple[Name, ...], Listed] = ()
    language: Annotated[tuple[Name, ...], Listed] = ()
    kind: Annotated[tuple[Literal["copy", "excerpt", "partial", "translation", "digest", "claimed"], ...], Listed] = ()
    level: Annotated[tuple[Literal["confirmed", "probable", "possible"], ...], Listed] = ()
    min_coverage: float = Field(0.0, ge=0, le=1)
    max_coverage: float = Field(1.0, ge=0, le=1)
    min_confidence: float = Field(0.0, ge=0, le=1)
    min_delay: Span | None = None
    max_delay: Span | None = None
    verdict: Annotated[
        tuple[Literal["compliant", "partial", "uncredited", "misattributed", "unknown"], ...], Listed
    ] = ()
    credited: Annotated[tuple[Literal["yes", "no", "unknown"], ...], BeforeValidator(_spelt_out)] = ()
    linked: Annotated[
        tuple[Literal["article", "home", "other", "no", "unknown"], ...], BeforeValidator(_spelt_out)
    ] = ()
    uncredited_only: bool = False
    min_depth: int = Field(0, ge=0, le=1000)
    min_copies: int = Field(0, ge=0, le=1_000_000)
    unfollowed_edit: Literal["any", "silent"] | None = None
    edit_class: Annotated[
        tuple[Literal["correction", "rewrite", "facts", "cut", "addition", "wording", "typo"], ...], Listed
    ] = ()
    health: Annotated[tuple[Literal["failing", "quiet", "garbled", "different", "full"], ...], Listed] = ()
    all: tuple[ConditionSettings, ...] = ()
    any: tuple[ConditionSettings, ...] = ()
    negated: ConditionSettings | None = Field(None, alias="not")

    @model_validator(mode="before")
    @classmethod
    def _not_bottomless(cls, value: Any) -> Any:
        if _depth(value) > _DEEPEST:
            raise ValueError(f"conditions within conditions are read {_DEEPEST} deep, no deeper")
        return value

    @model_validator(mode="after")
    def _can_hold(self) -> ConditionSettings:
        if self.max_coverage < self.min_coverage:
            raise ValueError("max_coverage is below min_coverage: no copy can be both")
        if self.min_delay is not None and self.max_delay is not None and self.max_delay < self.min_delay:
            raise ValueError("max_delay is below min_delay: no copy can be both")
        return self

    def sources(self) -> Iterator[tuple[Location, str]]:
        """Yield every source, group and tag that is named here or further in, with its place."""
        for name in ("source", "origin", "parent", "republisher"):
            for i, word in enumerate(getattr(self, name)):
                yield (name, i), word
        for name in ("all", "any"):
            for i, inner in enumerate(getattr(self, name)):
                yield from (((name, i, *place), word) for place, word in inner.sources())
        if self.negated is not None:
            yield from ((("not", *place), word) for place, word in self.negated.sources())


def _depth(value: Any) -> int:
    """Return how deep conditions lie within each other, no further than one too many; loops end there, too."""
    deep, level = 0, [value]
    while level and deep <= _DEEPEST:
        inner = [one for held in level if isinstance(held, dict) for one in _inner(held)]
        deep, level = deep + 1, inner
    return deep


def _inner(held: dict[Any, Any]) -> list[Any]:
    joined = [one for name in ("all", "any") if isinstance(held.get(name), list | tuple) for one in held[name]]
    return [*joined, held["not"]] if "not" in held else joined


def unknown_groups(condition: ConditionSettings, groups: Groups) -> Iterator[tuple[Location, str]]:
    """Yield the groups that are named and not there."""
    for place, word in condition.sources():
        kind, colon, name = word.partition(":")
        if colon and kind == "group" and name not in groups:
            yield place, f"no group named {name!r}{did_you_mean(name, groups)}"
