"""The index before → what the next one takes over of it: all that belongs to documents that stay as they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vectorstore.chunk_table import ChunkTable
from vectorstore.datatypes import Chunk
from vectorstore.errors import StoreError
from vectorstore.index_parts import CHUNKS, FILES, WORDS, owned_by
from vectorstore.kept_documents import copy_document, open_documents
from vectorstore.lexical import LexicalIndex
from vectorstore.manifests import digest_of_files, is_of_this_program, read_manifest
from vectorstore.postings import Postings
from vectorstore.sources import Source, identity_of


class PreviousIndex:
    """A layer whose documents this program and model would cut and encode as they were; by number, those of a document."""

    def __init__(self, folder: Path, model: str) -> None:
        """Open it; raise StoreError where it is damaged, or was written with another model or version of the program."""
        self.folder = folder
        self.manifest = read_manifest(folder)
        if not is_of_this_program(self.manifest, model):
            raise StoreError(f"{folder} was written by another model or version of the program. Write it anew.")
        if digest_of_files(folder, FILES) != self.manifest.files:
            raise StoreError(f"{folder} is not what was written. Write it anew.")
        entries = self.manifest.documents
        self.documents = open_documents(folder, entries)
        self._chunks = ChunkTable.load(folder / CHUNKS, [entry["id"] for entry in entries])
        self._owned = owned_by(self._chunks, entries)
        self._numbers = {identity_of(entry): number for number, entry in enumerate(entries)}
        #: How many parts each document has, by the name of their index
        self.counts = {
            "chunks": self._chunks.counts(),
            "sentences": np.array([e["sentences"] for e in entries], dtype=int),
        }

    def taken_over(self, sources: Sequence[Source]) -> list[int | None]:
        """Return the number here of each source's document, None for one that is new, changed, or in another order."""
        taken: list[int | None] = []
        last = -1
        for source in sources:
            number = self._numbers.get(source.identity)
            taken.append(number if number is not None and number > last else None)
            last = max(last, taken[-1] if taken[-1] is not None else -1)
        return taken

    def chunks_of(self, number: int) -> tuple[Chunk, ...]:
        """Return a document's chunks."""
        return self._chunks.of_document(self.documents[number].id)

    def ids_of(self, name: str, number: int) -> Sequence[str]:
        """Return the ids of a document's parts in the index of this name."""
        return self._owned[name].ids(self.documents[number].id)

    def copy_document(self, number: int, folder: Path, place: int) -> dict[str, Any]:
        """Copy what is kept of a document into another index at a place of its own; return what that's manifest says."""
        return copy_document(self.folder, self.manifest.documents[number], folder, place)

    def postings(self, name: str) -> Postings:
        """Return the postings of the word index of this name."""
        return LexicalIndex.load(self.folder / WORDS[name], int(self.counts[name].sum())).postings
