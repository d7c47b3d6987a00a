"""What an analyst is shown of a scenario: answers and changes, as JSON and as lines."""

from __future__ import annotations

import json

from crawler import present
from crawler.cli import show
from tests.scenarios.world import SENSORS, World

A = "https://citydesk.org/2024/sensors/"
B = "https://birch-post.example/s/1"


def shown() -> World:
    world = World()
    world.story(A, SENSORS, 0, title="The wall moves")
    text = (*SENSORS[:4], *(one.replace("January", "February") for one in SENSORS[5:]))
    credit = "<p>This story was originally published by City Desk ABQ.</p>"
    world.story(B, text, 30, foot=credit, title="Horror at \x1b[31mnight")
    return world


def test_the_json_of_a_trace_holds_answers_and_changes() -> None:
    value = json.loads(json.dumps(present.trail(shown().look(B).trail)))
    assert [c["id"] for c in value["criteria"]] == [f"D{n}" for n in range(1, 13)]
    assert value["criteria"][2] == {
        "id": "D3", "answer": "no", "note": "no link; declared rule not met", "quote": None,
    }  # fmt: skip
    assert value["changes"]["headline"]["parent"] == "The wall moves"
    assert value["changes"]["cut"]
    assert value["changes"]["diff"].startswith("- # The wall moves\n+ # ")
    assert set(value["article"]["lineage"]["attribution"]) == {"verdict", "credited", "linked", "credited_as", "link"}


def test_an_article_without_a_seen_parent_has_no_changes() -> None:
    world = World()
    page = world.story(B, SENSORS, 0, foot="<p>This story was originally published by City Desk ABQ.</p>")
    value = present.trail(page.trail)
    assert value["changes"] is None
    assert len(value["criteria"]) == 12
    alone = present.trail(World().story(B, SENSORS, 0).trail)
    assert (alone["changes"], alone["criteria"]) == (None, [])


def test_the_lines_of_a_trace_name_what_was_not_met_and_no_control_character() -> None:
    lines = list(show.tree(shown().look(B).trail))
    text = "\n".join(lines)
    assert "attribution: partial" in text
    assert "D3  no: link to the very article (no link; declared rule not met)" in text
    assert "- # The wall moves" in text
    assert "\x1b[31mnight" not in text
