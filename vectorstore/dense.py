"""Vectors in Chroma: embedded, persistent, in a folder of their own. The only file that knows chromadb."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import StoreError

_BATCH = 2000
# HNSW with Chroma's defaults misses neighbours among a few thousand vectors; these find them all.
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}
_DATABASE = "chroma.sqlite3"
# Chroma keeps what is removed in its graph and walks through it: where a quarter is, a new graph is smaller and faster.
_MOST_REMOVED = 0.25
_REMOVED = "removed"
# Vectors come back from Chroma normalized again, which moves them by 1e-7
_EQUAL = 1e-6


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

    def renew(self, ids: Sequence[str], vectors: NDArray[np.float32], documents: Sequence[str]) -> None:
        """Make the index hold what ``add`` would store in an empty one; only what differs is removed or added.

        Raise StoreError where it can't be changed, or so much of it that it is better written anew.
        """
        try:
            gone, new = self._difference(ids, vectors, documents)
            removed = (self._collection.metadata or {}).get(_REMOVED, 0) + len(gone)
            if removed > _MOST_REMOVED * len(ids):
                raise StoreError(f"{removed} vectors were removed where {len(ids)} are left. Write them anew.")
            for start in range(0, len(gone), _BATCH):
                self._collection.delete(ids=gone[start : start + _BATCH])
            self._collection.modify(metadata={_REMOVED: removed})
            self.add([ids[row] for row in new], vectors[new], [documents[row] for row in new])
        except _chroma_errors() as error:
            raise StoreError(f"The vectors can't be changed ({error}). Write them anew.") from error

    def _difference(
        self, ids: Sequence[str], vectors: NDArray[np.float32], documents: Sequence[str]
    ) -> tuple[list[str], list[int]]:
        """Return the ids held that are not wanted as they are, and the rows wanted that are not held."""
        found = self._collection.get(include=["embeddings", "metadatas"])
        held = np.asarray(found["embeddings"], dtype=np.float32).reshape(len(found["ids"]), -1)
        owners = [metadata["document"] for metadata in found["metadatas"]]
        row_of = {id_: row for row, id_ in enumerate(ids)}
        both = [(place, row_of[id_]) for place, id_ in enumerate(found["ids"]) if id_ in row_of]
        near = np.abs(held[[place for place, _ in both]] - vectors[[row for _, row in both]]).max(axis=1, initial=0)
        kept = {
            row
            for (place, row), far in zip(both, near, strict=True)
            if far < _EQUAL and owners[place] == documents[row]
        }
        gone = [id_ for id_ in found["ids"] if row_of.get(id_) not in kept]
        return gone, [row for row in range(len(ids)) if row not in kept]

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


def search_all(folder: Path) -> None:
    """Search every index of a folder for one of its own vectors; raise StoreError where one can't be opened or finds none.

    Chroma ends the process that opens a damaged graph, so that this is best run in one of its own.
    """
    for collection in _client(folder).list_collections():
        index = DenseIndex.open(folder, collection.name)
        some = collection.get(limit=1, include=["embeddings"])["embeddings"]
        if len(some) and not index.nearest(np.asarray(some[0], dtype=np.float32), 1):
            raise StoreError(f"{folder}: the vectors of {collection.name} are not found. Run `plans index` again.")


def digest_of(folder: Path) -> str:
    """Return a digest of the graphs in a folder of vectors and of what wrote them; reading them leaves it as it is."""
    import chromadb

    digest = sha256(json.dumps([chromadb.__version__, _HNSW]).encode())
    # A folder of each graph lies beside the database, in which Chroma notes every opening
    for path in sorted(folder.glob("*/*")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def copy_vectors(folder: Path, new: Path, *, digest: str) -> None:
    """Copy a folder of vectors to a new place; readers go on reading.

    Raise StoreError where its graphs are not those of the digest: Chroma would crash on a damaged one.
    """
    try:
        shutil.copytree(folder, new, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
        uri = f"{(folder / _DATABASE).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(new / _DATABASE)) as target:
            source.backup(target)
        copied = digest_of(new)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The vectors in {folder} can't be copied ({error}). Write them anew.") from error
    if copied != digest:
        raise StoreError(f"The vectors in {folder} are not those that were written. Write them anew.")


def _client(folder: Path) -> Any:
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


def _chroma_errors() -> tuple[type[Exception], ...]:
    from chromadb.errors import ChromaError

    # The embedded engine reports a damaged folder through any of these
    return (ChromaError, OSError, ValueError, RuntimeError, KeyError)
