"""Training data → documents cut as the product cuts them, and questions with the sentences that answer them.

Questions are (xz-compressed) JSON lines ``{"id", "doc", "kind", "q", "quotes"}``, documents ``{"doc", "text"}`` or, for a
list without names, ``{"title", "text"}``, whose names are then ``gov-0000``, ``gov-0001`` … by their place in the file.
"""

import json
import lzma
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from vectorstore.chunks import make_chunks
from vectorstore.datatypes import Chunk, Document, Span
from vectorstore.documents import read_document

HELD_OUT = 12
# A sentence answers where quotes cover at least this share of it
_COVER = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over one document, and the numbers of the sentences that answer it (none: the document is silent)."""

    id: str
    document: str
    kind: str
    text: str
    gold: frozenset[int]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents by name, the chunks of each, and the questions over them."""

    documents: Mapping[str, Document]
    chunks: Mapping[str, tuple[Chunk, ...]]
    questions: tuple[Asked, ...]

    def of(self, names: Iterable[str]) -> tuple[Asked, ...]:
        """Return the questions over these documents."""
        wanted = frozenset(names)
        return tuple(question for question in self.questions if question.document in wanted)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON-lines file, compressed with xz or not."""
    opener: Callable[..., Any] = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_corpus(questions: Sequence[Path], documents: Sequence[Path]) -> Corpus:
    """Return the questions that have an answer in their document's sentences or none at all, with their documents.

    A question whose quotes can't be found is left out: its labels would be wrong.
    """
    rows = [row for path in questions for row in read_rows(path)]
    texts = {name: text for path in documents for name, text in _texts(path)}
    read = {name: read_document(f"{name}.txt", texts[name]) for name in dict.fromkeys(row["doc"] for row in rows)}
    asked = [_asked(row, read[row["doc"]]) for row in rows]
    kept = tuple(a for a, row in zip(asked, rows, strict=True) if bool(a.gold) == bool(row["quotes"]))
    return Corpus(read, {name: make_chunks(document) for name, document in read.items()}, kept)


def read_training(
    questions: Sequence[Path], documents: Sequence[Path], leave_out: Iterable[str]
) -> tuple[Corpus, tuple[Asked, ...]]:
    """Return all the questions with their documents, and those to train on: not over held-out documents nor ``leave_out``.

    The first file of questions names the documents among which twelve are held out.
    """
    corpus = read_corpus(questions, documents)
    kept = held_out_documents(row["doc"] for row in read_rows(questions[0])) | set(leave_out)
    return corpus, corpus.of(name for name in corpus.documents if name not in kept)


def held_out_documents(names: Iterable[str]) -> frozenset[str]:
    """Return the documents never trained on: the twelve with the smallest digest of their names."""
    ordered = sorted(set(names), key=lambda name: sha256(name.encode()).hexdigest())
    return frozenset(ordered[:HELD_OUT])


def answering_sentences(document: Document, quotes: Sequence[str]) -> frozenset[int]:
    """Return the sentences at least half of which lies where quotes stand, wherever they stand."""
    spans = [span for quote in quotes for span in _places(document.text, quote)]
    return frozenset(
        number
        for number, sentence in enumerate(document.sentences)
        if sum(span.overlap(sentence.span) for span in spans) >= _COVER * len(sentence.span)
    )


def _texts(path: Path) -> Iterable[tuple[str, str]]:
    for number, row in enumerate(read_rows(path)):
        yield row.get("doc") or f"gov-{number:04d}", row["text"]


def _asked(row: Mapping[str, Any], document: Document) -> Asked:
    gold = answering_sentences(document, row["quotes"])
    return Asked(row["id"], document.id, row["kind"], row["q"], gold)


def _places(text: str, quote: str) -> Iterable[Span]:
    at = text.find(quote)
    while at >= 0:
        yield Span(at, at + len(quote))
        at = text.find(quote, at + 1)
