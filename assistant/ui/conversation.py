"""The conversation: the newest turns, drawn by one loop, and the question that is being answered."""

import streamlit as st

from assistant.chat import take_turn
from assistant.datatypes import Turn
from assistant.ui.answer_view import draw_answer
from assistant.ui.first_screen import draw_cards, draw_first_screen, draw_input
from assistant.ui.navigation import (
    add_turn,
    asked_text,
    start_anew,
    take_scroll_target,
    turn_anchor,
    turns_so_far,
)
from assistant.ui.opened_store import is_warm, warm_up
from assistant.ui.quote_html import note_html, question_html
from assistant.ui.scrolling import scroll_to
from assistant.wording import (
    ASK_NEXT,
    DOCUMENTS_HERE,
    LOADING_MODEL,
    NEW_CHAT,
    PAGE_TITLE,
    READING_DOCUMENTS,
    earlier_text,
)
from vectorstore.store import VectorStore

_SHOWN = 20


def draw_conversation(store: VectorStore) -> None:
    """Draw the input and the turns so far, or the first screen; answer the question that waits."""
    turns, asked = turns_so_far(), asked_text()
    if not turns and asked is None:
        draw_first_screen(store)
    else:
        _draw_top(store)
        _draw_turns(turns, store)
        draw_input(ASK_NEXT)
    if asked is not None:
        _answer(asked, turns, store)
    warm_up(store)
    target = take_scroll_target()
    if target:
        scroll_to(target)


def _draw_top(store: VectorStore) -> None:
    with st.container(horizontal=True, key="top", vertical_alignment="center"):
        st.html(f'<div class="plan-name">{PAGE_TITLE}</div>')
        with st.popover(DOCUMENTS_HERE, type="tertiary"):
            draw_cards(store)
        st.button(NEW_CHAT, key="anew", type="tertiary", on_click=start_anew)


def _draw_turns(turns: tuple[Turn, ...], store: VectorStore) -> None:
    first = max(0, len(turns) - _SHOWN)
    if first:
        st.html(note_html(earlier_text(first)))
    for number in range(first, len(turns)):
        _draw_turn(turns[number], number, store)


def _draw_turn(turn: Turn, number: int, store: VectorStore) -> None:
    with st.container(key=turn_anchor(number)):
        st.html(question_html(turn.question.text, turn_anchor(number)))
        draw_answer(turn.answer, number, store)


def _answer(asked: str, turns: tuple[Turn, ...], store: VectorStore) -> None:
    """Answer a question in view of the person who asked, then draw it as part of the conversation."""
    number = len(turns)
    place = st.empty()
    with place.container():
        st.html(question_html(asked, turn_anchor(number)))
        scroll_to(turn_anchor(number))
        with st.spinner(READING_DOCUMENTS if is_warm(store) else LOADING_MODEL):
            turn = take_turn(asked, turns, store)
    add_turn(turn)
    place.empty()
    _draw_turn(turn, number, store)
