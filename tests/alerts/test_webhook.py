"""A program that gets a webhook can tell whom it is from, and when it has had it before."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.alerts.composing import compose
from crawler.alerts.delivery import Channel, deliver
from crawler.alerts.webhook import WebhookNotifier, document, key_of
from crawler.errors import DeliveryError
from tests.alerts.listening import Received, listening
from tests.alerts.values import NOON, Outbox, a_message, an_alert_of, news_about

SECRET = "whsec_" + base64.b64encode(b"our common secret").decode()


@pytest.fixture
def receiver() -> Iterator[Received]:
    with listening() as received:
        yield received


def is_genuine(headers: dict[str, str], body: bytes, key: bytes) -> bool:
    """Check a message as its receiver does, by the words of Standard Webhooks alone."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(f"v1,{right}", one) for one in headers["webhook-signature"].split())


def test_a_message_is_signed_with_its_key_and_time(receiver):
    WebhookNotifier(receiver.url, SECRET, clock=lambda: NOON).notify(a_message())
    ((headers, body),) = receiver.got
    assert headers["webhook-id"] == headers["idempotency-key"] == "k1"
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert is_genuine(headers, body, b"our common secret")
    assert not is_genuine(headers, body + b" ", b"our common secret")
    assert not is_genuine(headers | {"webhook-timestamp": "1"}, body, b"our common secret")
    assert not is_genuine(headers, body, b"another secret")


def test_the_signature_is_that_of_the_example_in_standard_webhooks(receiver):
    # The example of its specification: the same id, time, body and secret give the same signature.
    from crawler.alerts.webhook import signature

    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_without_the_prefix_is_its_own_bytes():
    assert key_of("plain words") == b"plain words"
    with pytest.raises(DeliveryError, match="no base64"):
        key_of("whsec_%%%")


def test_the_body_has_each_alert_with_what_it_tells(receiver):
    alerts = [an_alert_of(news_about("ferry")), an_alert_of(news_about("bridge"))]
    WebhookNotifier(receiver.url, SECRET, clock=lambda: NOON).notify(compose("k", alerts, digest=False))
    body: dict[str, Any] = json.loads(receiver.got[0][1])
    assert [one["news"]["copy"]["title"] for one in body["alerts"]] == ["ferry", "bridge"]
    first = body["alerts"][0]["news"]
    assert (first["parent"]["source"]["id"], first["coverage"], first["attribution"]["verdict"]) == (
        "harbour-post",
        0.9,
        "uncredited",
    )


def test_a_repeat_has_the_same_body_whatever_became_of_the_alert_meanwhile():
    alert = an_alert_of(news_about("ferry"))
    later = replace(alert, tries=3, error="503", not_before=NOON, deliveries=())
    assert document(compose("k", [later], digest=False)) == document(compose("k", [alert], digest=False))


def test_a_webhook_gets_each_alert_once_though_its_server_fails_at_first(receiver):
    receiver.statuses = [500, 503]
    outbox = Outbox(an_alert_of(news_about("ferry")))
    channels = {"desk": Channel(notifier=WebhookNotifier(receiver.url, SECRET, timeout=2, clock=lambda: NOON))}
    for tick in range(6):
        deliver(outbox, channels, now=NOON + tick * timedelta(hours=1), jitter=0)
    assert receiver.answered == [500, 503, 200]
    assert len({headers["idempotency-key"] for headers, _ in receiver.got}) == 1
    assert outbox.alerts(1)[0].state == "delivered"


def test_over_tls_a_certificate_that_nobody_vouches_for_is_refused(receiver):
    address = receiver.url.replace("http://", "https://")
    with pytest.raises(DeliveryError) as error:
        WebhookNotifier(address, SECRET, timeout=2, clock=lambda: NOON).notify(a_message())
    assert "127.0.0.1" in str(error.value)
    assert receiver.got == []
