"""Files → texts, each file read once: what was extracted before is read from a SQLite file."""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from zlib import crc32

from vectorstore.datatypes import Extracted, PageStart
from vectorstore.errors import DocumentError
from vectorstore.extraction import EXTRACTOR_VERSION, Extractor, StoppedError, extract
from vectorstore.file_kinds import Kind

_VERSION = 1
# ``used`` is the number of the last index that holds the file; ``checksum`` tells a damaged text, which SQLite would not
_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS texts (
    digest BLOB PRIMARY KEY, extracted BLOB NOT NULL, checksum INTEGER NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_T = TypeVar("_T")


class ExtractionCache:
    """What files were found to say, by their bytes; those met for the first time are given to the extractor behind.

    That a file can't be read is known too, unless it was stopped from outside. A cache that is damaged is set aside for a
    new one; where none can be written, every file is extracted.
    """

    def __init__(self, path: Path, extractor: Extractor = extract) -> None:
        self._path = path
        self._extractor = extractor
        self._used: dict[bytes, None] = {}

    def extract(self, kind: Kind, data: bytes) -> Extracted:
        """Return a file's text and pages; raise DocumentError, which names no file, where it can't be read."""
        digest = sha256(f"{EXTRACTOR_VERSION}\0{kind}\0".encode() + data).digest()
        self._used[digest] = None
        known = self._read(digest)
        if known is None:
            known = self._extracted(kind, data)
            self._write(digest, known)
        if isinstance(known, DocumentError):
            raise known
        return known

    def forget_unused(self) -> None:
        """Drop what neither the files met here nor the index before hold; call it when an index is in use."""

        def forget(connection: sqlite3.Connection) -> None:
            newest = _newest(connection)
            rows = ((newest + 1, digest) for digest in self._used)
            connection.executemany("UPDATE texts SET used = ? WHERE digest = ?", rows)
            connection.execute("DELETE FROM texts WHERE used < ?", (newest,))

        # A store of plain text needs no cache
        if self._path.exists():
            self._try(forget, None)

    def _extracted(self, kind: Kind, data: bytes) -> Extracted | DocumentError:
        try:
            return self._extractor(kind, data)
        except StoppedError:
            raise
        except DocumentError as error:
            return error

    def _read(self, digest: bytes) -> Extracted | DocumentError | None:
        def read(connection: sqlite3.Connection) -> bytes | None:
            query = "SELECT extracted, checksum FROM texts WHERE digest = ?"
            row = connection.execute(query, (digest,)).fetchone()
            return row[0] if row and isinstance(row[0], bytes) and crc32(row[0]) == row[1] else None

        blob = self._try(read, None) if self._path.exists() else None
        return None if blob is None else _decoded(blob)

    def _write(self, digest: bytes, extracted: Extracted | DocumentError) -> None:
        def write(connection: sqlite3.Connection) -> None:
            # Under the number of the index in use: what an interrupted build read outlives the next one
            blob = _encoded(extracted)
            row = (digest, blob, crc32(blob), _newest(connection))
            connection.execute("INSERT OR REPLACE INTO texts VALUES (?, ?, ?, ?)", row)

        self._try(write, None)

    def _try(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Return what work on the file returns, on a new one where it is damaged, or the other where that can't be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return _on_file(self._path, work)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                _set_aside(self._path)
                return _on_file(self._path, work)
        except (sqlite3.Error, OSError):
            # Time is lost, not an answer: what the file would have given is extracted
            return otherwise


def _encoded(extracted: Extracted | DocumentError) -> bytes:
    if isinstance(extracted, DocumentError):
        return json.dumps({"refusal": str(extracted)}).encode("ascii")
    pages = [[page.start, page.number] for page in extracted.pages]
    return json.dumps({"text": extracted.text, "pages": pages}).encode("ascii")


def _decoded(blob: bytes) -> Extracted | DocumentError:
    values = json.loads(blob)
    if "refusal" in values:
        return DocumentError(values["refusal"])
    return Extracted(values["text"], tuple(PageStart(start, number) for start, number in values["pages"]))


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


def _newest(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute("SELECT coalesce(max(used), 0) FROM texts").fetchone()
    return int(number)
