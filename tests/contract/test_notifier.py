"""What every notifier promises, shown on a real receiver over loopback."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from crawler.alerts.apprise_notifier import AppriseNotifier
from crawler.alerts.webhook import WebhookNotifier
from crawler.errors import DeliveryError
from crawler.ports import Notifier
from tests.alerts.values import NOON, a_message

SECRET = "s3cr3tt0ken99"
Make = Callable[[str], Notifier]


class Receiver(ThreadingHTTPServer):
    """A webhook on loopback: keeps what it gets and answers with ``status``, or not at all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.got: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.paths: list[str] = []
        self.released = threading.Event()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/{SECRET}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.paths.append(self.path)
        if self.server.status == 0:
            self.server.released.wait(30)
            return
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, json.loads(body)))
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["apprise", "webhook"])
def make(request: pytest.FixtureRequest) -> Make:
    def apprise(address: str) -> Notifier:
        return AppriseNotifier(address, timeout=1)

    def webhook(address: str) -> Notifier:
        return WebhookNotifier(address.replace("json://", "http://"), SECRET, timeout=1, clock=lambda: NOON)

    return {"apprise": apprise, "webhook": webhook}[request.param]


def said(body: dict[str, Any]) -> str:
    """Return the text of a message, by whichever of the two it came."""
    return str(body.get("message") or f"{body['text']}\nKey: {body['key']}")


def test_an_alert_arrives_with_its_title_text_and_key(make, receiver):
    make(receiver.address).notify(a_message("0123abcd"))
    ((headers, body),) = receiver.got
    assert headers["idempotency-key"] == "0123abcd"
    assert body["title"] == "Mirror Daily copied Harbour Post"
    assert said(body) == "Ferry line reopens\nKey: 0123abcd"
    assert receiver.paths == [f"/{SECRET}"]


def test_a_repeat_has_the_same_key(make, receiver):
    notifier = make(receiver.address)
    for _ in range(2):
        notifier.notify(a_message())
    assert [headers["idempotency-key"] for headers, _ in receiver.got] == ["k1", "k1"]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_a_refusal_is_an_error_with_its_reason_and_no_secret(make, receiver, status):
    receiver.status = status
    with pytest.raises(DeliveryError, match=str(status)) as error:
        make(receiver.address).notify(a_message())
    assert SECRET not in str(error.value)


def test_a_redirect_is_not_followed(make, receiver):
    receiver.status = 307
    with pytest.raises(DeliveryError):
        make(receiver.address).notify(a_message())
    assert receiver.paths == [f"/{SECRET}"]


def test_a_receiver_that_does_not_answer_is_an_error(make, receiver):
    receiver.status = 0
    with pytest.raises(DeliveryError):
        make(receiver.address).notify(a_message())


def test_nobody_listening_is_an_error_without_a_secret(make):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DeliveryError, match=r"127\.0\.0\.1") as error:
            make(f"json://user:{SECRET}@127.0.0.1:{taken.getsockname()[1]}/{SECRET}").notify(a_message())
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("address", ["nosuch://host/x", "", "json://", f"slack://{SECRET}"])
def test_an_address_that_nobody_understands_is_an_error(make, address):
    with pytest.raises(DeliveryError) as error:
        make(address).notify(a_message())
    assert SECRET not in str(error.value)


@pytest.mark.parametrize("address", ["nosuch://host/x", "", "json://", f"slack://{SECRET}"])
def test_such_an_address_is_found_without_sending_anything(make, address, receiver):
    make(receiver.address).check()
    with pytest.raises(DeliveryError) as error:
        make(address).check()
    assert SECRET not in str(error.value)
    assert receiver.got == []


def test_a_text_that_looks_like_a_template_or_an_escape_arrives_as_it_is(make, receiver):
    make(receiver.address).notify(a_message(text="{{ app_id }} \\n :smile: & ‹b›"))
    assert said(receiver.got[0][1]) == "{{ app_id }} \\n :smile: & ‹b›\nKey: k1"


def test_no_notifier_shows_or_logs_its_address(make, receiver, caplog):
    caplog.set_level(logging.DEBUG)
    notifier = make(receiver.address)
    notifier.notify(a_message())
    receiver.status = 500
    with pytest.raises(DeliveryError):
        notifier.notify(a_message("k2"))
    assert SECRET not in caplog.text + repr(notifier)
