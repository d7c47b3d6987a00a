"""Has strangers' bytes read by processes that may be killed: what is too much for them costs this process nothing."""

from __future__ import annotations

import asyncio
import pickle
import signal
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, Generic, Self, TypeVar

from crawler.feed import parse_feed
from crawler.fetch.limits import ReaderDied, TookTooLong, TookTooMuch, Unread
from crawler.fetch.nursery import END, HEAD, NO_ROOM, OUT_OF_TIME, VALUE, Nursery, Tasks
from crawler.model import Feed, Page

_LARGE = 256 * 1024  # bytes that take the loop too long to unpickle


class Readers:
    """A few processes that do *tasks* for this one, each one at a time; one that dies is replaced.

    ``with Readers(...)`` before there are threads, a reactor or a store: the processes are copies of this one.
    *warm_up* loads what the tasks in *heavy* need besides, once for all readers, before the first of them.
    """

    def __init__(
        self,
        tasks: Tasks,
        *,
        many: int,
        seconds: float,
        memory_bytes: int,
        heavy: Collection[str] = (),
        warm_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._nursery = Nursery(tasks, seconds=seconds, memory_bytes=memory_bytes, warm_up=warm_up)
        self._heavy = heavy
        self._is_warm = False
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._turns = asyncio.Semaphore(many)
        self._idle: list[_Line] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.close()

    async def read(self, task: str, *given: Any) -> Any:
        """Return what *task* makes of *given*, in the order of the calls as readers become free.

        Raises what the task does: an InputError as it was, any other as a RuntimeError. Raises Unread where its reader
        was ended over it.
        """
        asked = pickle.dumps((task, given), pickle.HIGHEST_PROTOCOL)
        async with self._turns:
            if task in self._heavy and not self._is_warm:
                self._is_warm = True
                self._nursery.warm_up()
            line = await self._free()
            try:
                answer = await line.ask(asked)
            except _Ended as error:
                line.close()
                raise self._why(error.code) from None
            except BaseException:
                line.close()
                raise
            if answer[:1].islower() and line.is_warm == self._is_warm:
                self._idle.append(line)
            else:
                line.close()
        # In a thread: a page may have so many links that the loop would stand still for it.
        rest = memoryview(answer)[1:]
        value = await asyncio.to_thread(pickle.loads, rest) if len(rest) > _LARGE else pickle.loads(rest)
        if answer[:1].lower() == VALUE:
            return value
        raise value

    async def _free(self) -> _Line:
        while self._idle:
            line = self._idle.pop()
            if line.is_open() and line.is_warm == self._is_warm:
                return line
            line.close()
        loop, warm = asyncio.get_running_loop(), self._is_warm
        _, line = await loop.create_connection(lambda: _Line(is_warm=warm), sock=self._nursery.reader())
        return line

    def _why(self, code: int | None) -> Unread:
        if code is not None and -code in OUT_OF_TIME:
            return TookTooLong(f"took longer than {self._seconds:g} s to read: set aside; please report it")
        if code == NO_ROOM:
            room = f"{self._memory_bytes / 2**20:,.0f} MiB"
            return TookTooMuch(f"needs more than {room} of memory to be read: set aside; please report it")
        how = "" if code is None else f" ({signal.Signals(-code).name})" if code < 0 else f" (exit {code})"
        return ReaderDied(f"the process that read it died{how}: set aside; please report it")


class _Ended(Exception):
    """A line has ended before an answer was whole."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class _Line(asyncio.Protocol):
    """The line to one reader."""

    def __init__(self, *, is_warm: bool) -> None:
        self.is_warm = is_warm
        self._got = bytearray()
        self._over = False
        self._answer: asyncio.Future[bytes] | None = None

    async def ask(self, message: bytes) -> bytes:
        """Return the answer to *message*. Raises _Ended."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(HEAD.pack(len(message)))
        self._transport.write(message)
        self._look()
        return await self._answer

    def is_open(self) -> bool:
        return not (self._over or self._got)

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._look()

    def _look(self) -> None:
        if self._answer is None or self._answer.done():
            return
        end = HEAD.size + HEAD.unpack_from(self._got)[0] if len(self._got) >= HEAD.size else None
        if end is not None and len(self._got) >= end:
            self._answer.set_result(bytes(memoryview(self._got)[HEAD.size : end]))
            self._got = self._got[end:]
        elif self._over:
            known = len(self._got) >= END.size
            self._answer.set_exception(_Ended(END.unpack(self._got[-END.size :])[0] if known else None))


B = TypeVar("B")


class PooledReader(Generic[B]):
    """What the spider reads feeds and pages with. *begun* makes of a page and what was read in it what a desk takes in.

    The readers' tasks are "feed" (``FEED``) and "page", which is given a page.
    """

    def __init__(self, readers: Readers, begun: Callable[[Page, Any], B]) -> None:
        self._readers = readers
        self._begun = begun

    async def feed(
        self, body: bytes, *, url: str, content_type: str | None, now: datetime, links: Sequence[str] = ()
    ) -> Feed:
        """Return what ``parse_feed`` does, and raise what it and ``Readers.read`` do."""
        feed: Feed = await self._readers.read("feed", body, url, content_type, now, tuple(links))
        return feed

    async def page(self, page: Page) -> B:
        """Return what comes of *page*, be it nothing. Raises Unread."""
        made: Any
        try:
            made = await self._readers.read("page", page)
        except Unread:
            raise
        except Exception as error:
            made = error
        return self._begun(page, made)


def feed(body: bytes, url: str, content_type: str | None, now: datetime, links: Sequence[str] = ()) -> Feed:
    return parse_feed(body, url=url, content_type=content_type, now=now, links=links)
