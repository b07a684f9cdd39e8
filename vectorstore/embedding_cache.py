"""Texts → vectors, each text encoded once: what was encoded before is read from a SQLite file."""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from vectorstore.errors import ModelError
from vectorstore.indexing import Encoder

_VERSION = 1
# ``used`` is the number of the last index that holds the text; ``checksum`` tells a damaged vector, which SQLite would not
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS vectors (
    digest BLOB PRIMARY KEY, vector BLOB NOT NULL, checksum INTEGER NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_T = TypeVar("_T")


class CachedEncoder:
    """An encoder that knows the passages it has met; the one behind it is loaded when there is something new.

    A text met again has the vector it had. New ones are encoded together, as the encoder behind would encode them
    alone: where all are new, the vectors are those of the encoder behind, bit for bit. Where some are known, the new
    ones stand in other batches than among all, and a vector may differ in its last bits (by 1.4e-7 at most among the
    bundled plans' sentences: the order of what is found stays).
    A file that is damaged is set aside for a new one; where none can be written, everything is encoded.
    """

    def __init__(self, encoder: Callable[[], Encoder], name: str, path: Path) -> None:
        self.name = name
        self._load = encoder
        self._path = path
        self._used: dict[bytes, None] = {}

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder behind, loaded at first use; raises ModelError when it is another than the one named."""
        encoder = self._load()
        if encoder.name != self.name:
            raise ModelError(
                f"The model {encoder.name} was loaded where {self.name} was expected: its files have just changed. "
                "Run the command again."
            )
        return encoder

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self.encoder.dimensions

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the ``(n, dimensions)`` vectors of questions, which are not kept."""
        return self.encoder.encode_questions(texts)

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return the ``(n, dimensions)`` vectors of passages; known ones are done at the first ``on_progress(done, n)``."""
        report = on_progress or (lambda done, total: None)
        digests = [self._digest(text) for text in texts]
        self._used.update(dict.fromkeys(digests))
        known = self._read(digests)
        new = [place for place, digest in enumerate(digests) if digest not in known]
        held = len(texts) - len(new)
        if held:
            report(held, len(texts))
        if not new and texts:
            return np.stack([known[digest] for digest in digests])
        vectors = self.encoder.encode_passages(
            [texts[place] for place in new], on_progress=lambda done, _: report(held + done, len(texts))
        )
        self._write({digests[place]: vector for place, vector in zip(new, vectors, strict=True)})
        return _placed(digests, known, new, vectors)

    def forget_unused(self) -> None:
        """Drop what neither this encoder's texts nor those of the index before hold; call it when an index is in use."""

        def forget(connection: sqlite3.Connection) -> None:
            newest = _newest(connection)
            rows = ((newest + 1, digest) for digest in self._used)
            connection.executemany("UPDATE vectors SET used = ? WHERE digest = ?", rows)
            connection.execute("DELETE FROM vectors WHERE used < ?", (newest,))

        self._try(forget, None)

    def _digest(self, text: str) -> bytes:
        return sha256(f"{self.name}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def _read(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Return the vectors known, all of one length."""

        def read(connection: sqlite3.Connection) -> dict[bytes, bytes]:
            query = "SELECT vector, checksum FROM vectors WHERE digest = ?"
            rows = ((digest, connection.execute(query, (digest,)).fetchone()) for digest in dict.fromkeys(digests))
            return {digest: row[0] for digest, row in rows if row and _is_whole(*row)}

        nothing: dict[bytes, bytes] = {}
        return {digest: np.frombuffer(blob, dtype="<f4") for digest, blob in self._try(read, nothing).items()}

    def _write(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        def write(connection: sqlite3.Connection) -> None:
            # Under the number of the index in use: what an interrupted build encoded outlives the next one
            number = _newest(connection)
            blobs = ((digest, np.asarray(vector, dtype="<f4").tobytes()) for digest, vector in vectors.items())
            rows = ((digest, blob, crc32(blob), number) for digest, blob in blobs)
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)

        self._try(write, None)

    def _try(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Return what work on the file returns, on a new one where it is damaged, or the other where that can't be."""
        try:
            try:
                return _on_file(self._path, work)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                _set_aside(self._path)
                return _on_file(self._path, work)
        except (sqlite3.Error, OSError):
            # Time is lost, not an answer: what the file would have given is encoded
            return otherwise


def _on_file(path: Path, work: Callable[[sqlite3.Connection], _T]) -> _T:
    with closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"format {version}")
        connection.executescript(_SCHEMA)
        with connection:
            return work(connection)


def _set_aside(path: Path) -> None:
    os.replace(path, path.with_name(f"{path.name}.damaged"))
    # A journal belongs to the file that is gone, and would damage the new one
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)


def _is_whole(vector: object, checksum: object) -> bool:
    return isinstance(vector, bytes) and crc32(vector) == checksum


def _newest(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT coalesce(max(used), 0) FROM vectors").fetchone()
    return int(number)


def _placed(
    digests: Sequence[bytes],
    known: dict[bytes, NDArray[np.float32]],
    new: Sequence[int],
    vectors: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return known and new vectors in the order of the texts."""
    rows = np.empty((len(digests), vectors.shape[1]), dtype=np.float32)
    rows[list(new)] = vectors
    for place, digest in enumerate(digests):
        if digest in known:
            rows[place] = known[digest]
    return rows
