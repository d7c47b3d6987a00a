"""A real Redis for tests: Debian's, on loopback, in a process and a folder of its own, its log of changes on."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.needs import need

PROGRAM = "redis-server"
PACKAGE = "redis, which keeps what workers share (Debian: apt-get install redis-server)"


class RedisServer:
    """One server. ``url`` has its password in it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._program = need(PROGRAM, PACKAGE)
        self.folder = folder
        self.password = secrets.token_hex(12)
        self._options = options
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.port = int(held.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, on what it kept before; return when it answers."""
        # The password by stdin: what is on a command line everybody can read.
        self._process = subprocess.Popen(
            [
                *(self._program, "-", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--appendonly", "yes", "--save", "", "--daemonize", "no", "--logfile", "redis.log", *self._options),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(f"requirepass {self.password}\n".encode())
        self._process.stdin.close()
        end = time.monotonic() + 30
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "redis.log").read_text()[-2000:]
            assert time.monotonic() < end, "Redis did not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as asked:
            asked.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            end, got = time.monotonic() + 1, b""
            while time.monotonic() < end and b"PONG" not in got and (more := asked.recv(200)):
                got += more
            return b"PONG" in got
        return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None


@contextmanager
def a_redis(*options: str) -> Iterator[RedisServer]:
    """Run a server for the block; nothing of it is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="copytrail-redis-"))
    server = RedisServer(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
