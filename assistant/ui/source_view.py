"""The source view: a whole document with the quoted place marked, from the address ``?doc=…&at=…``."""

from collections.abc import Mapping
from pathlib import PurePosixPath

import streamlit as st

from assistant.ui.addresses import DOCUMENT, PLACE, holds_text, read_spans
from assistant.ui.navigation import leave_source
from assistant.ui.quote_html import note_html, title_html
from assistant.ui.scrolling import scroll_to
from assistant.ui.source_html import MARK_ID, source_html
from assistant.wording import say
from vectorstore.datatypes import Document, Span
from vectorstore.store import VectorStore


def draw_source(address: Mapping[str, str], store: VectorStore) -> None:
    """Draw the document that an address names, with its places marked and scrolled to, or say what is wrong with it."""
    document = next((document for document in store.documents if document.id == address[DOCUMENT]), None)
    _draw_bar(document)
    if document is None:
        st.html(note_html(say().NO_SUCH_DOCUMENT, "warning"))
        return
    spans, trouble = _read_places(address, document)
    if trouble:
        st.html(note_html(trouble, "warning"))
    st.html(source_html(document, spans))
    if spans:
        scroll_to(MARK_ID, block="center")


def _read_places(address: Mapping[str, str], document: Document) -> tuple[tuple[Span, ...], str | None]:
    """Return the places to mark, or none and what is wrong."""
    if PLACE not in address:
        return (), None
    spans = read_spans(address[PLACE], document.text)
    if not spans:
        return (), say().NO_SUCH_PLACE
    return (spans, None) if holds_text(address, spans, document.text) else ((), say().MOVED_PLACE)


def _draw_bar(document: Document | None) -> None:
    with st.container(horizontal=True, key="source-bar", vertical_alignment="center"):
        st.button(say().BACK, key="back", type="tertiary", on_click=leave_source)
        if document is None:
            return
        st.html(title_html(document))
        st.download_button(
            say().DOWNLOAD,
            document.text.encode("utf-8", "surrogatepass"),
            file_name=PurePosixPath(document.path).name,
            mime="text/plain",
            on_click="ignore",
            type="tertiary",
            key="download",
        )
