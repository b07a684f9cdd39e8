"""The conversation: the newest turns, drawn by one loop, and the question that is being answered."""

from collections.abc import Mapping

import streamlit as st

from assistant.chat import retake_turn, take_turn
from assistant.datatypes import Turn, Verdict
from assistant.ui.answer_view import draw_answer
from assistant.ui.conversation_list import draw_conversation_list
from assistant.ui.downloads import draw_conversation_downloads
from assistant.ui.first_screen import draw_cards, draw_first_screen, draw_input
from assistant.ui.navigation import (
    add_turn,
    asked_text,
    forget_asked,
    question_again,
    show_earlier,
    shown_turns,
    start_anew,
    take_scroll_target,
    take_trouble,
    turn_anchor,
    turns_so_far,
)
from assistant.ui.opened_history import keep_turn
from assistant.ui.opened_store import is_warm, warm_up
from assistant.ui.quote_html import note_html, question_html
from assistant.ui.scope_view import chosen_scope
from assistant.ui.scrolling import scroll_to
from assistant.ui.verdicts import draw_verdict, kept_verdicts
from assistant.wording import say
from vectorstore.store import VectorStore


def draw_conversation(store: VectorStore) -> None:
    """Draw the input and the turns so far, or the first screen; answer the question that waits."""
    turns, asked = turns_so_far(), asked_text()
    if not turns and asked is None:
        draw_first_screen(store)
    else:
        top = st.container(horizontal=True, key="top", vertical_alignment="center")
        _draw_turns(turns, asked, store)
        with top:  # last, for what is to be taken along holds the newest turn
            _draw_top(store)
    trouble = take_trouble()
    if trouble:
        st.html(note_html(say().trouble_keeping_text(trouble), "warning"))
    draw_conversation_list()
    warm_up(store)
    target = take_scroll_target()
    if target:
        scroll_to(target)


def _draw_top(store: VectorStore) -> None:
    st.html(f'<div class="plan-name">{say().PAGE_TITLE}</div>')
    with st.popover(say().DOCUMENTS_HERE, type="tertiary"):
        draw_cards(store)
    draw_conversation_downloads(turns_so_far())
    st.button(say().NEW_CHAT, key="anew", type="tertiary", on_click=start_anew)


def _draw_turns(turns: tuple[Turn, ...], asked: str | None, store: VectorStore) -> None:
    """Draw the turns, the newest in a place of its own, and answer there the question that waits."""
    newest = len(turns) if asked is not None else len(turns) - 1
    verdicts = kept_verdicts()  # once for all turns: each reading opens the file
    first = max(0, newest + 1 - shown_turns())
    if first:
        with st.container(horizontal=True, key="earlier", vertical_alignment="center"):
            st.html(note_html(say().earlier_text(first)), width="content")
            st.button(say().SHOW_EARLIER, key="show-earlier", type="tertiary", on_click=show_earlier)
    for number in range(first, newest):
        _draw_turn(turns[number], number, store, verdicts)
    place = st.container(key="newest")
    draw_input(say().ASK_NEXT, store, place="next-input")
    with place:
        _draw_turn(turns[newest] if asked is None else _answer(asked, turns, store), newest, store, verdicts)


def _draw_turn(turn: Turn, number: int, store: VectorStore, verdicts: Mapping[int, Verdict]) -> None:
    with st.container(key=turn_anchor(number)):
        st.html(question_html(turn.question.text, turn_anchor(number)))
        draw_answer(turn.answer, number, store)
        draw_verdict(number, verdicts)


def _answer(asked: str, turns: tuple[Turn, ...], store: VectorStore) -> Turn:
    """Return the turn a question makes and add it to the conversation; the person sees that it is being answered."""
    place = st.empty()
    with place.container():
        st.html(question_html(asked, turn_anchor(len(turns))))
        scroll_to(turn_anchor(len(turns)))
        with st.spinner(say().READING_DOCUMENTS if is_warm(store) else say().LOADING_MODEL):
            turn = _take_turn(asked, turns, store)
    place.empty()
    add_turn(turn)
    keep_turn(turn)
    return turn


def _take_turn(asked: str, turns: tuple[Turn, ...], store: VectorStore) -> Turn:
    """Return the turn; a question that can't be answered is forgotten, or every click would meet the error again.

    When a click interrupts it, the question stays and is asked again.
    """
    meant = question_again()
    try:
        return retake_turn(meant, store) if meant else take_turn(asked, turns, store, within=chosen_scope())
    except Exception:
        forget_asked()
        raise
