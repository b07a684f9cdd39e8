"""A file's bytes → its text, read in a process that can crash, hang or run out of memory alone."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

from vectorstore.datatypes import Extracted, PageStart
from vectorstore.errors import DocumentError
from vectorstore.extraction_process import OUTPUT
from vectorstore.file_kinds import Kind

# Bumped whenever the same file would give another text
EXTRACTOR_VERSION = 2
SECONDS = 60.0
Extractor = Callable[[Kind, bytes], Extracted]

_ROOT = Path(__file__).resolve().parents[1]
_AGAIN = "Open it in the program it was made with and save it again, or save its text as .txt."


class StoppedError(DocumentError):
    """A file could not be read this time: the process was stopped from outside, and may do better later."""


def extract(kind: Kind, data: bytes) -> Extracted:
    """Return the text of a file (of another kind than plain text) and where its pages begin.

    Raise DocumentError, which says what to do and names no file, where it can't be read or takes more time or memory
    than a document may.
    """
    with TemporaryFile() as output:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "vectorstore.extraction_process", kind],
                input=data,
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=SECONDS,
                check=False,
                cwd=_ROOT,
                env=_environment(),
            )
        except subprocess.TimeoutExpired as error:
            raise StoppedError(f"it takes more than {SECONDS:.0f} seconds to read. Split it. {_AGAIN}") from error
        except OSError as error:
            raise StoppedError(f"no process could be started to read it ({error.strerror}). Try again.") from error
        output.seek(0)
        return _extracted(done.returncode, output.read(OUTPUT + 1), done.stderr)


def _environment() -> dict[str, str]:
    """Return the environment of the process: the same bytes give the same text, and the working folder is searched."""
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONSAFEPATH"}
    return {**kept, "PYTHONHASHSEED": "0"}


def _extracted(code: int, output: bytes, errors: bytes) -> Extracted:
    if code:
        raise _stopped(code, errors)
    try:
        result = json.loads(output)
    except ValueError as error:
        raise StoppedError(f"reading it was cut short ({error}). Free space on the disk and try again.") from error
    if "refusal" in result:
        raise DocumentError(str(result["refusal"]))
    return Extracted(str(result["text"]), tuple(PageStart(start, number) for start, number in result["pages"]))


def _stopped(code: int, errors: bytes) -> DocumentError:
    """Return what to say of a process that ended before its time: ``code`` is minus the signal that ended it."""
    if -code == getattr(signal, "SIGXCPU", None):
        return DocumentError(f"it takes too long to read. Split it. {_AGAIN}")
    if -code in (getattr(signal, "SIGKILL", None), signal.SIGTERM, signal.SIGINT):
        return StoppedError("reading it was stopped from outside, or there was no memory left. Try again.")
    last = errors.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    return DocumentError(f"the file is damaged or holds something unknown ({last or f'signal {-code}'}). {_AGAIN}")
