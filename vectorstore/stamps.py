"""File → stamp: what tells, without reading it, that a file is as it was."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vectorstore.extraction import EXTRACTOR_VERSION

# What a manifest calls it
STAMP = "stamp"
# Bumped whenever the same bytes of plain text would give another text
_DECODER_VERSION = 1
# A file that was changed within so many seconds may be changed again without its time telling: FAT counts in steps of two
_GRAIN = 2.0


def stamp_of(path: Path) -> str | None:
    """Return a file's stamp: another one wherever its bytes, or how they are read, may be others.

    Size, times and number of the file, as in git's index; None for one just changed (git's "racy" entries), or that isn't
    there. On POSIX systems no program can set back the last of its times, as it can that of a change of contents.
    """
    now = time.time()
    try:
        said = os.stat(path)
    except OSError:
        return None
    if now - max(said.st_mtime, said.st_ctime) < _GRAIN:
        return None
    read_by = f"{EXTRACTOR_VERSION}.{_DECODER_VERSION}{path.suffix.lower()}"
    return f"{read_by} {said.st_dev} {said.st_ino} {said.st_size} {said.st_mtime_ns} {said.st_ctime_ns}"


def by_stamp(entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return what a manifest says of documents, by the stamps that their files had."""
    return {entry[STAMP]: entry for entry in entries if STAMP in entry}
