"""The layers of an index → what is searched in it, whatever their number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

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
# Layers that are open, by their folder and what it holds: an index upon another shares what that one has opened. A folder is
# never written again; what lies in a server may be gone, and is opened anew.
_OPENED: WeakValueDictionary[tuple[Path, str, str], "_OpenedLayer"] = WeakValueDictionary()


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class _OpenedLayer:
    """All documents of a layer, the number of each one's first sentence, and what is searched of them."""

    documents: tuple[Document, ...]
    first: NDArray[np.int64]
    chunks: ChunkTable
    vectors: Mapping[str, DenseIndex]
    words: Mapping[str, LexicalIndex]


@dataclass(frozen=True, slots=True)
class OpenedIndex:
    """Documents of all layers, in their order, and what is searched of them.

    ``shown`` (shape: documents) tells which are found; ``first`` is the number of each document's first sentence among all,
    and of all sentences; ``chunks`` find only those of shown documents, and so do ``vectors`` and ``words``, which are of
    "chunks" and "sentences". Another index shares the ``layers`` for as long as they are kept.
    """

    documents: tuple[Document, ...]
    shown: NDArray[np.bool_]
    first: NDArray[np.int64]
    chunks: ChunkTable
    vectors: Mapping[str, Vectors]
    words: Mapping[str, Words]
    layers: tuple[_OpenedLayer, ...]


def open_index(layers: Sequence[Layer], server: ChromaServer | None) -> OpenedIndex:
    """Return what layers hold, the vectors in a Chroma server where one is given; raise StoreError where one is damaged."""
    opened = tuple(_shared(layer, server) for layer in layers)
    found = [entry["id"] not in layer.hidden for layer in layers for entry in layer.manifest.documents]
    shown = np.array(found, dtype=np.bool_)
    if len(opened) > 1:
        return _joined(opened, shown)
    only = opened[0]
    return OpenedIndex(only.documents, shown, only.first, only.chunks, only.vectors, only.words, opened)


def _shared(layer: Layer, server: ChromaServer | None) -> _OpenedLayer:
    if server:
        return _open(layer, server)
    key = (layer.folder, layer.manifest.files, layer.manifest.vectors)
    opened = _OPENED.get(key)
    if opened is None:
        opened = _OPENED[key] = _open(layer, None)
    return opened


def _open(layer: Layer, server: ChromaServer | None) -> _OpenedLayer:
    folder, manifest = layer.folder, layer.manifest
    where = Collections(server, manifest.collections) if server else folder / VECTORS
    entries, sizes = manifest.documents, {"chunks": manifest.chunks, "sentences": manifest.sentences}
    chunks = ChunkTable.load(folder / CHUNKS, [entry["id"] for entry in entries])
    owned = owned_by(chunks, entries)
    opened = _OpenedLayer(
        open_documents(folder, entries),
        firsts([entry["sentences"] for entry in entries]),
        chunks,
        {name: DenseIndex.open(where, name, owned[name]) for name in WORDS},
        {name: LexicalIndex.load(folder / words, sizes[name]) for name, words in WORDS.items()},
    )
    _check(opened, folder, sizes)
    return opened


def _check(opened: _OpenedLayer, folder: Path, sizes: Mapping[str, int]) -> None:
    """The parts of an index must fit each other, or places would point at other words."""
    vectors = {name: index.count() for name, index in opened.vectors.items()}
    if not vectors == {"chunks": len(opened.chunks), "sentences": int(opened.first[-1])} == sizes:
        raise StoreError(
            f"{folder}: the index is damaged ({vectors} parts where {dict(sizes)} were written). "
            "Run `plans index` to build it again."
        )


def _joined(opened: tuple[_OpenedLayer, ...], shown: NDArray[np.bool_]) -> OpenedIndex:
    """Return layers as one index; a document's vectors and words are those in the layer that shows it."""
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
        opened,
    )
