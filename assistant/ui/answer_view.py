"""An answer on the page: quotes by document, columns of a comparison, or why there is none."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import streamlit as st

from assistant.datatypes import Answer, Cell, Comparison, Quote
from assistant.highlights import answering_spans
from assistant.places import read_places
from assistant.ui.addresses import quote_address
from assistant.ui.downloads import draw_comparison_downloads
from assistant.ui.examples import example_questions
from assistant.ui.figure_chart import draw_figures
from assistant.ui.meaning_view import draw_meaning, draw_understood
from assistant.ui.navigation import ask, open_address, turn_anchor
from assistant.ui.quote_html import (
    aspects_html,
    label_html,
    near_html,
    note_html,
    quote_html,
    source_line_html,
)
from assistant.wording import say
from vectorstore.datatypes import Provenance
from vectorstore.store import VectorStore

_COLUMNS = 3
_ANSWERABLE = 3


def draw_answer(answer: Answer, turn: int, store: VectorStore) -> None:
    """Draw what was understood and what was found; ``turn`` is the number of the turn, from 0."""
    draw_understood(answer, turn, store)
    with st.container(horizontal=True, key=f"about-{turn}", vertical_alignment="center", gap="small"):
        if answer.found:
            documents = {quote.document for quote in answer.quotes}
            st.html(note_html(say().found_text(len(answer.quotes), len(documents))), width="content")
        draw_meaning(answer.question, turn, store)
        if answer.found and answer.comparison:
            draw_comparison_downloads(answer, turn)
    if answer.found:
        _draw_found(answer, turn, store)
    else:
        _draw_silence(answer, turn, store)


def _draw_found(answer: Answer, turn: int, store: VectorStore) -> None:
    if answer.comparison:
        _draw_comparison(answer, answer.comparison, turn, store)
    else:
        _draw_quotes(answer, range(len(answer.quotes)), turn, store)


def _draw_quotes(
    answer: Answer, numbers: Sequence[int], turn: int, store: VectorStore, *, with_district: bool = True
) -> None:
    for _, group in groupby(numbers, key=lambda number: answer.quotes[number].document):
        places = list(group)
        quote = answer.quotes[places[0]]
        st.html(source_line_html(quote, _provenance(quote, store), with_district=with_district))
        for number in places:
            _draw_quote(answer, number, turn, store)


def _draw_quote(answer: Answer, number: int, turn: int, store: VectorStore) -> None:
    quote, anchor = answer.quotes[number], f"{turn_anchor(turn)}-quote-{number + 1}"
    document = store.find(quote.document)
    changed = document is not None and quote.span.of(document.text) != quote.text
    marks = answering_spans(answer.question, quote.text)
    with st.container(key=anchor):
        st.html(quote_html(quote, number + 1, anchor, marks=marks, document=None if changed else document))
        if changed:
            st.html(note_html(say().QUOTE_CHANGED, "warning"))
        _draw_opener(quote, anchor, answer.quotes)


def _draw_opener(quote: Quote, anchor: str, others: Sequence[Quote] = ()) -> None:
    st.button(
        say().OPEN_SOURCE,
        key=f"open-{anchor}",
        type="tertiary",
        on_click=open_address,
        args=(quote_address(quote, others), anchor),
    )


def _draw_comparison(answer: Answer, comparison: Comparison, turn: int, store: VectorStore) -> None:
    if comparison.periods_differ:
        st.html(note_html(say().PERIODS_DIFFER, "warning"))
    if len(comparison.aspects) > 1:
        st.html(aspects_html(comparison, turn_anchor(turn)))
    draw_figures(comparison, turn)
    cells = comparison.cells
    for start in range(0, len(cells), _COLUMNS):
        row = cells[start : start + _COLUMNS]
        for cell, column in zip(row, st.columns(_widths(row)), strict=True):
            with column, st.container(border=True, height="stretch"):
                _draw_cell(cell, answer, turn, store, by_district=comparison.by == "district")


def _widths(row: Sequence[Cell]) -> list[int]:
    """A column with nothing in it needs no room."""
    return [2 if cell.found else 1 for cell in row]


def _draw_cell(cell: Cell, answer: Answer, turn: int, store: VectorStore, *, by_district: bool) -> None:
    st.html(label_html(cell.label))
    if cell.found:
        _draw_quotes(answer, cell.quotes, turn, store, with_district=not by_district)
    else:
        st.html(note_html(say().NOT_MENTIONED, "silent"))


def _draw_silence(answer: Answer, turn: int, store: VectorStore) -> None:
    known = [place.name for place in read_places(store.documents)]
    st.html(note_html(say().reason_text(answer, known), "silent"))
    if answer.elsewhere:
        st.html(note_html(say().elsewhere_text(answer.elsewhere)))
    if answer.nearest:
        st.html(note_html(say().NEAREST))
    for number, quote in enumerate(answer.nearest, 1):
        anchor = f"{turn_anchor(turn)}-near-{number}"
        with st.container(key=anchor):
            st.html(near_html(quote, anchor))
            _draw_opener(quote, anchor)
    _draw_answerable(answer, turn, store)


def _draw_answerable(answer: Answer, turn: int, store: VectorStore) -> None:
    """Draw questions that can be answered, of the districts that were meant where they have documents."""
    meant = store.in_scope(replace(answer.question.within, districts=answer.question.districts))
    questions = example_questions(meant or store.in_scope(answer.question.within), _ANSWERABLE)
    if not questions:
        return
    st.html(note_html(say().TRY_ASKING))
    with st.container(horizontal=True, key=f"answerable-{turn}", gap="small"):
        for number, text in enumerate(questions):
            st.button(text, key=f"answerable-{turn}-{number}", on_click=ask, args=(text,))


def _provenance(quote: Quote, store: VectorStore) -> Provenance | None:
    """Return what the quote's document says of itself; ``None`` when it is indexed no longer."""
    document = store.find(quote.document)
    return document.provenance if document else None
