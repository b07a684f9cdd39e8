"""Documents → an index folder: texts, vectors, word indexes and the manifest that names them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vectorstore.chunk_table import ChunkTable
from vectorstore.chunks import make_chunks
from vectorstore.datatypes import Chunk, Collections, Document
from vectorstore.dense import DenseIndex, copy_vectors, digest_of
from vectorstore.documents import read_document
from vectorstore.errors import StoreError
from vectorstore.index_parts import Parts, make_parts
from vectorstore.kept_documents import write_document
from vectorstore.lexical import LexicalIndex, Tokenizer, tokenize_each
from vectorstore.manifests import FORMAT, MANIFEST, Manifest, described, digest_of_files, fingerprint, read_manifest
from vectorstore.sources import Source

# The vectors' folder in that of an index, the table of its chunks, and the folders of its word indexes
VECTORS = "chroma"
CHUNKS = "chunks.npy"
WORDS = {"chunks": "words-chunks", "sentences": "words-sentences"}

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
    parts = make_parts(documents, chunks)
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


def _write_documents(
    folder: Path, sources: Sequence[Source], documents: Sequence[Document], chunks: Sequence[Chunk]
) -> tuple[dict[str, Any], ...]:
    """Write texts, outlines and the table of chunks; return what the manifest says of each document."""
    ChunkTable.of(chunks, [document.id for document in documents]).save(folder / CHUNKS)
    pairs = enumerate(zip(sources, documents, strict=True))
    return tuple({**described(source), **write_document(folder, n, document)} for n, (source, document) in pairs)


def _write_words(folder: Path, parts: Mapping[str, Parts], tokenizer: Tokenizer) -> None:
    for name, part in parts.items():
        LexicalIndex.build(part.texts, tokenizer=tokenizer).save(folder / WORDS[name])


def _write_vectors(where: Path | Collections, parts: Mapping[str, Parts], encoder: Encoder, report: Progress) -> None:
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
