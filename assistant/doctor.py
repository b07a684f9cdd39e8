"""A store and what belongs to it → what is sound, what is not, and the store mended from the kept originals."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.collection import SEEDS, is_current, is_default, library_of, open_store, update_store
from assistant.errors import HistoryError
from assistant.history import History
from vectorstore.corrections import CORRECTIONS, make_provenance
from vectorstore.datatypes import Provenance
from vectorstore.errors import DocumentError, NoIndexError, PlansError, StoreError
from vectorstore.index_in_use import POINTER, check_digests, current_index, pointed_to, read_usable
from vectorstore.index_parts import VECTORS
from vectorstore.indexing import Progress
from vectorstore.layers import layers_of, whole_manifest
from vectorstore.library import HIDDEN
from vectorstore.manifests import read_manifest
from vectorstore.settings import Settings
from vectorstore.source_files import extractions_of

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
        yield from _mend_conversations(settings.history)
    if "own documents" in wrong:
        yield from _mend_library(settings)
    if not wrong & {"index", "documents"}:
        return
    roots = _roots(settings)
    if not _points_somewhere(settings):
        yield f"set aside: {_set_aside(settings.store / POINTER)}"
    store, left_out = update_store(settings, roots=roots, anew="index" in wrong, on_progress=on_progress)
    places = ", ".join(store.manifest.roots) or str(library_of(settings).folder)
    yield f"indexed anew: {len(store.documents)} documents of {places} in {settings.store}"
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
    """Raise StoreError where the index can't be used as it stands: its files as they were written, vectors to be found."""
    from vectorstore.embeddings import model_identity

    pointed = pointed_to(settings.store)
    if pointed is None:
        raise NoIndexError(f"{settings.store} holds no index yet.")
    manifest = read_usable(settings.store, pointed, model_identity(settings.model), settings.server)
    check_digests(pointed.index)
    if not manifest.collections:
        for layer in layers_of(pointed.index):
            _probe_vectors(layer.folder)
    store = open_store(settings)
    for document in store.documents[:1]:
        store.retrieve(document.text[:200], limit=1)


def _probe_vectors(index: Path) -> None:
    """Raise StoreError where vectors can't be searched."""
    # Chroma ends the whole process that opens a damaged graph
    probe = subprocess.run([sys.executable, "-c", _PROBE, str(index / VECTORS)], capture_output=True, check=False)
    if probe.returncode:
        raise StoreError(f"{index / VECTORS}: the vectors can't be searched.")


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
    """Raise HistoryError where the conversations can't be used, damaged or not."""
    if settings.history is not None and (damage := History(settings.history).damage()):
        raise HistoryError(damage)


def _mend_conversations(path: Path) -> Iterator[str]:
    """Set a damaged file aside and take over what can be read in it; one that is only of another kind is left alone."""
    history = History(path)
    try:
        if not history.damage():
            return
    except HistoryError:
        return
    aside = _set_aside(path)
    yield f"set aside: {aside}"
    conversations, turns = history.take_from(aside)
    yield f"kept: {conversations} conversations with {turns} turns; what else {aside} held can't be read"


def _mend_library(settings: Settings) -> Iterator[str]:
    """Set aside what can't be read of corrections and of hidden documents; the index still knows the corrections."""
    library = library_of(settings)
    if not _is_readable(library.corrections):
        yield f"set aside: {_set_aside(library.folder / CORRECTIONS)}"
        corrections = _indexed_corrections(settings)
        for path, said in corrections.items():
            library.correct(path, said)
        yield f"kept: corrections of {len(corrections)} documents, as they were indexed"
    if not _is_readable(library.hidden):
        yield f"set aside: {_set_aside(library.folder / HIDDEN)}"
        yield "documents that were hidden are shown again: `plans remove` hides them"


def _is_readable(read: Callable[[], object]) -> bool:
    try:
        read()
    except DocumentError:
        return False
    return True


def _indexed_corrections(settings: Settings) -> dict[str, Provenance]:
    """Return what was corrected by document path when the index in use was made; nothing where that can't be read."""
    try:
        index = current_index(settings.store)
        entries = whole_manifest(layers_of(index)).documents if index else ()
    except StoreError:
        return {}
    said = {entry["path"]: make_provenance(entry["overrides"]) for entry in entries}
    return {path: provenance for path, provenance in said.items() if provenance is not None}


def _roots(settings: Settings) -> list[Path]:
    """Return the folders that the index in use was made of, or else the newest readable one.

    Without one it is the bundled plans for their own store, and none for one of own documents. Raise StoreError where
    the folders are gone, or where no index says any more which they were.
    """
    for folder in _indexes(settings):
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
    if is_default(settings):
        return [SEEDS]
    if any(settings.store.glob("index-*")) or not library_of(settings).files():
        raise StoreError(
            f"{settings.store}: no index tells any more which folders it was made of. Run `plans index FOLDER … --store "
            f"{settings.store}` with them; the own documents in {library_of(settings).folder} are added to them."
        )
    return []


def _indexes(settings: Settings) -> list[Path]:
    """Return the folders of indexes: the one in use first, then the newest, as far as the clock may be trusted."""
    try:
        in_use = current_index(settings.store)
    except StoreError:
        in_use = None
    folders = settings.store.glob("index-*")
    return sorted(folders, key=lambda folder: (folder == in_use, folder.stat().st_mtime), reverse=True)


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
