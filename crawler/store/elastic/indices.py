"""Makes the indices and their templates, and says which of those that are there we refuse to work on."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from crawler.errors import SchemaTooNew, StoreError, StoreUnavailable
from crawler.store.elastic.connection import Connection

log = logging.getLogger(__name__)

INDICES = ("articles", "fingerprints", "matches", "alerts", "state")

Templates = Mapping[str, dict[str, Any]]
"""By index, the index template that it is made by.

Its ``version`` goes up with every change; ``_meta.schema`` in its mapping only where what is stored has to be indexed
anew: such an index is made beside the old one.
"""


@cache
def ours() -> Templates:
    """Return config/elasticsearch/<index>.json of every index."""
    folder = files("config") / "elasticsearch"
    return {index: json.loads((folder / f"{index}.json").read_text(encoding="utf-8")) for index in INDICES}


def schema_of(body: Mapping[str, Any]) -> int:
    """Return the schema of the indices that a template makes."""
    return int(body["template"]["mappings"]["_meta"]["schema"])


def prepare(connection: Connection, templates: Templates) -> list[str]:
    """Make what is not there yet, and return its names; check what is. Several processes may do so at once.

    Raises StoreError for an index of an earlier copytrail and for one that could lose what it has acknowledged,
    SchemaTooNew for a later copytrail's.
    """
    there = checked(connection, templates)
    made = []
    for index in INDICES:
        if index not in there:
            made.append(make(connection, index, templates[index], alias=True))
        elif there[index].schema < schema_of(templates[index]):
            raise StoreError(
                f"{connection.address.shown}: {there[index].name} was written by an earlier copytrail: "
                "bring it up to date with `copytrail store migrate`"
            )
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """The index behind an alias, by its own name."""

    name: str
    schema: int
    shards: int


def checked(connection: Connection, templates: Templates) -> dict[str, There]:
    """Return what is behind our aliases, by index. Raises as ``prepare`` does, but for an earlier schema."""
    held = connection.indices(INDICES)
    found = {}
    for index in INDICES:
        alias = connection.name(index)
        if alias in held:
            raise StoreError(
                f"{connection.address.shown}: {alias} is an index, not an alias of ours: "
                "delete it, or name another prefix in the store's URL"
            )
        for name, one in held.items():
            if alias in one.get("aliases", {}):
                schema = _check(connection, name, one, schema_of(templates[index]))
                wanted = templates[index]["template"]["mappings"]
                if schema == schema_of(templates[index]) and not _has(one.get("mappings", {}), wanted):
                    connection.put_mapping(name, wanted["properties"])  # fields that came since change nothing there
                shards = int(one["settings"]["index"].get("number_of_shards", 1))
                found[index] = There(name=name, schema=schema, shards=shards)
    return found


def make(connection: Connection, index: str, body: Mapping[str, Any], *, alias: bool, shards: int | None = None) -> str:
    """Make the index of that template, with its alias or waiting for it; return its own name.

    It has as many shards as the store's URL says, else *shards*, else as the template.
    """
    name = connection.name(index)
    if (connection.template_version(name) or 0) < body["version"]:
        held = {part: body[part] for part in ("priority", "version", "template")}
        connection.put_template(name, held | {"meta": body["_meta"], "index_patterns": [f"{name}-v*"]})
    made = f"{name}-v{schema_of(body)}"
    connection.create(made, name if alias else None, shards=connection.address.shards or shards)
    _add_languages(connection, made, body)
    return made


def _has(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Say whether every field of *wanted* is there."""
    fields = there.get("properties", {})
    return all(name in fields and _has(fields[name], inner) for name, inner in wanted.get("properties", {}).items())


def _add_languages(connection: Connection, made: str, body: Mapping[str, Any]) -> None:
    """Analyse the fields that the template names in each language that the server knows: as "title.en", and so on."""
    named: dict[str, str] = body.get("languages", {}).get("analyzers", {})
    known = {language: analyzer for language, analyzer in named.items() if _knows(connection, made, analyzer)}
    if lacking := sorted(set(named) - set(known)):
        log.info("%s: %s has no analyzers for %s: skipped", connection.address.shown, made, ", ".join(lacking))
    if known:
        stems = {language: {"type": "text", "analyzer": analyzer} for language, analyzer in sorted(known.items())}
        fields = body["template"]["mappings"]["properties"]
        changed = {
            field: fields[field] | {"fields": fields[field].get("fields", {}) | stems}
            for field in body["languages"]["fields"]
        }
        connection.ask(lambda client: client.indices.put_mapping(index=made, properties=changed))


def _knows(connection: Connection, index: str, analyzer: str) -> bool:
    try:
        connection.ask(lambda client: client.indices.analyze(index=index, analyzer=analyzer, text="a"))
    except StoreUnavailable:
        raise
    except StoreError:
        return False
    return True


def _check(connection: Connection, name: str, held: dict[str, Any], known: int) -> int:
    """Return the schema of an index behind an alias."""
    at = connection.address.shown
    schema = held.get("mappings", {}).get("_meta", {}).get("schema")
    if not isinstance(schema, int):
        raise StoreError(f"{at}: {name} is not an index of ours: name another prefix in the store's URL")
    if schema > known:
        raise SchemaTooNew(
            f"{at}: {name} was written by a later copytrail (schema {schema}, this one knows {known}): "
            "upgrade copytrail, or name another prefix in the store's URL"
        )
    settings = held.get("settings", {}).get("index", {})
    if settings.get("translog", {}).get("durability", "request") != "request":
        raise StoreError(
            f"{at}: {name} has index.translog.durability: {settings['translog']['durability']}: "
            "a crash would lose what was acknowledged: set it to request"
        )
    return schema
