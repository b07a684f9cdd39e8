"""Documents → what is searched in an index: passages and sentences, each with an id and the text that finds it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vectorstore.chunk_table import ChunkTable
from vectorstore.chunks import context_of
from vectorstore.datatypes import Chunk, Document

# The table of an index's chunks, and the folders of its vectors and word indexes
CHUNKS = "chunks.npy"
VECTORS = "chroma"
WORDS = {"chunks": "words-chunks", "sentences": "words-sentences"}
# What a manifest has one digest of
FILES = (CHUNKS, *WORDS.values())


@dataclass(frozen=True, slots=True)
class Owned:
    """Whose vectors are whose: the ids and the number of those that a document has."""

    ids: Callable[[str], Sequence[str]]
    count: Callable[[str], int]


def owned_by(chunks: ChunkTable, entries: Sequence[Mapping[str, Any]]) -> dict[str, Owned]:
    """Return whose vectors are whose, of "chunks" and "sentences", in a folder with these chunks.

    ``entries`` are what its manifest says of each document.
    """
    by_id = {entry["id"]: entry for entry in entries}

    def count(name: str) -> Callable[[str], int]:
        return lambda document: int(by_id[document][name])

    return {
        "chunks": Owned(lambda document: [chunk.id for chunk in chunks.of_document(document)], count("chunks")),
        "sentences": Owned(
            lambda document: [sentence_id(document, number) for number in range(count("sentences")(document))],
            count("sentences"),
        ),
    }


def chunk_text(document: Document, chunk: Chunk) -> str:
    """Return what a chunk is searched with: document title, heading path, then its own words."""
    return f"{context_of(document, chunk)}\n{chunk.span.of(document.text)}"


def sentence_text(document: Document, number: int) -> str:
    """Return what a sentence is searched with: the two nearest headings, then its own words."""
    sentence = document.sentences[number]
    above = [span for span in document.headings(sentence.section) if span.end <= sentence.span.start]
    return " ".join([*(span.of(document.text)[:30] for span in above[-2:]), sentence.span.of(document.text)])


def firsts(counts: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of the first part of each document that has so many, and the number of all at the end."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def sentence_id(document: str, number: int) -> str:
    """Return the id of a document's sentence in the vector index."""
    return f"{document}#{number}"


def place_of(id_: str) -> tuple[str, int]:
    """Return the document and the number of the sentence that an id of the vector index names."""
    document, _, number = id_.rpartition("#")
    return document, int(number)
