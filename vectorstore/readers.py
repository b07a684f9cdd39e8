"""File → text: plain text exactly as it decodes, of other formats what a reader of the page sees."""

import os
from collections.abc import Iterator
from pathlib import Path

from vectorstore.datatypes import Extracted
from vectorstore.encodings import decode
from vectorstore.errors import DocumentError
from vectorstore.extraction import Extractor, extract
from vectorstore.file_kinds import HTML_SUFFIXES, TEXT_SUFFIXES, kind_of
from vectorstore.stamps import stamped

SUFFIXES = (*TEXT_SUFFIXES, *HTML_SUFFIXES, ".docx", ".pdf")
# Documents that must be saved in another format first: found, so that nobody waits for answers from them
_OTHER_SUFFIXES = (".doc", ".docm", ".wps", ".ofd", ".rtf", ".odt", ".mht", ".mhtml")
_FOUND = frozenset((*SUFFIXES, *_OTHER_SUFFIXES))
_SIZE_LIMIT = 50 * 1024 * 1024
_NOTHING = "\ufeff \t\r\n\f\v\u3000\xa0"


def find_files(root: Path) -> list[Path]:
    """Return the documents of a folder and the folders below it, by path; a file gives itself.

    One that would have to be saved in another format is among them, unless that was done: 计划.doc beside 计划.docx.
    """
    return [Path(name) for name, _ in find_stamped(root)]


def find_stamped(root: Path) -> list[tuple[str, str | None]]:
    """Return what ``find_files`` does, as text, each with the file's stamp."""
    # Paths are text here, and the system is asked once about each: among ten thousand files that saves half a second
    if root.is_file():
        return list(stamped([str(root)]))
    seen = list(_visible(root))
    readable = {stem for stem, suffix in seen if suffix.lower() in SUFFIXES}
    found = (stem + end for stem, end in seen if end.lower() in SUFFIXES or stem not in readable)
    # Folder by folder: no character comes before this one
    return list(stamped(sorted(found, key=lambda name: name.replace(os.sep, "\0"))))


def _visible(root: Path) -> Iterator[tuple[str, str]]:
    """Yield path without suffix and suffix of what may be documents in a folder and those below it, but for hidden ones."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        above = os.path.join(folder, "")
        for name in names:
            stem, suffix = os.path.splitext(name)
            if not name.startswith(".") and suffix.lower() in _FOUND:
                yield above + stem, suffix


def read_file(path: Path, *, extractor: Extractor = extract) -> Extracted:
    """Return a file's text and where its pages begin; its bytes say what it is, not its name.

    Plain text is as in ``read_text``; web pages, Word documents and PDFs go to ``extractor``. Raise DocumentError,
    which says what to do, for a file of another kind, a damaged one or one without text.
    """
    data = _bytes_of(path)
    try:
        kind = kind_of(data, path.suffix.lower())
        extracted = Extracted(decode(data)) if kind == "text" else extractor(kind, data)
    except DocumentError as error:
        raise DocumentError(f"{path}: {error}") from error
    return Extracted(_not_empty(path, extracted.text), extracted.pages)


def read_text(path: Path) -> str:
    """Return a text file's text, every code point as it stands (a byte-order mark too); raise DocumentError if it has none.

    A byte-order mark decides (UTF-8, UTF-16, UTF-32); without one UTF-8 is tried, then what charset-normalizer
    finds among the encodings that Chinese offices use.
    """
    if path.suffix.lower() not in TEXT_SUFFIXES:
        raise DocumentError(f"{path}: only {' and '.join(TEXT_SUFFIXES)} files are plain text. Save it as UTF-8 text.")
    data = _bytes_of(path)
    try:
        return _not_empty(path, decode(data))
    except DocumentError as error:
        raise DocumentError(f"{path}: {str(error).removeprefix(f'{path}: ')}") from error


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > _SIZE_LIMIT:
            raise DocumentError(f"{path}: {size // 2**20} MB is more than one document may have. Split it.")
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: can't be read ({error.strerror}). Check the path and its permissions.") from error


def _not_empty(path: Path, text: str) -> str:
    if not text.strip(_NOTHING):
        raise DocumentError(f"{path}: the file is empty. Remove it or put the document's text into it.")
    return text
