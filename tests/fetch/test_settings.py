from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.settings import Settings

from config import FetchSettings
from crawler.fetch.desk import Round
from crawler.fetch.settings import VERSION, robots_name, scrapy_settings, user_agent
from tests.fetch.desks import BOUNDS, ListDesk, TestManners

SETTINGS = Settings(
    scrapy_settings(
        TestManners(timeout_seconds=30.0, max_page_bytes=15 * 2**20, delay_seconds=5.0),
        Round(
            desk=ListDesk(),
            feeds=(),
            waiting=(),
            bounds=lambda source_id: BOUNDS,
            clock=lambda: datetime.now(UTC),
            jitter=lambda: 0.0,
        ),
    )
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROBOTSTXT_OBEY", True),
        ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("COOKIES_ENABLED", False),
        ("TELNETCONSOLE_ENABLED", False),
        ("REMOTE_CONTROL_ENABLED", False),
        ("HTTPPROXY_ENABLED", False),
        ("METAREFRESH_ENABLED", False),
        ("RETRY_ENABLED", False),
        ("DNSCACHE_ENABLED", False),
        ("AUTOTHROTTLE_ENABLED", True),
        ("DOWNLOAD_TIMEOUT", 30.0),
        ("DOWNLOAD_MAXSIZE", 15 * 2**20),
        ("DOWNLOAD_DELAY", 5.0),
        ("DOWNLOAD_FAIL_ON_DATALOSS", True),
        ("CONCURRENT_REQUESTS_PER_DOMAIN", 1),
        ("REDIRECT_MAX_TIMES", 10),
        ("MEMUSAGE_LIMIT_MB", 1024),
        ("JOBDIR", None),
        ("HTTPCACHE_ENABLED", False),
        ("TWISTED_REACTOR", "twisted.internet.asyncioreactor.AsyncioSelectorReactor"),
        ("REFERRER_POLICY", "no-referrer"),
    ],
)
def test_scrapy_is_set_for_strangers_servers(name: str, value: Any) -> None:
    assert SETTINGS.get(name) == value


def test_only_http_and_https_can_be_fetched() -> None:
    handlers = SETTINGS.getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}


def test_our_own_robots_and_throttle_stand_in_for_scrapys() -> None:
    middlewares = SETTINGS.getwithbase("DOWNLOADER_MIDDLEWARES")
    extensions = SETTINGS.getwithbase("EXTENSIONS")
    assert middlewares["scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware"] is None
    assert middlewares["crawler.fetch.robots.RobotsMiddleware"] is not None
    assert extensions["scrapy.extensions.throttle.AutoThrottle"] is None
    assert extensions["crawler.fetch.robots.Throttle"] is not None


def test_the_engine_is_not_copied_with_the_settings() -> None:
    assert SETTINGS.copy()["COPYTRAIL_ROUND"] is SETTINGS["COPYTRAIL_ROUND"]


@pytest.mark.parametrize(
    ("agent", "contact", "sent"),
    [
        ("copytrail", None, f"copytrail/{VERSION}"),
        ("copytrail", "mail@example.org", f"copytrail/{VERSION} (+mail@example.org)"),
        ("NewsDesk/3", "https://example.org/bot", "NewsDesk/3 (+https://example.org/bot)"),
        ("A/1 (+x@example.org)", "x@example.org", "A/1 (+x@example.org)"),
        ("bad\r\nX-Header: 1", None, f"bad X-Header: 1/{VERSION}"),
    ],
)
def test_the_user_agent_says_who_we_are_and_where_to_complain(agent: str, contact: str | None, sent: str) -> None:
    assert user_agent(TestManners(user_agent=agent, contact=contact)) == sent


def test_robots_files_know_us_by_our_first_name() -> None:
    assert robots_name(TestManners(user_agent="NewsDesk/3")) == "NewsDesk"


def test_the_settings_a_user_gets_by_default_are_polite() -> None:
    fetch = FetchSettings()
    assert (fetch.delay_seconds, fetch.concurrency_per_host, fetch.obey_robots) == (5.0, 1, True)
    allow: Sequence[str] = fetch.allow
    assert not allow
    assert not fetch.hosts
