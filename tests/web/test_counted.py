"""What is costly is known in the background: nobody waits long, nothing is made twice at once, the last known stays."""

from __future__ import annotations

import threading
import time
from contextlib import closing

from crawler.errors import StoreUnavailable
from crawler.web.counted import Fresh

EVER = 60.0


def test_the_first_value_is_waited_for_and_then_kept() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(len(made))
        return len(made)

    with closing(Fresh(make, EVER)) as fresh:
        assert [fresh.value(EVER) for _ in range(5)] == [1] * 5
    assert len(made) == 1


def test_nobody_waits_longer_than_they_have_patience() -> None:
    gate = threading.Event()
    with closing(Fresh(lambda: gate.wait(EVER), EVER)) as fresh:
        begun = time.monotonic()
        assert fresh.value(0.05) is None
        assert time.monotonic() - begun < EVER / 2
        gate.set()
        assert fresh.value(EVER) is True


def test_the_old_value_is_shown_while_a_new_one_is_made() -> None:
    gate, made = threading.Event(), [0]

    def make() -> int:
        made[0] += 1
        if made[0] > 1:
            gate.wait(EVER)
        return made[0]

    with closing(Fresh(make, 0.0)) as fresh:
        until = time.monotonic() + EVER
        while made[0] < 2 and time.monotonic() < until:
            assert fresh.value(EVER) == 1
        assert fresh.value(EVER) == 1
        gate.set()
    assert made[0] == 2


def test_where_it_cannot_be_made_the_last_one_stays() -> None:
    answers, failed = iter([7]), threading.Event()

    def make() -> int:
        for answer in answers:
            return answer
        failed.set()
        raise StoreUnavailable("away")

    with closing(Fresh(make, 0.0)) as fresh:
        until = time.monotonic() + EVER
        while not failed.is_set() and time.monotonic() < until:
            assert fresh.value(EVER) == 7
        assert failed.is_set()
        assert fresh.value(EVER) == 7


def test_where_it_could_never_be_made_there_is_none() -> None:
    def make() -> int:
        raise StoreUnavailable("away")

    with closing(Fresh(make, EVER)) as fresh:
        assert fresh.value(EVER) is None
