"""The source view: a whole document with the quoted places marked, from the address ``?doc=…&at=…``."""

import re
from collections.abc import Mapping
from itertools import islice
from pathlib import PurePosixPath

import streamlit as st

from assistant.collection import original_of
from assistant.ui.addresses import CHOSEN, DOCUMENT, PLACE, holds_text, read_chosen, read_spans
from assistant.ui.navigation import leave_source
from assistant.ui.quote_html import note_html, title_html
from assistant.ui.scrolling import scroll_to
from assistant.ui.source_html import MARK_ID, source_html
from assistant.wording import say
from vectorstore.datatypes import Document, Span
from vectorstore.folding import fold
from vectorstore.settings import read_settings
from vectorstore.store import VectorStore

# In the session's state and in the address: what is searched for in the document
FIND = "find"
_MOST_FOUND = 500


def draw_source(address: Mapping[str, str], store: VectorStore) -> None:
    """Draw the document that an address names, with its places marked and scrolled to, or say what is wrong with it."""
    document = store.find(address[DOCUMENT])
    with st.container(key="source-bar"):
        _draw_bar(document, store)
        if document is None:
            st.html(note_html(say().NO_SUCH_DOCUMENT, "warning"))
            return
        spans, trouble = _draw_tools(address, document)
    if trouble:
        st.html(note_html(trouble, "warning"))
    chosen = read_chosen(address, len(spans))
    st.html(source_html(document, spans, chosen=chosen))
    if spans:
        scroll_to(MARK_ID, block="center", place=spans[chosen].start)


def _draw_tools(address: Mapping[str, str], document: Document) -> tuple[tuple[Span, ...], str | None]:
    """Draw the search and the steps from place to place; return the places to mark, or none and what is wrong."""
    with st.container(horizontal=True, key="source-tools", vertical_alignment="center"):
        words = st.text_input(
            say().FIND_IN_DOCUMENT,
            key=FIND,
            type="search",
            bind="query-params",
            placeholder=say().FIND_IN_DOCUMENT,
            label_visibility="collapsed",
            width=240,
            on_change=_choose,
            args=(1,),
        )
        if words and words.strip():
            spans = find_words(document, words)
            trouble = None if spans else say().nothing_found_text(words)
        else:
            spans, trouble = _read_places(address, document)
        _draw_steps(read_chosen(address, len(spans)), len(spans))
    return spans, trouble


def find_words(document: Document, words: str) -> tuple[Span, ...]:
    """Return where words stand in a document, whatever the width of their characters; the first 500 places."""
    pattern = re.compile(re.escape(fold(words.strip())), re.IGNORECASE)
    places = (Span(*match.span()) for match in islice(pattern.finditer(fold(document.text)), _MOST_FOUND))
    return tuple(place for place in places if len(place))


def _read_places(address: Mapping[str, str], document: Document) -> tuple[tuple[Span, ...], str | None]:
    """Return the places to mark, or none and what is wrong."""
    if PLACE not in address:
        return (), None
    spans = read_spans(address[PLACE], document.text)
    if not spans:
        return (), say().NO_SUCH_PLACE
    return (spans, None) if holds_text(address, spans, document.text) else ((), say().MOVED_PLACE)


def _draw_steps(chosen: int, count: int) -> None:
    """Draw the buttons to the place before and the one after."""
    if count < 2:
        return
    st.button(
        say().PLACE_BEFORE, key="step-back", type="tertiary", disabled=chosen == 0, on_click=_choose, args=(chosen,)
    )
    st.html(note_html(f"{chosen + 1} / {count}"), width="content")
    st.button(
        say().PLACE_AFTER,
        key="step-on",
        type="tertiary",
        disabled=chosen == count - 1,
        on_click=_choose,
        args=(chosen + 2,),
    )


def _choose(place: int) -> None:
    """Have the page show a place, counted from 1."""
    st.query_params[CHOSEN] = str(place)


def _draw_bar(document: Document | None, store: VectorStore) -> None:
    with st.container(horizontal=True, key="source-top", vertical_alignment="center"):
        st.button(say().BACK, key="back", type="tertiary", on_click=leave_source)
        if document is None:
            return
        st.html(title_html(document))
        path = original_of(document, store, read_settings())
        st.download_button(
            say().DOWNLOAD,
            path.read_bytes if path else document.text.encode("utf-8", "surrogatepass"),
            file_name=path.name if path else f"{PurePosixPath(document.id).name}.txt",
            on_click="ignore",
            type="tertiary",
            key="download",
        )
