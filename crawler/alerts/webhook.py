"""Alerts to a program: JSON posted to a URL, signed so that it knows whom it is from.

Signed as in Standard Webhooks (standardwebhooks.com): ``webhook-id`` is the message's key, ``webhook-timestamp`` the
second of this try, and ``webhook-signature`` is "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from crawler import shape
from crawler.errors import DeliveryError
from crawler.model import Message, iso

_PREFIX = "whsec_"


class WebhookNotifier:
    """One URL with its secret, neither of which is ever shown. Redirects are not followed."""

    def __init__(self, url: str, secret: str, *, timeout: float = 10.0, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._secret = secret
        self._timeout = timeout
        self._clock = clock

    def __repr__(self) -> str:
        return "WebhookNotifier(…)"

    def check(self) -> None:
        """Return where a message could be sent, as far as that shows without sending one. Raises DeliveryError."""
        _parts(self._url)
        key_of(self._secret)

    def notify(self, message: Message) -> None:
        """Post *message*. Raises DeliveryError unless the answer is 2xx."""
        key, body, now = key_of(self._secret), document(message), self._clock()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "copytrail",
            "Idempotency-Key": message.key,
            "webhook-id": message.key,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(key, message.key, stamp, body),
        }
        parts = _parts(self._url)
        host = parts.hostname
        try:
            status = self._post(parts, body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DeliveryError(f"{host}: {_reason(error)}") from None
        if not 200 <= status < 300:
            more = ": redirects are not followed" if 300 <= status < 400 else ""
            raise DeliveryError(f"{host} answered {status}{more}")

    def _post(self, parts: SplitResult, body: bytes, headers: dict[str, str]) -> int:
        assert parts.hostname
        connection = (
            http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=self._timeout, context=ssl.create_default_context()
            )
            if parts.scheme == "https"
            else http.client.HTTPConnection(parts.hostname, parts.port, timeout=self._timeout)
        )
        try:
            connection.request("POST", parts._replace(scheme="", netloc="", fragment="").geturl() or "/", body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


def _parts(url: str) -> SplitResult:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return parts
    raise DeliveryError("the webhook's address is no http(s) URL: check it")  # it may be a secret: not shown


def document(message: Message) -> bytes:
    """Return what is posted: the message, and each of its alerts as ``alerts list --json`` shows it."""
    return json.dumps(
        {
            "key": message.key,
            "kind": message.kind,
            "title": message.title,
            "text": message.text,
            "html": message.html,
            "raised_at": iso(max(alert.created_at for alert in message.alerts)) if message.alerts else None,
            # Without what becomes of them: a repeat must say the same.
            "alerts": [{k: v for k, v in shape.alert(a).items() if k in _LASTING} for a in message.alerts],
        }
    ).encode()


_LASTING = ("key", "rule", "copy", "parent", "title", "body", "created_at", "cluster", "corrects", "news")


def key_of(secret: str) -> bytes:
    """Return the bytes that a secret stands for: base64 after "whsec_", else its own. Raises DeliveryError."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise DeliveryError(f"the webhook's secret is no base64 after {_PREFIX}: copy it anew") from None


def signature(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    """Return the header ``webhook-signature`` of a message."""
    digest = hmac.new(key, b".".join((id.encode(), timestamp.encode(), body)), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _reason(error: Exception) -> str:
    """Return why nothing arrived, without the address: that may be a secret."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
