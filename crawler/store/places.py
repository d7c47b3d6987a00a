"""Says where the files lie that belong to a store: its lock, its spool, what the daemon says of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

_FOLDER = Path("var")


def written(path: Path, text: str) -> None:
    """Put *text* into *path* so that whoever reads it finds either all of it or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def beside(store: str, ending: str, folder: Path | None = None) -> Path:
    """Return the file of that *ending* (".lock") that belongs to the store of that URL.

    Beside the store's own file; in ``var`` where it has none; in *folder* where one is given.
    """
    scheme, _, path = store.partition("///")
    if scheme == "sqlite:" and path:
        name = Path(f"{path}{ending}")
        return name if folder is None else folder / name.name
    return (folder or _FOLDER) / f"{hashlib.sha256(store.encode()).hexdigest()[:16]}{ending}"
