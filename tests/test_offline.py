"""The watch that keeps tests on this machine does so, in this process and in those it starts."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

LEAVE = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"  # an address of documentation


@pytest.fixture
def attempts() -> Path:
    return Path(os.environ["TESTS_OFFLINE_LOG"])


def test_this_process_cannot_leave(attempts):
    with pytest.raises(OSError, match="tests stay on this machine"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OSError, match="tests stay on this machine"):
        socket.getaddrinfo("harbour-post.example", 80)
    assert len(attempts.read_text(encoding="utf-8").splitlines()) >= 2
    attempts.write_text("", encoding="utf-8")


def test_a_process_that_it_starts_cannot_leave_either(attempts):
    child = subprocess.run([sys.executable, "-c", LEAVE], capture_output=True, text=True, check=False, timeout=60)
    assert "tests stay on this machine" in child.stderr
    assert "192.0.2.1" in attempts.read_text(encoding="utf-8")
    attempts.write_text("", encoding="utf-8")


def test_loopback_stays_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass
