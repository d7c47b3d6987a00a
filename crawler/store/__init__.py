"""Opens the place where everything is kept, by its URL."""

from __future__ import annotations

from typing import Any

from crawler.errors import InputError
from crawler.ports import Store
from crawler.store.memory import MemoryStore
from crawler.store.sqlite import SqliteStore

_FORMS = "sqlite:///relative/path.db, sqlite:////absolute/path.db, https://user:password@host:9200 or memory:"


def open_store(url: str, *, patience_seconds: float | None = None) -> Store:
    """Return the store that *url* names; a file is made at its first use.

    *patience_seconds*: how long it waits for a store that is busy or held by another, instead of its own measure.
    Raises InputError for a URL that names none. It shows the scheme only: the rest may hold a password.
    """
    patience: dict[str, Any] = {} if patience_seconds is None else {"patience_seconds": patience_seconds}
    scheme, colon, rest = url.strip().partition(":")
    if scheme == "memory" and colon and not rest.strip("/"):
        return MemoryStore()
    if scheme == "sqlite" and rest.startswith("///"):
        path = rest.removeprefix("///")
        if path and path != ":memory:" and not path.endswith("/") and "\0" not in path:
            return SqliteStore(path, **patience)
    if scheme in ("http", "https") and rest.startswith("//"):
        # Its client takes a while to import: only those who use it wait.
        from crawler.store.elastic import ElasticStore  # noqa: PLC0415

        return ElasticStore(url, **patience)
    known = f"a store is {_FORMS}"
    if not colon:
        raise InputError(f"not the URL of a store: {known}")
    raise InputError(f"{scheme!r} names no store in this form: {known}")
