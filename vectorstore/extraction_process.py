"""A file on standard input → its text on standard output, in a process of its own with limits."""

import json
import sys
from collections.abc import Callable
from contextlib import suppress

from vectorstore.datatypes import Extracted
from vectorstore.errors import DocumentError

MEMORY = 1536 * 2**20
CPU_SECONDS = 50
# JSON writes a Chinese character in six bytes: 8 million characters, twenty times the longest plan
OUTPUT = 48 * 2**20
_TOO_BIG = "it needs more memory than a document may. Split it, or save its text alone as .txt."
_TOO_LONG = "it holds more text than one document may have. Split it."


def main() -> None:
    """Read what is on standard input as the kind of file that the first argument names."""
    _limit()
    result = _result(sys.argv[1], sys.stdin.buffer.read())
    if len(result) > OUTPUT:
        result = _encoded({"refusal": _TOO_LONG})
    sys.stdout.buffer.write(result)


def _result(kind: str, data: bytes) -> bytes:
    try:
        extracted = _reader(kind)(data)
    except DocumentError as error:
        return _encoded({"refusal": str(error)})
    except (MemoryError, RecursionError):
        return _encoded({"refusal": _TOO_BIG})
    return _encoded({"text": extracted.text, "pages": [[page.start, page.number] for page in extracted.pages]})


def _reader(kind: str) -> Callable[[bytes], Extracted]:
    if kind == "pdf":
        from vectorstore.pdf_texts import read_pdf

        return read_pdf
    if kind == "docx":
        from vectorstore.docx_texts import read_docx

        return read_docx
    from vectorstore.html_texts import read_html

    return read_html


def _limit() -> None:
    """Bound memory, time and output, where the system can; whoever waits for this process bounds its time anyway."""
    try:
        import resource
    except ImportError:
        return
    limits = (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_CORE, 0),
    )
    for what, most in limits:
        # macOS refuses some of them, and nobody can raise what is lower already
        with suppress(ValueError, OSError):
            # Time over the hard limit would end as if killed from outside, not with the signal that says why
            resource.setrlimit(what, (most, most + 5 if what == resource.RLIMIT_CPU else most))


def _encoded(result: dict[str, object]) -> bytes:
    return json.dumps(result).encode("ascii")


if __name__ == "__main__":
    main()
