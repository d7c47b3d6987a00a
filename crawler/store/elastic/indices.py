"""Makes the indices and their templates, and says which of those that are there we refuse to work on."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from crawler.errors import SchemaTooNew, StoreError
from crawler.store.elastic.connection import Connection

INDICES = ("articles", "fingerprints", "matches", "alerts", "state")
SCHEMA = 1


@cache
def template(index: str) -> dict[str, Any]:
    """Return config/elasticsearch/<index>.json."""
    text = (files("config") / "elasticsearch" / f"{index}.json").read_text(encoding="utf-8")
    held: dict[str, Any] = json.loads(text)
    return held


def prepare(connection: Connection) -> None:
    """Make what is not there yet; check what is. Several processes may do so at once.

    Raises StoreError for an index that could lose what it has acknowledged, SchemaTooNew for a later copytrail's.
    """
    there = connection.indices(INDICES)
    made = {alias for held in there.values() for alias in held.get("aliases", {})}
    for name, held in there.items():
        _check(connection, name, held)
        _add_fields(connection, name, held)
    for index in INDICES:
        alias = connection.name(index)
        if alias in there:
            raise StoreError(
                f"{connection.address.shown}: {alias} is an index, not an alias of ours: "
                "delete it, or name another prefix in the store's URL"
            )
        if alias not in made:
            _make(connection, index)


def _make(connection: Connection, index: str) -> None:
    alias, body = connection.name(index), template(index)
    if (connection.template_version(alias) or 0) < body["version"]:
        held = {name: body[name] for name in ("priority", "version", "template")}
        connection.put_template(alias, held | {"meta": body["_meta"], "index_patterns": [f"{alias}-v*"]})
    connection.create(f"{alias}-v{SCHEMA}", alias)


def _add_fields(connection: Connection, name: str, held: dict[str, Any]) -> None:
    """Give an index that an earlier copytrail made the fields that have come since; they change nothing in it."""
    for index in INDICES:
        if connection.name(index) in held.get("aliases", {}):
            wanted = template(index)["template"]["mappings"]
            there = held.get("mappings", {})
            if there.get("_meta", {}).get("schema") == SCHEMA and not _has(there, wanted):
                connection.put_mapping(name, wanted["properties"])


def _has(there: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say whether every field of *wanted* is there."""
    fields = there.get("properties", {})
    return all(name in fields and _has(fields[name], inner) for name, inner in wanted.get("properties", {}).items())


def _check(connection: Connection, name: str, held: dict[str, Any]) -> None:
    at = connection.address.shown
    schema = held.get("mappings", {}).get("_meta", {}).get("schema")
    if not isinstance(schema, int):
        raise StoreError(f"{at}: {name} is not an index of ours: name another prefix in the store's URL")
    if schema > SCHEMA:
        raise SchemaTooNew(
            f"{at}: {name} was written by a later copytrail (schema {schema}, this one knows {SCHEMA}): "
            "upgrade copytrail, or name another prefix in the store's URL"
        )
    settings = held.get("settings", {}).get("index", {})
    if settings.get("translog", {}).get("durability", "request") != "request":
        raise StoreError(
            f"{at}: {name} has index.translog.durability: {settings['translog']['durability']}: "
            "a crash would lose what was acknowledged: set it to request"
        )
