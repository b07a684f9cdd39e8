"""The layers of an index → what is searched in it, whatever their number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from vectorstore.chunk_table import ChunkTable
from vectorstore.datatypes import ChromaServer, Collections, Document
from vectorstore.dense import DenseIndex
from vectorstore.errors import StoreError
from vectorstore.index_parts import CHUNKS, VECTORS, WORDS, firsts, owned_by, place_of
from vectorstore.kept_documents import open_documents
from vectorstore.layered import LayeredVectors, LayeredWords, Vectors, Words
from vectorstore.layers import Layer
from vectorstore.lexical import LexicalIndex

# The document of an id
_OWNERS: dict[str, Callable[[str], str]] = {
    "chunks": lambda id_: id_.rpartition(":")[0],
    "sentences": lambda id_: place_of(id_)[0],
}
Words_co = TypeVar("Words_co", bound=Words, covariant=True)
Vectors_co = TypeVar("Vectors_co", bound=Vectors, covariant=True)


@dataclass(frozen=True, slots=True)
class OpenedIndex(Generic[Words_co, Vectors_co]):
    """Documents of all layers, in their order, and what is searched of them.

    ``shown`` (shape: documents) tells which are found; ``first`` is the number of each document's first sentence among all,
    and of all sentences; ``chunks`` find only those of shown documents, and so do ``vectors`` and ``words``, which are of
    "chunks" and "sentences".
    """

    documents: tuple[Document, ...]
    shown: NDArray[np.bool_]
    first: NDArray[np.int64]
    chunks: ChunkTable
    vectors: Mapping[str, Vectors_co]
    words: Mapping[str, Words_co]


def open_index(layers: Sequence[Layer], server: ChromaServer | None) -> OpenedIndex[Words, Vectors]:
    """Return what layers hold, the vectors in a Chroma server where one is given; raise StoreError where one is damaged."""
    opened = [_open(layer, server) for layer in layers]
    return opened[0] if len(opened) == 1 else _joined(opened)


def _open(layer: Layer, server: ChromaServer | None) -> OpenedIndex[LexicalIndex, DenseIndex]:
    folder, manifest = layer.folder, layer.manifest
    where = Collections(server, manifest.collections) if server else folder / VECTORS
    entries, sizes = manifest.documents, {"chunks": manifest.chunks, "sentences": manifest.sentences}
    chunks = ChunkTable.load(folder / CHUNKS, [entry["id"] for entry in entries])
    owned = owned_by(chunks, entries)
    opened = OpenedIndex(
        open_documents(folder, entries),
        np.array([entry["id"] not in layer.hidden for entry in entries], dtype=np.bool_),
        firsts([entry["sentences"] for entry in entries]),
        chunks,
        {name: DenseIndex.open(where, name, owned[name]) for name in WORDS},
        {name: LexicalIndex.load(folder / words, sizes[name]) for name, words in WORDS.items()},
    )
    _check(opened, folder, sizes)
    return opened


def _check(opened: OpenedIndex[LexicalIndex, DenseIndex], folder: Path, sizes: Mapping[str, int]) -> None:
    """The parts of an index must fit each other, or places would point at other words."""
    vectors = {name: index.count() for name, index in opened.vectors.items()}
    if not vectors == {"chunks": len(opened.chunks), "sentences": int(opened.first[-1])} == sizes:
        raise StoreError(
            f"{folder}: the index is damaged ({vectors} parts where {dict(sizes)} were written). "
            "Run `plans index` to build it again."
        )


def _joined(opened: Sequence[OpenedIndex[LexicalIndex, DenseIndex]]) -> OpenedIndex[Words, Vectors]:
    """Return layers as one index; a document's vectors and words are those in the layer that shows it."""
    shown = np.concatenate([one.shown for one in opened])
    documents = tuple(document for one in opened for document in one.documents)
    layer_of = np.repeat(np.arange(len(opened)), [len(one.documents) for one in opened])
    places = {documents[place].id: int(place) for place in np.flatnonzero(shown)}
    here = {id_: int(layer_of[place]) for id_, place in places.items()}
    chunks = ChunkTable.joined([one.chunks for one in opened], shown)
    counts = {"chunks": chunks.counts(), "sentences": np.concatenate([np.diff(one.first) for one in opened])}
    hidden = {
        name: [int(count[(layer_of == number) & ~shown].sum()) for number in range(len(opened))]
        for name, count in counts.items()
    }
    return OpenedIndex(
        documents,
        shown,
        firsts(counts["sentences"]),
        chunks,
        {
            name: LayeredVectors([one.vectors[name] for one in opened], hidden[name], here, _OWNERS[name])
            for name in WORDS
        },
        {name: LayeredWords([one.words[name] for one in opened], np.repeat(shown, counts[name])) for name in WORDS},
    )
