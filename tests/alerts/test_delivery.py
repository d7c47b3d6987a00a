"""Alerts leave the outbox until they arrive, or are given up with the reason kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.alerts.delivery import Delivered, Patience, after_failure, again, by_rule, deliver
from crawler.alerts.rules import Rule
from crawler.errors import DeliveryError
from crawler.model import Alert
from tests.alerts.values import NOON, Outbox, an_alert

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Receiver:
    """A notifier that keeps what it was given and fails when its list says so."""

    def __init__(self, verdicts: Sequence[bool] = ()) -> None:
        self.got: list[str] = []
        self.tried = 0
        self._verdicts = list(verdicts)

    def notify(self, alert: Alert) -> None:
        self.tried += 1
        if self._verdicts and not self._verdicts.pop(0):
            raise DeliveryError("503 from the receiver")
        self.got.append(alert.key)


def test_a_due_alert_is_sent_and_marked():
    outbox, receiver = Outbox(an_alert()), Receiver()
    assert deliver(outbox, {"copies": receiver}, now=NOON, jitter=0) == Delivered(sent=1)
    assert deliver(outbox, {"copies": receiver}, now=NOON, jitter=0) == Delivered()
    kept = outbox.alerts["k1"]
    assert (kept.state, kept.delivered_at, kept.tries, receiver.got) == ("delivered", NOON, 1, ["k1"])


def test_a_failure_keeps_the_reason_and_waits_at_least_a_minute():
    outbox = Outbox(an_alert())
    assert deliver(outbox, {"copies": Receiver([False])}, now=NOON, jitter=0) == Delivered(failed=1)
    kept = outbox.alerts["k1"]
    assert (kept.state, kept.tries, kept.error) == ("pending", 1, "503 from the receiver")
    assert kept.not_before is not None
    assert kept.not_before >= NOON + MINUTE


def test_one_alert_that_fails_does_not_hold_up_the_next():
    outbox, receiver = Outbox(an_alert(key="k1"), an_alert(key="k2")), Receiver([False, True])
    assert deliver(outbox, {"copies": receiver}, now=NOON, jitter=0) == Delivered(sent=1, failed=1)
    assert receiver.got == ["k2"]


def test_a_receiver_that_is_down_is_not_asked_for_every_alert():
    outbox = Outbox(*(an_alert(key=f"k{i}") for i in range(50)), an_alert(key="other", rule="other"))
    down, up = Receiver([False] * 99), Receiver()
    assert deliver(outbox, {"copies": down, "other": up}, now=NOON, jitter=0) == Delivered(sent=1, failed=3)
    assert down.tried == 3
    assert outbox.alerts["k40"].tries == 0


def test_an_alert_is_given_up_after_a_day_with_its_last_reason():
    late = an_alert(created_at=NOON - timedelta(hours=24))
    dead = after_failure(late, "connection refused", now=NOON, jitter=0, patience=Patience())
    assert (dead.state, dead.error) == ("dead", "given up after 1 tries: connection refused")


def test_a_given_up_alert_can_be_tried_again_at_once():
    dead = after_failure(an_alert(), "no", now=NOON, jitter=0, patience=Patience(tries=1))
    outbox, receiver = Outbox(again(dead)), Receiver()
    assert dead.state == "dead"
    assert deliver(outbox, {"copies": receiver}, now=NOON, jitter=0) == Delivered(sent=1)


def test_an_alert_with_nobody_to_tell_stays_in_the_list_only():
    outbox = Outbox(an_alert())
    assert deliver(outbox, {}, now=NOON, jitter=0) == Delivered()
    assert outbox.alerts["k1"].state == "delivered"


def test_an_alert_of_two_targets_is_repeated_only_where_it_did_not_arrive():
    rule = Rule(name="copies", targets=("mail", "chat"))
    mail, chat = Receiver(), Receiver([False, True])
    notifiers, outbox = by_rule([rule], {"mail": mail, "chat": chat}), Outbox(an_alert())
    assert deliver(outbox, notifiers, now=NOON, jitter=0) == Delivered(failed=1)
    assert outbox.alerts["k1"].error == "chat: 503 from the receiver"
    assert deliver(outbox, notifiers, now=NOON + HOUR, jitter=0) == Delivered(sent=1)
    assert (mail.got, chat.got) == (["k1"], ["k1"])


def test_a_target_without_an_address_fails_and_says_what_to_do():
    outbox = Outbox(an_alert())
    deliver(outbox, by_rule([Rule(name="copies", targets=("mail",))], {}), now=NOON, jitter=0)
    assert outbox.alerts["k1"].error == ("mail: no address: set the environment variable that alerts.yaml names for it")


def test_a_rule_without_targets_has_no_way_out():
    assert by_rule([Rule(name="copies")], {}) == {}


@given(st.integers(1, 60), st.floats(0, 0.999), st.text(max_size=8))
def test_waits_stay_between_a_minute_and_an_hour(tries, jitter, key):
    waiting = after_failure(
        an_alert(key=key, tries=tries - 1), "x", now=NOON, jitter=jitter, patience=Patience(tries=999)
    )
    assert waiting.not_before is not None
    assert MINUTE <= waiting.not_before - NOON <= HOUR


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=60))
def test_every_alert_ends_delivered_once_or_dead_with_a_reason(verdicts):
    outbox, receiver, now = Outbox(an_alert()), Receiver(verdicts), NOON
    while outbox.alerts["k1"].state == "pending" and now < NOON + 48 * HOUR:
        deliver(outbox, {"copies": receiver}, now=now, jitter=0.5)
        now += timedelta(minutes=15)
    kept = outbox.alerts["k1"]
    assert (kept.state == "delivered") == (receiver.got == ["k1"])
    assert (kept.state == "dead") == (receiver.got == [])
    assert kept.state == "delivered" or (kept.error or "").endswith("503 from the receiver")
