"""This project: its passages alone, and its whole answers."""

from collections.abc import Mapping
from pathlib import Path

from assistant.chat import take_turn
from tests.benchmarks.rivals.datatypes import Found, Piece
from vectorstore.datatypes import Hit, Span
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.reranking import load_reader
from vectorstore.store import VectorStore, build_store


class Retrieval:
    """What ``VectorStore.retrieve`` finds for a question as it stands."""

    store: VectorStore

    def __init__(self) -> None:
        self._encoder = load_encoder()

    def index(self, texts: Mapping[str, str], folder: Path) -> None:
        """Write the texts as files, which is all the store takes, and build it."""
        plans = folder / "plans"
        plans.mkdir()
        for name, text in texts.items():
            (plans / name).write_bytes(text.encode("utf-8"))
        self.store, errors = build_store(
            folder / "store", [plans], model=model_identity(), encoder=lambda: self._encoder, reader=load_reader
        )
        if errors:
            raise errors[0]

    def search(self, question: str, limit: int) -> Found:
        """Return the passages of a question."""
        return self._found(self.store.retrieve(question, limit=limit))

    def _found(self, hits: tuple[Hit, ...], quotes: tuple[Piece, ...] = ()) -> Found:
        return Found(tuple(self._piece(hit.chunk.document, hit.chunk.span) for hit in hits), quotes)

    def _piece(self, document: str, span: Span) -> Piece:
        read = self.store.document(document)
        return Piece(read.path, span.start, span.of(read.text))


class Answer(Retrieval):
    """What ``take_turn`` answers: the question understood, its passages searched, read and quoted."""

    def search(self, question: str, limit: int) -> Found:
        """Return the passages and the quotes of a question's answer."""
        given = take_turn(question, (), self.store).answer
        quotes = tuple(self._piece(quote.document, quote.span) for quote in given.quotes)
        return self._found(given.passages[:limit], quotes)
