from __future__ import annotations

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.fetch.guard import AddressRefused
from crawler.fetch.miss import explain, of_status
from crawler.fetch.resting import HostResting, RoundStopped
from crawler.fetch.robots import RobotsForbid, RobotsUnreadable

URL = "http://site.example/page"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522, 599])
def test_a_status_that_may_pass_is_tried_again(status: int) -> None:
    assert of_status(status, "site.example").again


@pytest.mark.parametrize("status", [300, 400, 401, 403, 404, 405, 410, 418, 451])
def test_a_status_that_will_stay_is_final(status: int) -> None:
    assert not of_status(status, "site.example").again


@pytest.mark.parametrize(
    ("error", "again", "words"),
    [
        (DownloadTimeoutError("x"), True, "did not answer in time"),
        (CannotResolveHostError("x"), True, "cannot be resolved"),
        (DownloadConnectionRefusedError("x"), True, "refuses connections"),
        (ResponseDataLossError(), True, "cut its answer short"),
        (DownloadFailedError("certificate verify failed"), True, "certificate cannot be verified"),
        (DownloadFailedError("[ConnectionLost]"), True, "broke"),
        (DownloadCancelledError("Expected to receive 50 bytes which is larger than 5"), False, "more than we take"),
        (IgnoreRequest("max redirections reached"), False, "in a circle"),
        (IgnoreRequest("exceeded DOWNLOAD_MAXSIZE during decompression."), False, "unpacked"),
        (RobotsForbid("its robots.txt does not allow"), False, "robots.txt"),
        (RobotsUnreadable("its robots.txt could not be had"), True, "robots.txt"),
        (HostResting("left alone"), True, "left alone"),
        (AddressRefused("refused to dial"), False, "refused to dial"),
        (LookupError("unknown encoding"), False, "cannot be read"),
        (RuntimeError(""), False, "RuntimeError"),
        (None, False, "cannot be read"),
    ],
)
def test_each_failure_says_in_one_line_what_happened_and_whether_to_try_again(
    error: BaseException | None, again: bool, words: str
) -> None:
    miss = explain(error, URL)
    assert miss is not None
    assert miss.again is again
    assert words in miss.reason
    assert "\n" not in miss.reason


def test_the_wait_a_site_asks_for_is_passed_on() -> None:
    response = Response(URL, status=503, headers={"Retry-After": "77"})
    miss = explain(HttpError(response), URL)
    assert miss is not None
    assert (miss.status, miss.retry_after) == (503, "77")


def test_a_request_that_was_never_sent_is_no_miss() -> None:
    assert explain(RoundStopped("stopping"), URL) is None
