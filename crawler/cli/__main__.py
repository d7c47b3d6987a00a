"""``python -m crawler.cli`` is ``copytrail``."""

from crawler.cli import main

main()
