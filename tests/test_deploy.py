"""The files of config/deploy/ fit each other, the project, and nobody else's secrets."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import click
import pytest
import yaml

from crawler.cli import copytrail
from tests.needs import need

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "config" / "deploy"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
TEXT = "".join((FOLDER / name).read_text(encoding="utf-8") for name in ("compose.yaml", "crew.yaml"))
SERVICES: dict[str, Any] = COMPOSE["services"]
BUILT = (FOLDER / "Containerfile").read_text(encoding="utf-8")
ONCE = {"users", "indices", "dashboard"}


@pytest.mark.parametrize("name", list(SERVICES))
def test_every_image_is_of_a_named_version(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image
    assert re.fullmatch(r"\d+\.\d+\.\d+", tag)


def test_kibana_is_of_elasticsearchs_version_and_the_copytrail_image_of_the_projects() -> None:
    assert SERVICES["kibana"]["image"].split(":")[1] == SERVICES["elasticsearch"]["image"].split(":")[1]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert SERVICES["copytrail"]["image"] == f"copytrail:{version}"


@pytest.mark.parametrize("name", list(SERVICES))
def test_what_runs_on_is_watched_and_restarted_and_what_runs_once_is_not(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert ("healthcheck" in service) == (name not in ONCE)


@pytest.mark.parametrize("name", list(SERVICES))
def test_what_a_service_waits_for_can_come_true(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert wait == {"condition": expected}


def test_every_password_is_asked_for_and_none_is_written_down() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)(?::[?-][^}]*)?\}", TEXT))
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (FOLDER / "env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert asked == set(example)
    for name in asked:
        secret = name.endswith(("PASSWORD", "KEY", "TOKEN"))
        assert (example[name] == "") == secret
        # Without a value a secret stops compose with a line; none has a default.
        assert all(f"${{{name}:?" in line for line in TEXT.splitlines() if f"${{{name}" in line) == secret
    assert "config/deploy/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_no_port_is_open_to_other_machines() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_file_that_is_mounted_built_from_or_copied_is_there() -> None:
    for name, service in SERVICES.items():
        for mount in service.get("volumes", ()):
            source = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", mount).split(":")[0]
            assert source in COMPOSE["volumes"] or (FOLDER / source).exists(), f"{name}: {mount}"
        if "build" in service:
            assert (FOLDER / service["build"]["context"]).resolve() == ROOT
            assert (ROOT / service["build"]["dockerfile"]).is_file()
    sources = [part for line in re.findall(r"^COPY (.+) \S+$", BUILT, re.MULTILINE) for part in line.split()]
    assert {"config", "crawler", "scheduler", "spiders", "requirements-redis.lock"} <= set(sources)
    ignored = (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored


def test_the_commands_are_commands_of_ours_with_options_that_they_have() -> None:
    commands = [service["command"] for service in SERVICES.values() if service["image"].startswith("copytrail:")]
    commands.append(SERVICES["copytrail"]["healthcheck"]["test"][2:])
    assert len(commands) == 4
    for arguments in commands:
        command: click.Command = copytrail
        context = click.Context(command)
        given = [str(one) for one in arguments]
        while isinstance(command, click.Group):
            context = command.make_context("copytrail", given, parent=None, resilient_parsing=True)
            name, found, given = command.resolve_command(context, [*context._protected_args, *context.args])
            assert found is not None, name
            command = found
        command.make_context("copytrail", given, parent=context)


def test_the_image_runs_copytrail_as_a_user_without_rights() -> None:
    assert re.search(r"^FROM python:3\.\d+-slim-\w+$", BUILT, re.MULTILINE)
    assert BUILT.index("\nUSER 10001:10001\n") > BUILT.index("useradd --system --uid 10001 --user-group")
    assert 'ENTRYPOINT ["copytrail"]' in BUILT
    assert "--require-hashes" in BUILT


def test_the_roles_that_are_mounted_are_those_that_the_users_get() -> None:
    roles = yaml.safe_load((ROOT / "config" / "elasticsearch" / "roles.json").read_text(encoding="utf-8"))
    script = (FOLDER / "users.sh").read_text(encoding="utf-8")
    named = set(re.findall(r"copytrail_\w+", script))
    assert {"copytrail_daemon", "copytrail_reader"} <= named <= set(roles)


@pytest.mark.parametrize("password", ["", "short", 'quote"d-and-long', "with space in it"])
def test_a_password_that_would_not_survive_is_refused_before_anything_is_sent(password: str) -> None:
    bash = shutil.which("bash")
    assert bash
    names = ("ELASTIC_PASSWORD", "KIBANA_PASSWORD", "COPYTRAIL_PASSWORD")
    given = {"PATH": "/usr/bin:/bin", "READER_PASSWORD": password, **dict.fromkeys(names, "long-enough")}
    done = subprocess.run(
        [bash, FOLDER / "users.sh"], env=given, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("READER_PASSWORD: ")
    assert len(done.stderr.splitlines()) == 1


class Recorder(BaseHTTPRequestHandler):
    """Takes every request as Elasticsearch does and keeps it."""

    came: ClassVar[dict[str, tuple[str, Any]]] = {}

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.came[self.path] = (base64.b64decode(self.headers["Authorization"].split()[1]).decode(), body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


def test_kibana_gets_its_password_and_daemon_and_reader_their_roles() -> None:
    need("curl", "curl")
    words = {f"{name}_PASSWORD": f"pw-{name.lower()}-1" for name in ("ELASTIC", "KIBANA", "COPYTRAIL", "READER")}
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        given = {"PATH": os.environ["PATH"], "ELASTICSEARCH_URL": f"http://127.0.0.1:{server.server_port}", **words}
        command = [need("bash", "bash"), FOLDER / "users.sh"]
        done = subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=120)
        server.shutdown()
    assert (done.returncode, done.stdout, done.stderr) == (0, "users are as .env says\n", "")
    said = {path.removeprefix("/_security/user/"): held for path, held in Recorder.came.items()}
    assert {who for who, _ in said.values()} == {"elastic:pw-elastic-1"}
    assert {name: body for name, (_, body) in said.items()} == {
        "kibana_system/_password": {"password": "pw-kibana-1"},
        "copytrail": {"password": "pw-copytrail-1", "roles": ["copytrail_daemon"]},
        "reader": {"password": "pw-reader-1", "roles": ["copytrail_reader", "viewer"]},
    }
