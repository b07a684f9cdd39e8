"""The package's door: a folder that holds the index in use, and what can be asked of it."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from functools import cached_property, partial
from itertools import count, groupby
from pathlib import Path
from typing import Protocol

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from vectorstore.chunks import make_chunks
from vectorstore.datatypes import Chunk, Document, Hit, Passage, PassageScores, Scope
from vectorstore.dense import DenseIndex
from vectorstore.documents import folded, read_document
from vectorstore.embedding_cache import CachedEncoder
from vectorstore.errors import DocumentError, NoIndexError, StoreError
from vectorstore.extraction_cache import ExtractionCache
from vectorstore.indexing import (
    VECTORS,
    Encoder,
    Manifest,
    Progress,
    fingerprint,
    read_indexed_sources,
    read_manifest,
    read_sources,
    sentence_id,
    write_index,
)
from vectorstore.lexical import LexicalIndex
from vectorstore.library import Library
from vectorstore.readers import SUFFIXES
from vectorstore.retrieval import rank_chunks
from vectorstore.token_cache import TokenCache

POINTER = "current"
_LOCK = "lock"
_EMBEDDINGS = "embeddings.sqlite3"
_TOKENS = "tokens.sqlite3"
_EXTRACTED = "extracted.sqlite3"
_LOCK_SECONDS = 600.0
# Numbers the builds of this process
_BUILDS = count()


class _Write(Protocol):
    """Writes an index into a new folder, from the vectors of the one before where it is given."""

    def __call__(self, folder: Path, *, before: Path | None) -> Manifest: ...


class Reader(Protocol):
    """What scores the sentences of passages for a question."""

    def read(self, question: str, passages: Sequence[Passage]) -> tuple[PassageScores, ...]:
        """Return the scores of passages, in their order."""


def no_reader() -> None:
    """Load no reader: questions are answered without one."""


class VectorStore:
    """The indexed documents. ``VectorStore.build`` makes one, ``VectorStore.open`` opens one."""

    def __init__(
        self, folder: Path, manifest: Manifest, encoder: Callable[[], Encoder], reader: Callable[[], Reader | None]
    ) -> None:
        self._folder = folder
        self._load_encoder = encoder
        self._load_reader = reader
        self.manifest = manifest
        sources = read_indexed_sources(folder, manifest)
        self.documents = tuple(read_document(s.path, s.text, overrides=s.overrides, pages=s.pages) for s in sources)
        self._by_id = {document.id: document for document in self.documents}
        self.chunks = tuple(chunk for document in self.documents for chunk in make_chunks(document))
        self._first_sentence = _offsets(self.documents)
        self._chunk_vectors = DenseIndex.open(folder / VECTORS, "chunks")
        self._sentence_vectors = DenseIndex.open(folder / VECTORS, "sentences")
        self._chunk_words = LexicalIndex.load(folder / "words-chunks", len(self.chunks))
        self._sentence_words = LexicalIndex.load(folder / "words-sentences", manifest.sentences)
        self._check()

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        encoder: Callable[[], Encoder],
        model: str,
        reader: Callable[[], Reader | None] = no_reader,
    ) -> "VectorStore":
        """Return the store in a folder.

        ``encoder`` and ``reader`` load these when the first question needs them; ``model`` is the encoder's identity. Raise
        NoIndexError when nothing has been indexed there, StoreError when the index can't be used with this
        program or this model.
        """
        index = current_index(folder)
        if index is None:
            raise NoIndexError(f"{folder} holds no index yet. Run `plans index FOLDER --store {folder}` first.")
        manifest = read_manifest(index)
        if manifest.model != model:
            raise StoreError(
                f"{folder} was indexed with the model {manifest.model}, but {model} is set. Run "
                f"`plans index --store {folder}` to index it again, or set PLANS_MODEL back."
            )
        if fingerprint(read_indexed_sources(index, manifest), model) != manifest.fingerprint:
            raise StoreError(
                f"{folder} was indexed by another version of this program, or its kept texts were changed. "
                f"Run `plans index --store {folder}` to index it again."
            )
        return cls(index, manifest, encoder, reader)

    @property
    def folder(self) -> Path:
        """The folder of the index that is open (it changes with every rebuild)."""
        return self._folder

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded at first use."""
        return self._load_encoder()

    @cached_property
    def reader(self) -> Reader | None:
        """The reader, loaded at first use; None where questions are answered without one."""
        return self._load_reader()

    @cached_property
    def _chunks_by_document(self) -> dict[str, tuple[Chunk, ...]]:
        groups = groupby(self.chunks, key=lambda chunk: chunk.document)
        return {document: tuple(chunks) for document, chunks in groups}

    @cached_property
    def folded_text(self) -> str:
        """All the documents' text, folded, to look names up in."""
        return "\n".join(folded(document) for document in self.documents)

    def document(self, id_: str) -> Document:
        """Return the document of this id; raise KeyError when there is none."""
        return self._by_id[id_]

    def find(self, id_: str) -> Document | None:
        """Return the document of this id, or None: an address or a kept quote may name one that is gone."""
        return self._by_id.get(id_)

    def in_scope(self, scope: Scope) -> tuple[Document, ...]:
        """Return the documents that a scope means, in their order."""
        return tuple(document for document in self.documents if _matches(document, scope))

    def within(self, scope: Scope) -> "VectorStore":
        """Return the same store as if it held the documents of a scope only: no other is named, searched or quoted."""
        narrowed = copy(self)
        narrowed.documents = self.in_scope(scope)
        vars(narrowed).pop("folded_text", None)
        return narrowed

    def chunks_of(self, document: str) -> tuple[Chunk, ...]:
        """Return a document's chunks in reading order."""
        return self._chunks_by_document.get(document, ())

    def encode(self, query: str) -> NDArray[np.float32]:
        """Return the vector of a query: shape (d,)."""
        vector: NDArray[np.float32] = self.encoder.encode_questions([query])[0]
        return vector

    def retrieve(
        self, query: str, *, scope: Scope | None = None, limit: int = 20, vector: NDArray[np.float32] | None = None
    ) -> tuple[Hit, ...]:
        """Return the chunks a query is about, best first; ``vector`` saves encoding the query again."""
        allowed = {document.id for document in self.in_scope(scope or Scope())}
        vector = self.encode(query) if vector is None else vector
        documents = sorted(allowed) if len(allowed) < len(self._by_id) else None
        depth = max(50, 2 * limit)
        near_chunks = self._chunk_vectors.nearest(vector, depth, documents=documents)
        near_sentences = self._sentence_vectors.nearest(vector, depth, documents=documents)
        return rank_chunks(
            [chunk for chunk in self.chunks if chunk.document in allowed],
            word_scores=self._words_of_chunks(query),
            near_chunks=near_chunks,
            near_sentences=[(self._place(id_), cosine) for id_, cosine in near_sentences],
            limit=limit,
        )

    def sentence_words(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of every sentence: shape (sentences,), documents in their order."""
        return self._sentence_words.scores(query)

    def sentence_number(self, document: str, number: int) -> int:
        """Return the place of a document's sentence among all sentences."""
        return self._first_sentence[document] + number

    def sentence_vectors(self, places: Sequence[tuple[str, int]]) -> NDArray[np.float32]:
        """Return the vectors of sentences given as (document, number): shape (n, d)."""
        return self._sentence_vectors.vectors([sentence_id(document, number) for document, number in places])

    def _words_of_chunks(self, query: str) -> dict[str, float]:
        scores = self._chunk_words.scores(query)
        return {self.chunks[n].id: float(scores[n]) for n in np.flatnonzero(scores)}

    def _place(self, id_: str) -> tuple[str, int]:
        document, _, number = id_.rpartition("#")
        return document, int(number)

    def _check(self) -> None:
        """The parts of an index must fit each other, or places would point at other words."""
        held = (len(self.chunks), self._chunk_vectors.count(), self._sentence_vectors.count())
        sentences = sum(len(document.sentences) for document in self.documents)
        wanted = (self.manifest.chunks, self.manifest.chunks, self.manifest.sentences)
        if held != wanted or sentences != self.manifest.sentences:
            raise StoreError(
                f"{self._folder}: the index is damaged ({held} parts where {wanted} were written). "
                "Run `plans index` to build it again."
            )


def build_store(
    folder: Path,
    roots: Sequence[Path],
    *,
    model: str,
    encoder: Callable[[], Encoder],
    reader: Callable[[], Reader | None] = no_reader,
    library: Library | None = None,
    anew: bool = False,
    on_progress: Progress | None = None,
) -> tuple[VectorStore, tuple[DocumentError, ...]]:
    """Index folders of documents (or single ones) into a store, and return it with an error for each file left out.

    ``library`` adds a person's own documents, what they hid and what they corrected.
    Nothing is done where the index in use is already the one asked for, unless it is to be built ``anew``. Otherwise it is
    written to a new folder beside the one in use and then switched to: readers and an interrupted build keep the old one.
    Only texts that the index in use and the one before it don't hold are encoded and cut into words, and only vectors
    that the one in use doesn't hold are put into the graph of its neighbours, unless ``anew``.
    """
    extractions = extractions_of(folder)
    sources, errors = read_sources(roots, library, extractor=extractions.extract)
    if not sources:
        raise (
            errors[0]
            if errors
            else DocumentError(
                f"{_named(roots, library)}: no documents found ({', '.join(SUFFIXES)}). Put the plans there."
            )
        )
    wanted = fingerprint(sources, model)
    with _locked(folder):
        index = current_index(folder)
        if index is None or anew or not _is_current(index, wanted):
            cached, tokens = CachedEncoder(encoder, model, folder / _EMBEDDINGS), TokenCache(folder / _TOKENS)
            write = partial(
                write_index,
                sources=sources,
                encoder=cached,
                roots=[root.absolute() for root in roots],
                tokenizer=tokens.tokenize,
                on_progress=on_progress,
            )
            index = _replace_index(folder, wanted, write, anew=anew)
            for kept in (cached, tokens, extractions):
                kept.forget_unused()
    return VectorStore(index, read_manifest(index), encoder, reader), errors


def is_up_to_date(folder: Path, roots: Sequence[Path], *, model: str, library: Library | None = None) -> bool:
    """Tell whether the store's index is that of the documents now in ``roots`` and library, for this model and program."""
    index = current_index(folder)
    if index is None:
        return False
    sources, _ = read_sources(roots, library, extractor=extractions_of(folder).extract)
    return _is_current(index, fingerprint(sources, model))


def extractions_of(folder: Path) -> ExtractionCache:
    """Return what was read from the web pages, Word documents and PDFs of the store in a folder."""
    return ExtractionCache(folder / _EXTRACTED)


def current_index(folder: Path) -> Path | None:
    """Return the folder of the index in use, or None; raise StoreError when the store's folder is not one."""
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder} is a file, not a folder. Name another folder with --store or PLANS_STORE.")
    try:
        name = json.loads((folder / POINTER).read_text(encoding="utf-8"))["index"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{folder / POINTER} can't be read ({error}). Delete this file and run `plans index` again."
        ) from error
    return folder / str(name)


def _named(roots: Sequence[Path], library: Library | None) -> str:
    return ", ".join(map(str, [*roots, *([library.folder] if library else [])]))


def _is_current(index: Path, wanted: str) -> bool:
    try:
        return read_manifest(index).fingerprint == wanted
    except StoreError:
        return False


def _replace_index(folder: Path, name: str, write: _Write, *, anew: bool) -> Path:
    """Write a new index, switch the pointer to it, and clear away what is neither in use nor the one before.

    ``write`` is given the new folder and, unless all is to be made ``anew``, the index whose vectors it may copy.
    """
    before = current_index(folder)
    try:
        index = _written(folder, name, write, None if anew else before)
    except OSError as error:
        raise StoreError(
            f"{folder}: the index can't be written ({error.strerror or error}). Free space or choose another folder "
            "with --store or PLANS_STORE; the index used until now is untouched."
        ) from error
    for old in folder.glob("index-*"):
        if old not in (index, before):
            shutil.rmtree(old, ignore_errors=True)
    return index


def _written(folder: Path, name: str, write: _Write, before: Path | None) -> Path:
    """Return the folder of an index written from the one before, or without it where that can't be done, and in use."""
    if before is not None:
        # Only time is lost: what is wrong with the index before is not wrong with the next
        with suppress(StoreError):
            return _write_into(_new_folder(folder, name), write, before)
    return _write_into(_new_folder(folder, name), write, None)


def _write_into(index: Path, write: _Write, before: Path | None) -> Path:
    """Write an index and switch the pointer to it; nothing is left of one that fails."""
    try:
        index.mkdir()
        write(index, before=before)
        _point_to(index.parent, index)
    except (OSError, StoreError):
        shutil.rmtree(index, ignore_errors=True)
        raise
    return index


def _new_folder(folder: Path, name: str) -> Path:
    """Return a folder name never used before: Chroma can't open the same folder twice after it was deleted."""
    names = (folder / f"index-{name}-{os.getpid()}-{number}" for number in _BUILDS)
    return next(index for index in names if not index.exists())


def _point_to(folder: Path, index: Path) -> None:
    draft = folder / f"{POINTER}.new"
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"index": index.name}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, folder / POINTER)


def _locked(folder: Path) -> FileLock:
    """Return the store's lock, to be held while it is written; raise StoreError where that can't be."""
    current_index(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"{_LOCK}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"{folder} can't be written ({error.strerror}). Name another folder with --store or PLANS_STORE."
        ) from error
    return _HelpfulLock(folder / _LOCK, timeout=_LOCK_SECONDS)


class _HelpfulLock(FileLock):
    def __enter__(self) -> "_HelpfulLock":
        try:
            super().__enter__()
        except Timeout as error:
            raise StoreError(
                f"{Path(self.lock_file).parent} is being indexed by another process. Wait for it and try again."
            ) from error
        return self


def _matches(document: Document, scope: Scope) -> bool:
    said = document.provenance
    years = said.period
    return (
        (not scope.districts or said.district in scope.districts)
        and (not scope.documents or document.id in scope.documents)
        and (not scope.years or (years is not None and any(year in years for year in scope.years)))
        and (not scope.kinds or said.kind in scope.kinds)
    )


def _offsets(documents: Sequence[Document]) -> dict[str, int]:
    offsets, total = {}, 0
    for document in documents:
        offsets[document.id] = total
        total += len(document.sentences)
    return offsets
