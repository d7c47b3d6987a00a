"""Processes in which strangers' bytes are read: each may die at any moment, and costs a fork to replace.

The nursery is forked off before the crawl has threads, a store or a reactor; readers are forked from it, so that a new
one is there within milliseconds. What a reader may take is bounded by the kernel, so that C code is ended as well:
a timer kills it where it takes too long, and memory beyond its bound is not given.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from crawler.errors import InputError
from crawler.fetch.limits import limit_memory

HEAD = struct.Struct("!Q")  # before each message on a line: its length
END = struct.Struct("!h")  # the last of a line whose reader has died: its exit code, as ``subprocess`` writes it
VALUE, ERROR = b"v", b"e"  # the first of an answer; a reader's last begins with the capital
NO_ROOM = 77  # the exit code of a reader that was not given the memory it asked for
OUT_OF_TIME = (signal.SIGPROF, signal.SIGALRM)
WAITS = 3  # times its seconds of work a reader may take by the clock: a machine with too much to do is no page's fault
_FORK, _WARM_UP = b"+", b"w"  # orders
READ_BY_ONE = 500  # then another takes over: what a reader has left in memory goes with it

Tasks = Mapping[str, Callable[..., Any]]


class Nursery:
    """Forks readers that do *tasks*: each in so many *seconds* of work, and with so much memory.

    A task may return and raise what can be pickled. Readers end when their line is closed, all of them when the
    nursery is, and when this process is gone, however it went. *warm_up* loads what the tasks need besides; it is
    called here, once, when somebody asks for it.
    """

    def __init__(
        self, tasks: Tasks, *, seconds: float, memory_bytes: int, warm_up: Callable[[], None] = lambda: None
    ) -> None:
        self._orders, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            with _only_exit():
                _nurse(theirs, warm_up, tasks, seconds, memory_bytes)
        theirs.close()

    @property
    def pid(self) -> int:
        return self._pid

    def reader(self) -> socket.socket:
        """Return the line to a new reader. Raises BrokenPipeError where the nursery is gone."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._orders, [_FORK], [theirs.fileno()])
        return ours

    def warm_up(self) -> None:
        """Have all readers that are forked from now on know what the tasks need. Returns at once."""
        self._orders.send(_WARM_UP)

    def close(self) -> None:
        """End all readers, busy or not. Twice is as good as once."""
        if self._orders.fileno() >= 0:
            self._orders.close()
            os.waitpid(self._pid, 0)


# the nursery's process


def _nurse(orders: socket.socket, warm_up: Callable[[], None], tasks: Tasks, seconds: float, memory_bytes: int) -> None:
    """Fork a reader for each line that comes with an order; say on a line how its reader died; end with the orders."""
    # Who stops a crawl may signal all of its processes: it finishes what is in hand, so its readers must not go first.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    orders = _nothing_else_open(orders)
    woken, wake = os.pipe()
    os.set_blocking(woken, False)
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    gc.freeze()  # what is there now is shared with the readers as long as nobody touches it
    lines: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([orders.fileno(), woken], [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4_096)
            _bury(lines)
        if orders.fileno() in ready:
            order, given, _, _ = socket.recv_fds(orders, 1, 1)
            if not order:
                break
            if order == _WARM_UP:
                warm_up()
                gc.freeze()
                continue
            line = socket.socket(fileno=given[0])
            pid = os.fork()
            if pid == 0:
                with _only_exit():
                    signal.set_wakeup_fd(-1)
                    _read(_nothing_else_open(line), tasks, seconds, memory_bytes)
            lines[pid] = line
    for pid in lines:
        os.kill(pid, signal.SIGKILL)
    while lines:
        lines.pop(os.wait()[0])


def _bury(lines: dict[int, socket.socket]) -> None:
    while lines:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        with lines.pop(pid) as line, contextlib.suppress(OSError):
            line.send(END.pack(os.waitstatus_to_exitcode(status)), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)


def _nothing_else_open(line: socket.socket) -> socket.socket:
    """Keep *line* and stderr, and no other file that was open: who waits for its end would wait for ours."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    kept = os.dup2(line.detach(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    return socket.socket(fileno=kept)


@contextlib.contextmanager
def _only_exit() -> Any:
    """Leave the block by ending the process: nothing that its parent has begun is to be finished twice."""
    code = 1
    try:
        yield
        code = 0
    except MemoryError:
        code = NO_ROOM
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


# a reader's process


def _read(line: socket.socket, tasks: Tasks, seconds: float, memory_bytes: int) -> None:
    """Do what comes down the line until it ends, or another may as well take over."""
    limit_memory(memory_bytes)
    for number in OUT_OF_TIME:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for left in reversed(range(READ_BY_ONE)):
        asked = received(line)
        if asked is None:
            return
        task, given = pickle.loads(asked)
        del asked
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, WAITS * seconds)
        kind, answer = _answer(tasks[task], given)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        line.sendall(HEAD.pack(1 + len(answer)) + (kind if left else kind.upper()))
        line.sendall(answer)


def _answer(task: Callable[..., Any], given: tuple[Any, ...]) -> tuple[bytes, bytes]:
    try:
        return VALUE, pickle.dumps(task(*given), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except InputError as error:
        return ERROR, pickle.dumps(error, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        # Any error may be one that cannot be pickled, and none takes its traceback along.
        words = f"{type(error).__name__}: {error}"
        told = RuntimeError(words.encode("utf-8", "replace").decode())
        told.add_note("".join(traceback.format_exception(error)))
        return ERROR, pickle.dumps(told, pickle.HIGHEST_PROTOCOL)


def received(line: socket.socket) -> bytes | None:
    """Return the next message; None where the line has ended."""
    head = _exactly(line, HEAD.size)
    return None if head is None else _exactly(line, HEAD.unpack(head)[0])


def _exactly(line: socket.socket, length: int) -> bytes | None:
    whole = bytearray(length)
    rest = memoryview(whole)
    while rest:
        count = line.recv_into(rest)
        if not count:
            return None
        rest = rest[count:]
    return bytes(whole)
