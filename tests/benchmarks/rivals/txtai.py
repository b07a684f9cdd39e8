"""txtai: BM25 and vectors, fused as its hybrid index fuses them.

Its own segmentation cuts at English sentences or at line ends, and Chinese plans often have no line ends: pieces are
those of LangChain's splitter.
"""

from collections.abc import Mapping
from pathlib import Path

from txtai import Embeddings

from tests.benchmarks.rivals.datatypes import Found, Piece
from tests.benchmarks.rivals.langchain import split
from vectorstore.embeddings import BUNDLED_FOLDER


class Txtai:
    """A hybrid txtai index, saved to disk."""

    pieces: list[Piece]

    def __init__(self) -> None:
        # Left to itself it would embed the texts without a prompt
        prompts = {"query": "query: ", "data": "passage: "}
        self._index = Embeddings(path=str(BUNDLED_FOLDER), instructions=prompts, hybrid=True, gpu=False)

    def index(self, texts: Mapping[str, str], folder: Path) -> None:
        """Split, index and save."""
        split_texts = split(texts)
        self.pieces = [Piece(p.metadata["source"], p.metadata["start_index"], p.page_content) for p in split_texts]
        self._index.index([(number, piece.text, None) for number, piece in enumerate(self.pieces)])
        self._index.save(str(folder / "txtai"))

    def search(self, question: str, limit: int) -> Found:
        """Return the best pieces of both rankings."""
        return Found(tuple(self.pieces[number] for number, _ in self._index.search(question, limit)))
