"""What Redis does when it dies, is not there, or is set up wrongly."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from crawler.crew import Task
from crawler.crews import open_crew
from crawler.errors import CrewUnavailable, InputError
from tests.crew.server import a_redis

TASK = Task(key="a", host="a.example")


def test_killed_it_knows_afterwards_what_was_leased_and_who_was_asked() -> None:
    with a_redis() as server:
        crew = open_crew(server.url)
        crew.check()
        crew.offer([TASK], seen=crew.moment())
        (held,) = crew.lease("one", most=1, per_host=1, seconds=60)
        turn = crew.enter("a.example", pace=60, most=1, seconds=60)
        number = crew.lead("planner", "one", 60)
        server.stop(signal.SIGKILL)
        with pytest.raises(CrewUnavailable, match=rf"Redis at redis://127.0.0.1:{server.port}/0 cannot be used"):
            crew.check()
        server.start()
        assert list(crew.keep([held], seconds=60)) == []
        assert crew.offer([TASK], seen=crew.moment()) == 0
        assert crew.enter("a.example", pace=60, most=1, seconds=60).seconds > 50
        assert crew.lead("planner", "two", 60) is None
        assert crew.lead("planner", "one", 60) == number
        assert turn.token is not None
        assert held.number < turn.token


def test_one_that_lost_its_memory_gives_no_number_twice() -> None:
    with a_redis("--appendonly", "no") as server:
        crew = open_crew(server.url)
        crew.offer([TASK], seen=crew.moment())
        (held,) = crew.lease("one", most=1, per_host=1, seconds=60)
        server.stop(signal.SIGKILL)
        server.start()
        assert list(crew.keep([held], seconds=60)) == ["a"]
        crew.offer([TASK], seen=crew.moment())
        (again,) = crew.lease("two", most=1, per_host=1, seconds=60)
        assert again.number > held.number


@pytest.mark.parametrize(
    ("options", "words"),
    [(("--appendonly", "no"), "set its appendonly to yes"), (("--maxmemory-policy", "allkeys-lru"), "noeviction")],
    ids=["forgetful", "evicting"],
)
def test_one_that_may_forget_is_not_good_enough(options: tuple[str, ...], words: str) -> None:
    with a_redis(*options) as server, pytest.raises(CrewUnavailable, match=words):
        open_crew(server.url).check()


def test_a_wrong_password_is_said_without_any_password() -> None:
    with a_redis() as server:
        url = server.url.replace(server.password, "not-the-one")
        with pytest.raises(CrewUnavailable) as caught:
            open_crew(url).check()
        assert "does not take our password: set COPYTRAIL_CREW__URL" in str(caught.value)
        assert "not-the-one" not in str(caught.value)


@pytest.mark.parametrize("url", ["redis://:s3cret@host:noport/0", "amqp://s3cret@host", "s3cret", "redis:s3cret"])
def test_what_is_no_url_of_a_crew_is_said_without_what_may_be_secret(url: str) -> None:
    with pytest.raises(InputError) as caught:
        open_crew(url)
    assert "s3cret" not in str(caught.value)
    assert str(caught.value).startswith("crew.url: ")


def test_without_the_extra_package_the_error_says_how_to_get_it() -> None:
    program = (
        "import sys; sys.modules['redis'] = None\n"
        "from crawler.crews import open_crew\n"
        "try: open_crew('redis://127.0.0.1')\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'copytrail[redis]'" in done.stdout
