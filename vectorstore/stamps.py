"""File → stamp: what tells, without reading it, that a file is as it was."""

import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vectorstore.extraction import EXTRACTOR_VERSION

# What a manifest calls it
STAMP = "stamp"
# Bumped whenever the same bytes of plain text would give another text
_DECODER_VERSION = 1
# A file that was changed within so many seconds may be changed again without its time telling: FAT counts in steps of two
_GRAIN = 2.0


def stamped(names: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """Yield the names that are those of files, each with the file's stamp; the system is asked once about each.

    A file has another stamp wherever its bytes, or how they are read, may be others: size, times and number of the file, as
    in git's index. It has none where it was just changed (git's "racy" entries). On POSIX systems no program can set back
    the last of its times, as it can that of a change of contents.
    """
    # Before the first look: what is changed after it counts as just changed
    now = time.time()
    for name in names:
        try:
            said = os.stat(name)
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(said.st_mode):
            yield name, _stamp(name, said, now)


def state_of(said: os.stat_result, now: float) -> str | None:
    """Return what a file's bytes are known by, as the system said it after ``now``; None where it was just changed."""
    if now - max(said.st_mtime, said.st_ctime) < _GRAIN:
        return None
    return f"{said.st_dev} {said.st_ino} {said.st_size} {said.st_mtime_ns} {said.st_ctime_ns}"


def _stamp(name: str, said: os.stat_result, now: float) -> str | None:
    state = state_of(said, now)
    return state and f"{EXTRACTOR_VERSION}.{_DECODER_VERSION}.{name.rpartition('.')[2]} {state}"


def by_stamp(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return what a manifest says of documents, by the stamps that their files had."""
    return {entry[STAMP]: entry for entry in entries if STAMP in entry}
