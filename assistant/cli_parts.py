"""What the commands share: the door that turns errors into messages, the store's option, settings, progress."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from vectorstore.errors import PlansError

if TYPE_CHECKING:
    from vectorstore.errors import DocumentError
    from vectorstore.settings import Settings
    from vectorstore.store import VectorStore

FAILED, SILENT = 1, 3

_P = ParamSpec("_P")


def door(command: Callable[_P, None]) -> Callable[_P, None]:
    """Turn what a person can be told into a message and an exit code."""

    @wraps(command)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PlansError as error:
            click.echo(f"plans: {error}", err=True)
            sys.exit(FAILED)

    return guarded


store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Folder of the index. Without it: PLANS_STORE, else the bundled plans, indexed at first use.",
)


def settings_of(store: Path | None) -> "Settings":
    """Return the settings of the environment, with the store that was named on the command line."""
    from vectorstore.settings import read_settings

    return read_settings(store=store)


def open_store(store: Path | None) -> "VectorStore":
    """Return the store that is meant, indexed first where it is that of the bundled plans and not up to date."""
    from assistant import collection

    settings = settings_of(store)
    ensure_index(settings, explicit=store)
    return collection.open_store(settings)


def ensure_index(settings: "Settings", *, explicit: Path | None) -> None:
    """Index what the default store should hold where it is not up to date; other stores are opened as they are."""
    from assistant.collection import is_current, is_default, update_store

    if explicit is not None or not is_default(settings) or is_current(settings):
        return
    with progress_shown() as report:
        _, errors = update_store(settings, on_progress=report)
    report_left_out(errors)


def follow(settings: "Settings") -> "VectorStore":
    """Index again after the library has changed; files left out are reported and make the command fail."""
    from assistant.collection import follow_changes

    with progress_shown() as report:
        built, errors = follow_changes(settings, on_progress=report)
    report_store(built, errors, settings)
    return built


def report_store(store: "VectorStore", errors: Sequence["DocumentError"], settings: "Settings") -> None:
    """Print what a store holds and which files were left out; end with a code of its own where there are any."""
    click.echo(f"{len(store.documents)} documents, {store.manifest.chunks} passages in {settings.store}")
    report_left_out(errors)
    if errors:
        sys.exit(FAILED)


def report_left_out(errors: Sequence["DocumentError"]) -> None:
    """Print the files that were left out, each with why."""
    for error in errors:
        click.echo(f"left out: {error}", err=True)


@contextmanager
def progress_shown() -> Iterator[Callable[[str, int, int], None]]:
    """Yield what shows progress on a terminal, and stays quiet in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    words = {"read": "Reading documents", "embed": "Embedding sentences", "store": "Writing the index"}
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(words.get(stage, stage), total=total)
            progress.update(tasks[stage], completed=done, total=total)

        yield report
