"""Documents ↔ the files an index keeps them in: each is read when something of it is needed, and the newest stay in memory."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from vectorstore.corrections import make_provenance
from vectorstore.datatypes import Document, PageStart, Provenance, Section, Sentence, Span
from vectorstore.errors import StoreError

TEXTS = "texts"
# Documents whose text and outline stay in memory; one of 15,000 characters takes about 200 kB
_KEPT = 400

_REMEDY = "Run `plans index` to build the index again."


class KeptDocument(Document):
    """A document of an index: id, path and provenance are known at once, text and outline are read when asked for."""

    __slots__ = ("_read",)
    _read: Callable[[], Document]

    def __init__(self, id_: str, path: str, provenance: Provenance, read: Callable[[], Document]) -> None:
        object.__setattr__(self, "id", id_)
        object.__setattr__(self, "path", path)
        object.__setattr__(self, "provenance", provenance)
        object.__setattr__(self, "_read", read)

    @property
    def text(self) -> str:
        """The text exactly as read."""
        return self._read().text

    @property
    def sections(self) -> tuple[Section, ...]:
        """The numbered and named parts."""
        return self._read().sections

    @property
    def paragraphs(self) -> tuple[Span, ...]:
        """The paragraphs."""
        return self._read().paragraphs

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences in reading order."""
        return self._read().sentences

    @property
    def pages(self) -> tuple[PageStart, ...]:
        """Where the file's pages begin."""
        return self._read().pages


def write_document(folder: Path, number: int, document: Document) -> dict[str, Any]:
    """Write a document's text and outline into an index folder, and return what its manifest says of them."""
    (folder / TEXTS).mkdir(exist_ok=True)
    name, outline = file_name(number), _outline_bytes(document)
    (folder / TEXTS / name).write_bytes(_bytes_of(document.text))
    _outline_path(folder, name).write_bytes(outline)
    return {
        "id": document.id,
        "file": name,
        "sha256": text_checksum(document.text),
        "outline": sha256(outline).hexdigest(),
        "provenance": asdict(document.provenance),
        "sentences": len(document.sentences),
    }


def copy_document(folder: Path, entry: Mapping[str, Any], new: Path, number: int) -> dict[str, Any]:
    """Copy the text and outline of a document from one index folder to another, and return what that's manifest says.

    Raise StoreError where they are not what was written.
    """
    (new / TEXTS).mkdir(exist_ok=True)
    name = file_name(number)
    (new / TEXTS / name).write_bytes(_bytes_of(read_text(folder, entry)))
    _outline_path(new, name).write_bytes(_read_outline(folder, entry))
    return {**entry, "file": name}


def open_documents(folder: Path, entries: Sequence[Mapping[str, Any]]) -> tuple[Document, ...]:
    """Return the documents of an index folder by what its manifest says of them; nothing else is read yet.

    Reading one raises StoreError where its text or outline is not what was written.
    """

    @lru_cache(maxsize=_KEPT)
    def read(number: int) -> Document:
        return _read_document(folder, entries[number])

    def opened(number: int, entry: Mapping[str, Any]) -> Document:
        return KeptDocument(entry["id"], entry["path"], provenance_of(entry), lambda: read(number))

    return tuple(opened(number, entry) for number, entry in enumerate(entries))


def read_text(folder: Path, entry: Mapping[str, Any]) -> str:
    """Return the text that an index keeps of a document; raise StoreError where it is not what was written."""
    try:
        text: str = (folder / TEXTS / entry["file"]).read_bytes().decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{folder}: the kept text of {entry['path']} can't be read ({error}). {_REMEDY}") from error
    if text_checksum(text) != entry["sha256"]:
        raise StoreError(f"{folder}: the kept text of {entry['path']} is not what was indexed. {_REMEDY}")
    return text


def check_kept(folder: Path, entry: Mapping[str, Any]) -> None:
    """Raise StoreError where the kept text or outline of a document is not what was written."""
    read_text(folder, entry)
    _read_outline(folder, entry)


def provenance_of(entry: Mapping[str, Any]) -> Provenance:
    """Return what was recognized of a document."""
    return make_provenance(entry["provenance"]) or Provenance()


def pages_of(entry: Mapping[str, Any]) -> tuple[PageStart, ...]:
    """Return where the pages of a document's file begin in its text."""
    return tuple(PageStart(start, number) for start, number in entry.get("pages", ()))


def text_checksum(text: str) -> str:
    """Return what the manifest knows a text by."""
    return sha256(_bytes_of(text)).hexdigest()


def file_name(number: int) -> str:
    """Return the name of the file that keeps the text of a document, by its place among the documents."""
    return f"{number:05d}.txt"


def _bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _outline_path(folder: Path, name: str) -> Path:
    return (folder / TEXTS / name).with_suffix(".json")


def _outline_bytes(document: Document) -> bytes:
    outline = {
        "sections": [
            [s.span.start, s.span.end, s.heading.start, s.heading.end, s.style, s.parent, s.depth]
            for s in document.sections
        ],
        "paragraphs": [[span.start, span.end] for span in document.paragraphs],
        "sentences": [[s.span.start, s.span.end, s.kind, s.section, s.paragraph] for s in document.sentences],
    }
    return json.dumps(outline, separators=(",", ":")).encode()


def _read_outline(folder: Path, entry: Mapping[str, Any]) -> bytes:
    path = _outline_path(folder, entry["file"])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}). {_REMEDY}") from error
    if sha256(data).hexdigest() != entry["outline"]:
        raise StoreError(f"{path}: the outline of {entry['path']} is not what was written. {_REMEDY}")
    return data


def _read_document(folder: Path, entry: Mapping[str, Any]) -> Document:
    text, outline = read_text(folder, entry), json.loads(_read_outline(folder, entry))
    return Document(
        entry["id"],
        entry["path"],
        text,
        provenance_of(entry),
        tuple(
            Section(Span(a, b), Span(c, d), style, parent, depth)
            for a, b, c, d, style, parent, depth in outline["sections"]
        ),
        tuple(Span(start, end) for start, end in outline["paragraphs"]),
        tuple(Sentence(Span(a, b), kind, section, number) for a, b, kind, section, number in outline["sentences"]),
        pages_of(entry),
    )
