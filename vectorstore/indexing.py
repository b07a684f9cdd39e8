"""Documents → an index folder: texts, vectors, word indexes and the manifest that names them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.chunk_table import ChunkTable
from vectorstore.chunks import make_chunks
from vectorstore.datatypes import ChromaServer, Chunk, Collections, Document
from vectorstore.dense import DenseIndex, copy_vectors, digest_of
from vectorstore.documents import read_document
from vectorstore.errors import StoreError
from vectorstore.index_parts import CHUNKS, FILES, VECTORS, WORDS, chunk_text, firsts, sentence_id, sentence_text
from vectorstore.kept_documents import write_document
from vectorstore.layers import Upon, layers_of, upon
from vectorstore.lexical import LexicalIndex, Tokenizer, tokenize_each
from vectorstore.manifests import FORMAT, MANIFEST, Manifest, digest_of_files, fingerprint, versions_of_program
from vectorstore.postings import Postings
from vectorstore.previous_index import PreviousIndex
from vectorstore.sources import Source, identity_of

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

    From ``before``, an index of other sources, all is taken over that belongs to documents which are the same in both;
    where it is large and little has changed, the new folder is laid upon it. StoreError is raised where that can't be done.
    Without it all is made. Vectors are put into the folder, or into ``collections`` of a server.
    """
    report = on_progress or (lambda stage, done, total: None)
    server = collections.server if collections else None
    below, previous = _taken_from(before, sources, encoder.name, server)
    if previous is not None:
        copy_vectors(previous.folder / VECTORS, folder / VECTORS, digest=previous.manifest.vectors)
    documents = _cut(sources if below is None else below.own, previous)
    report("read", len(documents), len(documents))
    entries = _write_documents(folder, documents, previous)
    parts = {name: _parts(name, documents, previous) for name in WORDS}
    _write_words(folder, parts, tokenizer, previous)
    _write_vectors(collections or folder / VECTORS, parts, encoder, report)
    manifest = Manifest(
        format=FORMAT,
        fingerprint=fingerprint(sources, encoder.name),
        model=encoder.name,
        program=versions_of_program(),
        roots=tuple(str(root) for root in roots),
        documents=entries,
        chunks=parts["chunks"].size,
        sentences=parts["sentences"].size,
        vectors="" if collections else digest_of(folder / VECTORS),
        files=digest_of_files(folder, FILES),
        collections=collections.prefix if collections else "",
        taken_over=sum(document.before is not None for document in documents) + (below.shown if below else 0),
        base=below.base if below else None,
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=1), encoding="utf-8")
    return manifest


def _taken_from(
    before: Path | None, sources: Sequence[Source], model: str, server: ChromaServer | None
) -> tuple[Upon | None, PreviousIndex | None]:
    """Return what is written upon the index before, and the folder that documents are copied from.

    For an upper layer that is the upper layer before it, where all of that is still there: it is too small to be worth more.
    For one folder of all it is the lower one. Nothing is copied where the vectors lie in a server, which can't copy them.
    """
    if before is None:
        return None, None
    lowest, *upper = layers_of(before)
    below = upon(sources, lowest, model, server=server)
    if server:
        return below, None
    if below is None:
        return None, PreviousIndex(lowest.folder, model)
    kept = {source.identity for source in below.own}
    grows = upper and all(identity_of(entry) in kept for entry in upper[0].manifest.documents)
    return below, PreviousIndex(before, model) if grows else None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A document of the index, its chunks, and its number in the index before where it is taken over from there."""

    source: Source
    document: Document
    chunks: Sequence[Chunk]
    before: int | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """The passages, or the sentences, of an index.

    Of those that are new: their ids, documents, the texts they are searched with, and their numbers among all (``size``).
    Of those of the index before: their numbers now, -1 for one that is gone (shape: so many), and the ids of the latter.
    """

    ids: list[str]
    owners: list[str]
    texts: list[str]
    numbers: NDArray[np.int64]
    places: NDArray[np.int64]
    gone: list[str]
    size: int


def _cut(sources: Sequence[Source], previous: PreviousIndex | None) -> list[_Cut]:
    taken = previous.taken_over(sources) if previous is not None else [None] * len(sources)
    return [
        _read(source) if number is None or previous is None else _taken_over(source, previous, number)
        for source, number in zip(sources, taken, strict=True)
    ]


def _read(source: Source) -> _Cut:
    document = read_document(source.path, source.text, overrides=source.overrides, pages=source.pages)
    return _Cut(source, document, make_chunks(document))


def _taken_over(source: Source, previous: PreviousIndex, number: int) -> _Cut:
    return _Cut(source, previous.documents[number], previous.chunks_of(number), number)


def _write_documents(
    folder: Path, documents: Sequence[_Cut], previous: PreviousIndex | None
) -> tuple[dict[str, Any], ...]:
    """Write texts, outlines and the table of chunks; return what the manifest says of each document."""
    chunks = [chunk for cut in documents for chunk in cut.chunks]
    ChunkTable.of(chunks, [cut.document.id for cut in documents]).save(folder / CHUNKS)
    return tuple(
        {**cut.source.entry, **write_document(folder, place, cut.document), "chunks": len(cut.chunks)}
        if cut.before is None or previous is None
        # A file may be the same and have another stamp
        else {**previous.copy_document(cut.before, folder, place), **cut.source.entry}
        for place, cut in enumerate(documents)
    )


def _parts(name: str, documents: Sequence[_Cut], previous: PreviousIndex | None) -> _Parts:
    """Return what the index of this name ("chunks" or "sentences") holds."""
    held = previous.counts[name] if previous is not None else np.zeros(0, dtype=np.int64)
    new = [[] if cut.before is not None else _texts(name, cut) for cut in documents]
    counts = [len(own) if cut.before is None else held[cut.before] for cut, own in zip(documents, new, strict=True)]
    first, first_held = firsts(counts), firsts(held)
    places = np.full(int(first_held[-1]), -1, dtype=np.int64)
    numbers = [np.zeros(0, dtype=np.int64)]
    for place, cut in enumerate(documents):
        own = np.arange(first[place], first[place + 1])
        if cut.before is None:
            numbers.append(own)
        else:
            places[first_held[cut.before] : first_held[cut.before + 1]] = own
    pairs = [pair for own in new for pair in own]
    return _Parts(
        [id_ for id_, _ in pairs],
        [cut.document.id for cut, own in zip(documents, new, strict=True) for _ in own],
        [text for _, text in pairs],
        np.concatenate(numbers),
        places,
        _gone(name, documents, previous),
        int(first[-1]),
    )


def _texts(name: str, cut: _Cut) -> list[tuple[str, str]]:
    """Return the ids of a document's parts, and the texts they are searched with."""
    document = cut.document
    if name == "chunks":
        return [(chunk.id, chunk_text(document, chunk)) for chunk in cut.chunks]
    numbers = range(len(document.sentences))
    return [(sentence_id(document.id, number), sentence_text(document, number)) for number in numbers]


def _gone(name: str, documents: Sequence[_Cut], previous: PreviousIndex | None) -> list[str]:
    """Return the ids of what the index before has of documents that are changed or no longer there."""
    if previous is None:
        return []
    kept = {cut.before for cut in documents}
    return [
        id_ for number in range(len(previous.documents)) if number not in kept for id_ in previous.ids_of(name, number)
    ]


def _write_words(
    folder: Path, parts: Mapping[str, _Parts], tokenizer: Tokenizer, previous: PreviousIndex | None
) -> None:
    for name, part in parts.items():
        before = previous.postings(name) if previous is not None else Postings.of([])
        postings = before.changed(part.places, part.numbers, tokenizer(part.texts))
        LexicalIndex.of(postings).save(folder / WORDS[name])


def _write_vectors(where: Path | Collections, parts: Mapping[str, _Parts], encoder: Encoder, report: Progress) -> None:
    texts = [text for part in parts.values() for text in part.texts]
    vectors = np.zeros((0, 0), dtype=np.float32)
    if texts:
        vectors = encoder.encode_passages(texts, on_progress=lambda done, total: report("embed", done, total))
    start = 0
    copied = isinstance(where, Path) and where.exists()
    for name, part in parts.items():
        rows = vectors[start : start + len(part.ids)]
        start += len(part.ids)
        if copied:
            index = DenseIndex.open(where, name)
            index.change(part.gone, part.ids, rows, part.owners)
        else:
            index = DenseIndex.create(where, name)
            index.add(part.ids, rows, part.owners)
        if index.count() != part.size or (part.ids and not index.nearest(rows[0], 1)):
            raise StoreError(
                f"{where}: Chroma kept {index.count()} of {part.size} vectors. Check the free space on the disk and "
                "run `plans index` again; the index used until now is untouched."
            )
        report("store", part.size, part.size)
