"""Door 1: the command line. Heavy modules are imported where they are used, so that ``--help`` answers at once."""

import atexit
import gc
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli_documents import COMMANDS
from assistant.cli_parts import (
    FAILED,
    SILENT,
    door,
    ensure_index,
    open_store,
    progress_shown,
    settings_of,
    store_option,
)

if TYPE_CHECKING:
    from assistant.datatypes import Turn
    from vectorstore.store import VectorStore

DEFAULT_PORT = 8501


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plan-assistant", prog_name="plans")
def main() -> None:
    """Ask Chinese local-government plans a question and get the exact sentences that answer it.

    Exit codes: 0 done, 1 something is wrong (the message says what to do), 2 wrong usage, 3 the documents are
    silent (`ask`, `search`).
    """
    # The system takes all memory back at the end: to look for objects that hold each other first took 0.8 s of an answer
    atexit.register(gc.freeze)


@main.command()
@store_option
@click.option(
    "--port", type=click.IntRange(1, 65535), help=f"Port of the page (default: {DEFAULT_PORT} or the next free)."
)
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser when it is ready.")
@door
def serve(store: Path | None, port: int | None, browser: bool) -> None:
    """Start the page on 127.0.0.1; builds the index of the bundled plans first where there is none."""
    from assistant.serving import serve_page

    settings = settings_of(store)
    ensure_index(settings, explicit=store)
    sys.exit(serve_page(settings, port=port, open_browser=browser, say=click.echo))


@main.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--batch", type=click.Path(path_type=Path), help='Conversations, one a line: {"id", "turns": [{"q"}, …]}.'
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where the answers of --batch go (default: print them)."
)
@store_option
@door
def ask(question: str | None, as_json: bool, batch: Path | None, output: Path | None, store: Path | None) -> None:
    """Answer a question, or a file of conversations."""
    if (question is None) == (batch is None):
        raise click.UsageError("Give either a question or --batch FILE.")
    if batch is not None:
        from assistant.batch import answer_batch, read_batch

        conversations = read_batch(batch)
        answer_batch(conversations, output, open_store(store))
        return
    from assistant.chat import take_turn

    opened = open_store(store)
    turn = take_turn(question or "", (), opened)
    _print_turn(turn, opened, as_json=as_json)
    if not turn.answer.found:
        sys.exit(SILENT)


@main.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, 200), default=10, show_default=True, help="How many passages.")
@store_option
@door
def search(query: str, limit: int, store: Path | None) -> None:
    """Print the passages a query is about, best first."""
    opened = open_store(store)
    hits = opened.retrieve(query, limit=limit)
    for place, hit in enumerate(hits, 1):
        text = hit.chunk.span.of(opened.document(hit.chunk.document).text)
        click.echo(f"{place}. {hit.chunk.id}  {hit.score:.4f}\n{text}\n")
    if not hits:
        sys.exit(SILENT)


@main.command()
@click.option(
    "--mend", "mending", is_flag=True, help="Put right what can be: damaged files are set aside, never deleted."
)
@store_option
@door
def doctor(mending: bool, store: Path | None) -> None:
    """Tell whether models, index, documents and conversations are sound, and mend what is not from the kept originals."""
    from assistant.doctor import examine, mend

    settings = settings_of(store)
    findings = examine(settings)
    for finding in findings:
        click.echo(f"{finding.part}: {finding.trouble or 'sound'}")
    if not any(finding.trouble for finding in findings):
        return
    if not mending:
        click.echo("`plans doctor --mend` (with the same --store) puts right what can be.", err=True)
        sys.exit(FAILED)
    with progress_shown() as report:
        for done in mend(settings, findings, on_progress=report):
            click.echo(done)
    left = [finding for finding in examine(settings) if finding.trouble]
    for finding in left:
        click.echo(f"still wrong: {finding.part}: {finding.trouble}", err=True)
    if left:
        sys.exit(FAILED)
    click.echo("all is sound now")


def _print_turn(turn: "Turn", store: "VectorStore", *, as_json: bool) -> None:
    from assistant.rendering import answer_record, answer_text

    if as_json:
        click.echo(json.dumps(answer_record(turn.answer, store), ensure_ascii=False, indent=1))
    else:
        click.echo(answer_text(turn.answer, store))


for command in COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    main()
