"""Haystack: BM25 and vectors in memory, joined by reciprocal rank fusion.

Its DocumentSplitter counts words between spaces or cuts at English full stops, line ends or pages, none of which Chinese
plans can be cut at; its RecursiveDocumentSplitter counts characters and takes the separators it is given.
"""

from collections.abc import Mapping
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import RecursiveDocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from tests.benchmarks.rivals.datatypes import LENGTH, Found, Piece
from vectorstore.embeddings import BUNDLED_FOLDER

# Paragraphs, sentences, and what Chinese sentences are made of: semicolon and comma of full width
SEPARATORS = ["\n\n", "\n", "。", "\uff1b", "\uff0c"]
_ENCODER = {"model": str(BUNDLED_FOLDER), "local_files_only": True, "progress_bar": False}


class Haystack:
    """Two Haystack pipelines, one that indexes and one that searches, over a store that is saved to disk."""

    def __init__(self) -> None:
        self._store = InMemoryDocumentStore()
        self._indexing = _indexing(self._store)
        self._searching = _searching(self._store)
        for pipeline in (self._indexing, self._searching):
            pipeline.warm_up()

    def index(self, texts: Mapping[str, str], folder: Path) -> None:
        """Split, embed, store and save."""
        documents = [Document(content=text, meta={"source": name}) for name, text in texts.items()]
        self._indexing.run({"splitter": {"documents": documents}})
        self._store.save_to_disk(str(folder / "haystack.json"))

    def search(self, question: str, limit: int) -> Found:
        """Return the best pieces of both rankings."""
        words = {"query": question, "top_k": limit}
        joined = self._searching.run(
            {"words": words, "encoder": {"text": question}, "near": {"top_k": limit}, "joiner": {"top_k": limit}}
        )
        return Found(tuple(_piece(document) for document in joined["joiner"]["documents"]))


def _indexing(store: InMemoryDocumentStore) -> Pipeline:
    pipeline = Pipeline()
    # An overlap would move its cuts from the ends of sentences into them, and finds less
    splitter = RecursiveDocumentSplitter(split_length=LENGTH, split_unit="char", separators=SEPARATORS)
    encoder = SentenceTransformersDocumentEmbedder(**_ENCODER, device=_cpu(), prefix="passage: ")
    pipeline.add_component("splitter", splitter)
    pipeline.add_component("encoder", encoder)
    pipeline.add_component("writer", DocumentWriter(store))
    pipeline.connect("splitter", "encoder")
    pipeline.connect("encoder", "writer")
    return pipeline


def _searching(store: InMemoryDocumentStore) -> Pipeline:
    pipeline = Pipeline()
    encoder = SentenceTransformersTextEmbedder(**_ENCODER, device=_cpu(), prefix="query: ")
    pipeline.add_component("words", InMemoryBM25Retriever(store))
    pipeline.add_component("encoder", encoder)
    pipeline.add_component("near", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("encoder.embedding", "near.query_embedding")
    pipeline.connect("words", "joiner")
    pipeline.connect("near", "joiner")
    return pipeline


def _cpu() -> ComponentDevice:
    return ComponentDevice.from_str("cpu")


def _piece(document: Document) -> Piece:
    return Piece(document.meta["source"], document.meta["split_idx_start"], document.content or "")
