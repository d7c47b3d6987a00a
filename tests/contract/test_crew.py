"""What every crew promises. Redis has a clock of its own: the seconds here are real, and few."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from crawler.crew import Crew, Leased, Task
from crawler.crews import open_crew
from tests.crew.server import RedisServer, a_redis

LONG = 60.0
SHORT = 0.25


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with a_redis() as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def crew(request: pytest.FixtureRequest) -> Iterator[Crew]:
    if request.param == "memory":
        yield open_crew("memory:")
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    crew = open_crew(server.url, f"test-{uuid4().hex[:8]}")
    yield crew
    crew.close()


def tasks(*names: str, host: str | None = None) -> list[Task]:
    return [Task(key=name, host=host or f"{name}.example", at=at, body=f"of {name}") for at, name in enumerate(names)]


def offered(crew: Crew, given: Sequence[Task]) -> int:
    return crew.offer(given, seen=crew.moment())


def taken(crew: Crew, holder: str = "one", *, most: int = 10, seconds: float = LONG) -> list[Leased]:
    return list(crew.lease(holder, most=most, per_host=10, seconds=seconds))


def keys(leases: Sequence[Leased]) -> list[str]:
    return [leased.task.key for leased in leases]


# --- who leads


def test_one_leads_at_a_time_and_its_number_stays(crew: Crew) -> None:
    number = crew.lead("planner", "one", LONG)
    assert number is not None
    assert crew.lead("planner", "two", LONG) is None
    assert crew.lead("planner", "one", LONG) == number


def test_another_leads_once_the_first_is_silent_and_has_a_higher_number(crew: Crew) -> None:
    first = crew.lead("planner", "one", SHORT)
    time.sleep(SHORT * 1.2)
    second = crew.lead("planner", "two", LONG)
    assert first is not None
    assert second is not None
    assert second > first
    assert crew.lead("planner", "one", LONG) is None


def test_who_resigns_makes_room_and_only_its_own(crew: Crew) -> None:
    first = crew.lead("planner", "one", LONG)
    assert first is not None
    crew.resign("planner", first)
    assert crew.lead("planner", "two", LONG) is not None
    crew.resign("planner", first)
    assert crew.lead("planner", "one", LONG) is None


# --- who has what in hand


def test_what_is_offered_is_leased_once_oldest_first_as_it_was(crew: Crew) -> None:
    given = tasks("a", "b", "c")
    assert offered(crew, given) == 3
    assert offered(crew, given) == 0
    one, two = taken(crew, "one", most=2), taken(crew, "two", most=2)
    assert [leased.task for leased in one] == given[:2]
    assert [leased.task for leased in two] == given[2:]
    assert offered(crew, given) == 0
    assert taken(crew) == []
    assert (crew.counts().waiting, crew.counts().leased) == (0, 3)


def test_numbers_only_rise(crew: Crew) -> None:
    offered(crew, tasks("a", "b", "c"))
    numbers = [leased.number for leased in taken(crew)]
    assert numbers == sorted(set(numbers))


def test_a_host_is_left_to_the_worker_that_has_tasks_of_it(crew: Crew) -> None:
    offered(crew, tasks("a", "b", "c", host="busy.example"))
    assert keys(crew.lease("one", most=1, per_host=2, seconds=LONG)) == ["a"]
    assert taken(crew, "two") == []
    assert keys(crew.lease("one", most=9, per_host=2, seconds=LONG)) == ["b"]


def test_a_lease_that_is_not_kept_ends_and_its_task_comes_with_the_next_offer(crew: Crew) -> None:
    offered(crew, tasks("a", "b"))
    first = taken(crew, "one", seconds=SHORT)
    assert list(crew.keep(first[:1], seconds=LONG)) == []
    time.sleep(SHORT * 1.2)
    assert offered(crew, tasks("a", "b")) == 1
    (again,) = taken(crew, "two")
    assert again.task.key == "b"
    assert again.number > first[1].number
    assert list(crew.keep(first, seconds=LONG)) == ["b"]


def test_what_is_done_is_not_offered_by_who_looked_before(crew: Crew) -> None:
    offered(crew, tasks("a"))
    leases = taken(crew)
    before = crew.moment()
    time.sleep(0.002)
    crew.done(leases)
    assert crew.offer(tasks("a"), seen=before) == 0
    time.sleep(0.002)
    assert crew.offer(tasks("a"), seen=crew.moment()) == 1


def test_who_lost_a_lease_takes_nothing_from_who_has_it_now(crew: Crew) -> None:
    offered(crew, tasks("a"))
    late = taken(crew, "one", seconds=SHORT)
    time.sleep(SHORT * 1.2)
    offered(crew, tasks("a"))
    now = taken(crew, "two")
    crew.done(late)
    assert list(crew.keep(now, seconds=LONG)) == []
    assert crew.counts().leased == 1


def test_claimed_is_what_nobody_has_leased(crew: Crew) -> None:
    given = tasks("a", "b", "c", host="busy.example")
    offered(crew, given[:2])
    crew.lease("one", most=1, per_host=9, seconds=LONG)
    claimed = crew.claim(given, "two", seconds=LONG)
    assert [leased.task for leased in claimed] == given[1:]
    assert taken(crew, "three") == []
    assert list(crew.keep(claimed, seconds=LONG)) == []


def test_many_workers_at_once_never_have_one_task_twice(crew: Crew) -> None:
    offered(crew, tasks(*(f"t{number:04}" for number in range(600))))

    def work(holder: str) -> list[str]:
        mine: list[str] = []
        while some := taken(crew, holder, most=7):
            mine += keys(some)
        return mine

    with ThreadPoolExecutor(6) as pool:
        got = [key for some in pool.map(work, "abcdef") for key in some]
    assert len(got) == len(set(got)) == 600


def test_texts_of_any_kind_come_back_as_they_were(crew: Crew) -> None:
    odd = Task(key='page "\n\t|', host="häfen.example", at=1_763_000_000_123_456, body='{"a": "\\n\n é 汉 \x00 |"}')
    offered(crew, [odd])
    (leased,) = taken(crew)
    assert leased.task == odd
    assert list(crew.keep([leased], seconds=LONG)) == []


# --- whose turn it is at a host


def test_one_at_a_time_is_at_a_host_and_the_pace_counts_from_its_end(crew: Crew) -> None:
    turn = crew.enter("a.example", pace=0.05, most=1, seconds=LONG)
    assert turn.token is not None
    time.sleep(0.1)
    assert crew.enter("a.example", pace=0.05, most=1, seconds=LONG).token is None
    crew.leave("a.example", turn.token, pace=LONG)
    wait = crew.enter("a.example", pace=0.05, most=1, seconds=LONG)
    assert wait.token is None
    assert LONG - 5 < wait.seconds <= LONG
    assert crew.enter("b.example", pace=0.05, most=1, seconds=LONG).token is not None


def test_as_many_are_at_a_host_as_may_be(crew: Crew) -> None:
    turns = [crew.enter("a.example", pace=0, most=2, seconds=LONG) for _ in range(3)]
    assert [turn.token is None for turn in turns] == [False, False, True]


def test_who_never_leaves_is_taken_for_dead(crew: Crew) -> None:
    assert crew.enter("a.example", pace=0, most=1, seconds=SHORT).token is not None
    time.sleep(SHORT * 1.2)
    assert crew.enter("a.example", pace=0, most=1, seconds=LONG).token is not None


def test_a_host_that_asks_for_it_is_asked_less_often_by_all(crew: Crew) -> None:
    crew.slow_down("a.example", LONG)
    turn = crew.enter("a.example", pace=0.0, most=1, seconds=LONG)
    assert turn.token is not None
    crew.leave("a.example", turn.token, pace=0.0)
    assert crew.enter("a.example", pace=0.0, most=1, seconds=LONG).seconds > LONG - 5


def test_a_host_that_asks_for_it_is_left_alone_by_all(crew: Crew) -> None:
    crew.rest("a.example", LONG)
    assert crew.enter("a.example", pace=0.0, most=1, seconds=LONG).seconds > LONG - 5


def test_who_lost_its_lease_gets_no_turn(crew: Crew) -> None:
    offered(crew, tasks("a"))
    (held,) = taken(crew, seconds=SHORT)
    turn = crew.enter("a.example", pace=0.0, most=9, seconds=LONG, lease=held)
    assert turn.token is not None
    assert crew.enter("a.example", pace=0.0, most=9, seconds=LONG, lease=replace(held, number=held.number + 1)).lost
    time.sleep(SHORT * 1.2)
    assert crew.enter("a.example", pace=0.0, most=9, seconds=LONG, lease=held).lost
