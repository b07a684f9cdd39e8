"""The settings → the opened store, one for all sessions, and its encoder, loaded once and in the background."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import streamlit as st

from vectorstore.datatypes import ChromaServer, Passage
from vectorstore.embeddings import load_encoder, model_identity
from vectorstore.errors import PlansError
from vectorstore.index_in_use import current_index
from vectorstore.indexing import Encoder
from vectorstore.reranking import Reader, load_reader
from vectorstore.settings import read_settings
from vectorstore.store import VectorStore


def open_store() -> VectorStore:
    """Return the store of the index now in use; raise PlansError when it can't be opened."""
    settings = read_settings()
    return _opened(settings.store, settings.model, settings.reader, settings.server, current_index(settings.store))


def warm_up(store: VectorStore) -> None:
    """Start loading what the first question needs, so that it waits less; return at once."""
    _warmed(store, store.folder)


def is_warm(store: VectorStore) -> bool:
    """Tell whether the store's models are loaded."""
    return {"encoder", "reader"} <= vars(store).keys()


def _warm(store: VectorStore) -> None:
    try:
        hits = store.retrieve("养老服务", limit=1)
        if store.reader:
            store.reader.read([("养老服务", Passage("", (hit.chunk.id,))) for hit in hits])
    except PlansError:
        # The first question meets the same error, where it can be shown
        return


def _open_index(
    folder: Path, model: str | None, reader: str | None, server: ChromaServer | None, index: Path | None
) -> VectorStore:
    """Return the store; ``index`` only tells cache entries apart, so that a rebuilt index is noticed."""
    return VectorStore.open(
        folder,
        encoder=lambda: _encoder(model),
        model=model_identity(model),
        reader=lambda: _reader(reader),
        server=server,
    )


def _start_thread(_store: VectorStore, index: Path) -> None:
    Thread(target=_warm, args=(_store,), name=f"warm-up {index.name}", daemon=True).start()


def _load_encoder(model: str | None) -> Encoder:
    return load_encoder(model)


def _load_reader(named: str | None) -> Reader | None:
    return load_reader(named)


# Shared by all sessions. A cache holds a lock while it fills: a question asked while the encoder is loaded waits for it.
_opened: Callable[[Path, str | None, str | None, ChromaServer | None, Path | None], VectorStore] = st.cache_resource(
    _open_index, show_spinner=False, max_entries=2
)
_warmed: Callable[[VectorStore, Path], None] = st.cache_resource(_start_thread, show_spinner=False, max_entries=2)
_encoder: Callable[[str | None], Encoder] = st.cache_resource(_load_encoder, show_spinner=False, max_entries=1)
_reader: Callable[[str | None], Reader | None] = st.cache_resource(_load_reader, show_spinner=False, max_entries=1)
