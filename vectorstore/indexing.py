"""Documents → an index folder: texts, vectors, word indexes and the manifest that names them."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.chunk_table import ChunkTable
from vectorstore.chunks import CHUNKS_VERSION, context_of, make_chunks
from vectorstore.corrections import CORRECTIONS, make_provenance, merged, read_corrections
from vectorstore.datatypes import Chunk, Collections, Document, PageStart, Provenance
from vectorstore.dense import DenseIndex, copy_vectors, digest_of
from vectorstore.documents import OUTLINE_VERSION, read_document
from vectorstore.errors import DocumentError, StoreError
from vectorstore.extraction import Extractor, extract
from vectorstore.kept_documents import pages_of, read_text, text_checksum, write_document
from vectorstore.lexical import LexicalIndex, Tokenizer, tokenize_each
from vectorstore.library import Library
from vectorstore.readers import find_files, read_file
from vectorstore.tokens import TOKENS_VERSION

# Bumped whenever the folder's layout changes: an older program can't read a newer index, nor the reverse.
FORMAT = 2
MANIFEST = "manifest.json"
# The vectors' folder in that of an index, the table of its chunks, and the folders of its word indexes
VECTORS = "chroma"
CHUNKS = "chunks.npy"
WORDS = {"chunks": "words-chunks", "sentences": "words-sentences"}

_LATER = ("vectors", "files", "collections")

Progress = Callable[[str, int, int], None]


class Encoder(Protocol):
    """What is needed of an encoder; ``vectorstore.embeddings`` gives one."""

    @property
    def name(self) -> str:
        """Identity of the model, part of the fingerprint."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    def encode_questions(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of shape (n, dimensions)."""

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int, int], None] | None = None
    ) -> NDArray[np.float32]:
        """Return unit vectors of shape (n, dimensions)."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be indexed: its path relative to the indexed folder, its text, and corrections to what it says.

    ``own`` is the file's name in the library, None for a document of another root; ``pages`` are where the file's pages
    begin in the text, none where its format has no pages.
    """

    path: str
    text: str
    overrides: Provenance | None = None
    own: str | None = None
    pages: tuple[PageStart, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index folder holds; written last, so that a folder with one is complete.

    ``vectors`` is the digest of the vectors' graphs, empty in an index whose vectors can't be copied into the next;
    ``files`` that of the table of chunks and the word indexes. ``collections`` is what the names of its collections in a
    Chroma server begin with, empty where the vectors lie in the folder.
    """

    format: int
    fingerprint: str
    model: str
    roots: tuple[str, ...]
    documents: tuple[dict[str, Any], ...]
    chunks: int
    sentences: int
    vectors: str = ""
    files: str = ""
    collections: str = ""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What one index holds: the ids of its parts, the document of each, and the text each is searched with."""

    ids: list[str]
    owners: list[str]
    texts: list[str]


def read_sources(
    roots: Sequence[Path], library: Library | None = None, *, extractor: Extractor = extract
) -> tuple[tuple[Source, ...], tuple[DocumentError, ...]]:
    """Return the readable files of folders (or single files) and of a library, and an error for each that can't be read.

    A path is relative to its folder. Where an earlier root or the library has a document of that name already, the
    folder's own name stands in front of the later one's. A file ``provenance.toml`` of a root corrects what its
    documents say of themselves; the library's corrections win, and what it hides is left out. ``extractor`` reads web
    pages, Word documents and PDFs; that of an ExtractionCache reads each only once.
    """
    hidden = library.hidden() if library else ()
    corrections = library.corrections() if library else {}
    sources: list[Source] = []
    errors: list[DocumentError] = []
    named: dict[str, _Place] = {}
    for place in _places(roots, library):
        try:
            read = read_file(place.path, extractor=extractor)
            path = _name(place, named)
        except DocumentError as error:
            errors.append(error)
            continue
        # One that is hidden keeps its name, or another document would take it and be hidden with it
        if place.own or path not in hidden:
            said = merged(place.overrides, corrections.get(path))
            sources.append(Source(path, read.text, said, place.own, read.pages))
    return tuple(sorted(sources, key=lambda source: source.path)), tuple(errors)


def fingerprint(sources: Sequence[Source], model: str) -> str:
    """Return what names an index: a digest of texts, corrections, model and versions of the code that cut them."""
    return _fingerprint([{**_described(source), "sha256": text_checksum(source.text)} for source in sources], model)


def fingerprint_of(manifest: Manifest, model: str) -> str:
    """Return the fingerprint that the documents of an index have with this program and a model; no text is read."""
    return _fingerprint(manifest.documents, model)


def _fingerprint(entries: Sequence[Mapping[str, Any]], model: str) -> str:
    versions = (FORMAT, OUTLINE_VERSION, CHUNKS_VERSION, TOKENS_VERSION)
    digest = hashlib.sha256(json.dumps([versions, model]).encode())
    for entry in sorted(entries, key=lambda entry: str(entry["path"])):
        what = [entry["path"], entry["overrides"], entry.get("own"), entry.get("pages"), entry["sha256"]]
        digest.update(json.dumps(what, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def write_index(
    folder: Path,
    sources: Sequence[Source],
    encoder: Encoder,
    *,
    roots: Sequence[Path],
    tokenizer: Tokenizer = tokenize_each,
    before: Path | None = None,
    collections: Collections | None = None,
    on_progress: Progress | None = None,
) -> Manifest:
    """Write the index of the sources into a new folder, check it, and return its manifest.

    The vectors of ``before``, an index of other sources, are copied and only what differs is changed; StoreError is raised
    where that can't be done. Without it they are all written: into the folder, or into ``collections`` of a server.
    """
    report = on_progress or (lambda stage, done, total: None)
    if before is not None and collections is None:
        copy_vectors(before / VECTORS, folder / VECTORS, digest=read_manifest(before).vectors)
    documents = [read_document(s.path, s.text, overrides=s.overrides, pages=s.pages) for s in sources]
    report("read", len(documents), len(documents))
    chunks = [chunk for document in documents for chunk in make_chunks(document)]
    entries = _write_documents(folder, sources, documents, chunks)
    parts = _cut(documents, chunks)
    _write_words(folder, parts, tokenizer)
    _write_vectors(collections or folder / VECTORS, parts, encoder, report)
    manifest = Manifest(
        format=FORMAT,
        fingerprint=fingerprint(sources, encoder.name),
        model=encoder.name,
        roots=tuple(str(root) for root in roots),
        documents=entries,
        chunks=len(parts["chunks"].ids),
        sentences=len(parts["sentences"].ids),
        vectors="" if collections else digest_of(folder / VECTORS),
        files=digest_of_files(folder, [CHUNKS, *WORDS.values()]),
        collections=collections.prefix if collections else "",
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an index folder; raise StoreError when there is none that this program can read."""
    remedy = "Run `plans index` to build the index again."
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise StoreError(
                f"{folder}: the index has format {values['format']}, this program reads {FORMAT}. {remedy}"
            )
        known = {field.name: values[field.name] for field in fields(Manifest) if field.name not in _LATER}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder}: the index is incomplete or damaged ({error}). {remedy}") from error
    lists = {"documents": tuple(known["documents"]), "roots": tuple(known["roots"])}
    return Manifest(**{**known, **lists, **{name: str(values.get(name, "")) for name in _LATER}})


def read_indexed_sources(folder: Path, manifest: Manifest) -> tuple[Source, ...]:
    """Return the texts kept in an index folder, as they were indexed."""
    sources = []
    for entry in manifest.documents:
        text, overrides = read_text(folder, entry), make_provenance(entry["overrides"])
        sources.append(Source(entry["path"], text, overrides, entry.get("own"), pages_of(entry)))
    return tuple(sources)


def chunk_text(document: Document, chunk: Chunk) -> str:
    """Return what a chunk is searched with: document title, heading path, then its own words."""
    return f"{context_of(document, chunk)}\n{chunk.span.of(document.text)}"


def sentence_text(document: Document, number: int) -> str:
    """Return what a sentence is searched with: the two nearest headings, then its own words."""
    sentence = document.sentences[number]
    above = [span for span in document.headings(sentence.section) if span.end <= sentence.span.start]
    return " ".join([*(span.of(document.text)[:30] for span in above[-2:]), sentence.span.of(document.text)])


def sentence_id(document: str, number: int) -> str:
    """Return the id of a document's sentence in the vector index."""
    return f"{document}#{number}"


def place_of(id_: str) -> tuple[str, int]:
    """Return the document and the number of the sentence that an id of the vector index names."""
    document, _, number = id_.rpartition("#")
    return document, int(number)


def digest_of_files(folder: Path, names: Sequence[str]) -> str:
    """Return a digest of some files of a folder, and of those in its folders of these names."""
    digest = hashlib.sha256()
    for path in sorted(
        path for name in names for path in (folder / name, *(folder / name).glob("*")) if path.is_file()
    ):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _write_documents(
    folder: Path, sources: Sequence[Source], documents: Sequence[Document], chunks: Sequence[Chunk]
) -> tuple[dict[str, Any], ...]:
    """Write texts, outlines and the table of chunks; return what the manifest says of each document."""
    ChunkTable.of(chunks, [document.id for document in documents]).save(folder / CHUNKS)
    pairs = enumerate(zip(sources, documents, strict=True))
    return tuple({**_described(source), **write_document(folder, n, document)} for n, (source, document) in pairs)


def _cut(documents: Sequence[Document], chunks: Sequence[Chunk]) -> dict[str, _Parts]:
    """Return the passages and the sentences of documents as they are searched, by the name of their index."""
    by_id = {document.id: document for document in documents}
    places = [(document, number) for document in documents for number in range(len(document.sentences))]
    return {
        "chunks": _Parts(
            [chunk.id for chunk in chunks],
            [chunk.document for chunk in chunks],
            [chunk_text(by_id[chunk.document], chunk) for chunk in chunks],
        ),
        "sentences": _Parts(
            [sentence_id(document.id, number) for document, number in places],
            [document.id for document, _ in places],
            [sentence_text(document, number) for document, number in places],
        ),
    }


def _write_words(folder: Path, parts: Mapping[str, _Parts], tokenizer: Tokenizer) -> None:
    for name, part in parts.items():
        LexicalIndex.build(part.texts, tokenizer=tokenizer).save(folder / WORDS[name])


def _write_vectors(where: Path | Collections, parts: Mapping[str, _Parts], encoder: Encoder, report: Progress) -> None:
    texts = [text for part in parts.values() for text in part.texts]
    vectors = encoder.encode_passages(texts, on_progress=lambda done, total: report("embed", done, total))
    start = 0
    copied = isinstance(where, Path) and where.exists()
    for name, part in parts.items():
        ids, rows = part.ids, vectors[start : start + len(part.ids)]
        start += len(ids)
        index = DenseIndex.open(where, name) if copied else DenseIndex.create(where, name)
        (index.renew if copied else index.add)(ids, rows, part.owners)
        if index.count() != len(ids) or (ids and not index.nearest(rows[0], 1)):
            raise StoreError(
                f"{where}: Chroma kept {index.count()} of {len(ids)} vectors. Check the free space on the disk and "
                "run `plans index` again; the index used until now is untouched."
            )
        report("store", len(ids), len(ids))


def _described(source: Source) -> dict[str, Any]:
    """Return what a manifest says of a file, beside what was read in it."""
    pages = [[page.start, page.number] for page in source.pages]
    return {
        "path": source.path,
        "overrides": asdict(source.overrides) if source.overrides else None,
        **({"own": source.own} if source.own else {}),
        **({"pages": pages} if pages else {}),
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """A file found: the folder it is named in, and what the folder or the library knows of it."""

    folder: Path
    path: Path
    overrides: Provenance | None
    own: str | None = None


def _places(roots: Sequence[Path], library: Library | None) -> list[_Place]:
    """Return the files of the roots, each once, in the outermost root that has it, then those of the library."""
    found = {root: find_files(_existing(root)) for root in (root.absolute() for root in roots)}
    owners: dict[Path, Path] = {}
    for root in sorted(found, key=lambda root: len(root.parts)):
        for path in found[root]:
            owners.setdefault(path, root)
    places = []
    for root, paths in found.items():
        folder = root if root.is_dir() else root.parent
        said = read_corrections(folder / CORRECTIONS)
        for path in paths:
            if owners[path] == root and not (library and path.is_relative_to(library.folder)):
                places.append(_Place(folder, path, said.get(path.relative_to(folder).as_posix())))
    own = library.files() if library else ()
    return places + [_Place(path.parent, path, None, path.name) for path in own]


def _existing(root: Path) -> Path:
    if not root.exists():
        raise DocumentError(f"{root}: no such file or folder. Check the path.")
    return root


def _name(place: _Place, named: dict[str, _Place]) -> str:
    """Return a file's path, with so many folders in front as tell it from other roots' documents, and note its id."""
    above = place.folder.parts[1:]
    for depth in range(len(above) + 1):
        path = "/".join([*above[len(above) - depth :], place.path.relative_to(place.folder).as_posix()])
        other = named.setdefault(path.rpartition(".")[0], place)
        if other is place:
            return path
        if other.folder == place.folder:
            raise DocumentError(
                f"{place.path}: only its suffix tells it from {other.path}. Rename or remove one of them."
            )
    raise DocumentError(f"{place.path}: other folders have documents of the same name. Rename it.")
