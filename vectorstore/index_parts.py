"""Documents → what an index is searched for: passages and sentences, each with an id and the text that finds it."""

from collections.abc import Sequence
from dataclasses import dataclass

from vectorstore.chunks import context_of
from vectorstore.datatypes import Chunk, Document


@dataclass(frozen=True, slots=True)
class Parts:
    """What one index holds: the ids of its parts, the document of each, and the text each is searched with."""

    ids: list[str]
    owners: list[str]
    texts: list[str]


def make_parts(documents: Sequence[Document], chunks: Sequence[Chunk]) -> dict[str, Parts]:
    """Return the passages and the sentences of documents as they are searched, by the name of their index."""
    by_id = {document.id: document for document in documents}
    places = [(document, number) for document in documents for number in range(len(document.sentences))]
    return {
        "chunks": Parts(
            [chunk.id for chunk in chunks],
            [chunk.document for chunk in chunks],
            [chunk_text(by_id[chunk.document], chunk) for chunk in chunks],
        ),
        "sentences": Parts(
            [sentence_id(document.id, number) for document, number in places],
            [document.id for document, _ in places],
            [sentence_text(document, number) for document, number in places],
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


def sentence_id(document: str, number: int) -> str:
    """Return the id of a document's sentence in the vector index."""
    return f"{document}#{number}"


def place_of(id_: str) -> tuple[str, int]:
    """Return the document and the number of the sentence that an id of the vector index names."""
    document, _, number = id_.rpartition("#")
    return document, int(number)
