"""Door 1: the command line. Heavy modules are imported where they are used, so that ``--help`` answers at once."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from vectorstore.errors import PlansError
from vectorstore.provenance import KINDS

if TYPE_CHECKING:
    from assistant.datatypes import Turn
    from vectorstore.errors import DocumentError
    from vectorstore.settings import Settings
    from vectorstore.store import VectorStore

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
    """Index folders of documents (txt, md, html, docx, pdf) or single files; without PATH, the store's documents again."""
    from assistant.collection import update_store

    settings = _settings(store)
    with _progress() as report:
        built, errors = update_store(settings, roots=paths or None, on_progress=report)
    _report_store(built, errors, settings)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@_store_option
@_door
def add(paths: tuple[Path, ...], store: Path | None) -> None:
    """Add your own documents (txt, md, html, docx, pdf): files, or folders of them. They are copied."""
    from assistant.collection import add_documents, files_of

    settings = _settings(store)
    outcomes = []
    for name, added in add_documents(settings, files_of(paths)):
        if isinstance(added, PlansError):
            click.echo(f"left out: {added}", err=True)
            outcomes.append("left out")
        else:
            click.echo(f"{added.outcome}: {added.path}" + (f" ({name})" if added.outcome == "known" else ""))
            outcomes.append(added.outcome)
    words = ("added", "replaced", "known", "left out")
    click.echo(", ".join(f"{outcomes.count(word)} {word}" for word in words if word in outcomes))
    if set(outcomes) != {"left out"}:
        _follow_changes(settings)
    if "left out" in outcomes:
        sys.exit(FAILED)


@main.command()
@click.argument("documents", nargs=-1, required=True)
@_store_option
@_door
def remove(documents: tuple[str, ...], store: Path | None) -> None:
    """Take documents out, named as `plans documents` prints them. Nothing is lost: `plans restore` brings them back."""
    from assistant.collection import remove_documents

    settings = _settings(store)
    for path in remove_documents(settings, documents):
        click.echo(f"removed: {path}")
    _follow_changes(settings)


@main.command()
@click.argument("documents", nargs=-1, required=True)
@_store_option
@_door
def restore(documents: tuple[str, ...], store: Path | None) -> None:
    """Bring back documents that were removed."""
    from assistant.collection import restore_documents

    settings = _settings(store)
    for path in restore_documents(settings, documents):
        click.echo(f"restored: {path}")
    _follow_changes(settings)


@main.command()
@click.argument("document")
@click.option("--title", help="Title.")
@click.option("--district", help="Street, town or district that it is about.")
@click.option("--parent", help="District above.")
@click.option("--issuer", help="Issuing body.")
@click.option("--date", help="Date of issue: 2024-03-06 or 2024-03.")
@click.option("--period", help="Years it is about: 2023 or 2023-2025.")
@click.option("--kind", type=click.Choice([kind for kind, _ in KINDS]), help="Kind of document.")
@click.option("--as-read", is_flag=True, help="First forget all that was corrected before.")
@_store_option
@_door
def correct(document: str, as_read: bool, store: Path | None, **said: str | None) -> None:
    """Correct what was recognized of a document; '' has a field read from the document again."""
    from assistant.collection import correct_document
    from assistant.rendering import document_text

    values = {name: value for name, value in said.items() if value is not None}
    if not values and not as_read:
        raise click.UsageError("Say what to correct, or --as-read.")
    settings = _settings(store)
    path = correct_document(settings, document, values, as_read=as_read)
    built = _follow_changes(settings)
    click.echo("".join(document_text(found, built) for found in built.documents if found.path == path))


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
    from assistant.collection import library_of, own_paths
    from assistant.rendering import document_record, document_text

    opened = _open_store(store)
    own = own_paths(opened)
    if as_json:
        records = [{**document_record(d, opened), "own": d.path in own} for d in opened.documents]
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
        return
    for document in opened.documents:
        click.echo(document_text(document, opened) + ("  (yours)" if document.path in own else ""))
    library = library_of(_settings(store))
    for word, paths in (("hidden", library.hidden()), ("removed", library.removed())):
        for path in paths:
            click.echo(f"{word}: {path}")


@main.command()
@click.option(
    "--mend", "mending", is_flag=True, help="Put right what can be: damaged files are set aside, never deleted."
)
@_store_option
@_door
def doctor(mending: bool, store: Path | None) -> None:
    """Tell whether models, index, documents and conversations are sound, and mend what is not from the kept originals."""
    from assistant.doctor import examine, mend

    settings = _settings(store)
    findings = examine(settings)
    for finding in findings:
        click.echo(f"{finding.part}: {finding.trouble or 'sound'}")
    if not any(finding.trouble for finding in findings):
        return
    if not mending:
        click.echo("`plans doctor --mend` (with the same --store) puts right what can be.", err=True)
        sys.exit(FAILED)
    with _progress() as report:
        for done in mend(settings, findings, on_progress=report):
            click.echo(done)
    left = [finding for finding in examine(settings) if finding.trouble]
    for finding in left:
        click.echo(f"still wrong: {finding.part}: {finding.trouble}", err=True)
    if left:
        sys.exit(FAILED)
    click.echo("all is sound now")


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
    """Index what the default store should hold where it is not up to date; other stores are opened as they are."""
    from assistant.collection import is_current, is_default, update_store

    if explicit is not None or not is_default(settings) or is_current(settings):
        return
    with _progress() as report:
        _, errors = update_store(settings, on_progress=report)
    _report_left_out(errors)


def _follow_changes(settings: "Settings") -> "VectorStore":
    """Index again after the library has changed; files left out are reported and make the command fail."""
    from assistant.collection import follow_changes

    with _progress() as report:
        built, errors = follow_changes(settings, on_progress=report)
    _report_store(built, errors, settings)
    return built


def _report_store(store: "VectorStore", errors: Sequence["DocumentError"], settings: "Settings") -> None:
    click.echo(f"{len(store.documents)} documents, {len(store.chunks)} passages in {settings.store}")
    _report_left_out(errors)
    if errors:
        sys.exit(FAILED)


def _report_left_out(errors: Sequence["DocumentError"]) -> None:
    for error in errors:
        click.echo(f"left out: {error}", err=True)


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
