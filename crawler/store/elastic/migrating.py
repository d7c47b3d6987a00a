"""Moves an index to a new mapping: a new index is filled beside it, then the alias is switched in one step.

Writers go on meanwhile. The old index is read in the order of its sequence numbers, again and again until little is
new; only the last pass holds writers back, for as long as it takes. A document's sequence number is its version in the
new index, so that writing it twice, or late, never puts an older state over a newer one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any

from crawler.errors import StoreError
from crawler.store.elastic.connection import Connection, pauses_of
from crawler.store.elastic.documents import indexed
from crawler.store.elastic.indices import INDICES, Templates, There, checked, make, schema_of
from crawler.store.rows import storable

Json = dict[str, Any]
Tell = Callable[[int, int], None]

_PAGE = 500
_NOTED = 20  # pages between two notes of how far we are
_LITTLE = 1000  # changed documents that writers can be held back for
_PASSES = 20  # as often the old index is read before writers are held back, however many they are
_ALL: Json = {"match_all": {}}


def migrate(connection: Connection, templates: Templates, tell: Tell) -> Sequence[str]:
    """Bring every index to its template's schema; return a line for each that was moved. Killed, it goes on.

    Raises StoreError where the new mapping refuses a document: nothing is switched then, nothing is lost.
    """
    there = checked(connection, templates)
    older = [index for index, held in there.items() if held.schema < schema_of(templates[index])]
    of = sum(connection.count(index, _ALL) for index in older)
    done = 0
    lines = []
    for index in older:
        move = _Move(connection, index, there[index], templates[index])
        lines.append(move.run(lambda rows: tell(min(done + rows, of), of)))  # noqa: B023 - called in this very turn
        done += move.copied
    for index in INDICES:
        if index not in there:
            lines.append(f"made {make(connection, index, templates[index], alias=True)}")
    return lines


def old_indices(connection: Connection, templates: Templates) -> tuple[str, ...]:
    """Return the indices of earlier versions that are behind no alias any more, by name."""
    behind = checked(connection, templates)
    found = []
    for index, held in behind.items():
        name = connection.name(index)
        for other, about in connection.ask(partial(_get, f"{name}-v*")).items():
            schema = about.get("mappings", {}).get("_meta", {}).get("schema")
            if not about.get("aliases") and isinstance(schema, int) and schema < held.schema:
                found.append(other)
    return tuple(sorted(found))


def drop_old(connection: Connection, templates: Templates) -> tuple[str, ...]:
    """Delete those indices; return their names."""
    old = old_indices(connection, templates)
    for name in old:
        connection.ask(lambda client: client.indices.delete(index=name))  # noqa: B023 - called in this very turn
    return old


def _get(name: str, client: Any) -> Any:
    return client.indices.get(index=name, ignore_unavailable=True)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A document with the number that says which state of it this is."""

    id: str
    number: int
    term: int
    source: Json


class _Move:
    """One index on its way to a new one."""

    def __init__(self, connection: Connection, index: str, old: There, template: Mapping[str, Any]) -> None:
        self._link = connection
        self._index = index
        self._old = old
        self._template = template
        self.copied = 0

    def run(self, tell: Callable[[int], None]) -> str:
        """Fill the new index and switch to it; return what was done."""
        self._tell = tell
        self._new = make(self._link, self._index, self._template, alias=False, shards=self._old.shards)
        self._settings(self._new, {"refresh_interval": "-1"})
        reached = self._noted()
        for _ in range(_PASSES):
            before = self.copied
            reached = self._pass(reached)
            if self.copied - before <= _LITTLE:
                break
        self._hold_writers()
        try:
            self._pass(reached)
            self._forget_deleted()
            self._compare()
            self._settings(self._new, {"refresh_interval": self._template_interval()})
            self._note(None)
            self._switch()
        except BaseException:
            if self._is_ours():
                self._settings(self._old.name, {"blocks.write": None})
            raise
        return f"{self._link.name(self._index)}: {self._old.name} -> {self._new}, {self._count(self._new)} documents"

    # filling

    def _pass(self, reached: Sequence[int]) -> list[int]:
        """Copy what has changed behind *reached*, the numbers up to which each shard is done; return the new ones."""
        ends = self._checkpoints()
        self._refresh(self._old.name)
        for shard, start in enumerate(reached):
            for page, hits in enumerate(self._pages(self._old.name, shard, start), 1):
                self._write(hits)
                if page % _NOTED == 0:
                    # Behind the checkpoint a write with a smaller number may still be under way.
                    so_far = min(hits[-1].number, ends[shard])
                    self._note([*ends[:shard], so_far, *reached[shard + 1 :]])
        self._note(ends)
        return ends

    def _pages(self, name: str, shard: int, after: int, *, source: bool = True) -> Iterator[list[_Hit]]:
        while True:
            answer = self._link.ask(
                lambda client: client.search(
                    index=name,
                    preference=f"_shards:{shard}",
                    query={"range": {"_seq_no": {"gt": after}}},  # noqa: B023 - called in this very turn
                    sort=[{"_seq_no": "asc"}],
                    size=_PAGE,
                    source=source,
                    seq_no_primary_term=True,
                    allow_partial_search_results=False,
                    track_total_hits=False,
                )
            )
            hits = [
                _Hit(hit["_id"], hit["_seq_no"], hit["_primary_term"], hit.get("_source", {}))
                for hit in answer["hits"]["hits"]
            ]
            if not hits:
                return
            yield hits
            after = hits[-1].number

    def _write(self, hits: Sequence[_Hit]) -> None:
        lines: list[tuple[str, bytes]] = []
        for hit in hits:
            action = {"_index": self._new, "_id": hit.id, "version": hit.number + 1, "version_type": "external"}
            lines.append((hit.id, _line({"index": action}) + b"\n" + _line(indexed(self._index, hit.source))))
        self._send(lines)
        self.copied += len(hits)
        self._tell(self.copied)

    def _send(self, lines: list[tuple[str, bytes]]) -> None:
        """Send until each line has its answer. A conflict says that this state, or a later one, is there already."""
        pauses = pauses_of(self._link.patience)
        while lines:
            answer = self._link.bulk([line for _, line in lines], aliased=False)
            again = []
            for (id, line), verdict in zip(lines, answer or repeat(None), strict=False):
                if verdict is None or verdict.again:
                    again.append((id, line))
                elif not verdict.kept and verdict.status not in (404, 409):
                    raise self._link.blocked(verdict) or StoreError(
                        f"{self._link.address.shown}: {self._new} refuses document {id}: {verdict.reason[:300]}: "
                        f"nothing was switched, {self._old.name} goes on as it was"
                    )
            lines = again
            if lines:
                pause = next(pauses, None)
                if pause is None:
                    raise StoreError(f"{self._link.address.shown} is too busy: run `copytrail store migrate` again")
                time.sleep(pause)

    # the last pass

    def _hold_writers(self) -> None:
        """Return once no write to the old index is under way; those that come wait, or say that it is read-only."""
        self._link.ask(lambda client: client.indices.add_block(index=self._old.name, block="write"))

    def _forget_deleted(self) -> None:
        """Delete from the new index what has been deleted from the old one since it was copied."""
        self._refresh(self._new)
        if self._count(self._new) == self._count(self._old.name):
            return
        shards = self._shards(self._new)
        gone: list[_Hit] = []
        for shard in range(shards):
            for hits in self._pages(self._new, shard, -1, source=False):
                answer = self._link.ask(partial(_whether, self._old.name, [hit.id for hit in hits]))
                gone += [hit for hit, held in zip(hits, answer["docs"], strict=True) if not held.get("found")]
        if not self._is_ours():
            # Another process has switched: what only the new index has may have been written there since.
            raise StoreError(f"{self._link.address.shown}: another `store migrate` is at work on {self._new}")
        for start in range(0, len(gone), _PAGE):
            self._send(
                [
                    (hit.id, _line({"delete": {"_index": self._new, "_id": hit.id} | _state_of(hit)}))
                    for hit in gone[start : start + _PAGE]
                ]
            )
        self._refresh(self._new)

    def _compare(self) -> None:
        old, new = self._count(self._old.name), self._count(self._new)
        if old != new:
            raise StoreError(
                f"{self._link.address.shown}: {self._old.name} has {old} documents, {self._new} has {new}: "
                "nothing was switched; run `copytrail store migrate` again"
            )

    def _switch(self) -> None:
        alias = self._link.name(self._index)
        actions = [
            {"remove": {"index": self._old.name, "alias": alias, "must_exist": True}},
            {"add": {"index": self._new, "alias": alias, "is_write_index": True}},
        ]
        self._link.ask(lambda client: client.indices.update_aliases(actions=actions))

    def _is_ours(self) -> bool:
        """Say whether the old index is still behind the alias."""
        return self._old.name in self._link.indices([self._index])

    # what is asked of one index

    def _noted(self) -> list[int]:
        """Return how far an earlier run came: of each shard of the old index the number it had copied."""
        meta = self._link.ask(partial(_get, self._new))[self._new]["mappings"].get("_meta", {})
        held = meta.get("copied", {})
        if held.get("from") == self._old.name and len(held.get("reached", ())) == self._old.shards:
            return [int(number) for number in held["reached"]]
        return [-1] * self._old.shards

    def _note(self, reached: Sequence[int] | None) -> None:
        """Keep how far we are in the new index's mapping; None once all is there."""
        meta = dict(self._template["template"]["mappings"]["_meta"])
        if reached is not None:
            meta["copied"] = {"from": self._old.name, "reached": list(reached)}
        self._link.ask(lambda client: client.indices.put_mapping(index=self._new, meta=meta))

    def _checkpoints(self) -> list[int]:
        """Return, of each shard of the old index, the number up to which nothing is still under way."""
        name = self._old.name
        stats = self._link.ask(lambda client: client.indices.stats(index=name, level="shards"))
        found = [-1] * self._old.shards
        for shard, copies in stats["indices"][name]["shards"].items():
            primary = next(copy for copy in copies if copy["routing"]["primary"])
            found[int(shard)] = int(primary["seq_no"]["local_checkpoint"])
        return found

    def _settings(self, name: str, settings: Json) -> None:
        self._link.ask(lambda client: client.indices.put_settings(index=name, settings=settings))

    def _template_interval(self) -> str | None:
        held: str | None = self._template["template"]["settings"]["index"].get("refresh_interval")
        return held

    def _refresh(self, name: str) -> None:
        self._link.ask(lambda client: client.indices.refresh(index=name))

    def _count(self, name: str) -> int:
        return int(self._link.ask(lambda client: client.count(index=name))["count"])

    def _shards(self, name: str) -> int:
        held = self._link.ask(partial(_get, name))[name]["settings"]["index"]
        return int(held.get("number_of_shards", 1))


def _state_of(hit: _Hit) -> Json:
    return {"if_seq_no": hit.number, "if_primary_term": hit.term}


def _whether(name: str, ids: Sequence[str], client: Any) -> Any:
    return client.mget(index=name, ids=ids, source=False)


def _line(value: Json) -> bytes:
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":"))).encode()
