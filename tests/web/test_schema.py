"""The API keeps what its OpenAPI document promises, whatever it is sent: schemathesis makes the requests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from crawler.store import open_store
from tests.end_to_end.shell import environment
from tests.web.browser import served
from tests.web.house import HARBOUR_ID, TOKEN, a_client, an_engine, fill

PROGRAM = Path(sys.executable).with_name("schemathesis")
# What is right in form may still not be: a day that no month has, a cursor that was never ours. That is a 422, too.
NOT_PROMISED = "positive_data_acceptance"


def test_every_route_of_the_api_is_documented_and_no_page_is() -> None:
    with a_client(an_engine(open_store("memory:"))) as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"/api/v1/articles", "/api/v1/trail/{id}", "/api/v1/reviews", "/api/v1/export/{what}"} <= set(paths)
    assert all(path.startswith("/api/v1/") for path in paths)
    assert all(operation["description"] for methods in paths.values() for operation in methods.values())


def test_whatever_is_sent_the_answer_is_a_documented_one(tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(f'[parameters]\n"path.id" = "{HARBOUR_ID}"\n', encoding="utf-8")
    with served(fill(an_engine(open_store("memory:")))) as address:
        command = [
            *(PROGRAM, "--config-file", config, "run", f"{address}/api/v1/openapi.json", "--seed", "1", "--no-color"),
            *("--header", f"Authorization: Bearer {TOKEN}", "--exclude-checks", NOT_PROMISED, "--max-examples", "8"),
            *("--phases", "examples,coverage,fuzzing", "--generation-database", "none", "--continue-on-failure"),
        ]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=300
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Operations:       17 selected / 17 total" in done.stdout
