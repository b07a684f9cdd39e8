"""Door 1: the command line. Heavy modules are imported where they are used, so that ``--help`` answers at once."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from vectorstore.errors import PlansError

if TYPE_CHECKING:
    from assistant.datatypes import Turn
    from vectorstore.settings import Settings
    from vectorstore.store import VectorStore

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
FAILED, SILENT = 1, 3
DEFAULT_PORT = 8501

_P = ParamSpec("_P")


def _door(command: Callable[_P, None]) -> Callable[_P, None]:
    """Turn what a person can be told into a message and an exit code."""

    @wraps(command)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except PlansError as error:
            click.echo(f"plans: {error}", err=True)
            sys.exit(FAILED)

    return guarded


_store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Folder of the index. Without it: PLANS_STORE, else the bundled plans, indexed at first use.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plan-assistant", prog_name="plans")
def main() -> None:
    """Ask Chinese local-government plans a question and get the exact sentences that answer it.

    Exit codes: 0 done, 1 something is wrong (the message says what to do), 2 wrong usage, 3 the documents are
    silent (`ask`, `search`).
    """


@main.command()
@_store_option
@click.option(
    "--port", type=click.IntRange(1, 65535), help=f"Port of the page (default: {DEFAULT_PORT} or the next free)."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser when it is ready.")
@_door
def serve(store: Path | None, port: int | None, browser: bool) -> None:
    """Start the page on 127.0.0.1; builds the index of the bundled plans first where there is none."""
    from assistant.serving import serve_page

    settings = _settings(store)
    _ensure_index(settings, explicit=store)
    sys.exit(serve_page(settings, port=port, open_browser=browser, say=click.echo))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_store_option
@_door
def index(paths: tuple[Path, ...], store: Path | None) -> None:
    """Index folders of .txt and .md documents (or single files); without PATH, the store's documents again."""
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.store import build_store

    settings = _settings(store)
    roots = list(paths) or _indexed_roots(settings)
    with _progress() as report:
        built, errors = build_store(
            settings.store,
            roots,
            model=model_identity(settings.model),
            encoder=lambda: load_encoder(settings.model),
            on_progress=report,
        )
    click.echo(f"{len(built.documents)} documents, {len(built.chunks)} passages in {settings.store}")
    for error in errors:
        click.echo(f"left out: {error}", err=True)
    if errors:
        sys.exit(FAILED)


@main.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--batch", type=click.Path(path_type=Path), help='Conversations, one a line: {"id", "turns": [{"q"}, …]}.'
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where the answers of --batch go (default: print them)."
)
@_store_option
@_door
def ask(question: str | None, as_json: bool, batch: Path | None, output: Path | None, store: Path | None) -> None:
    """Answer a question, or a file of conversations."""
    if (question is None) == (batch is None):
        raise click.UsageError("Give either a question or --batch FILE.")
    if batch is not None:
        conversations = _read_batch(batch)
        _answer_batch(conversations, output, _open_store(store))
        return
    from assistant.chat import take_turn

    opened = _open_store(store)
    turn = take_turn(question or "", (), opened)
    _print_turn(turn, opened, as_json=as_json)
    if not turn.answer.found:
        sys.exit(SILENT)


@main.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 200), default=10, show_default=True, help="How many passages.")
@_store_option
@_door
def search(query: str, limit: int, store: Path | None) -> None:
    """Print the passages a query is about, best first."""
    opened = _open_store(store)
    hits = opened.retrieve(query, limit=limit)
    for place, hit in enumerate(hits, 1):
        text = hit.chunk.span.of(opened.document(hit.chunk.document).text)
        click.echo(f"{place}. {hit.chunk.id}  {hit.score:.4f}\n{text}\n")
    if not hits:
        sys.exit(SILENT)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@_store_option
@_door
def documents(as_json: bool, store: Path | None) -> None:
    """List the indexed documents and what was recognized of each."""
    from assistant.rendering import document_record, document_text

    opened = _open_store(store)
    if as_json:
        records = [document_record(document, opened) for document in opened.documents]
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
        return
    for document in opened.documents:
        click.echo(document_text(document, opened))


def _settings(store: Path | None) -> "Settings":
    from vectorstore.settings import read_settings

    return read_settings(store=store)


def _open_store(store: Path | None) -> "VectorStore":
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.reranking import load_reader
    from vectorstore.store import VectorStore

    settings = _settings(store)
    _ensure_index(settings, explicit=store)
    return VectorStore.open(
        settings.store,
        encoder=lambda: load_encoder(settings.model),
        model=model_identity(settings.model),
        reader=lambda: load_reader(settings.reader),
    )


def _ensure_index(settings: "Settings", *, explicit: Path | None) -> None:
    """Index the bundled plans where the store is their own and is not up to date; other stores are opened as they are."""
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.settings import default_store
    from vectorstore.store import build_store, is_up_to_date

    if explicit is not None or settings.store != default_store().absolute():
        return
    model = model_identity(settings.model)
    if is_up_to_date(settings.store, [SEEDS], model=model):
        return
    with _progress() as report:
        build_store(
            settings.store, [SEEDS], model=model, encoder=lambda: load_encoder(settings.model), on_progress=report
        )


def _indexed_roots(settings: "Settings") -> list[Path]:
    from vectorstore.indexing import read_manifest
    from vectorstore.store import current_index

    index_folder = current_index(settings.store)
    return [Path(root) for root in read_manifest(index_folder).roots] if index_folder else [SEEDS]


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
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


def _print_turn(turn: "Turn", store: "VectorStore", *, as_json: bool) -> None:
    from assistant.rendering import answer_record, answer_text

    if as_json:
        click.echo(json.dumps(answer_record(turn.answer, store), ensure_ascii=False, indent=1))
    else:
        click.echo(answer_text(turn.answer, store))


def _read_batch(path: Path) -> list[dict[str, Any]]:
    """Return the conversations of a file; the first line that is none stops everything before any work is done."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PlansError(f"{path} can't be read ({error}). It must be a UTF-8 file of JSON lines.") from error
    conversations = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            conversations.append({"id": row["id"], "questions": [str(turn["q"]) for turn in row["turns"]]})
        except (ValueError, KeyError, TypeError) as error:
            raise PlansError(
                f'{path}, line {number}: not a conversation ({error!r}). A line is {{"id": …, "turns": [{{"q": "…"}}]}}.'
            ) from error
    return conversations


def _answer_batch(conversations: list[dict[str, Any]], output: Path | None, store: "VectorStore") -> None:
    store.encode("预热")  # so that the first answer's time is an answer's time
    try:
        stream = output.open("w", encoding="utf-8") if output else None
    except OSError as error:
        raise PlansError(f"{output} can't be written ({error.strerror}). Name another file with --output.") from error
    try:
        for conversation in _shown(conversations, quiet=output is None):
            record = {"id": conversation["id"], "turns": _converse(conversation["questions"], store)}
            click.echo(json.dumps(record, ensure_ascii=False), file=stream)
    finally:
        if stream:
            stream.close()


def _shown(conversations: list[dict[str, Any]], *, quiet: bool) -> Iterator[dict[str, Any]]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return iter(track(conversations, "Answering", console=console, disable=quiet or not console.is_terminal))


def _converse(questions: list[str], store: "VectorStore") -> list[dict[str, Any]]:
    from assistant.chat import take_turn
    from assistant.rendering import answer_record

    history: tuple[Turn, ...] = ()
    records = []
    for text in questions:
        started = time.perf_counter()
        turn = take_turn(text, history, store)
        elapsed = (time.perf_counter() - started) * 1000
        records.append(answer_record(turn.answer, store, milliseconds=elapsed))
        history = (*history, turn)
    return records


if __name__ == "__main__":
    main()
