"""Alerts by mail, proved on a real SMTP server: text and HTML, one key, no header that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from crawler.alerts.apprise_notifier import AppriseNotifier
from crawler.alerts.composing import compose
from crawler.alerts.delivery import Channel, deliver
from crawler.errors import DeliveryError
from crawler.model import Alert
from tests.alerts.listening import Mailbox, mail_server
from tests.alerts.values import NOON, Outbox, an_alert_of, an_origin, news_about, some_news

HOSTILE = (
    "Ferry\r\nBcc: victim@evil.example\r\n\r\n<b>new body</b>",
    "Ferry\nContent-Type: text/html\n\n<script>alert(1)</script>",
    "=?utf-8?q?Subject=0ABcc:_x@evil.example?=",
    "\x00\u2028\u2029\x0b\x0c\x85 Reply-To: x@evil.example",
    "@everyone @here <!channel> <@U123> [click](https://evil.example) https://evil.example",
    "\u202eexe.gpj\u202c \ud800 💥 Ünïcödé",
    "x" * 5000,
)


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, AppriseNotifier]]:
    with mail_server() as (mailbox, port):
        address = f"mailto://127.0.0.1:{port}/?from=alerts@trails.example&to=desk@newsroom.example&mode=insecure"
        yield mailbox, AppriseNotifier(address, timeout=5)


def parts(letter: EmailMessage) -> tuple[str, str]:
    """Return the plain text and the HTML of a letter."""
    plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert html is not None
    return str(plain.get_content()), str(html.get_content())


def letter_of(mail: tuple[Mailbox, AppriseNotifier], *alerts: Alert) -> EmailMessage:
    mailbox, notifier = mail
    notifier.notify(compose("k" * 40, alerts, digest=False, public_url="https://trails.example"))
    return mailbox.letters[-1]


def test_a_letter_has_all_there_is_to_say_as_text_and_as_html(mail):
    letter = letter_of(mail, an_alert_of(some_news(changes=("name: Ann in place of Bo",), copies=3)))
    assert letter["Subject"] == "Mirror Daily copied Harbour Post: Ferry line reopens"
    assert letter["Idempotency-Key"] == "k" * 40
    for body in parts(letter):
        for said in (
            "Mirror Daily, 20 November 2026, 12:00 UTC",
            "https://mirror-daily.example/ferry",
            "90 % of its words are the other's, confirmed (95 % sure).",
            "Credit: NONE.",
            "Copies known by now: 3.",
            "name: Ann in place of Bo",
            "https://trails.example/articles/",
            "k" * 40,
        ):
            assert said in unescape(body)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_title_adds_a_header_a_reader_or_markup(mail, hostile):
    plain_letter = letter_of(mail, an_alert_of(some_news()))
    news = some_news(copy=an_origin(id="c" * 40, title=hostile), reasons=(hostile,), changes=(hostile,))
    letter = letter_of(mail, an_alert_of(news))
    assert sorted(letter.keys()) == sorted(plain_letter.keys())
    assert mail[0].recipients[-1] == ["desk@newsroom.example"]
    assert len(letter.get_all("Subject")) == 1
    html = parts(letter)[1].lower()
    for tag in ("<script", "<b>", "<img", 'evil.example">'):
        assert tag not in html


def test_a_digest_by_mail_names_each_copy(mail):
    alerts = [an_alert_of(news_about(f"story {n}")) for n in range(3)]
    mail[1].notify(compose("d" * 40, alerts, digest=True))
    letter = mail[0].letters[-1]
    assert letter["Subject"] == "copytrail: 3 alerts, copies"
    for body in parts(letter):
        assert all(f"Mirror Daily copied Harbour Post: story {n}" in body for n in range(3))


def test_a_server_that_refuses_a_letter_gets_it_again_later(mail):
    mailbox, notifier = mail
    mailbox.refusals = ["451 greylisted, come back later"]
    outbox, channels = Outbox(an_alert_of(some_news())), {"desk": Channel(notifier=notifier)}
    assert deliver(outbox, channels, now=NOON, jitter=0).failed == 1
    waiting = outbox.alerts(1)[0]
    assert waiting.not_before is not None
    assert deliver(outbox, channels, now=waiting.not_before, jitter=0).sent == 1
    assert len(mailbox.letters) == 1


def test_a_password_in_a_mail_address_is_never_shown(tmp_path: Path, caplog: Any):
    notifier = AppriseNotifier("mailtos://alerts:s3cr3tw0rd99@127.0.0.1:1/?from=a@x.example&to=b@x.example", timeout=1)
    with pytest.raises(DeliveryError) as error:
        notifier.notify(compose("k", [an_alert_of(some_news())], digest=False))
    assert "s3cr3tw0rd99" not in str(error.value) + repr(notifier) + caplog.text
