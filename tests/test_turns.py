from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Entry, Pending
from crawler.turns import fairly, next_try

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_pending(tries: int = 0, age: timedelta = timedelta()) -> Pending:
    return Pending(key="k", url="u", source_id="s", entry=Entry(), first_seen_at=NOW - age, tries=tries)


def test_pauses_double_and_do_not_shrink_for_a_page_that_is_old() -> None:
    for age in (timedelta(), 2 * DAY):
        pauses = [at - NOW for tries in range(11) if (at := next_try(a_pending(tries, age), now=NOW)) is not None]
        assert pauses[:4] == [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
        assert pauses[-1] == DAY
        assert len(pauses) == 11


def test_a_site_that_is_down_for_a_weekend_loses_no_page() -> None:
    now, pending = NOW, a_pending()
    while now < NOW + timedelta(days=3):
        at = next_try(pending, now=now, jitter=-0.1)
        assert at is not None
        pending, now = a_pending(pending.tries + 1, age=NOW - pending.first_seen_at), at
    assert pending.tries <= 11


def test_what_was_not_asked_for_uses_up_no_try_and_waits_a_quarter_of_its_age() -> None:
    assert next_try(a_pending(11), now=NOW, asked=False) == NOW + 15 * MINUTE
    assert next_try(a_pending(11, age=20 * HOUR), now=NOW, asked=False) == NOW + 5 * HOUR


def test_a_page_is_given_up_after_the_twelfth_try_or_two_weeks() -> None:
    assert next_try(a_pending(10), now=NOW) is not None
    assert next_try(a_pending(11), now=NOW) is None
    assert next_try(a_pending(0, age=15 * DAY), now=NOW) is None
    assert next_try(a_pending(0, age=15 * DAY), now=NOW, asked=False) is None


def test_a_sites_retry_after_is_not_undercut() -> None:
    assert next_try(a_pending(), now=NOW, wait="7200") == NOW + 2 * HOUR
    assert next_try(a_pending(8), now=NOW, wait="60") == NOW + 1280 * MINUTE


@given(st.integers(0, 11), st.floats(-0.1, 0.1), st.timedeltas(timedelta(), 14 * DAY), st.booleans())
def test_the_next_try_is_never_hasty_and_never_more_than_about_a_day_away(
    tries: int, jitter: float, age: timedelta, asked: bool
) -> None:
    at = next_try(a_pending(tries, age), now=NOW, asked=asked, jitter=jitter)
    assert at is None or 4.5 * MINUTE <= at - NOW <= 1.1 * DAY


urls = st.lists(st.builds("http://{}.example/{}".format, st.sampled_from("abc"), st.integers(0, 99)), max_size=60)


@given(urls, st.integers(0, 40), st.integers(1, 10))
def test_no_host_takes_more_than_its_share_and_none_is_left_out(given: list[str], most: int, per_host: int) -> None:
    taken = fairly(given, lambda url: url, most=most, per_host=per_host)
    hosts = [urlsplit(url).hostname for url in taken]
    assert len(taken) <= most
    for host in {urlsplit(url).hostname for url in given}:
        its = [url for url in given if urlsplit(url).hostname == host]
        mine = [url for url in taken if urlsplit(url).hostname == host]
        assert mine == its[: len(mine)]
        assert len(mine) <= per_host
        assert len(mine) >= min(len(its), per_host, most // 3)
    if len(hosts) < most:
        assert len(hosts) == sum(min(per_host, sum(urlsplit(u).hostname == h for u in given)) for h in set(hosts))
