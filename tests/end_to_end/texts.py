"""Self-written articles, and the files in which they come."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

CRANE = """The harbour board of Westmark heard on Tuesday why its new crane has stood still since the spring floods.
The makers blamed a gearbox that arrived in March and did not fit the shaft shown in the tender's drawings.
Dock workers said they had pointed out the mistake in two letters, neither of which was answered by anyone.
Until the part has been replaced, ships with heavy cargo are sent on to the smaller basin at Oldport.
The detour costs each of them about nine hours and, by the board's own count, four thousand crowns.
Mayor Edda Holt, who chairs the board, asked for patience and for a second opinion on the drawings.
Two engineers of the technical school have offered to measure the shaft again without asking for a fee.
Insurers have so far refused to say whether a wrong drawing counts as damage or as a plain mistake.
A decision on who pays is expected before the winter storms close the northern channel once more."""
BEES = """Bees on the roof of the old town hall have made more honey this summer than in any year since records began.
Keeper Jonas Fell says the lime trees along the avenue flowered twice, which he had never seen in forty years.
The honey is sold in the market on Saturdays, in jars that carry the number of the hive they came from.
Half of what it earns goes to the school garden, where children have planted borage, thyme and late clover."""
CREDIT = "This article was originally published by Harbour Post."

HARBOUR = "https://harbour-post.example/2024/crane"
MERIDIAN = "https://meridian.example/news/crane-stands-still"
LAMP = "https://lamp.example/bees"


def rows() -> list[dict[str, Any]]:
    """Return an original, a copy of it that credits it, and an article of its own."""
    return [
        {
            "url": HARBOUR,
            "title": "Why the crane stands still",
            "text": CRANE,
            "published_at": "2024-03-05T08:00:00Z",
            "fetched_at": "2024-03-05T08:20:00Z",
            "byline": "By Ida Brandt",
            "language": "en",
            "links": [{"url": "/2024/letters", "text": "two letters"}],
        },
        {
            "url": MERIDIAN,
            "title": "Crane still out of work",
            "text": f"{CRANE}\n{CREDIT}",
            "published_at": "2024-03-06T10:00:00Z",
            "fetched_at": "2024-03-06T10:30:00Z",
            "links": [{"url": HARBOUR, "text": "Harbour Post"}],
        },
        {
            "url": LAMP,
            "title": "A good year for bees",
            "text": BEES,
            "published_at": "2024-03-07",
            "fetched_at": "2024-03-07T12:00:00Z",
        },
    ]


def jsonl(path: Path, *values: Any) -> Path:
    """Write *values* to *path*, an object a line; what is a text already stands there as it is."""
    lines = (value if isinstance(value, str) else json.dumps(value) for value in values)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def page(
    text: str = CRANE, title: str = "Why the crane stands still", at: str = "2024-03-05T08:00:00Z", head: str = ""
) -> str:
    """Return *text* as a web page, a paragraph for each line."""
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in text.splitlines())
    body = f'<main><article><h1>{title}</h1><p class="byline">By Ida Brandt</p>{paragraphs}</article></main>'
    time = f'<meta property="article:published_time" content="{at}">'
    return f'<!doctype html><html lang="en"><head><title>{title}</title>{time}{head}</head><body>{body}</body></html>'
