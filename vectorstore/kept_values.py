"""Keys → bytes kept in a SQLite file, for what takes long to make and can be made again."""

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from zlib import crc32

_VERSION = 1
# ``used`` is the number of the last index that holds the key; ``checksum`` tells a damaged value, which SQLite would not
_SCHEMA = """
CREATE TABLE IF NOT EXISTS {table} (
    digest BLOB PRIMARY KEY, {column} BLOB NOT NULL, checksum INTEGER NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS {table}_by_use ON {table} (used);
PRAGMA user_version = {version};
"""
_T = TypeVar("_T")


class KeptValues:
    """Values by key, each kept as long as one of the last two indexes was made with it.

    A file that is damaged is set aside for a new one; where none can be read or written nothing is known, and whoever
    asks makes the values anew: time is lost, not an answer. ``table`` and ``column`` are what the file calls them.
    """

    def __init__(self, path: Path, table: str, column: str) -> None:
        self._path = path
        self._table = table
        self._column = column
        self._used: dict[bytes, None] = {}

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the values that are known and whole, and note that all these keys are in use."""
        wanted = dict.fromkeys(keys)
        self._used.update(wanted)

        def read(connection: sqlite3.Connection) -> dict[bytes, bytes]:
            query = f"SELECT {self._column}, checksum FROM {self._table} WHERE digest = ?"
            rows = ((key, connection.execute(query, (key,)).fetchone()) for key in wanted)
            return {key: row[0] for key, row in rows if row and _is_whole(*row)}

        nothing: dict[bytes, bytes] = {}
        return self._try(read, nothing) if self._path.exists() else nothing

    def add(self, values: Mapping[bytes, bytes]) -> None:
        """Keep values under their keys."""

        def write(connection: sqlite3.Connection) -> None:
            # Under the number of the index in use: what an interrupted build made outlives the next one
            number = self._newest(connection)
            rows = ((key, value, crc32(value), number) for key, value in values.items())
            connection.executemany(f"INSERT OR REPLACE INTO {self._table} VALUES (?, ?, ?, ?)", rows)

        if values:
            self._try(write, None)

    def forget_unused(self) -> None:
        """Drop what was neither looked up here nor for the index before; call it when an index is in use."""

        def forget(connection: sqlite3.Connection) -> None:
            newest = self._newest(connection)
            rows = ((newest + 1, key) for key in self._used)
            connection.executemany(f"UPDATE {self._table} SET used = ? WHERE digest = ?", rows)
            connection.execute(f"DELETE FROM {self._table} WHERE used < ?", (newest,))

        if self._path.exists():
            self._try(forget, None)

    def _newest(self, connection: sqlite3.Connection) -> int:
        (number,) = connection.execute(f"SELECT coalesce(max(used), 0) FROM {self._table}").fetchone()
        return int(number)

    def _try(self, work: Callable[[sqlite3.Connection], _T], otherwise: _T) -> _T:
        """Return what work on the file returns, on a new one where it is damaged, or the other where that can't be."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._on_file(work)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                _set_aside(self._path)
                return self._on_file(work)
        except (sqlite3.Error, OSError):
            return otherwise

    def _on_file(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        with closing(sqlite3.connect(self._path)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version not in (0, _VERSION):
                raise sqlite3.DatabaseError(f"format {version}")
            connection.executescript(_SCHEMA.format(table=self._table, column=self._column, version=_VERSION))
            with connection:
                return work(connection)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Tell whether the file is at fault, not its disk or another process; one without the table's columns is, too."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return not isinstance(error, sqlite3.OperationalError) or code == sqlite3.SQLITE_ERROR


def _set_aside(path: Path) -> None:
    os.replace(path, path.with_name(f"{path.name}.damaged"))
    # A journal belongs to the file that is gone, and would damage the new one
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)


def _is_whole(value: object, checksum: object) -> bool:
    return isinstance(value, bytes) and crc32(value) == checksum
