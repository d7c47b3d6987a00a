"""Serves the newsroom for looking at by hand: ``python -m crawler.newsroom --port 8600``."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from threading import Event

from crawler.newsroom import ROUNDS, Newsroom


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m crawler.newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=8600, help="0 for any free port")
    parser.add_argument("--round", type=int, default=1, choices=range(1, ROUNDS + 1), help="the round to show")
    given = parser.parse_args()
    with Newsroom(datetime.now(UTC), port=given.port) as newsroom:
        for _ in range(given.round - 1):
            newsroom.advance()
        print(f"The newsroom is open on 127.0.0.1:{newsroom.port}, round {newsroom.round}. Ctrl-C closes it.")
        print(f"Its outlets answer by name: curl -H 'Host: harbour-post.example' http://127.0.0.1:{newsroom.port}/")
        for source in newsroom.sources():
            print(f"  {source.name:18}", *(source.feeds or ("(an agency without a feed)",)))
        try:
            Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
