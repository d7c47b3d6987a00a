"""When an alert goes to a target, and with which others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.alerts.manners import HOUR, Manners, Told, next_digest, plan, quiet_until, rehearse
from crawler.model import Alert, Delivery
from tests.alerts.values import DIGEST, NOON, an_alert, an_alert_of, news_about

MINUTE = timedelta(minutes=1)
NIGHT = (time(22), time(7))


def waiting(*alerts: Alert, **way: object) -> list[tuple[Alert, Delivery]]:
    return [(alert, Delivery(target="desk", **way)) for alert in alerts]  # type: ignore[arg-type]


def copies(*stories: str, at: datetime = NOON) -> list[Alert]:
    """Return an alert of each story, all of one pair, a second apart."""
    return [an_alert_of(news_about(s), at=at + n * timedelta(seconds=1)) for n, s in enumerate(stories)]


def sizes(parcels: Sequence[object]) -> list[int]:
    return [len(parcel.alerts) for parcel in parcels]  # type: ignore[attr-defined]


def test_without_manners_each_alert_goes_alone_and_at_once():
    made = plan(waiting(*copies("a", "b", "c")), [], Manners(), NOON)
    assert sizes(made.parcels) == [1, 1, 1]
    assert not made.held


def test_several_copies_of_one_text_are_one_message():
    one, other = an_alert_of(news_about("a")), an_alert_of(news_about("a", by=DIGEST))
    assert sizes(plan(waiting(one, other), [], Manners(update=HOUR), NOON).parcels) == [2]
    assert sizes(plan(waiting(one, other), [], Manners(), NOON).parcels) == [1, 1]


def test_more_copies_of_a_text_that_was_told_wait_for_the_update():
    alert = an_alert_of(news_about("a", by=DIGEST))
    told = [Told(NOON - 20 * MINUTE, frozenset({"harbour-post-a"}), frozenset())]
    made = plan(waiting(alert), told, Manners(update=HOUR), NOON)
    assert [(h.until, h.waits_for) for h in made.held] == [(NOON + 40 * MINUTE, "update")]
    assert sizes(plan(waiting(alert), told, Manners(update=HOUR), NOON + 40 * MINUTE).parcels) == [1]


def test_a_pair_that_was_told_rests_for_its_cooldown():
    told = [Told(NOON - 20 * MINUTE, frozenset({"other"}), frozenset({("mirror-daily", "harbour-post")}))]
    held = plan(waiting(*copies("a", "b")), told, Manners(cooldown=HOUR), NOON).held
    assert [(h.until, h.waits_for) for h in held] == [(NOON + 40 * MINUTE, "cooldown")] * 2
    other = an_alert_of(news_about("c", by=DIGEST))
    assert sizes(plan(waiting(other), told, Manners(cooldown=HOUR), NOON).parcels) == [1]


def test_what_a_pair_held_back_comes_together_when_it_is_over():
    made = plan(waiting(*copies("a", "b", "c"), waits_for="cooldown"), [], Manners(cooldown=HOUR), NOON)
    assert sizes(made.parcels) == [3]


def test_a_correction_waits_for_no_cooldown_and_no_update():
    alert = an_alert(corrects="k0", news=news_about("a"), cluster="harbour-post-a")
    told = [Told(NOON, frozenset({"harbour-post-a"}), frozenset({("mirror-daily", "harbour-post")}))]
    assert sizes(plan(waiting(alert), told, Manners(cooldown=HOUR, update=HOUR), NOON).parcels) == [1]


def test_above_the_ceiling_alerts_are_held_until_the_first_of_the_hour_is_old():
    told = [Told(NOON - 50 * MINUTE, frozenset(), frozenset()), Told(NOON - 10 * MINUTE, frozenset(), frozenset())]
    made = plan(waiting(*copies("a", "b", "c")), told, Manners(per_hour=3), NOON)
    assert sizes(made.parcels) == [1]
    assert [(h.until, h.waits_for) for h in made.held] == [(NOON + 10 * MINUTE, "ceiling")] * 2


def test_what_the_ceiling_held_back_comes_in_one_summary():
    made = plan(waiting(*copies(*"abcdefgh"), waits_for="ceiling"), [], Manners(per_hour=1), NOON)
    assert sizes(made.parcels) == [8]


def test_a_correction_goes_first_below_the_ceiling():
    correction = an_alert(key="z", corrects="k0", created_at=NOON + MINUTE)
    made = plan(waiting(*copies("a", "b"), correction), [], Manners(per_hour=1), NOON + MINUTE)
    assert [alert.key for parcel in made.parcels for alert in parcel.alerts] == ["z"]


def test_in_quiet_hours_all_waits_for_the_morning_and_comes_in_one():
    manners, late = Manners(quiet=NIGHT), datetime(2026, 11, 20, 23, tzinfo=UTC)
    morning = datetime(2026, 11, 21, 7, tzinfo=UTC)
    made = plan(waiting(*copies("a", "b", at=late)), [], manners, late)
    assert not made.parcels
    assert [(h.until, h.waits_for) for h in made.held] == [(morning, "quiet hours")] * 2
    assert sizes(plan(waiting(*copies("a", "b", at=late), waits_for="quiet hours"), [], manners, morning).parcels) == [
        2
    ]


def test_a_digest_has_all_that_was_raised_before_it():
    manners = Manners(digest="daily", digest_at=time(8), zone="Europe/Berlin")
    eight = datetime(2026, 11, 20, 7, tzinfo=UTC)
    early, late = copies("a", at=eight - HOUR), copies("b", at=eight + timedelta(seconds=1))
    made = plan(waiting(*early, *late), [], manners, eight + MINUTE)
    assert sizes(made.parcels) == [1]
    assert [(h.until, h.waits_for) for h in made.held] == [(eight + timedelta(days=1), "digest")]


@pytest.mark.parametrize(
    ("after", "at"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),  # summer time begins
        (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),  # and ends
        (datetime(2026, 11, 20, 6, 59, tzinfo=UTC), datetime(2026, 11, 20, 7, tzinfo=UTC)),
        (datetime(2026, 11, 20, 7, tzinfo=UTC), datetime(2026, 11, 21, 7, tzinfo=UTC)),
    ],
)
def test_a_daily_digest_comes_at_its_time_on_the_wall(after, at):
    assert next_digest(Manners(digest="daily", digest_at=time(8), zone="Europe/Berlin"), after) == at


def test_an_hourly_digest_comes_on_the_full_hour():
    assert next_digest(Manners(digest="hourly"), NOON + 5 * MINUTE) == NOON + HOUR
    assert next_digest(Manners(digest="hourly"), NOON) == NOON + HOUR


@pytest.mark.parametrize(
    ("hours", "zone", "now", "end"),
    [
        (NIGHT, "UTC", datetime(2026, 11, 20, 22, tzinfo=UTC), datetime(2026, 11, 21, 7, tzinfo=UTC)),
        (NIGHT, "UTC", datetime(2026, 11, 20, 6, 59, tzinfo=UTC), datetime(2026, 11, 20, 7, tzinfo=UTC)),
        (NIGHT, "UTC", datetime(2026, 11, 20, 7, tzinfo=UTC), None),
        (NIGHT, "UTC", datetime(2026, 11, 20, 21, 59, tzinfo=UTC), None),
        (NIGHT, "Asia/Tokyo", datetime(2026, 11, 20, 13, tzinfo=UTC), datetime(2026, 11, 20, 22, tzinfo=UTC)),
        ((time(12), time(14)), "UTC", NOON, NOON + 2 * HOUR),
        ((time(12), time(12)), "UTC", NOON, None),
        (None, "UTC", NOON, None),
    ],
)
def test_quiet_hours_end_at_their_time_on_the_wall(hours, zone, now, end):
    assert quiet_until(Manners(quiet=hours, zone=zone), now) == end


manners = st.builds(
    Manners,
    digest=st.sampled_from([None, None, "hourly", "daily"]),
    quiet=st.sampled_from([None, NIGHT, (time(12), time(13))]),
    cooldown=st.sampled_from([timedelta(), HOUR]),
    update=st.sampled_from([timedelta(), HOUR]),
    per_hour=st.sampled_from([None, 1, 3]),
)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 600)), max_size=25), manners)
def test_whatever_the_manners_each_alert_is_told_once(raised, manners):
    alerts = {}
    for number, (story, minute) in enumerate(raised):
        news = news_about(f"{story}{number}") if number % 2 else news_about(story, by=DIGEST)
        alert = an_alert_of(news, at=NOON + minute * MINUTE, rule=f"rule {number}")
        alerts[alert.key] = alert
    sent = rehearse(alerts.values(), "desk", manners)
    told = [alert.key for _, some in sent for alert in some]
    assert sorted(told) == sorted(alerts)
    assert all(at >= alert.created_at for at, some in sent for alert in some)
    assert all(quiet_until(manners, at) is None or manners.digest for at, _ in sent)
    if manners.per_hour is not None and manners.digest is None:
        for at, _ in sent:
            assert sum(at - HOUR < other <= at for other, _ in sent) <= manners.per_hour


def test_a_night_of_forty_copies_is_one_message_in_the_morning():
    evening = datetime(2026, 11, 20, 22, tzinfo=UTC)
    alerts = [an_alert_of(news_about(f"story {n}"), at=evening + n * 10 * MINUTE) for n in range(40)]
    sent = rehearse(alerts, "desk", Manners(quiet=NIGHT, cooldown=HOUR, update=HOUR, per_hour=20))
    assert [(at, len(some)) for at, some in sent] == [(datetime(2026, 11, 21, 7, tzinfo=UTC), 40)]
