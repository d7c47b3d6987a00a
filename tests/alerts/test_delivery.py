"""Alerts leave the outbox until they arrive, or are given up with the reason kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.alerts.delivery import Channel, Delivered, Patience, after_failure, again, deliver
from crawler.alerts.manners import Manners
from crawler.model import Delivery
from tests.alerts.values import DIGEST, NOON, Outbox, Receiver, an_alert, an_alert_of, news_about

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def desk(receiver: Receiver | None, **manners: object) -> dict[str, Channel]:
    return {"desk": Channel(notifier=receiver, manners=Manners(**manners))}  # type: ignore[arg-type]


def ways(*targets: str) -> tuple[Delivery, ...]:
    return tuple(Delivery(target=target) for target in targets)


def test_a_due_alert_is_sent_and_marked():
    outbox, receiver = Outbox(an_alert()), Receiver()
    assert deliver(outbox, desk(receiver), now=NOON, jitter=0) == Delivered(sent=1)
    assert deliver(outbox, desk(receiver), now=NOON, jitter=0) == Delivered()
    kept = outbox.all()["k1"]
    assert (kept.state, kept.delivered_at, kept.tries, receiver.got) == ("delivered", NOON, 1, ["k1"])


def test_a_failure_keeps_the_reason_and_waits_at_least_a_minute():
    outbox = Outbox(an_alert())
    assert deliver(outbox, desk(Receiver([False])), now=NOON, jitter=0) == Delivered(failed=1)
    kept = outbox.all()["k1"]
    assert (kept.state, kept.tries, kept.error) == ("pending", 1, "desk: 503 from the receiver")
    assert kept.not_before is not None
    assert kept.not_before >= NOON + MINUTE


def test_one_alert_that_fails_does_not_hold_up_the_next():
    outbox, receiver = Outbox(an_alert(key="k1"), an_alert(key="k2")), Receiver([False, True])
    assert deliver(outbox, desk(receiver), now=NOON, jitter=0) == Delivered(sent=1, failed=1)
    assert receiver.got == ["k2"]


def test_a_target_that_is_down_is_not_asked_for_every_alert_and_holds_up_no_other():
    alerts = [an_alert(key=f"k{i:02}") for i in range(50)]
    outbox = Outbox(*alerts, an_alert(key="other", deliveries=ways("chat")))
    down, up = Receiver([False] * 99), Receiver()
    channels = desk(down) | {"chat": Channel(notifier=up)}
    assert deliver(outbox, channels, now=NOON, jitter=0) == Delivered(sent=1, failed=3)
    assert down.tried == 3
    assert outbox.all()["k40"].tries == 0


def test_a_message_is_given_up_after_a_day_with_its_last_reason():
    late = Delivery(target="desk", written_at=NOON - timedelta(hours=24))
    dead = after_failure(late, "connection refused", now=NOON, jitter=0, patience=Patience())
    assert (dead.state, dead.error) == ("dead", "given up after 1 tries: connection refused")


def test_each_target_has_its_own_patience():
    outbox = Outbox(an_alert(deliveries=ways("mail", "chat")))
    channels = {
        "mail": Channel(notifier=Receiver([False]), patience=Patience(tries=1)),
        "chat": Channel(notifier=Receiver([False]), patience=Patience(first=HOUR, longest=HOUR)),
    }
    deliver(outbox, channels, now=NOON, jitter=0)
    mail, chat = outbox.all()["k1"].deliveries
    assert (mail.state, chat.state, chat.not_before) == ("dead", "pending", NOON + HOUR)
    assert outbox.all()["k1"].state == "pending"


def test_a_given_up_alert_can_be_tried_again_at_once():
    outbox, receiver = Outbox(an_alert()), Receiver([False])
    channels = {"desk": Channel(notifier=receiver, patience=Patience(tries=1))}
    deliver(outbox, channels, now=NOON, jitter=0)
    dead = outbox.all()["k1"]
    assert dead.state == "dead"
    outbox.save_alert(again(dead))
    assert deliver(outbox, channels, now=NOON, jitter=0) == Delivered(sent=1)
    assert receiver.got == ["k1"]


def test_an_alert_with_nobody_to_tell_stays_in_the_list_only():
    outbox = Outbox(an_alert(deliveries=()))
    assert deliver(outbox, {}, now=NOON, jitter=0) == Delivered()
    assert outbox.all()["k1"].state == "delivered"


def test_an_alert_of_two_targets_is_repeated_only_where_it_did_not_arrive():
    mail, chat = Receiver(), Receiver([False, True])
    outbox = Outbox(an_alert(deliveries=ways("mail", "chat")))
    channels = {"mail": Channel(notifier=mail), "chat": Channel(notifier=chat)}
    assert deliver(outbox, channels, now=NOON, jitter=0) == Delivered(sent=1, failed=1)
    assert outbox.all()["k1"].error == "chat: 503 from the receiver"
    assert deliver(outbox, channels, now=NOON + HOUR, jitter=0) == Delivered(sent=1)
    assert (mail.got, chat.got, outbox.all()["k1"].state) == (["k1"], ["k1"], "delivered")


@pytest.mark.parametrize(
    ("channels", "said"),
    [(desk(None), "desk: no address: set the environment variable"), ({}, "desk: no target of this name")],
)
def test_a_target_that_cannot_be_reached_fails_and_says_what_to_do(channels, said):
    outbox = Outbox(an_alert())
    deliver(outbox, channels, now=NOON, jitter=0)
    assert (outbox.all()["k1"].error or "").startswith(said)


def test_an_alert_that_an_earlier_copytrail_raised_goes_to_the_targets_of_its_rule():
    outbox, receiver = Outbox(an_alert(deliveries=())), Receiver()
    assert deliver(outbox, desk(receiver), now=NOON, jitter=0, targets={"copies": ("desk",)}) == Delivered(sent=1)
    assert receiver.messages[0].text == "Ferry line reopens"


# --- as few messages as tell everything


def test_copies_of_one_text_are_one_message_and_those_that_follow_an_update():
    receiver = Receiver()
    first = an_alert_of(news_about("ferry"))
    outbox = Outbox(first)
    channels = desk(receiver, update=HOUR)
    deliver(outbox, channels, now=NOON, jitter=0)
    for number in range(3):
        by = replace(DIGEST, id=f"digest-{number}", name=f"Digest {number}")
        outbox.queue_alert(an_alert_of(news_about("ferry", by=by), at=NOON + (number + 1) * MINUTE))
    assert deliver(outbox, channels, now=NOON + 5 * MINUTE, jitter=0) == Delivered(held=3)
    assert {a.deliveries[0].waits_for for a in outbox.alerts(3)} == {"update"}
    assert deliver(outbox, channels, now=NOON + HOUR, jitter=0) == Delivered(sent=1)
    assert [(m.kind, len(m.alerts)) for m in receiver.messages] == [("alert", 1), ("update", 3)]
    assert receiver.messages[1].title == "3 more of Harbour Post: Digest 0 and 2 others: ferry"
    assert [alert.state for alert in outbox.alerts(9)] == ["delivered"] * 4


def test_a_summary_says_how_much_was_held_back_and_names_all_of_it():
    receiver = Receiver()
    outbox = Outbox(*(an_alert_of(news_about(f"story {n}"), at=NOON + n * MINUTE) for n in range(4)))
    channels = desk(receiver, per_hour=1)
    assert deliver(outbox, channels, now=NOON + 5 * MINUTE, jitter=0) == Delivered(sent=1, held=3)
    assert deliver(outbox, channels, now=NOON + 65 * MINUTE, jitter=0) == Delivered(sent=1)
    summary = receiver.messages[1]
    assert summary.title == "copytrail: 3 alerts held back under your limit of messages an hour"
    for number in (1, 2, 3):
        assert f"Mirror Daily copied Harbour Post: story {number}" in summary.text
        assert f"Mirror Daily copied Harbour Post: story {number}" in summary.html


def test_a_digest_is_one_message_with_the_rules_in_its_title():
    receiver = Receiver()
    outbox = Outbox(*(an_alert_of(news_about(f"s{n}"), rule=f"rule {n % 2}") for n in range(4)))
    channels = desk(receiver, digest="hourly")
    assert deliver(outbox, channels, now=NOON, jitter=0) == Delivered(held=4)
    assert deliver(outbox, channels, now=NOON + HOUR, jitter=0) == Delivered(sent=1)
    assert receiver.messages[0].title.startswith("copytrail: 4 alerts, rule ")


def test_a_message_of_many_alerts_stays_short():
    receiver = Receiver()
    outbox = Outbox(*(an_alert_of(news_about(f"s{n}")) for n in range(300)))
    deliver(outbox, desk(receiver, digest="hourly"), now=NOON, jitter=0)
    deliver(outbox, desk(receiver, digest="hourly"), now=NOON + HOUR, jitter=0)
    (message,) = receiver.messages
    assert len(message.alerts) == 300
    assert message.text.endswith("And 250 more: `copytrail alerts list` has them all.")
    assert len(message.text) < 25_000


# --- whoever kills us


class Killed(BaseException):
    """Stands for a kill: nothing of ours may catch it."""


class Deadly(Receiver):
    """Gets the message, and we are killed before we hear of it."""

    def notify(self, message: object) -> None:
        super().notify(message)  # type: ignore[arg-type]
        raise Killed


def test_what_was_sent_when_we_were_killed_is_sent_again_as_the_same_message():
    outbox, deadly, receiver = Outbox(*(an_alert_of(news_about(f"s{n}")) for n in range(3))), Deadly(), Receiver()
    with pytest.raises(Killed):
        deliver(outbox, desk(deadly, cooldown=HOUR), now=NOON, jitter=0)
    outbox.queue_alert(an_alert_of(news_about("s9"), at=NOON))  # it would have gone with them
    deliver(outbox, desk(receiver, cooldown=HOUR), now=NOON + MINUTE, jitter=0)
    (lost,), again_, *rest = deadly.messages, *receiver.messages
    assert (again_.key, again_.title, again_.text, again_.html) == (lost.key, lost.title, lost.text, lost.html)
    assert len(again_.alerts) == 3
    assert not rest


@given(st.integers(1, 60), st.floats(0, 0.999), st.text(max_size=8))
def test_waits_stay_between_a_minute_and_an_hour(tries, jitter, key):
    way = Delivery(target="desk", message=key, tries=tries - 1)
    waiting = after_failure(way, "x", now=NOON, jitter=jitter, patience=Patience(tries=999))
    assert waiting.not_before is not None
    assert MINUTE <= waiting.not_before - NOON <= HOUR


@settings(max_examples=50, deadline=None)
@given(st.lists(st.booleans(), max_size=60))
def test_every_alert_ends_delivered_once_or_dead_with_a_reason(verdicts):
    outbox, receiver, now = Outbox(an_alert()), Receiver(verdicts), NOON
    while outbox.all()["k1"].state == "pending" and now < NOON + 48 * HOUR:
        deliver(outbox, desk(receiver), now=now, jitter=0.5)
        now += timedelta(minutes=15)
    kept = outbox.all()["k1"]
    assert (kept.state == "delivered") == (receiver.got == ["k1"])
    assert (kept.state == "dead") == (receiver.got == [])
    assert kept.state == "delivered" or (kept.error or "").endswith("503 from the receiver")
