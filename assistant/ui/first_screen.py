"""The first screen: what this is, example questions, and a card for each document."""

import streamlit as st

from assistant.ui.addresses import document_address
from assistant.ui.examples import example_questions
from assistant.ui.navigation import TYPED, ask, ask_typed, open_address
from assistant.ui.quote_html import card_html, hero_html, label_html
from assistant.ui.scope_view import draw_scope
from assistant.wording import say
from vectorstore.datatypes import Document
from vectorstore.store import VectorStore

_CARDS = 12
_COLUMNS = 3
_LONGEST = 2000


def draw_first_screen(store: VectorStore) -> None:
    """Draw what a person sees before the first question."""
    st.html(hero_html(say().PAGE_TITLE, say().PAGE_PURPOSE))
    draw_input(say().ASK_HERE, store, place="first-input")
    _draw_examples(store)
    st.html(label_html(say().DOCUMENTS_HERE))
    draw_cards(store)


def draw_input(words: str, store: VectorStore, *, place: str) -> None:
    """Draw the one input, with what to type in it, and what questions are restricted to.

    In a container of its own: outside of one Streamlit keeps the page scrolled to its end, away from the answer.
    """
    with st.container(key=place):
        st.chat_input(words, key=TYPED, on_submit=ask_typed, max_chars=_LONGEST)
        draw_scope(store)


def draw_cards(store: VectorStore) -> None:
    """Draw a card for each document, the later ones folded away."""
    _draw_card_rows(store.documents[:_CARDS], first=0)
    rest = store.documents[_CARDS:]
    if rest:
        with st.expander(say().more_documents_text(len(rest))):
            _draw_card_rows(rest, first=_CARDS)


def _draw_examples(store: VectorStore) -> None:
    questions = example_questions(store.documents)
    if not questions:
        return
    st.html(label_html(say().TRY_ASKING))
    with st.container(horizontal=True, key="examples", gap="small"):
        for number, text in enumerate(questions):
            st.button(text, key=f"example-{number}", on_click=ask, args=(text,))


def _draw_card_rows(documents: tuple[Document, ...], *, first: int) -> None:
    for start in range(0, len(documents), _COLUMNS):
        for offset, column in enumerate(st.columns(_COLUMNS)):
            if start + offset < len(documents):
                with column:
                    _draw_card(documents[start + offset], first + start + offset)


def _draw_card(document: Document, number: int) -> None:
    with st.container(border=True, key=f"card-{number}", height="stretch"):
        st.html(card_html(document))
        address = document_address(document.id)
        st.button(
            say().OPEN_DOCUMENT,
            key=f"open-card-{number}",
            type="tertiary",
            on_click=open_address,
            args=(address, "cards"),
        )
