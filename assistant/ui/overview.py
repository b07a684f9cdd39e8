"""The overview: what each plan is about, for people who would rather look than read. A click asks the question."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from assistant.key_figures import KeyFigure, asked_about, find_key_figures
from assistant.places import short_name
from assistant.themes import Theme, find_themes
from assistant.ui.addresses import quote_address
from assistant.ui.navigation import ask_elsewhere, open_elsewhere
from assistant.ui.quote_html import headings_html, hero_html, label_html, note_html
from assistant.ui.theme_map import draw_theme_map, theme_question
from assistant.wording import say
from vectorstore.datatypes import Document
from vectorstore.provenance import display_title
from vectorstore.store import VectorStore

_TABLE, _THEME, _FIND, _DOCUMENTS = "figure-table", "theme", "find-figure", "figures-of"
# A heat map of more documents than this can't be read; the first are drawn
_MOST_DOCUMENTS = 40


def draw_overview(store: VectorStore) -> None:
    """Draw the themes of the documents and their key figures."""
    st.html(hero_html(say().OVERVIEW_TITLE, say().OVERVIEW_PURPOSE))
    if not store.documents:
        st.html(note_html(say().NO_DOCUMENTS, "warning"))
        return
    with st.spinner(say().READING_DOCUMENTS):
        themes, figures = _read(store, store.folder)
    documents, names = store.documents, document_names(store.documents)
    st.html(label_html(say().THEMES))
    if themes:
        st.html(note_html(say().THEMES_HELP))
        draw_theme_map(themes, documents[:_MOST_DOCUMENTS], names[:_MOST_DOCUMENTS])
        _draw_theme(themes, documents, names)
    else:
        st.html(note_html(say().NO_THEMES, "silent"))
    st.html(label_html(say().KEY_FIGURES))
    st.html(note_html(say().KEY_FIGURES_HELP))
    _draw_figures(figures, documents, names)


def document_names(documents: Sequence[Document]) -> list[str]:
    """Return a short name for each document: its district and years; its title where that is not enough or not known."""
    names = [_name(document) for document in documents]
    titles = [display_title(document.provenance, document.id) for document in documents]
    return [
        name if name and names.count(name) == 1 else f"{name} {title}".strip()
        for name, title in zip(names, titles, strict=True)
    ]


def _name(document: Document) -> str:
    said = document.provenance
    district = short_name(said.district) if said.district else ""
    return f"{district} {said.period}" if district and said.period else district


def _read_overview(_store: VectorStore, folder: Path) -> tuple[tuple[Theme, ...], tuple[KeyFigure, ...]]:
    """Return the themes and figures; ``folder`` tells a rebuilt index from the one before."""
    documents = _store.documents[:_MOST_DOCUMENTS]
    return find_themes(documents, _store.sentence_vectors), find_key_figures(_store.documents)


# Read once for all sessions
_read: Callable[[VectorStore, Path], tuple[tuple[Theme, ...], tuple[KeyFigure, ...]]] = st.cache_resource(
    _read_overview, show_spinner=False, max_entries=2
)


def _draw_theme(themes: Sequence[Theme], documents: Sequence[Document], names: Sequence[str]) -> None:
    """Draw what each document says under a theme: its headings, and the question about it. It needs no pointer."""
    labels = [theme.label for theme in themes]
    label = st.selectbox(say().LOOK_AT_THEME, labels, key=_THEME)
    theme = themes[labels.index(label)]
    for number, headings in enumerate(theme.headings):
        if not headings:
            continue
        with st.container(horizontal=True, key=f"theme-row-{number}", vertical_alignment="center"):
            st.html(headings_html(names[number], theme.shares[number], headings))
            st.button(
                say().ASK_ABOUT_IT,
                key=f"ask-theme-{number}",
                type="tertiary",
                on_click=ask_elsewhere,
                args=(theme_question(documents[number], theme.label),),
            )


def _draw_figures(figures: Sequence[KeyFigure], documents: Sequence[Document], names: Sequence[str]) -> None:
    name_of = {document.id: name for document, name in zip(documents, names, strict=True)}
    with st.container(horizontal=True, key="figure-filters"):
        words = st.text_input(say().FIND_FIGURE, key=_FIND, type="search", placeholder=say().FIND_FIGURE_EXAMPLE)
        chosen = st.multiselect(say().LIBRARY, names, key=_DOCUMENTS, placeholder=say().ALL_DISTRICTS)
    shown = [f for f in figures if _fits(f, words or "", chosen, name_of)]
    if not shown:
        st.html(note_html(say().NO_FIGURE, "silent"))
        return
    table = {
        say().LIBRARY: [name_of[f.quote.document] for f in shown],
        say().MEASURE: [f.measure for f in shown],
        say().AS_WRITTEN: [f.written for f in shown],
        say().VALUE: [f.value for f in shown],
        say().UNIT: [f.unit for f in shown],
        say().SENTENCE: [f.quote.text for f in shown],
    }
    st.dataframe(
        table,
        key=_TABLE,
        hide_index=True,
        height=420,
        on_select="rerun",
        selection_mode="single-row",
        column_config={say().SENTENCE: st.column_config.TextColumn(width="large")},
    )
    _draw_chosen(shown)


def _fits(figure: KeyFigure, words: str, chosen: Sequence[str], name_of: dict[str, str]) -> bool:
    said = f"{figure.measure} {figure.quote.text} {figure.unit}"
    return all(word in said for word in words.split()) and (not chosen or name_of[figure.quote.document] in chosen)


def _draw_chosen(shown: Sequence[KeyFigure]) -> None:
    """Draw what can be done with the row that is chosen."""
    rows: list[int] = st.session_state[_TABLE].selection.rows
    if not rows or rows[0] >= len(shown):
        return
    figure = shown[rows[0]]
    with st.container(horizontal=True, key="figure-chosen"):
        question = say().figure_question(*asked_about(figure))
        st.button(question, key="ask-figure", type="primary", on_click=ask_elsewhere, args=(question,))
        st.button(say().OPEN_SOURCE, key="open-figure", on_click=open_elsewhere, args=(quote_address(figure.quote),))
