"""Conversations, kept in one SQLite file so that they outlive a reload and a restart."""

import json
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args
from zlib import crc32

from assistant.datatypes import Turn, Verdict
from assistant.errors import HistoryError
from assistant.records import read_turn, turn_record
from vectorstore.folding import fold

UNTITLED = "未命名对话"

_VERSION = 1
_BUSY_SECONDS = 5.0
_FIRST_TITLE = 40
_LONGEST_TITLE = 80
_CHECKSUM = "checksum"
_VERDICTS = (None, *get_args(Verdict))
# ``words`` is what is searched; ``record`` is JSON in UTF-8, a blob because a text can't hold lone surrogates.
# WAL lets others read while one writes, and is a lasting property of the file.
_SCHEMA = f"""
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, started TEXT NOT NULL, changed TEXT NOT NULL
);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, record BLOB NOT NULL, words TEXT NOT NULL, verdict TEXT,
    PRIMARY KEY (conversation, number)
);
PRAGMA user_version = {_VERSION};
PRAGMA journal_mode = WAL;
"""
# For every connection: the first is off in SQLite, the others differ from build to build
_PRAGMAS = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
_ASIDE = "move it aside, with any -wal and -shm file beside it, to begin a new one"
_REMEDY = f"See that the disk has space and that the folder, the file and those beside it can be written, or {_ASIDE}."
_REMEDIES = {
    sqlite3.SQLITE_BUSY: "Another program is writing to it: try again in a moment.",
    sqlite3.SQLITE_FULL: "Free space on its disk and try again; what was kept before is untouched.",
    sqlite3.SQLITE_CORRUPT: f"The file is damaged: {_ASIDE}.",
    sqlite3.SQLITE_NOTADB: f"The file is damaged or of another kind: {_ASIDE}.",
}


@dataclass(frozen=True, slots=True)
class Summary:
    """A line in the list of conversations: when its first and its last turn were added (UTC), and how many there are."""

    id: str
    title: str
    started: datetime
    changed: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class History:
    """The conversations in a file, which is made with the first turn; a file that isn't there holds none.

    Threads and processes may share it. Turns are numbered from 0. What is done to an unknown conversation or turn
    changes nothing. Every method raises HistoryError where the file can't be used.
    """

    path: Path

    def add_turn(self, turn: Turn, conversation: str | None, *, now: datetime | None = None) -> str:
        """Return the id of the conversation that the turn was added to, once it is safe on the disk.

        It is a new one for None, and for one that is gone: deleted in another window, say. ``now`` is aware.
        """
        time = _stamp(now or datetime.now(UTC))
        with _writing(self.path, create=True) as connection:
            known = "SELECT id FROM conversations WHERE id = ?"
            row = connection.execute(known, (_storable(conversation or ""),)).fetchone()
            key: str = row[0] if row else _start(connection, turn, time)
            _append(connection, key, turn)
            connection.execute("UPDATE conversations SET changed = ? WHERE id = ?", (time, key))
        return key

    def conversations(self, search: str = "", *, limit: int = 200) -> tuple[Summary, ...]:
        """Return the conversations with this in their title, a question or a quote, the last added to first.

        Case, full-width forms and kinds of blanks make no difference.
        """
        with _connected(self.path) as connection:
            connection.create_function("searchable", 1, _searchable, deterministic=True)
            rows = connection.execute(
                "SELECT id, title, started, changed, (SELECT count(*) FROM turns WHERE conversation = id)"
                " FROM conversations WHERE instr(searchable(title), :words)"
                " OR EXISTS (SELECT 1 FROM turns WHERE conversation = id AND instr(words, :words))"
                # By the order in which turns were added: a clock that was set back would hide the newest
                " ORDER BY (SELECT max(rowid) FROM turns WHERE conversation = id) DESC LIMIT :limit",
                {"words": _searchable(search), "limit": limit},
            ).fetchall()
        return tuple(Summary(key, title, _time(first), _time(last), count) for key, title, first, last, count in rows)

    def turns(self, conversation: str) -> tuple[Turn, ...]:
        """Return the turns of a conversation, none for an unknown one; raise HistoryError if one can't be read."""
        with _connected(self.path) as connection:
            rows = connection.execute(
                "SELECT record, title FROM turns JOIN conversations ON id = conversation WHERE id = ? ORDER BY number",
                (_storable(conversation),),
            ).fetchall()
        return tuple(_kept_turn(record, title, self.path) for record, title in rows)

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation a title; raise ValueError unless it has 1 to 80 characters, blanks squeezed."""
        squeezed = _squeezed(title)
        if not 1 <= len(squeezed) <= _LONGEST_TITLE:
            raise ValueError(f"A title has 1 to {_LONGEST_TITLE} characters; this one has {len(squeezed)}.")
        with _writing(self.path) as connection:
            rename = "UPDATE conversations SET title = ? WHERE id = ?"
            connection.execute(rename, (squeezed, _storable(conversation)))

    def delete(self, conversation: str) -> None:
        """Delete a conversation with its turns and what was said of them."""
        with _writing(self.path) as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (_storable(conversation),))

    def judge(self, conversation: str, number: int, judgement: Verdict | None) -> None:
        """Keep what a person says of a turn's answer, None to take it back; raise ValueError for another word."""
        if judgement not in _VERDICTS:
            raise ValueError(f"A judgement is one of {', '.join(get_args(Verdict))}; not {judgement!a}.")
        with _writing(self.path) as connection:
            judge = "UPDATE turns SET verdict = ? WHERE conversation = ? AND number = ?"
            connection.execute(judge, (judgement, _storable(conversation), number))

    def judgements(self, conversation: str) -> dict[int, Verdict]:
        """Return what was said of the turns of a conversation, by their numbers."""
        with _connected(self.path) as connection:
            said = "SELECT number, verdict FROM turns WHERE conversation = ? AND verdict IS NOT NULL ORDER BY number"
            return dict(connection.execute(said, (_storable(conversation),)).fetchall())

    def damage(self) -> str | None:
        """Return what is damaged in the file, None where nothing is; a file that isn't there is sound."""
        if self.path.is_file() and not self.path.stat().st_size:
            return f"{self.path} is empty."
        try:
            with _connected(self.path) as connection:
                return _damage_in(connection, self.path)
        except HistoryError as error:
            if _code(error.__cause__) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                return str(error)
            raise

    def take_from(self, damaged: Path) -> tuple[int, int]:
        """Add what can still be read in a damaged file, which is left as it is; return how many conversations and turns."""
        rows, turns = _readable_rows(damaged)
        titled = {row[0]: row for row in rows if all(isinstance(value, str) for value in row)}
        kept = [(titled.get(turn[0]) or _untitled(turn), turn) for turn in turns if _is_whole(turn)]
        if not kept:
            return (0, 0)
        with _writing(self.path, create=True) as connection:
            for row, _ in kept:
                connection.execute("INSERT OR IGNORE INTO conversations VALUES (?, ?, ?, ?)", row)
            for _, (key, _, record, words, verdict) in kept:
                _insert(connection, key, record, words, verdict)
        return (len({row[0] for row, _ in kept}), len(kept))


def _start(connection: sqlite3.Connection, turn: Turn, time: str) -> str:
    """Begin a conversation titled with its first question, and return its id, which nobody can guess."""
    text = _squeezed(turn.question.text) or UNTITLED
    title = text if len(text) <= _FIRST_TITLE else f"{text[: _FIRST_TITLE - 1]}…"
    key = secrets.token_urlsafe(16)
    connection.execute("INSERT INTO conversations VALUES (?, ?, ?, ?)", (key, title, time, time))
    return key


def _append(connection: sqlite3.Connection, key: str, turn: Turn) -> None:
    words = "\n".join(map(_searchable, (turn.question.text, *(quote.text for quote in turn.answer.quotes))))
    _insert(connection, key, _record_of(turn), words, None)


def _insert(connection: sqlite3.Connection, key: str, record: bytes, words: str, verdict: str | None) -> None:
    connection.execute(
        "INSERT INTO turns (conversation, number, record, words, verdict)"
        " SELECT :key, coalesce(max(number) + 1, 0), :record, :words, :verdict FROM turns WHERE conversation = :key",
        {"key": key, "record": record, "words": words, "verdict": verdict},
    )


def _record_of(turn: Turn) -> bytes:
    """Return what is kept of a turn, with a checksum: SQLite would not notice that a word of a quote was changed."""
    record = turn_record(turn)
    return _json_of({**record, _CHECKSUM: crc32(_json_of(record))})


def _json_of(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _whole_record(record: bytes) -> Any:
    """Return a kept record without its checksum; raise ValueError where it is not what was kept."""
    values = json.loads(record)
    if not isinstance(values, dict) or _CHECKSUM not in values:
        return values
    if values.pop(_CHECKSUM) != crc32(_json_of(values)):
        raise ValueError("Its words are not those that were kept.")
    return values


def _kept_turn(record: bytes, title: str, path: Path) -> Turn:
    try:
        return read_turn(_whole_record(record))
    except ValueError as error:
        raise HistoryError(
            f"{path}: the conversation “{title}” holds a turn that this version can't read ({error}) Open it with the "
            "version that kept it, or delete it; the other conversations are not affected."
        ) from error


def _damage_in(connection: sqlite3.Connection, path: Path) -> str | None:
    (found,) = connection.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        return f"{path}: the file of conversations is damaged ({found})."
    rows = connection.execute("SELECT title, record FROM conversations JOIN turns ON conversation = id ORDER BY id")
    broken = next((title for title, record in rows if not _can_be_whole(record)), None)
    return None if broken is None else f"{path}: a turn of the conversation “{broken}” is not as it was kept."


def _can_be_whole(record: Any) -> bool:
    try:
        return isinstance(record, bytes) and bool(_whole_record(record))
    except ValueError:
        return False


def _is_whole(turn: Sequence[Any]) -> bool:
    """Tell whether a row of a damaged file is a turn as it was kept."""
    key, _, record, words, verdict = turn
    return isinstance(key, str) and isinstance(words, str) and verdict in _VERDICTS and _can_be_whole(record)


def _untitled(turn: Sequence[Any]) -> tuple[str, str, str, str]:
    """Return the row of a conversation of which only turns can be read."""
    now = _stamp(datetime.now(UTC))
    return (turn[0], UNTITLED, now, now)


def _readable_rows(damaged: Path) -> tuple[list[Any], list[Any]]:
    """Return the rows of conversations and of turns that can be read in a copy of a damaged file."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "damaged"
        for ending in ("", "-wal"):
            if Path(f"{damaged}{ending}").exists():
                shutil.copyfile(f"{damaged}{ending}", f"{copy}{ending}")
        with closing(sqlite3.connect(copy)) as connection:
            conversations = _rows(connection, "conversations", "id, title, started, changed")
            turns = _rows(connection, "turns", "conversation, number, record, words, verdict")
            return list(conversations.values()), list(turns.values())


def _rows(connection: sqlite3.Connection, table: str, columns: str) -> dict[int, Any]:
    """Return rows by their place in a table, read from both of its ends as far as the damage between them."""
    rows: dict[int, Any] = {}
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error):
            for place, *row in connection.execute(f"SELECT rowid, {columns} FROM {table} ORDER BY rowid {order}"):
                rows[place] = tuple(row)
    return dict(sorted(rows.items()))


def _code(error: BaseException | None) -> int:
    """Return the kind of an error of SQLite (the low byte of its extended code), 0 for any other."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def _writing(path: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """Give a connection that alone may write; what was done is committed at the end, or not at all."""
    with _connected(path, create=create, write=True) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@contextmanager
def _connected(path: Path, *, create: bool = False, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Give a connection to the file, or else to an empty history; what goes wrong becomes a HistoryError."""
    try:
        with closing(_open(path, create=create, write=write)) as connection:
            _check_version(connection, path)
            yield connection
    except (OSError, sqlite3.Error) as error:
        remedy = _REMEDIES.get(_code(error), _REMEDY)
        problem = error.strerror if isinstance(error, OSError) else error
        raise HistoryError(f"{path}: the conversations kept there can't be used ({problem}). {remedy}") from error


def _open(path: Path, *, create: bool, write: bool) -> sqlite3.Connection:
    """Open the file, an empty history where there is none; one that is only to be read also on a disk that is full."""
    if path.is_dir():
        raise HistoryError(f"{path} is a folder, not a file. Name another file to keep conversations in.")
    if create:
        _create(path)
    elif not path.exists():
        empty = sqlite3.connect(":memory:", isolation_level=None)
        empty.executescript(_SCHEMA)
        return empty
    try:
        return _opened(path, "mode=rw")
    except sqlite3.OperationalError as error:
        if write or not _can_be_read_alone(error, path):
            raise
        return _opened(path, "mode=ro&immutable=1")


def _opened(path: Path, how: str) -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?{how}"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        connection.executescript(_PRAGMAS)
        # The first look into the file is what fails where it can't be used
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _can_be_read_alone(error: sqlite3.OperationalError, path: Path) -> bool:
    """Tell whether only the file that SQLite makes beside one in WAL mode is lacking, and the log holds nothing.

    Where the disk is full or can't be written, that file can't be made, not even to read.
    """
    log = Path(f"{path}-wal")
    lacking = _code(error) in (
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
    )
    return lacking and (not log.exists() or not log.stat().st_size)


def _create(path: Path) -> None:
    """Make the file unless it is there: whole under another name, then given its own, which one alone can do."""
    left = Path(f"{path}-wal")
    # In this order: one that is just being made has its name before its log
    if left.exists() and not path.exists():
        raise HistoryError(f"{left} belongs to a file that is gone. Move it aside, or put {path} back beside it.")
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f"{path.name}-", dir=path.parent) as folder:
        new = Path(folder) / path.name
        with closing(sqlite3.connect(new)) as connection:
            connection.executescript(_SCHEMA)
        new.chmod(0o600)
        with suppress(FileExistsError):
            path.hardlink_to(new)


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise HistoryError(
            f"{path} was written by a newer version of this program (format {version}; this one reads {_VERSION}). "
            f"Install that version, or {_ASIDE}."
        )
    if version < _VERSION:
        raise HistoryError(f"{path} is a database of another kind, and was left as it is. Name another file.")


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _searchable(text: str) -> str:
    return _squeezed(fold(text).casefold())


def _squeezed(text: str) -> str:
    """Return the text in one line: blanks and control characters become single spaces."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", _storable(text)).split())


def _storable(text: str) -> str:
    """Return the text with U+FFFD for lone surrogates, which neither SQLite nor a browser can hold."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)
