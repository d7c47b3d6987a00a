"""Kibana's query language, as far as docs/queries.md uses it, in Elasticsearch's words.

``field : value``, ``field : "a phrase"``, ``field : (a or b)``, ``field : *``, ``field >= value``; ``not``,
``and``, ``or`` (binding in this order) and parentheses. Anything else raises ValueError.
"""

from __future__ import annotations

import re
from typing import Any

Json = dict[str, Any]

_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<mark>[()]|<=|>=|<|>|:)|(?P<word>[^\s()<>:"]+))')
_BOUNDS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


def query_of(kql: str) -> Json:
    """Return the query that *kql* stands for."""
    tokens = _tokens(kql)
    made = _any(tokens)
    if tokens:
        raise ValueError(f"not read: {' '.join(tokens)}")
    return made


def _tokens(kql: str) -> list[str]:
    found, at = [], 0
    kql = kql.rstrip()
    while at < len(kql):
        token = _TOKEN.match(kql, at)
        if token is None:
            raise ValueError(f"not read: {kql[at:]}")
        found.append(token[0].strip())
        at = token.end()
    return found


def _any(tokens: list[str]) -> Json:
    parts = [_all(tokens)]
    while tokens and tokens[0].lower() == "or":
        tokens.pop(0)
        parts.append(_all(tokens))
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _all(tokens: list[str]) -> Json:
    parts = [_one(tokens)]
    while tokens and tokens[0].lower() == "and":
        tokens.pop(0)
        parts.append(_one(tokens))
    return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}


def _one(tokens: list[str]) -> Json:
    if not tokens:
        raise ValueError("it breaks off")
    first = tokens.pop(0)
    if first.lower() == "not":
        return {"bool": {"must_not": [_one(tokens)]}}
    if first == "(":
        inner = _any(tokens)
        _expect(tokens, ")")
        return inner
    mark = tokens.pop(0) if tokens else ""
    if mark in _BOUNDS:
        return {"range": {first: {_BOUNDS[mark]: _plain(tokens.pop(0))}}}
    if mark != ":":
        raise ValueError(f"neither a field with a value nor a bound: {first} {mark}")
    if tokens and tokens[0] == "(":
        tokens.pop(0)
        values = [_value(first, tokens.pop(0))]
        while tokens and tokens[0].lower() == "or":
            tokens.pop(0)
            values.append(_value(first, tokens.pop(0)))
        _expect(tokens, ")")
        return {"bool": {"should": values, "minimum_should_match": 1}}
    return _value(first, tokens.pop(0) if tokens else "")


def _value(field: str, token: str) -> Json:
    if token == "*":
        return {"exists": {"field": field}}
    if not token or "*" in token:
        raise ValueError(f"no value that this reads: {field} : {token}")
    return {"match_phrase" if token.startswith('"') else "match": {field: _plain(token)}}


def _plain(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token.startswith('"') else token


def _expect(tokens: list[str], mark: str) -> None:
    if not tokens or tokens.pop(0) != mark:
        raise ValueError(f"{mark} is missing")
