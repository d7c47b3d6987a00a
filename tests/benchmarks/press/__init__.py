"""Outlets on loopback in a process of their own, for benchmarks of the whole path.

``wire`` says who publishes what and when, ``shells`` what their pages look like, ``server`` serves them, ``folder``
writes settings that crawl them.
"""
