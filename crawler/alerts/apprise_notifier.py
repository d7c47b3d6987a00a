"""Alerts through Apprise: mail, chat, webhooks, and what else it knows."""

from __future__ import annotations

import logging
import re
from html import escape
from urllib.parse import quote, unquote, urlsplit

import apprise

from crawler.errors import DeliveryError
from crawler.model import Message

_WEBHOOKS = ("json", "jsons", "xml", "xmls", "form", "forms")
_MAIL = ("mailto", "mailtos")
_LONGEST_REASON = 200
_logger = logging.getLogger("apprise")
_logger.propagate = False
_logger.addHandler(logging.NullHandler())
# Their debug lines have tokens, payloads and whole addresses in them.
for _talkative in (_logger, logging.getLogger("urllib3")):
    _talkative.setLevel(logging.WARNING)


class AppriseNotifier:
    """One target, named by its Apprise URL. Never shows that URL: most of them are secrets.

    Redirects are not followed. Mail is sent as HTML with its text beside it, the rest as text. Webhooks and mail get
    the message's key as the header ``Idempotency-Key``; every message ends with it.
    """

    def __init__(self, address: str, *, timeout: float = 10.0) -> None:
        self._address = address
        self._timeout = timeout
        # No files kept between calls, no templates or escapes read from text that is not ours.
        self._asset = apprise.AppriseAsset(
            app_id="copytrail",
            app_desc="copytrail",
            app_url="",
            async_mode=False,
            http_redirects=False,
            interpret_escapes=False,
            interpret_emojis=False,
            allow_templates=False,
            secure_logging=True,
            storage_mode="memory",
        )

    def __repr__(self) -> str:
        return f"AppriseNotifier({self._scheme}://…)"

    def check(self) -> None:
        """Return where a message could be sent, as far as that shows without sending one. Raises DeliveryError."""
        self._sender("check")

    def _sender(self, key: str) -> apprise.Apprise:
        sender = apprise.Apprise(asset=self._asset)
        if not sender.add(self._with_key(key)):
            raise DeliveryError(f"Apprise does not understand this {self._scheme}:// address: check it with its manual")
        return sender

    def notify(self, message: Message) -> None:
        """Send *message*. Raises DeliveryError with the reason, as far as the service gives one."""
        sender = self._sender(message.key)
        with _Warnings() as warnings:
            if self._scheme in _MAIL:
                body, form = f"{message.html}\n<p>Key: {escape(message.key)}</p>", apprise.NotifyFormat.HTML
            else:
                body, form = f"{message.text}\nKey: {message.key}", apprise.NotifyFormat.TEXT
            outcome = sender.notify(title=message.title, body=body, body_format=form)
        if not outcome:
            raise DeliveryError(self._without_secrets(warnings.last) or f"{self._scheme}: it failed without a reason")

    @property
    def _scheme(self) -> str:
        return self._address.partition("://")[0][:20].lower()

    def _with_key(self, key: str) -> str:
        given = urlsplit(self._address)
        params = [f"cto={self._timeout:g}", f"rto={self._timeout:g}", "redirect=no"]
        if given.scheme.lower() in (*_WEBHOOKS, *_MAIL):
            params.append(f"+Idempotency-Key={quote(key)}")
        # What the address itself sets comes last, and wins.
        joined = "&".join([*params, given.query] if given.query else params)
        return given._replace(query=joined).geturl()

    def _without_secrets(self, reason: str) -> str:
        address = urlsplit(self._address)
        parts = {part for part in re.split(r"[/@:?&=#]+", self._address) if len(part) >= 4}
        parts -= {address.scheme, str(address.port), "true", "http", "https"}
        if address.scheme.lower() in _WEBHOOKS and address.hostname:
            parts.discard(address.hostname)  # the host of a webhook is no secret, and helps
        for part in sorted(parts | {unquote(part) for part in parts}, key=len, reverse=True):
            reason = reason.replace(part, "…")
        reason = re.sub(r"\S+://\S*", "…", reason)
        return " ".join(reason.split())[:_LONGEST_REASON]


class _Warnings(logging.Handler):
    """Holds what Apprise says while it sends: its only account of what went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.last = ""

    def __enter__(self) -> _Warnings:
        _logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()
