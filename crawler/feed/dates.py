"""Reads the dates that feeds write, and believes those that can be true."""

from __future__ import annotations

from datetime import datetime, timedelta

from crawler.dates import EARLIEST, written_date
from crawler.model import Basis, Dated

AHEAD = timedelta(hours=24)  # how far a publisher's clock or zone may be off


def read_date(raw: str | None, *, now: datetime, basis: Basis = "feed") -> Dated | None:
    """Return the date that *raw* says, or None where it says none or an impossible one.

    A clock time without a zone is taken as UTC and marked so. Nothing before 1995 and nothing more
    than a day after *now* is believed.
    """
    found = written_date(raw) if raw else None
    if found is None or not EARLIEST <= found.at <= now + AHEAD:
        return None
    return Dated(at=found.at, precision=found.precision, zone_known=found.zone_known, basis=basis)
