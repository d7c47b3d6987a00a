"""Says why something could not be had: whose fault it is, and whether asking again makes sense."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from crawler.fetch.guard import AddressRefused
from crawler.fetch.resting import HostResting, RoundStopped
from crawler.fetch.robots import RobotsForbid, RobotsUnreadable
from crawler.polling import Trouble

_LATER = frozenset({408, 421, 425, 429})
_CLOSED = {401: "asks for a login", 402: "asks for payment", 403: "refuses us", 451: "may not show it by law"}

_CERTIFICATE = {"VerificationError": "is that of another site", "certificate": "cannot be verified"}
_CUT = "{host} cut its answer short; tried again later"

# The first that fits: kinds of error, a word in its text, what to say, whether to ask again.
_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, str, bool, Trouble], ...] = (
    (DownloadTimeoutError, "", "{host} did not answer in time; tried again later", True, "soft"),
    (
        CannotResolveHostError,
        "",
        "the name {host} cannot be resolved: check its spelling and this machine's DNS; tried again later",
        True,
        "dns",
    ),
    (DownloadConnectionRefusedError, "", "{host} refuses connections; tried again later", True, "soft"),
    (ResponseDataLossError, "", _CUT, True, "soft"),
    (
        DownloadCancelledError,
        "",
        "{host} sent more than we take (fetch.max_page_bytes)",
        False,
        "hard",
    ),
    (DownloadFailedError, "", "the connection to {host} broke ({error}); tried again later", True, "soft"),
    ((RobotsUnreadable, HostResting), "", "{error}", True, "soft"),
    ((RobotsForbid, AddressRefused), "", "{error}", False, "hard"),
    (IgnoreRequest, "max redirections", "{host} redirects in a circle (more than 10 times)", False, "hard"),
    (IgnoreRequest, "decompress", "{host} sent more than we take once unpacked", False, "hard"),
    ((UnsupportedURLSchemeError, NotSupported), "", "not an http(s) address: {error}", False, "hard"),
)

# Twisted's errors come wrapped: "[<twisted.python.failure.Failure twisted.internet.error.ConnectionLost: Closed.>]".
_FAILURE = re.compile(r"\[?<twisted\.python\.failure\.Failure (?:[\w]{1,40}\.){0,9}(\w{1,80}: .{0,300}?)>\]?")

# What says nothing of the page itself: that counts no try.
_UNASKED = (RobotsUnreadable, HostResting, CannotResolveHostError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why there is nothing: one line for the user, and what to do about it."""

    reason: str
    again: bool
    trouble: Trouble
    status: int | None = None
    retry_after: str | None = None
    asked: bool = True  # False: its site was left alone, or could not be found


def explain(error: BaseException | None, url: str) -> Miss | None:
    """Return why *url* could not be had; None where it was never asked for, because the round was stopped."""
    host = urlsplit(url).hostname or "the site"
    if isinstance(error, RoundStopped):
        return None
    if isinstance(error, HttpError):
        return of_status(error.response.status, host, _header(error.response.headers.get(b"Retry-After")))
    for mark, what in _CERTIFICATE.items():
        if isinstance(error, DownloadFailedError) and mark in str(error):
            reason = f"{host}: its certificate {what}, so it may be someone else; tried again later"
            return Miss(reason=reason, again=True, trouble="soft")
    for kinds, mark, reason, again, trouble in _REASONS:
        if isinstance(error, kinds) and mark in str(error):
            words = reason.format(host=host, error=_line(error))
            return Miss(reason=words, again=again, trouble=trouble, asked=not isinstance(error, _UNASKED))
    reason = f"the answer of {host} cannot be read ({type(error).__name__}: {_line(error)})"
    return Miss(reason=reason, again=False, trouble="hard")


def cut_short(url: str) -> Miss:
    """Return what an answer that ends before its end means for us."""
    return Miss(reason=_CUT.format(host=urlsplit(url).hostname), again=True, trouble="soft")


def of_status(status: int, host: str, retry_after: str | None = None) -> Miss:
    """Return what an HTTP status other than success means for us."""
    again = status in _LATER or status >= 500
    trouble: Trouble = "gone" if status == 410 else "soft" if again else "hard"
    if status == 410:
        what = "taken down for good"
    elif status == 404:
        what = "not there"
    elif status in _CLOSED:
        what = f"it {_CLOSED[status]}; ask the site"
    else:
        what = "trouble on its side; tried again later" if again else "nothing we can use"
    reason = f"{host} answered {status}: {what}"
    return Miss(reason=reason, again=again, trouble=trouble, status=status, retry_after=retry_after)


def _header(value: bytes | None) -> str | None:
    return None if value is None else value[:64].decode("latin-1")


def _line(error: BaseException | None) -> str:
    lines = _FAILURE.sub(r"\1", str(error)).splitlines()
    return (lines[0] if lines else type(error).__name__)[:300]
