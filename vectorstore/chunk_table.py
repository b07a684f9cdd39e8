"""The chunks of an index by number, id, document and sentence, kept as one table that is mapped from disk."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vectorstore.datatypes import Chunk, Span
from vectorstore.errors import StoreError

# Columns: number of the document, start and end of the span, first and last sentence
_DOCUMENT, _START, _END, _FIRST, _LAST = range(5)


class ChunkTable:
    """Chunks in the order of their documents, within a document in reading order; a chunk's number is its place."""

    def __init__(self, rows: NDArray[np.int32], documents: Sequence[str]) -> None:
        self._rows = rows
        self._documents = documents
        self._number = {id_: number for number, id_ in enumerate(documents)}
        self._starts = np.searchsorted(rows[:, _DOCUMENT], np.arange(len(documents) + 1))
        self._allowed: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, chunks: Sequence[Chunk], documents: Sequence[str]) -> "ChunkTable":
        """Return the table of chunks that come in the order of their documents."""
        number = {id_: n for n, id_ in enumerate(documents)}
        rows = [(number[c.document], c.span.start, c.span.end, c.first, c.last) for c in chunks]
        return cls(np.array(rows, dtype=np.int32).reshape(-1, 5), documents)

    @classmethod
    def joined(cls, tables: Sequence["ChunkTable"], shown: NDArray[np.bool_]) -> "ChunkTable":
        """Return several tables as one, where only chunks of those documents are found that are shown.

        ``shown`` is of shape (documents of all tables), in their order; of documents with the same id one is.
        """
        first = np.cumsum([0, *(len(table._documents) for table in tables)])
        rows = [np.add(table._rows, (number, 0, 0, 0, 0)) for number, table in zip(first[:-1], tables, strict=True)]
        joined = cls(np.concatenate(rows).astype(np.int32), [id_ for table in tables for id_ in table._documents])
        joined._number = {id_: number for number, id_ in enumerate(joined._documents) if shown[number]}
        joined._allowed = shown
        return joined

    @classmethod
    def load(cls, path: Path, documents: Sequence[str]) -> "ChunkTable":
        """Return the table saved in a file; raise StoreError where it is damaged."""
        try:
            # A plain view of the mapped file: every look into numpy's own class for it takes five times as long
            rows = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError, EOFError) as error:
            raise StoreError(f"{path} can't be read ({error}). Run `plans index` to build the index again.") from error
        if rows.ndim != 2 or rows.shape[1] != 5 or (len(rows) and int(rows[-1, _DOCUMENT]) >= len(documents)):
            raise StoreError(f"{path} is damaged. Run `plans index` to build the index again.")
        return cls(rows, documents)

    def save(self, path: Path) -> None:
        """Write the table into a file."""
        np.save(path, self._rows, allow_pickle=False)

    def __len__(self) -> int:
        """Return how many chunks there are, of all documents."""
        return len(self._rows)

    def __getitem__(self, number: int) -> Chunk:
        """Return a chunk by its number; raise IndexError where there is none."""
        document, start, end, first, last = self._rows[number].tolist()
        return Chunk(self._documents[document], Span(start, end), first, last)

    def narrowed(self, documents: Collection[str]) -> "ChunkTable":
        """Return the same table, where only chunks of these documents are found."""
        narrowed = ChunkTable.__new__(ChunkTable)
        narrowed.__dict__.update(self.__dict__)
        narrowed._allowed = np.zeros(len(self._documents), dtype=np.bool_)
        narrowed._allowed[[self._number[id_] for id_ in documents]] = True
        return narrowed

    def counts(self) -> NDArray[np.int64]:
        """Return how many chunks each document has, in the order of the documents."""
        return np.diff(self._starts)

    def of_document(self, document: str) -> tuple[Chunk, ...]:
        """Return a document's chunks in reading order, none for one that is not there."""
        number = self._number.get(document)
        if number is None:
            return ()
        return tuple(self[n] for n in range(int(self._starts[number]), int(self._starts[number + 1])))

    def find(self, id_: str) -> Chunk | None:
        """Return the chunk of an id, or None where it is not among those found here."""
        document, _, place = id_.rpartition(":")
        start = place.partition("-")[0]
        chunk = self._last(document, _START, int(start)) if start.isdecimal() else None
        return chunk if chunk is not None and chunk.id == id_ else None

    def holding(self, document: str, sentence: int) -> Chunk | None:
        """Return the chunk that holds a document's sentence, or None where it is not among those found here."""
        chunk = self._last(document, _FIRST, sentence)
        return chunk if chunk is not None and sentence <= chunk.last else None

    def best(self, scores: NDArray[np.float32], limit: int) -> list[tuple[Chunk, float]]:
        """Return up to ``limit`` of the chunks found here with a score above 0, best first; ties go by id.

        ``scores`` is of shape (chunks,).
        """
        if self._allowed is not None:
            scores = np.where(self._allowed[self._rows[:, _DOCUMENT]], scores, 0)
        numbers = np.flatnonzero(scores)
        if len(numbers) > limit:
            least = np.partition(scores[numbers], len(numbers) - limit)[len(numbers) - limit]
            numbers = numbers[scores[numbers] >= least]
        pairs = [(self[int(number)], float(scores[number])) for number in numbers]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0].id))[:limit]

    def _last(self, document: str, column: int, value: int) -> Chunk | None:
        """Return the last chunk of a document whose value in a column is not above this one."""
        number = self._number.get(document)
        if number is None or (self._allowed is not None and not self._allowed[number]):
            return None
        start, end = int(self._starts[number]), int(self._starts[number + 1])
        place = start + int(np.searchsorted(self._rows[start:end, column], value, side="right")) - 1
        return self[place] if place >= start else None
