"""What is left to be settled, and who is settling it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from crawler.store.elastic.drafts import Change, Json
from crawler.store.elastic.places import state_place
from crawler.store.elastic.session import Session
from crawler.store.elastic.state import is_seeding, note_document

ABANDONED_SECONDS = 60.0  # a lease that was not touched for so long: its holder is gone
_LOOK_SECONDS = 0.1


def noting(id: str, *, at: int, digest: str | None = None, seeding: bool | None = None) -> Change:
    """Return the change that notes *id*.

    With a digest, what is noted is on its way: the text of that digest. The note tells of seeding as long as all do
    who left it; None says nothing of it.
    """

    def change(held: Json | None) -> Json:
        quiet = is_seeding(held) if seeding is None else seeding and (held is None or is_seeding(held))
        told = {"digest": digest} if digest is not None else {}
        return note_document(id, at) | told | ({"row": {"seeding": True}} if quiet else {})

    return change


@contextmanager
def holding(
    session: Session,
    writing: Callable[[], AbstractContextManager[None]],
    name: str,
    *,
    abandoned_seconds: float = ABANDONED_SECONDS,
) -> Iterator[None]:
    """Hold the lease of that name, which one process has at a time; wait for whoever has it.

    No clocks are compared: a lease is taken over when it stayed the same for so long under our own eyes.
    """
    place = state_place("lease", name)
    mine: Json = {"kind": "lease", "id": name, "at": time.time_ns() // 1000, "row": {"owner": uuid.uuid4().hex}}
    seen: Json | None = None
    since = time.monotonic()
    while True:
        (held,) = session.read([place])
        if held is None or (held == seen and time.monotonic() - since > abandoned_seconds):
            with writing():
                session.change(place, lambda now, held=held: mine if now == held else now)  # type: ignore[misc]
            (held,) = session.read([place])
            if held == mine:
                break
        if held != seen:
            seen, since = held, time.monotonic()
        time.sleep(_LOOK_SECONDS)
    try:
        yield
    finally:
        with writing():
            session.change(place, lambda now: None if now == mine else now)
