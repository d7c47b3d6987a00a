"""What a stranger's bytes do to the process that reads them, they do to nobody else."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import NotAFeed
from crawler.feed import parse_feed
from crawler.fetch import nursery
from crawler.fetch.limits import ReaderDied, TookTooLong, TookTooMuch
from crawler.fetch.readers import PooledReader, Readers, feed
from crawler.flow import Begun, begun
from crawler.model import Page
from crawler.prepare import Prepared, prepare
from crawler.registry import Registry
from tests.builders import NOON
from tests.hostile import rss

REGISTRY = Registry([])
ROOT = Path(__file__).parents[2]


def a_page(body: bytes) -> Page:
    url = "https://site.example/1"
    return Page(url=url, final_url=url, body=body, fetched_at=NOON, headers={"content-type": "text/html"})


WORDY = "<h1>A harbour</h1><article><p class='date'>le 7e jour de mars 2019</p>{}</article>".format(
    "".join(f"<p>Sentence {number} says a little of the harbour and its wall.</p>" for number in range(40))
).encode()


def in_c_code(_: Any) -> None:
    """Hang where no interpreter looks at a timer: some hours of looking for a way to match."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def for_ever(_: Any) -> None:
    while True:
        pass


def greedy(_: Any) -> int:
    return len(bytearray(2**31))


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def fail(_: Any) -> None:
    raise KeyError("a bug of ours")


def pid(_: Any) -> int:
    return os.getpid()


TASKS: dict[str, Callable[..., Any]] = {
    "length": len,
    "in_c_code": in_c_code,
    "for_ever": for_ever,
    "asleep": lambda _: time.sleep(60),
    "greedy": greedy,
    "die": die,
    "fail": fail,
    "pid": pid,
    "many": lambda count: [str(number) for number in range(count)],
    "feed": feed,
    "page": lambda page: prepare(page, REGISTRY),
}


def reading(
    ask: Callable[[Readers], Awaitable[Any]], *, many: int = 2, seconds: float = 0.5, memory_bytes: int = 2**30
) -> Any:
    """Return what *ask* makes of readers. They are forked from the tests' process: what that has counts as theirs."""

    async def run(readers: Readers) -> Any:
        return await ask(readers)

    with Readers(TASKS, many=many, seconds=seconds, memory_bytes=memory_bytes) as readers:
        return asyncio.run(run(readers))


@pytest.mark.parametrize("task", ["in_c_code", "for_ever", "asleep"])
def test_what_takes_too_long_is_killed_in_time_and_the_next_is_read(task: str) -> None:
    async def ask(readers: Readers) -> int:
        begun = time.monotonic()
        with pytest.raises(TookTooLong, match=r"longer than 0\.5 s"):
            await readers.read(task, 1)
        assert time.monotonic() - begun < 5
        length: int = await readers.read("length", b"four")
        return length

    assert reading(ask, many=1) == 4


def test_what_takes_too_much_memory_is_refused_and_the_next_is_read() -> None:
    async def ask(readers: Readers) -> int:
        with pytest.raises(TookTooMuch, match="1,024 MiB"):
            await readers.read("greedy", 1)
        length: int = await readers.read("length", b"four")
        return length

    assert reading(ask, many=1) == 4


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_of_a_reader_that_dies_it_is_said_how(number: int) -> None:
    async def ask(readers: Readers) -> None:
        with pytest.raises(ReaderDied, match=signal.Signals(number).name):
            await readers.read("die", number)
        assert await readers.read("length", b"four") == 4

    reading(ask)


def test_what_hangs_keeps_no_other_waiting_and_the_loop_turns() -> None:
    async def ask(readers: Readers) -> tuple[list[int], float]:
        hanging = asyncio.ensure_future(readers.read("for_ever", 1))
        longest, last = 0.0, time.monotonic()
        lengths = []
        while not hanging.done():
            lengths.append(await readers.read("length", b"x" * len(lengths)))
            now = time.monotonic()
            longest, last = max(longest, now - last), now
        with pytest.raises(TookTooLong):
            await hanging
        return lengths, longest

    lengths, longest = reading(ask)
    assert lengths == list(range(len(lengths)))
    assert len(lengths) > 20
    assert longest < 0.5  # it would have been 0.5 at least


def test_answers_belong_to_their_questions_however_many_are_asked_at_once() -> None:
    async def ask(readers: Readers) -> list[int]:
        return list(await asyncio.gather(*(readers.read("length", b"x" * size) for size in range(0, 300_000, 1_000))))

    assert reading(ask) == list(range(0, 300_000, 1_000))


def test_an_answer_too_large_for_a_line_at_once_comes_whole() -> None:
    assert reading(lambda readers: readers.read("many", 300_000), seconds=10) == [str(n) for n in range(300_000)]


def test_a_reader_is_relieved_after_a_while() -> None:
    async def ask(readers: Readers) -> list[int]:
        return [await readers.read("pid", 1) for _ in range(2 * nursery.READ_BY_ONE + 1)]

    pids = reading(ask, many=1, seconds=10)
    assert [pids.count(one) for one in dict.fromkeys(pids)] == [nursery.READ_BY_ONE, nursery.READ_BY_ONE, 1]


def test_a_reader_that_is_killed_while_it_has_nothing_to_do_is_replaced_without_a_word() -> None:
    async def ask(readers: Readers) -> int:
        os.kill(await readers.read("pid", 1), signal.SIGKILL)
        await asyncio.sleep(0.2)
        length: int = await readers.read("length", b"four")
        return length

    assert reading(ask, many=1) == 4


def test_whoever_stops_all_processes_of_a_crawl_does_not_stop_its_readers() -> None:
    async def ask(readers: Readers) -> tuple[int, int]:
        before = await readers.read("pid", 1)
        for process in (before, readers._nursery.pid):
            os.kill(process, signal.SIGTERM)
            os.kill(process, signal.SIGINT)
        await asyncio.sleep(0.1)
        return before, await readers.read("pid", 1)

    before, after = reading(ask, many=1)
    assert before == after


def test_what_takes_long_to_load_is_loaded_once_for_all_readers_and_not_before_it_is_needed() -> None:
    loaded: list[int] = []
    tasks = TASKS | {"loaded": lambda _: list(loaded)}

    async def ask(readers: Readers) -> list[list[int]]:
        before = await readers.read("length", b"four"), await readers.read("pid", 1)
        first = await readers.read("loaded", 1)
        with pytest.raises(ReaderDied):
            await readers.read("die", signal.SIGKILL)
        after = await asyncio.gather(*(readers.read("loaded", 1) for _ in range(4)))
        assert before[1] != os.getpid()
        return [first, *after]

    def load() -> None:
        loaded.append(os.getpid())

    with Readers(tasks, many=2, seconds=5.0, memory_bytes=2**30, heavy=("loaded",), warm_up=load) as readers:
        nurse = readers._nursery.pid
        assert asyncio.run(ask(readers)) == [[nurse]] * 5
    assert loaded == []


def test_the_warm_up_loads_what_a_page_with_a_date_in_words_would() -> None:
    code = (
        "import sys; from crawler.prepare import warm_up; warm_up(); before = set(sys.modules)\n"
        "from crawler.prepare import prepare; from tests.fetch.test_readers import REGISTRY, WORDY, a_page\n"
        "prepare(a_page(WORDY), REGISTRY)\n"
        "print(sorted(name for name in set(sys.modules) - before if name.startswith(('dateparser', 'py3langid'))))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == "[]\n"


def test_an_error_of_ours_comes_back_with_where_it_was() -> None:
    async def ask(readers: Readers) -> None:
        with pytest.raises(RuntimeError, match="KeyError: 'a bug of ours'") as caught:
            await readers.read("fail", 1)
        assert "in fail" in caught.value.__notes__[0]
        with pytest.raises(NotAFeed) as refused:
            await readers.read("feed", b"", "https://site.example/feed", None, NOON)
        assert refused.value.url == "https://site.example/feed"

    reading(ask)


def test_readers_read_what_would_be_read_here() -> None:
    path = Path(__file__).parents[1] / "corpus" / "republished.html"
    page, nothing = a_page(path.read_bytes()), a_page(b"<p>Menu")
    body = rss("https://a.example/1", "https://a.example/2")

    async def ask(readers: Readers) -> Any:
        reader: PooledReader[Begun] = PooledReader(readers, begun)
        read = await reader.feed(body, url="https://a.example/feed", content_type=None, now=NOON)
        return read, await reader.page(page), await reader.page(nothing)

    read, one, other = reading(ask, seconds=10, memory_bytes=2**33)
    assert read == parse_feed(body, url="https://a.example/feed", now=NOON)
    assert isinstance(one.made, Prepared)
    assert one.made == prepare(page, REGISTRY)
    assert one.unit is page
    with pytest.raises(type(other.made), match=str(other.made)):
        prepare(nothing, REGISTRY)


def test_with_its_readers_closed_no_process_is_left() -> None:
    async def ask(readers: Readers) -> list[int]:
        busy = asyncio.ensure_future(readers.read("for_ever", 1))
        found = [readers._nursery.pid, await readers.read("pid", 1)]
        readers.__exit__()
        with pytest.raises((ReaderDied, TookTooLong)):
            await busy
        return found  # closed again by the block that they were opened for

    for process in reading(ask, seconds=30):
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
