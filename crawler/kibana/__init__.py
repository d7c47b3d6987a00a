"""Kibana: what analysts see there, as saved objects, and the door through which they get in."""

from crawler.kibana.door import Access, put_in
from crawler.kibana.objects import DEFAULT_PREFIX, ndjson, panels, saved_objects

__all__ = ["DEFAULT_PREFIX", "Access", "ndjson", "panels", "put_in", "saved_objects"]
