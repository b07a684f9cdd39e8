"""A store and what belongs to it → what is sound, what is not, and the store mended from the kept originals."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.collection import SEEDS, is_current, is_default, library_of, open_store, update_store
from vectorstore.errors import NoIndexError, PlansError, StoreError
from vectorstore.indexing import VECTORS, Progress, read_indexed_sources, read_manifest, text_checksum
from vectorstore.settings import Settings
from vectorstore.store import POINTER, current_index, extractions_of

Part = Literal["models", "index", "documents", "own documents", "conversations"]
_DAMAGED = ".damaged"
_PROBE = "import sys, pathlib; from vectorstore.dense import search_all; search_all(pathlib.Path(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and what is wrong with it (None: nothing)."""

    part: Part
    trouble: str | None = None


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Return what was found of each part; nothing is changed."""
    checks: tuple[tuple[Part, Callable[[Settings], None]], ...] = (
        ("models", _check_models),
        ("index", _check_index),
        ("documents", _check_documents),
        ("own documents", _check_library),
        ("conversations", _check_conversations),
    )
    return tuple(_finding(part, check, settings) for part, check in checks)


def mend(settings: Settings, findings: Sequence[Finding], *, on_progress: Progress | None = None) -> Iterator[str]:
    """Put right what can be, and yield what was done. Damaged files are set aside, never deleted."""
    wrong = {finding.part for finding in findings if finding.trouble}
    if "conversations" in wrong and settings.history:
        yield f"set aside: {_set_aside(settings.history)}"
    if not wrong & {"index", "documents"}:
        return
    roots = _roots(settings)
    if not _points_somewhere(settings):
        yield f"set aside: {_set_aside(settings.store / POINTER)}"
    store, left_out = update_store(settings, roots=roots, anew="index" in wrong, on_progress=on_progress)
    yield f"indexed anew: {len(store.documents)} documents in {settings.store}"
    yield from (f"left out: {error}" for error in left_out)


def _points_somewhere(settings: Settings) -> bool:
    """Tell whether the pointer to the index in use can be read, or is not there."""
    try:
        current_index(settings.store)
    except StoreError:
        return False
    return True


def _finding(part: Part, check: Callable[[Settings], None], settings: Settings) -> Finding:
    try:
        check(settings)
    except PlansError as error:
        return Finding(part, str(error))
    return Finding(part)


def _check_models(settings: Settings) -> None:
    from vectorstore.embeddings import load_encoder
    from vectorstore.reranking import load_reader

    load_encoder(settings.model).encode_questions(["养老服务"])
    load_reader(settings.reader)


def _check_index(settings: Settings) -> None:
    """Raise StoreError where the index can't be used as it stands: opened, its texts as they were, vectors to be found."""
    index = current_index(settings.store)
    if index is None:
        raise NoIndexError(f"{settings.store} holds no index yet.")
    manifest = read_manifest(index)
    for source, entry in zip(read_indexed_sources(index, manifest), manifest.documents, strict=True):
        if text_checksum(source.text) != entry["sha256"]:
            raise StoreError(f"{index}: the kept text of {source.path} is not what was indexed.")
    # Chroma ends the whole process that opens a damaged graph
    probe = subprocess.run([sys.executable, "-c", _PROBE, str(index / VECTORS)], capture_output=True, check=False)
    if probe.returncode:
        raise StoreError(f"{index / VECTORS}: the vectors can't be searched.")
    store = open_store(settings)
    for document in store.documents[:1]:
        store.retrieve(document.text[:200], limit=1)


def _check_documents(settings: Settings) -> None:
    if not is_current(settings):
        raise StoreError(f"{settings.store}: documents were changed since they were indexed.")


def _check_library(settings: Settings) -> None:
    """Raise DocumentError for a list of hidden documents or corrections, or an own file, that can't be read."""
    from vectorstore.readers import read_file

    library = library_of(settings)
    library.hidden()
    library.corrections()
    for path in library.files():
        read_file(path, extractor=extractions_of(settings.store).extract)


def _check_conversations(settings: Settings) -> None:
    path = settings.history
    if path is None or not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError(f"{path}: the conversations can't be read ({error}).") from error
    if answer != "ok":
        raise StoreError(f"{path}: the file of conversations is damaged ({answer}).")


def _roots(settings: Settings) -> list[Path]:
    """Return the folders that the newest readable index was made of; the bundled plans where there is none.

    Raise StoreError where they are gone and nothing is kept to build from.
    """
    folders = sorted(settings.store.glob("index-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders:
        try:
            roots = [Path(root) for root in read_manifest(folder).roots]
        except StoreError:
            continue
        present = [root for root in roots if root.exists()]
        if present or library_of(settings).files():
            return present
        if roots and not is_default(settings):
            raise StoreError(
                f"{', '.join(map(str, roots))}: the documents that {settings.store} was made of are gone. Put them back "
                f"and run `plans index FOLDER --store {settings.store}`."
            )
    return [] if library_of(settings).files() and not is_default(settings) else [SEEDS]


def _set_aside(path: Path) -> Path:
    """Rename a file, and SQLite's beside it, to a name not yet taken; return the new name."""
    number = next(n for n in range(1, 10_000) if not path.with_name(f"{path.name}{_DAMAGED}-{n}").exists())
    aside = path.with_name(f"{path.name}{_DAMAGED}-{number}")
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    path.rename(aside)
    return aside
