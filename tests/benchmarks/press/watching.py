"""What a process and its children hold: memory and descriptors, as Linux says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Held:
    """MiB of memory of one process, how many descriptors and threads it has."""

    memory: float
    descriptors: int
    threads: int


def held(pid: int) -> Held | None:
    """Return what a process holds; None where it is gone."""
    try:
        said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        return Held(
            memory=int(said["VmRSS"].split()[0]) / 1024,
            descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
            threads=int(said["Threads"]),
        )
    except (OSError, KeyError):
        return None


def below(pid: int) -> Iterator[int]:
    """Yield the pids of all processes that descend from *pid*, itself left out."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):  # each thread has those that it started
        with suppress(OSError):
            for child in task.read_text().split():
                yield int(child)
                yield from below(int(child))
