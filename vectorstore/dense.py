"""Vectors in Chroma: embedded and persistent in a folder of their own, or in a server. The only file that knows chromadb."""

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import closing, contextmanager
from functools import cache, lru_cache
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from vectorstore.datatypes import ChromaServer, Collections
from vectorstore.errors import StoreError
from vectorstore.index_parts import Owned

_BATCH = 2000
# HNSW with Chroma's defaults misses neighbours among a few thousand vectors; these find them all. Of the 180 nearest of
# 36,000 an ef_search of 200, 400 and 800 finds 0.91, 0.97 and 0.995, in 3.4, 4.5 and 5.8 ms (benchmarks/growth.py).
_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 800, "max_neighbors": 32}
_DATABASE = "chroma.sqlite3"
# To keep to some documents takes Chroma a few milliseconds among so many vectors; so many are read one by one in 0.1 s, and so
# many of the nearest of all found with their documents.
_LOOKED_THROUGH, _READ, _OVERFETCHED = 5_000, 3_000, 4_000
# Vectors kept in memory, of those read last: 15 MB
_REMEMBERED = 10_000
# Chroma keeps what is removed in its graph and walks through it: where a quarter is, a new graph is smaller and faster.
_MOST_REMOVED = 0.25
_REMOVED = "removed"
_FULL_TEXT = "embedding_fulltext_search"
# Written again at every opening, with other bytes behind its last value
_LENGTHS = "length.bin"
# Stands beside the files of a graph that Chroma reads rather than makes again from its log
_KEPT_GRAPH = "index_metadata.pickle"
# What Chroma writes at an opening, in bytes
_PAGES = 65536


# Kept until the process ends
_COPIES: list[TemporaryDirectory[str]] = []


class DenseIndex:
    """Vectors by id, with the cosine of the nearest to a query."""

    def __init__(self, collection: Any, where: Path | Collections, owned: Owned | None = None) -> None:
        self._collection = collection
        self._where = where
        self._owned = owned
        self._size: int = collection.count()
        self._remembered: dict[str, NDArray[np.float32]] = {}

    @classmethod
    def create(cls, where: Path | Collections, name: str) -> "DenseIndex":
        """Return a new, empty index of this name in a folder or server; raise StoreError where it can't be made."""
        configuration = {"hnsw": _HNSW, "embedding_function": None}
        with _told(where, "made"):
            client = _client(where)
            collection = client.create_collection(
                _full_name(where, name), configuration=configuration, embedding_function=None
            )
            return cls(collection, where)

    @classmethod
    def open(cls, where: Path | Collections, name: str, owned: Owned | None = None) -> "DenseIndex":
        """Return the index of this name in a folder or server; raise StoreError when there is none or it is damaged.

        ``owned`` says whose vectors are whose, for ``nearest_in``.
        """
        with _told(where, "opened"):
            try:
                found = _client(where).get_collection(_full_name(where, name), embedding_function=None)
                return cls(found, where, owned)
            except _chroma_errors():
                # Chroma notes every opening in its database, and says nothing of use where it can't
                if not isinstance(where, Path) or not where.is_dir() or not _takes_no_more(where):
                    raise
            copied = _copied(where)
            return cls(_client(copied).get_collection(name, embedding_function=None), copied, owned)

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], documents: Sequence[str]) -> None:
        """Store vectors of shape (n, d) under their ids, each with the document it comes from."""
        with _told(self._where, "written"):
            for start in range(0, len(ids), _BATCH):
                part = slice(start, start + _BATCH)
                metadatas = [{"document": document} for document in documents[part]]
                self._collection.add(ids=list(ids[part]), embeddings=vectors[part], metadatas=metadatas)
        self._size = self.count()

    def change(
        self, gone: Sequence[str], ids: Sequence[str], vectors: NDArray[np.float32], documents: Sequence[str]
    ) -> None:
        """Remove the vectors of some ids, then store others as ``add`` does; an id may be among both.

        Raise StoreError where they can't be changed, or so many were removed that all are better written anew.
        """
        try:
            removed = (self._collection.metadata or {}).get(_REMOVED, 0) + len(gone)
            left = self.count() - len(gone) + len(ids)
            if removed > _MOST_REMOVED * left:
                raise StoreError(f"{removed} vectors were removed where {left} are left. Write them anew.")
            self._remembered = {}
            for start in range(0, len(gone), _BATCH):
                self._collection.delete(ids=list(gone[start : start + _BATCH]))
            self._collection.modify(metadata={_REMOVED: removed})
            self.add(ids, vectors, documents)
        except _chroma_errors() as error:
            raise StoreError(f"The vectors can't be changed ({error}). Write them anew.") from error

    def count(self) -> int:
        """Return how many vectors there are."""
        with _told(self._where, "counted"):
            return int(self._collection.count())

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of these ids, in their order, one of which may come twice: shape (n, d)."""
        known = self._remembered
        # Chroma refuses an id that comes twice
        new = [id_ for id_ in dict.fromkeys(ids) if id_ not in known]
        if new:
            with _told(self._where, "read"):
                found = self._collection.get(ids=new, include=["embeddings"])
            read = dict(zip(found["ids"], np.asarray(found["embeddings"], dtype=np.float32), strict=True))
            known = {**known, **read}
            # Replaced, never changed: other threads may be reading
            self._remembered = known if len(known) <= _REMEMBERED else read
        return np.stack([known[id_] for id_ in ids])

    def nearest(
        self, vector: NDArray[np.float32], limit: int, *, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """Return up to ``limit`` (id, cosine), nearest first; ``documents`` keeps to those."""
        if limit < 1 or not self._size or (documents is not None and not documents):
            return []
        where = {"document": {"$in": list(documents)}} if documents is not None else None
        return _in_order((id_, cosine) for id_, cosine, _ in self._query(vector, limit, where=where))

    def nearest_in(self, vector: NDArray[np.float32], limit: int, documents: Set[str]) -> list[tuple[str, float]]:
        """Return what ``nearest`` does for some of the documents, in the way that takes least time.

        To keep to some documents Chroma looks through all that it has: 0.2 to 1 s among 360,000 vectors. Few are read and
        compared one by one; of many, so many of the nearest of all are asked for that enough should be theirs.
        """
        wanted = sorted(documents)
        if self._owned is None or self._size <= _LOOKED_THROUGH or not wanted:
            return self.nearest(vector, limit, documents=wanted)
        count = sum(map(self._owned.count, wanted))
        if count <= _READ:
            own = [id_ for document in wanted for id_ in self._owned.ids(document)]
            cosines = self.vectors(own) @ vector if own else ()
            return _in_order(zip(own, map(float, cosines), strict=True))[:limit]
        enough = 4 * limit * self._size // count
        if enough <= _OVERFETCHED:
            found = self._query(vector, enough, include=["metadatas"])
            pairs = [(id_, cosine) for id_, cosine, document in found if document in documents]
            if len(pairs) >= limit:
                return _in_order(pairs)[:limit]
        return self.nearest(vector, limit, documents=wanted)

    def _query(
        self, vector: NDArray[np.float32], limit: int, *, where: Any = None, include: Sequence[str] = ()
    ) -> list[tuple[str, float, str | None]]:
        """Return ids, cosines and, where metadatas are included, the documents of the nearest."""
        with _told(self._where, "searched"):
            found = self._collection.query(
                query_embeddings=[vector],
                n_results=min(limit, self._size),
                where=where,
                include=["distances", *include],
            )
        ids, distances = found["ids"][0], found["distances"][0]
        owners = [said["document"] for said in found["metadatas"][0]] if found["metadatas"] else [None] * len(ids)
        return [(id_, 1.0 - float(far), owner) for id_, far, owner in zip(ids, distances, owners, strict=True)]


def _in_order(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def forget_collections(server: ChromaServer, mark: str, keep: Sequence[str]) -> None:
    """Delete the collections of a server whose names begin with a mark, but those with one of the prefixes to keep.

    Raise StoreError where the server can't be reached.
    """
    where = Collections(server, mark)
    with _told(where, "cleared"):
        client = _client(where)
        for collection in client.list_collections():
            if collection.name.startswith(mark) and not collection.name.startswith(tuple(keep)):
                client.delete_collection(collection.name)


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
    """Return a digest of the graphs in a folder of vectors, after one of what wrote them; reading them leaves it as it is.

    Of fewer than a thousand vectors Chroma keeps only a log in its database, which holds checks of its own, and writes the
    files of the graph again at every opening.
    """
    import chromadb

    digest = sha256()
    # A folder of each graph lies beside the database, in which Chroma notes every opening
    for path in sorted(path for path in folder.glob("*/*") if (path.parent / _KEPT_GRAPH).exists()):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        if path.name != _LENGTHS:
            with path.open("rb") as file:
                digest.update(file_digest(file, "sha256").digest())
    written_by = sha256(json.dumps([chromadb.__version__, _HNSW]).encode()).hexdigest()[:8]
    return f"{written_by}-{digest.hexdigest()}"


def is_damaged(folder: Path, digest: str) -> bool:
    """Tell whether a folder's graphs are not those of a digest, or its database can't be read, as far as can be told.

    What another version of Chroma has written is not compared.
    """
    here = digest_of(folder)
    return (here.partition("-")[0] == digest.partition("-")[0] and here != digest) or not _is_read(folder / _DATABASE)


def _is_read(database: Path) -> bool:
    """Tell whether every value of a database can be read: Chroma ends the process that meets a text which is no UTF-8."""
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            # Tables of the full-text search, which is not used, need what an opened Chroma brings
            for (name,) in names:
                if not name.startswith(_FULL_TEXT):
                    for _ in connection.execute(f'SELECT * FROM "{name}"'):
                        pass
    except (sqlite3.Error, UnicodeDecodeError) as error:
        # Another process may be at it: that is no damage
        return getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return True


def copy_vectors(folder: Path, new: Path, *, digest: str) -> None:
    """Copy a folder of vectors to a new place; readers go on reading.

    Raise StoreError where its graphs are not those of the digest: Chroma would crash on a damaged one.
    """
    try:
        shutil.copytree(folder, new, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
        uri = f"{(folder / _DATABASE).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(new / _DATABASE)) as target:
            source.backup(target)
        sound = digest_of(new) == digest and _is_read(new / _DATABASE)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"The vectors in {folder} can't be copied ({error}). Write them anew.") from error
    if not sound:
        raise StoreError(f"The vectors in {folder} are not those that were written. Write them anew.")


@cache
def _copied(folder: Path) -> Path:
    """Return a copy of a folder of vectors that can't be written, for Chroma writes wherever it reads; gone at the end."""
    temporary = TemporaryDirectory(prefix="plans-vectors-")
    _COPIES.append(temporary)
    copied = Path(temporary.name) / folder.name
    shutil.copytree(folder, copied)
    return copied


def _client(where: Path | Collections) -> Any:
    import chromadb

    if isinstance(where, Path):
        return chromadb.PersistentClient(path=str(where), settings=_settings().model_copy())
    return _server_client(where.server)


# To look for each of them in the environment takes 20 ms; a client changes those that it is given
@cache
def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)


# Every client asks the server who it is before it asks for anything else
@lru_cache(maxsize=4)
def _server_client(server: ChromaServer) -> Any:
    import chromadb

    url = urlsplit(server.url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise StoreError(f"PLANS_CHROMA_URL={server.url} is no address. Give it as http://host:8000 or https://host.")
    try:
        port = url.port or (443 if url.scheme == "https" else 8000)
    except ValueError as error:
        raise StoreError(f"PLANS_CHROMA_URL={server.url}: {error}. Give it as http://host:8000.") from error
    return chromadb.HttpClient(
        host=url.hostname,
        port=port,
        ssl=url.scheme == "https",
        headers={"Authorization": f"Bearer {server.token}"} if server.token else None,
        settings=_settings().model_copy(),
        tenant=server.tenant or chromadb.config.DEFAULT_TENANT,
    )


def _full_name(where: Path | Collections, name: str) -> str:
    return name if isinstance(where, Path) else f"{where.prefix}{name}"


@contextmanager
def _told(where: Path | Collections, what: str) -> Iterator[None]:
    """Turn what Chroma raises into a StoreError that says where, and what to do."""
    try:
        yield
    except _chroma_errors() as error:
        raise StoreError(_trouble(where, what, _said(error))) from error


def _said(error: BaseException) -> str:
    """Return the first line of what an error says; of one in Chroma's tidying up, what had gone wrong before."""
    while isinstance(error, AttributeError) and error.__context__ is not None:
        error = error.__context__
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _takes_no_more(folder: Path) -> bool:
    """Tell whether nothing can be written into a folder: its disk is full, or may only be read."""
    try:
        with TemporaryFile(dir=folder) as file:
            file.write(b"\0" * _PAGES)
            file.flush()
    except OSError:
        return True
    return False


def _trouble(where: Path | Collections, what: str, said: str) -> str:
    if isinstance(where, Path):
        full = what == "written" or "disk is full" in said
        space = "Check the free space on the disk, then run" if full else "Run"
        return f"The vectors in {where} can't be {what} ({said}). {space} `plans index` to build the index again."
    return (
        f"The vectors in the Chroma server {where.server.url} can't be {what} ({said}). Check that it runs and lets you in "
        "(PLANS_CHROMA_URL, PLANS_CHROMA_TOKEN, PLANS_CHROMA_TENANT), then run `plans index` if they are gone from it."
    )


def _chroma_errors() -> tuple[type[Exception], ...]:
    from chromadb.errors import ChromaError
    from httpx import HTTPError

    # The embedded engine reports a damaged folder through any of these, a server that is gone through HTTPError
    # A client that could not be made fails once more while it is put away: AttributeError
    return (ChromaError, HTTPError, OSError, ValueError, RuntimeError, KeyError, AttributeError)
