"""The package's door: a folder that holds the index in use, and what can be asked of it."""

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property, partial
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.datatypes import (
    EVERYTHING,
    ChromaServer,
    Chunk,
    Document,
    Hit,
    Passage,
    PassageScores,
    Scope,
)
from vectorstore.embedding_cache import CachedEncoder
from vectorstore.errors import DocumentError, NoIndexError, StoreError
from vectorstore.extraction_cache import ExtractionCache
from vectorstore.folded_texts import FoldedTexts
from vectorstore.index_in_use import Hold, is_current, locked, pointed_to, read_usable, replace_index
from vectorstore.index_parts import place_of, sentence_id
from vectorstore.indexing import Encoder, Progress, write_index
from vectorstore.layers import layers_of, whole_manifest
from vectorstore.library import Library
from vectorstore.manifests import fingerprint, read_manifest
from vectorstore.opened_index import open_index
from vectorstore.readers import SUFFIXES
from vectorstore.retrieval import rank_chunks
from vectorstore.source_files import extractions_of, sources_of
from vectorstore.sources import Source
from vectorstore.token_cache import TokenCache

_EMBEDDINGS = "embeddings.sqlite3"
_TOKENS = "tokens.sqlite3"
# Chunks ranked by their words: what stands further down adds less than a tenth of the least that vectors add
_WORD_DEPTH = 1000


class Reader(Protocol):
    """What scores the sentences of passages for questions."""

    def read(self, pairs: Sequence[tuple[str, Passage]]) -> tuple[PassageScores, ...]:
        """Return the scores of (question, passage) pairs, in their order."""


def no_reader() -> None:
    """Load no reader: questions are answered without one."""


class VectorStore:
    """The indexed documents. ``VectorStore.build`` makes one, ``VectorStore.open`` opens one."""

    def __init__(
        self,
        folder: Path,
        encoder: Callable[[], Encoder],
        reader: Callable[[], Reader | None],
        server: ChromaServer | None = None,
    ) -> None:
        self._folder = folder
        layers = layers_of(folder)
        self._held = [Hold(layer.folder) for layer in layers]
        self._load_encoder = encoder
        self._load_reader = reader
        self.manifest = whole_manifest(layers)
        opened = open_index(layers, server)
        # For as long as these are kept, the next index shares them
        self._layers = opened.layers
        # Numbers of documents and sentences count those of all layers; what is not shown has no name
        self._first, self._shown = opened.first, opened.shown
        self._place = {opened.documents[number].id: int(number) for number in np.flatnonzero(opened.shown)}
        documents = (opened.documents[number] for number in self._place.values())
        self.documents = tuple(sorted(documents, key=lambda document: document.path))
        self._by_id = {document.id: document for document in self.documents}
        self._chunks = opened.chunks
        self._chunk_vectors, self._sentence_vectors = opened.vectors["chunks"], opened.vectors["sentences"]
        self._chunk_words, self._sentence_words = opened.words["chunks"], opened.words["sentences"]
        self.folded_text = FoldedTexts(opened.documents, self._sentence_words.holding, opened.first, opened.shown)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        encoder: Callable[[], Encoder],
        model: str,
        reader: Callable[[], Reader | None] = no_reader,
        server: ChromaServer | None = None,
    ) -> "VectorStore":
        """Return the store in a folder, with its vectors in a Chroma server where one is given.

        ``encoder`` and ``reader`` load these when the first question needs them; ``model`` is the encoder's identity. Raise
        NoIndexError when nothing has been indexed there, StoreError when the index can't be used with this
        program or this model.
        """
        pointed = pointed_to(folder)
        if pointed is None:
            raise NoIndexError(f"{folder} holds no index yet. Run `plans index FOLDER --store {folder}` first.")
        try:
            read_usable(folder, pointed, model, server)
            return cls(pointed.index, encoder, reader, server)
        except StoreError:
            # Another index was switched to meanwhile, and this one may have been cleared away
            if pointed_to(folder) == pointed:
                raise
        return cls.open(folder, encoder=encoder, model=model, reader=reader, server=server)

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

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """All chunks, in the order of the documents (``manifest.chunks`` says how many without making them)."""
        return tuple(chunk for document in self.documents for chunk in self._chunks.of_document(document.id))

    def document(self, id_: str) -> Document:
        """Return the document of this id; raise KeyError when there is none."""
        return self._by_id[id_]

    def find(self, id_: str) -> Document | None:
        """Return the document of this id, or None: an address or a kept quote may name one that is gone."""
        return self._by_id.get(id_)

    def in_scope(self, scope: Scope) -> tuple[Document, ...]:
        """Return the documents that a scope means, in their order."""
        if scope == EVERYTHING:
            return self.documents
        districts, ids = frozenset(scope.districts), frozenset(scope.documents)
        return tuple(document for document in self.documents if _matches(document, scope, districts, ids))

    def within(self, scope: Scope) -> "VectorStore":
        """Return the same store as if it held the documents of a scope only: no other is named, searched or quoted."""
        narrowed = copy(self)
        narrowed.documents = self.in_scope(scope)
        allowed = np.zeros(len(self._shown), dtype=np.bool_)
        allowed[[self._place[document.id] for document in narrowed.documents]] = True
        narrowed.folded_text = self.folded_text.narrowed(allowed)
        return narrowed

    def chunks_of(self, document: str) -> tuple[Chunk, ...]:
        """Return a document's chunks in reading order."""
        return self._chunks.of_document(document)

    def chunk_holding(self, document: str, number: int) -> Chunk:
        """Return the chunk that holds a document's sentence; each is in one. Raise KeyError where there is no such sentence."""
        chunk = self._chunks.holding(document, number)
        if chunk is None:
            raise KeyError(f"{document} has no sentence {number}")
        return chunk

    def encode(self, query: str) -> NDArray[np.float32]:
        """Return the vector of a query: shape (d,)."""
        vector: NDArray[np.float32] = self.encoder.encode_questions([query])[0]
        return vector

    def retrieve(
        self, query: str, *, scope: Scope | None = None, limit: int = 20, vector: NDArray[np.float32] | None = None
    ) -> tuple[Hit, ...]:
        """Return the chunks a query is about, best first; ``vector`` saves encoding the query again."""
        allowed = [document.id for document in self.in_scope(scope or EVERYTHING)]
        vector = self.encode(query) if vector is None else vector
        depth = max(50, 2 * limit)
        if len(allowed) == len(self._by_id):
            chunks = self._chunks
            near_chunks = self._chunk_vectors.nearest(vector, depth)
            near_sentences = self._sentence_vectors.nearest(vector, depth)
        else:
            chunks, documents = self._chunks.narrowed(allowed), frozenset(allowed)
            near_chunks = self._chunk_vectors.nearest_in(vector, depth, documents)
            near_sentences = self._sentence_vectors.nearest_in(vector, depth, documents)
        return rank_chunks(
            chunks,
            words=[chunk for chunk, _ in chunks.best(self._chunk_words.scores(query), _WORD_DEPTH)],
            near_chunks=near_chunks,
            near_sentences=[(place_of(id_), cosine) for id_, cosine in near_sentences],
            limit=limit,
        )

    def sentence_words(self, query: str) -> NDArray[np.float32]:
        """Return the BM25 score of every sentence: shape (sentences,), documents in their order."""
        return self._sentence_words.scores(query)

    def sentence_number(self, document: str, number: int) -> int:
        """Return the place of a document's sentence among all sentences."""
        return int(self._first[self._place[document]]) + number

    def sentence_vectors(self, places: Sequence[tuple[str, int]]) -> NDArray[np.float32]:
        """Return the vectors of sentences given as (document, number): shape (n, d)."""
        return self._sentence_vectors.vectors([sentence_id(document, number) for document, number in places])


def build_store(
    folder: Path,
    roots: Sequence[Path],
    *,
    model: str,
    encoder: Callable[[], Encoder],
    reader: Callable[[], Reader | None] = no_reader,
    library: Library | None = None,
    anew: bool = False,
    server: ChromaServer | None = None,
    on_progress: Progress | None = None,
) -> tuple[VectorStore, tuple[DocumentError, ...]]:
    """Index folders of documents (or single ones) into a store, and return it with an error for each file left out.

    ``server`` keeps the vectors in place of the folder; ``library`` adds a person's own documents, what they hid and what they corrected.
    Nothing is done where the index in use is already the one asked for, unless it is to be built ``anew``. Otherwise it is
    written to a new folder beside the one in use and then switched to: readers and an interrupted build keep the old one.
    Only texts that the index in use and the one before it don't hold are encoded and cut into words, and only vectors
    that the one in use doesn't hold are put into the graph of its neighbours, unless ``anew``.
    """
    extractions = extractions_of(folder)
    # Read under the lock, or what another process adds meanwhile would be missing from the index that is built last
    with locked(folder):
        sources, errors = _read_some(folder, roots, library, extractions, anew=anew)
        wanted = fingerprint(sources, model)
        pointed = pointed_to(folder)
        index = pointed.index if pointed else None
        if pointed is None or index is None or anew or not is_current(pointed, wanted, server):
            cached, tokens = CachedEncoder(encoder, model, folder / _EMBEDDINGS), TokenCache(folder / _TOKENS)
            write = partial(
                write_index,
                sources=sources,
                encoder=cached,
                roots=[root.absolute() for root in roots],
                tokenizer=tokens.tokenize,
                on_progress=on_progress,
            )
            index = replace_index(folder, wanted, write, anew=anew, server=server)
            # What is taken over from the index before is not looked up, but would be wanted if that could not be read
            if not read_manifest(index).taken_over:
                for kept in (extractions, cached, tokens):
                    kept.forget_unused()
    return VectorStore(index, encoder, reader, server), errors


def _read_some(
    folder: Path, roots: Sequence[Path], library: Library | None, extractions: ExtractionCache, *, anew: bool
) -> tuple[tuple[Source, ...], tuple[DocumentError, ...]]:
    """Return what ``sources_of`` does; raise DocumentError where there are no documents."""
    sources, errors = sources_of(folder, roots, library, extractions=extractions, anew=anew)
    if sources:
        return sources, errors
    if errors:
        raise errors[0]
    raise DocumentError(f"{_named(roots, library)}: no documents found ({', '.join(SUFFIXES)}). Put the plans there.")


def is_up_to_date(
    folder: Path,
    roots: Sequence[Path],
    *,
    model: str,
    library: Library | None = None,
    server: ChromaServer | None = None,
) -> bool:
    """Tell whether the store's index is that of the documents now in ``roots`` and library, for this model and program."""
    pointed = pointed_to(folder)
    if pointed is None:
        return False
    sources, _ = sources_of(folder, roots, library)
    return is_current(pointed, fingerprint(sources, model), server)


def _named(roots: Sequence[Path], library: Library | None) -> str:
    return ", ".join(map(str, [*roots, *([library.folder] if library else [])]))


def _matches(document: Document, scope: Scope, districts: frozenset[str], ids: frozenset[str]) -> bool:
    said = document.provenance
    years = said.period
    return (
        (not districts or said.district in districts)
        and (not ids or document.id in ids)
        and (not scope.years or (years is not None and any(year in years for year in scope.years)))
        and (not scope.kinds or said.kind in scope.kinds)
    )
