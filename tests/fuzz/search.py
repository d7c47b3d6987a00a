"""One target under atheris: ``python -m tests.fuzz.search TARGET FOLDER SEEDS [libFuzzer's options]``."""

from __future__ import annotations

import logging
import sys

import atheris  # type: ignore[import-not-found]

from tests.fuzz.__main__ import OURS

logging.disable(logging.CRITICAL)
with atheris.instrument_imports(include=OURS):
    from crawler.prepare import warm_up
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv[1]]
    warm_up()
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()
