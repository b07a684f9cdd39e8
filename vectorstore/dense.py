"""Vectors in Chroma: embedded, persistent, in a folder of their own. The only file that knows chromadb."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import StoreError

_BATCH = 2000
# HNSW with Chroma's defaults misses neighbours among a few thousand vectors; these find them all.
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}


class DenseIndex:
    """Vectors by id, with the cosine of the nearest to a query."""

    def __init__(self, collection: Any) -> None:
        self._collection = collection
        self._size: int = collection.count()

    @classmethod
    def create(cls, folder: Path, name: str) -> "DenseIndex":
        """Return a new, empty index of this name in a folder."""
        client = _client(folder)
        configuration = {"hnsw": _HNSW, "embedding_function": None}
        return cls(client.create_collection(name, configuration=configuration, embedding_function=None))

    @classmethod
    def open(cls, folder: Path, name: str) -> "DenseIndex":
        """Return the index of this name in a folder; raise StoreError when there is none or it is damaged."""
        try:
            return cls(_client(folder).get_collection(name, embedding_function=None))
        except _chroma_errors() as error:
            raise StoreError(
                f"The vectors in {folder} can't be opened ({error}). Run `plans index` to build the index again."
            ) from error

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], documents: Sequence[str]) -> None:
        """Store vectors of shape (n, d) under their ids, each with the document it comes from."""
        for start in range(0, len(ids), _BATCH):
            part = slice(start, start + _BATCH)
            metadatas = [{"document": document} for document in documents[part]]
            self._collection.add(ids=list(ids[part]), embeddings=vectors[part], metadatas=metadatas)
        self._size = self.count()

    def count(self) -> int:
        """Return how many vectors there are."""
        return int(self._collection.count())

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of these ids, in their order: shape (n, d)."""
        found = self._collection.get(ids=list(ids), include=["embeddings"])
        place = {id_: row for row, id_ in enumerate(found["ids"])}
        rows: NDArray[np.float32] = np.asarray(found["embeddings"], dtype=np.float32)
        return rows[[place[id_] for id_ in ids]]

    def nearest(
        self, vector: NDArray[np.float32], limit: int, *, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to ``limit`` (id, cosine), nearest first; ``documents`` keeps to those."""
        if limit < 1 or not self._size or (documents is not None and not documents):
            return []
        where = {"document": {"$in": list(documents)}} if documents is not None else None
        found = self._collection.query(
            query_embeddings=[vector], n_results=min(limit, self._size), where=where, include=["distances"]
        )
        pairs = zip(found["ids"][0], found["distances"][0], strict=True)
        return sorted(((id_, 1.0 - float(distance)) for id_, distance in pairs), key=lambda pair: (-pair[1], pair[0]))


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


def _chroma_errors() -> tuple[type[Exception], ...]:
    from chromadb.errors import ChromaError

    # The embedded engine reports a damaged folder through any of these
    return (ChromaError, OSError, ValueError, RuntimeError, KeyError)
