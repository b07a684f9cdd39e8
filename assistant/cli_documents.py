"""The commands about documents: index, add, remove, restore, correct, list."""

import json
import sys
from pathlib import Path

import click

from assistant.cli_parts import (
    FAILED,
    door,
    follow,
    open_store,
    progress_shown,
    report_store,
    settings_of,
    store_option,
)
from vectorstore.errors import PlansError
from vectorstore.provenance import KINDS


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@store_option
@door
def index(paths: tuple[Path, ...], store: Path | None) -> None:
    """Index folders of documents (txt, md, html, docx, pdf) or single files; without PATH, the store's documents again."""
    from assistant.collection import update_store

    settings = settings_of(store)
    with progress_shown() as report:
        built, errors = update_store(settings, roots=paths or None, on_progress=report)
    report_store(built, errors, settings)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@store_option
@door
def add(paths: tuple[Path, ...], store: Path | None) -> None:
    """Add your own documents (txt, md, html, docx, pdf): files, or folders of them. They are copied."""
    from assistant.collection import add_documents, files_of

    settings = settings_of(store)
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
        follow(settings)
    if "left out" in outcomes:
        sys.exit(FAILED)


@click.command()
@click.argument("documents", nargs=-1, required=True)
@store_option
@door
def remove(documents: tuple[str, ...], store: Path | None) -> None:
    """Take documents out, named as `plans documents` prints them. Nothing is lost: `plans restore` brings them back."""
    from assistant.collection import remove_documents

    settings = settings_of(store)
    for path in remove_documents(settings, documents):
        click.echo(f"removed: {path}")
    follow(settings)


@click.command()
@click.argument("documents", nargs=-1, required=True)
@store_option
@door
def restore(documents: tuple[str, ...], store: Path | None) -> None:
    """Bring back documents that were removed."""
    from assistant.collection import restore_documents

    settings = settings_of(store)
    for path in restore_documents(settings, documents):
        click.echo(f"restored: {path}")
    follow(settings)


@click.command()
@click.argument("document")
@click.option("--title", help="Title.")
@click.option("--district", help="Street, town or district that it is about.")
@click.option("--parent", help="District above.")
@click.option("--issuer", help="Issuing body.")
@click.option("--date", help="Date of issue: 2024-03-06 or 2024-03.")
@click.option("--period", help="Years it is about: 2023 or 2023-2025.")
@click.option("--kind", type=click.Choice([kind for kind, _ in KINDS]), help="Kind of document.")
@click.option("--as-read", is_flag=True, help="First forget all that was corrected before.")
@store_option
@door
def correct(document: str, as_read: bool, store: Path | None, **said: str | None) -> None:
    """Correct what was recognized of a document; '' has a field read from the document again."""
    from assistant.collection import correct_document
    from assistant.rendering import document_text

    values = {name: value for name, value in said.items() if value is not None}
    if not values and not as_read:
        raise click.UsageError("Say what to correct, or --as-read.")
    settings = settings_of(store)
    path = correct_document(settings, document, values, as_read=as_read)
    built = follow(settings)
    click.echo("".join(document_text(found, built) for found in built.documents if found.path == path))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@store_option
@door
def documents(as_json: bool, store: Path | None) -> None:
    """List the indexed documents and what was recognized of each."""
    from assistant.collection import library_of, own_paths
    from assistant.rendering import document_record, document_text

    opened = open_store(store)
    own = own_paths(opened)
    if as_json:
        records = [{**document_record(d, opened), "own": d.path in own} for d in opened.documents]
        click.echo(json.dumps(records, ensure_ascii=False, indent=1))
        return
    for document in opened.documents:
        click.echo(document_text(document, opened) + ("  (yours)" if document.path in own else ""))
    library = library_of(settings_of(store))
    for word, paths in (("hidden", library.hidden()), ("removed", library.removed())):
        for path in paths:
            click.echo(f"{word}: {path}")


COMMANDS = (index, add, remove, restore, correct, documents)
