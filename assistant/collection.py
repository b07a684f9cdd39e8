"""Documents added, corrected, hidden and taken out → the store that answers from what there is now."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from vectorstore.corrections import NOTHING, typed_provenance
from vectorstore.datatypes import Document
from vectorstore.errors import DocumentError, NoIndexError, PlansError, StoreError
from vectorstore.index_in_use import current_index, pointed_to
from vectorstore.indexing import Progress
from vectorstore.library import Added, Library, file_name
from vectorstore.manifests import read_manifest
from vectorstore.readers import SUFFIXES, find_files
from vectorstore.settings import Settings, default_store
from vectorstore.source_files import extractions_of, sources_of
from vectorstore.store import VectorStore, build_store, is_up_to_date

SEEDS = Path(__file__).resolve().parent.parent / "seeds"


def open_store(settings: Settings) -> VectorStore:
    """Return the store as it is; models are loaded when the first question needs them. Raise as ``VectorStore.open``."""
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.reranking import load_reader

    return VectorStore.open(
        settings.store,
        encoder=lambda: load_encoder(settings.model),
        model=model_identity(settings.model),
        reader=lambda: load_reader(settings.reader),
        server=settings.server,
    )


def update_store(
    settings: Settings,
    *,
    roots: Sequence[Path] | None = None,
    anew: bool = False,
    on_progress: Progress | None = None,
) -> tuple[VectorStore, tuple[DocumentError, ...]]:
    """Bring the index up to date and return the store, with an error for each file left out.

    It holds the documents of ``roots`` (None: those of the index in use, see ``roots_in_use``) and of the library.
    Nothing is built where nothing has changed, unless it is to be built ``anew``; a build that fails or is interrupted
    leaves the index in use.
    """
    from vectorstore.embeddings import load_encoder, model_identity
    from vectorstore.reranking import load_reader

    return build_store(
        settings.store,
        roots_in_use(settings) if roots is None else roots,
        model=model_identity(settings.model),
        encoder=lambda: load_encoder(settings.model),
        reader=lambda: load_reader(settings.reader),
        library=library_of(settings),
        anew=anew,
        server=settings.server,
        on_progress=on_progress,
    )


def follow_changes(
    settings: Settings, *, on_progress: Progress | None = None
) -> tuple[VectorStore, tuple[DocumentError, ...]]:
    """Do ``update_store`` after the library has changed; where it fails, say that the change is kept."""
    try:
        return update_store(settings, on_progress=on_progress)
    except PlansError as error:
        raise StoreError(
            f"What you changed is kept in {library_of(settings).folder}, but the index could not be brought up to "
            f"date and answers as before: {error} Then run `plans index` (with the same --store)."
        ) from error


def is_current(settings: Settings) -> bool:
    """Tell whether the index is that of the documents there are now."""
    from vectorstore.embeddings import model_identity

    model = model_identity(settings.model)
    library = library_of(settings)
    return is_up_to_date(settings.store, roots_in_use(settings), model=model, library=library, server=settings.server)


def is_default(settings: Settings) -> bool:
    """Tell whether the store is that of the bundled plans, which is kept up to date at every start."""
    return settings.store == default_store().absolute()


def library_of(settings: Settings) -> Library:
    """Return the user's own documents that belong to the store."""
    return Library(settings.library_folder)


def roots_in_use(settings: Settings) -> list[Path]:
    """Return the folders and files of the index in use, without the library.

    Without an index these are the bundled plans; nothing but the library for a named store that has own documents.
    The bundled plans are always those of this program, wherever an index was made of them. Raise DocumentError where
    one of the others is gone.
    """
    pointed = pointed_to(settings.store)
    if pointed is None:
        return [SEEDS] if is_default(settings) or not library_of(settings).files() else []
    try:
        recorded = [Path(root) for root in read_manifest(pointed.index).roots]
    except StoreError:
        # A damaged index is made again of what it was made of; the default store repairs itself in any case
        if not (pointed.roots or is_default(settings)):
            raise
        recorded = [Path(root) for root in pointed.roots or [SEEDS]]
    roots = [SEEDS if is_default(settings) and _is_bundled(root) else root for root in recorded]
    if gone := next((root for root in roots if not root.exists()), None):
        raise DocumentError(
            f"{gone} was indexed and is gone. Put it back, or index other documents with `plans index FOLDER` (with the "
            f"same --store); the bundled plans are in {SEEDS}."
        )
    return roots


def original_of(document: Document, store: VectorStore, settings: Settings) -> Path | None:
    """Return the file that a document was read from, where it still is there."""
    own = own_paths(store).get(document.path)
    roots = [Path(root) for root in store.manifest.roots]
    places = [library_of(settings).folder / own] if own else [r / document.path if r.is_dir() else r for r in roots]
    return next((place for place in places if place.is_file() and place.name == Path(document.path).name), None)


def own_paths(store: VectorStore) -> dict[str, str]:
    """Return the paths of the user's own documents in an index, each with its file's name in the library."""
    return {entry["path"]: entry["own"] for entry in store.manifest.documents if entry.get("own")}


def add_documents(
    settings: Settings, files: Iterable[tuple[str, Callable[[], bytes]]]
) -> Iterator[tuple[str, Added | DocumentError]]:
    """Keep files, given by name and what reads them, in the library; yield what became of each, or why it was left out.

    A text that the store has already is known. Two different files of one name are never taken at once.
    """
    library, extractions = library_of(settings), extractions_of(settings.store)
    sources = sources_of(settings.store, roots_in_use(settings), library, extractions=extractions)[0]
    held = {source.checksum: source.own or source.path for source in sources}
    add = partial(library.add, held=held, extractor=extractions.extract)
    given: set[str] = set()
    for name, read in files:
        try:
            yield name, _add(name, read, library, add, given)
        except DocumentError as error:
            yield name, error


def files_of(paths: Sequence[Path]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield the files of folders (or single files) as ``add_documents`` takes them."""
    for path in paths:
        for file in (find_files(path) if path.is_dir() else ()) or [path]:
            yield str(file), partial(_read, file)


def remove_documents(settings: Settings, paths: Sequence[str]) -> tuple[str, ...]:
    """Take documents out, own ones and others; return their paths. Raise DocumentError, and change nothing, if one is unknown."""
    known = _known(settings)
    chosen = tuple(dict.fromkeys(_find(path, known) for path in paths))
    if len(chosen) == len(known):
        raise DocumentError(
            "The store would be left without a document. Add another one first; to be rid of it all, delete the folder "
            f"{settings.store}."
        )
    library = library_of(settings)
    for path in chosen:
        own = known[path]
        library.remove(own) if own else library.hide(path)
    return chosen


def restore_documents(settings: Settings, paths: Sequence[str]) -> tuple[str, ...]:
    """Bring back documents that were removed or hidden; return their paths. Nothing is changed if one is unknown."""
    library = library_of(settings)
    out = dict.fromkeys([*library.hidden(), *library.removed()])
    chosen = tuple(dict.fromkeys(_find(path, out) for path in paths))
    for path in chosen:
        library.restore(path)
    return chosen


def correct_document(settings: Settings, path: str, values: Mapping[str, str], *, as_read: bool = False) -> str:
    """Keep what a person says of a document, and return its path.

    ``values``: text by field, a blank one to read the field from the document again; ``as_read`` forgets what was said
    before. Raise DocumentError for an unknown document, a date or a period that is none.
    """
    path = _find(path, _known(settings))
    said = typed_provenance(values)
    library = library_of(settings)
    before = NOTHING if as_read else library.corrections().get(path, NOTHING)
    library.correct(path, replace(before, **{name: getattr(said, name) for name in values}))
    return path


def _add(
    name: str,
    read: Callable[[], bytes],
    library: Library,
    add: Callable[[str, bytes], Added],
    given: set[str],
) -> Added:
    data = read()
    if file_name(name) in given and library.holding(data) is None:
        raise DocumentError(f"{name}: another file of this name was just added. Rename one of them.")
    added = add(name, data)
    given.add(file_name(name))
    return added


def _read(path: Path) -> bytes:
    """Return a file's bytes; raise DocumentError where there are none to be had."""
    if path.is_dir():
        raise DocumentError(f"{path}: no documents found ({', '.join(SUFFIXES)}). Name another folder or the files.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: can't be read ({error.strerror}). Check the path and its permissions.") from error


def _known(settings: Settings) -> dict[str, str | None]:
    """Return the paths of the store's documents, each with its file's name in the library, None for other roots'."""
    library = library_of(settings)
    if current_index(settings.store) is None and not is_default(settings) and not library.files():
        raise NoIndexError(f"{settings.store} holds no index yet. Run `plans add FILE --store {settings.store}` first.")
    sources = sources_of(settings.store, roots_in_use(settings), library)[0]
    read = {source.own for source in sources}
    # One that can't be read any more must be removable all the same
    unread = (file.name for file in library.files() if file.name not in read)
    return {**{name: name for name in unread}, **{source.path: source.own for source in sources}}


def _find(path: str, known: Mapping[str, str | None]) -> str:
    """Return the path that is meant, typed with its suffix or without; raise DocumentError naming the nearest ones."""
    if path in known:
        return path
    without = [name for name in known if name.rpartition(".")[0] == path]
    if without:
        return without[0]
    raise DocumentError(f"{path}: no such document. `plans documents` lists them. {_nearest(path, known)}".rstrip())


def _nearest(path: str, known: Iterable[str]) -> str:
    """Return a question after the documents whose names are nearest, without their suffixes; nothing without any."""
    stems = {name.rpartition(".")[0]: name for name in sorted(known)}
    near = get_close_matches(path.rpartition(".")[0] or path, stems, cutoff=0.3) or list(stems)[:3]
    return f"Did you mean {' or '.join(stems[stem] for stem in near)}?" if near else ""


def _is_bundled(root: Path) -> bool:
    """Tell whether a root is this program's ``seeds``, or was where another copy of the program stood or still stands."""
    return root.name == SEEDS.name and (not root.exists() or (root.parent / Path(__file__).parent.name).is_dir())
