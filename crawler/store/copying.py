"""Puts all that one store keeps into another, so that the other answers alike; killed at any point it goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.errors import InputError
from crawler.ports import Store
from crawler.shelves import SHELVES, Key, Kind

MARKER = "copy"
_CHECKING = "checking"
_ADDED_TO = "refused"  # what the target itself refuses while it is filled is put there
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """How one kind came over. ``lacking`` are those that the target would not take as they are."""

    kind: str
    there: int  # in the source
    copied: int  # in the target
    lacking: tuple[Key, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.lacking and (self.there == self.copied or self.kind == _ADDED_TO)


def copy(source: Store, target: Store, *, origin: str, tell: Tell = lambda _: None) -> Sequence[Copied]:
    """Make *target* hold what *source* holds now, row for row; return how that went for each kind.

    *origin* names the source, the same on every run. What is written into the source meanwhile is left out: one state
    of it is read. A run that was killed is gone on with; every row is compared at the end, so that nothing which has
    changed between the two runs stays behind. *tell* is told how many rows have been dealt with: each counts twice,
    as written and as compared. Raises InputError for a target that holds something else.
    """
    begun = _begun(target, origin)
    with source.snapshot():
        _write(source, target, begun, origin, tell)
        done = tuple(_compare(source, target, kind, tell) for kind in SHELVES)
    target.refresh()
    if all(kind.is_whole for kind in done):
        target.put_marker(MARKER, None)
    return done


def unfinished(store: Store) -> str | None:
    """Return of which store *store* is an unfinished copy, or None."""
    held = store.marker(MARKER)
    return None if held is None else str(json.loads(held)["from"])


def _begun(target: Store, origin: str) -> Mapping[str, Any]:
    """Return how far an earlier run came. Raises InputError for a target that is not ours to fill."""
    held = target.marker(MARKER)
    if held is not None:
        begun: Mapping[str, Any] = json.loads(held)
        if begun["from"] != origin:
            raise InputError(
                f"{target.url} is an unfinished copy of {begun['from']}: finish that one, or name an empty store"
            )
        return begun
    full = next((kind.name for kind in SHELVES if target.shelves[kind.name].count()), None)
    if full is not None:
        raise InputError(f"{target.url} holds {full} already: a copy goes into an empty store")
    begun = {"from": origin, "kind": SHELVES[0].name, "at": None}
    target.put_marker(MARKER, json.dumps(begun))
    return begun


def _write(source: Store, target: Store, begun: Mapping[str, Any], origin: str, tell: Tell) -> None:
    """Write what is behind the place that *begun* names."""
    names = [*(kind.name for kind in SHELVES), _CHECKING]
    reached = names.index(begun["kind"])
    for number, kind in enumerate(SHELVES):
        shelf = source.shelves[kind.name]
        if number < reached:
            tell(shelf.count())
            continue
        after = tuple(begun["at"]) if number == reached and begun["at"] is not None else None
        for at, rows in shelf.pages(after):
            with target.writing():
                target.shelves[kind.name].put(rows)
                target.put_marker(MARKER, json.dumps({"from": origin, "kind": kind.name, "at": at}))
            tell(len(rows))
    target.put_marker(MARKER, json.dumps({"from": origin, "kind": _CHECKING, "at": None}))
    target.refresh()


def _compare(source: Store, target: Store, kind: Kind[Any], tell: Tell) -> Copied:
    """Compare every row; put right what is another in the target, take away what is there only."""
    ours, theirs = source.shelves[kind.name], target.shelves[kind.name]
    there, mended = 0, False
    lacking: list[Key] = []
    for _, rows in ours.pages():
        there += len(rows)
        if wrong := _differing(kind, rows, theirs.get):
            mended = True
            with target.writing():
                theirs.put(wrong)
            lacking += map(kind.key, _differing(kind, wrong, theirs.get))
        tell(len(rows))
    if mended:
        target.refresh()
    if theirs.count() > there - len(lacking) and kind.name != _ADDED_TO:
        for keys in _additional(kind, source, target):
            with target.writing():
                theirs.drop(keys)
        target.refresh()
    return Copied(kind=kind.name, there=there, copied=theirs.count(), lacking=tuple(lacking))


def _differing(
    kind: Kind[Any], rows: Sequence[Any], get: Callable[[Sequence[Key]], Mapping[Key, Any]]
) -> Sequence[Any]:
    held = get([kind.key(row) for row in rows])
    return [row for row in rows if held.get(kind.key(row)) != row]


def _additional(kind: Kind[Any], source: Store, target: Store) -> Iterator[Sequence[Key]]:
    """Yield the keys that only the target has. Raises InputError for an article: those come from somewhere else."""
    for _, rows in target.shelves[kind.name].pages():
        keys = [kind.key(row) for row in rows]
        held = source.shelves[kind.name].get(keys)
        if gone := [key for key in keys if key not in held]:
            if kind.name == "articles":
                raise InputError(
                    f"{target.url} was written to while it was filled (it has article {gone[0][0]}): "
                    "empty it and copy again, with nothing else at work on it"
                )
            yield gone
