"""The command line: parse, call, show.

Exit codes: 0 found or done, 1 not found or not as expected, 2 bad usage or input, 75 a daemon runs already.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config import Settings, SettingsError, load
from config.settings import has_password
from crawler.errors import AlreadyRunning, CopytrailError, InputError

if TYPE_CHECKING:
    from crawler.crew import Crew
    from crawler.flow import Engine, Ingested
    from crawler.model import Page
    from crawler.prepare import Row
    from crawler.readiness import Readiness

# Where each command lives: imported only when it is called, so that --help and completion are quick.
_COMMANDS = {
    "demo": "demo",
    "run": "tending",
    "serve": "serving",
    "ingest": "files",
    "extract": "files",
    "feed": "files",
    "compare": "files",
    "trace": "asking",
    "search": "asking",
    "tally": "asking",
    "export": "export",
    "review": "reviewing",
    "lineage": "reviewing",
    "sources": "tending",
    "alerts": "alerts",
    "store": "storing",
    "archive": "archiving",
    "reprocess": "archiving",
    "batch": "batch",
    "evidence": "evidence",
    "backup": "backing",
    "restore": "backing",
    "doctor": "doctor",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(import_module(f"crawler.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


OUTDATED = "what an earlier copytrail fingerprinted finds no copies of what came since: run `copytrail store migrate`"


@dataclass
class Door:
    """What the commands share: the settings and the engine, made when first needed."""

    folder: Path | None
    overrides: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        return load(self.folder, self.overrides)

    @cached_property
    def engine(self) -> Engine:
        from crawler.build import build

        engine = build(self.settings)
        if engine.store.url.startswith("sqlite:") and self._is_there():
            with suppress(CopytrailError):  # whoever uses it hears what is wrong with it
                if engine.has_outdated():
                    click.echo(f"warning: {OUTDATED}", err=True)
        return engine

    @property
    def reading(self) -> Engine:
        """The engine, for a command that only asks or tends. Raises InputError where its store is a missing file."""
        if not self._is_there():
            path = self.settings.store.strip().removeprefix("sqlite:///")
            raise InputError(f"no store at {path}: run `copytrail store init`, or `copytrail ingest` something")
        return self.engine

    @contextmanager
    def taking(self) -> Iterator[Callable[[Sequence[Page | Row]], list[Ingested]]]:
        """Yield what takes in files, kept in the archive first unless that is off."""
        from crawler.archiving import take_in_files
        from crawler.build import archive

        engine = self.engine
        if not self.settings.archive.enabled:
            yield engine.ingest_many
            return
        with archive(self.settings, engine.store.url) as kept:
            yield lambda units: take_in_files(units, engine, kept, clock=lambda: datetime.now(UTC))

    def _is_there(self) -> bool:
        """Say whether the store is another than a file, or a file that exists."""
        path = self.settings.store.strip().removeprefix("sqlite:///")
        return path == self.settings.store.strip() or Path(path).exists()

    def readiness(self) -> Readiness:
        """Ask the store whether it takes what it is given; look what waits for it."""
        from crawler.build import room, spool
        from crawler.readiness import readiness

        store = self.engine.store
        short = room(self.settings, store.url).problem()
        found = readiness(store, spool(self.settings, store.url), short=short)
        return replace(found, crew=self.crew_problem(), works=False)

    def crew_problem(self) -> str | None:
        """Return what is wrong with what a crew shares; None if all is well, or there is no crew."""
        if self.settings.crew.url is None:
            return None
        try:
            self._crew.check()
        except CopytrailError as error:
            return str(error)
        return None

    @cached_property
    def _crew(self) -> Crew:
        from crawler.crews import open_crew

        assert self.settings.crew.url is not None
        return open_crew(self.settings.crew.url.get_secret_value(), self.settings.crew.name)


def settings_folder(given: Path | None) -> Path | None:
    """Return the folder that was named, else ./config where it has settings, else None (the built-in ones)."""
    here = Path("config")
    return given or (here if (here / "copytrail.yaml").is_file() else None)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--store", metavar="URL", help="Use this store (sqlite:///var/copytrail.db) instead of the configured one."
)
@click.option(
    "--config",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of copytrail.yaml, sources.yaml and alerts.yaml. Default: ./config, else what comes with copytrail.",
)
@click.version_option(package_name="copytrail")
@click.pass_context
def copytrail(ctx: click.Context, store: str | None, folder: Path | None) -> None:
    """Show where a news article really came from.

    copytrail watches feeds, finds copies and cross-posts, traces each to its origin and says why it
    thinks so. Begin with `copytrail demo`; point it at real outlets in config/sources.yaml and start
    `copytrail run`; ask with `copytrail trace URL`.
    """
    if store is not None and has_password(store):
        raise click.UsageError("a password has no place on a command line: set COPYTRAIL_STORE in the environment")
    ctx.obj = Door(folder=settings_folder(folder), overrides={"store": store} if store else {})


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit. Errors of ours are one clear line each on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(_code(arguments))


def _code(arguments: list[str] | None) -> int:
    """Run the command line; return its exit code."""
    try:
        code = copytrail.main(arguments, prog_name="copytrail", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.exceptions.Abort:
        return _failed(130, "stopped")
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see: {context.command_path} --help)" if context else ""
        return _failed(2, error.format_message().rstrip(".") + hint)
    except SettingsError as error:
        return _failed(2, *error.problems)
    except AlreadyRunning as error:
        return _failed(75, str(error))
    except CopytrailError as error:
        return _failed(2, str(error))
    except OSError as error:
        # What the system refuses while we read or write files: a full disk, a folder we may not write to.
        return _failed(2, ": ".join(str(part) for part in (error.filename, error.strerror or error) if part))
    return code if isinstance(code, int) else 0


def _failed(code: int, *problems: str) -> int:
    from crawler.cli.show import safe

    for problem in problems:
        click.echo(f"error: {safe(problem, 2000)}", err=True)
    return code
