"""The settings → the conversations kept, and this session's place among them."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from assistant.datatypes import Turn
from assistant.errors import HistoryError
from assistant.history import History
from assistant.ui.navigation import CONVERSATION, TROUBLE_KEEPING, conversation_id, take_up
from vectorstore.settings import read_settings


def open_history() -> History | None:
    """Return the conversations kept, or None where none are."""
    path = read_settings().history
    return History(path) if path else None


def restore_conversation() -> bool:
    """Take up the conversation that the address names, unless it is the one at hand; tell whether it is there."""
    named, here = st.query_params.get(CONVERSATION), conversation_id()
    if named is None and here:  # back from another page, whose address names none
        st.query_params[CONVERSATION] = here
    if named in (None, here):
        return True
    history = open_history()
    turns: tuple[Turn, ...] = ()
    with trouble_shown():
        turns = history.turns(named) if history else ()
    if not turns:
        st.query_params.pop(CONVERSATION, None)
        return False
    take_up(named, turns)
    return True


def keep_turn(turn: Turn) -> None:
    """Add a turn to the conversation kept, and its name to the address. What goes wrong is shown, the answer stays."""
    history = open_history()
    if history is None:
        return
    with trouble_shown():
        kept = history.add_turn(turn, conversation_id())
        st.session_state[CONVERSATION] = kept
        st.query_params[CONVERSATION] = kept


@contextmanager
def trouble_shown() -> Iterator[None]:
    """Keep what goes wrong with the history, to be shown at the next drawing: a button's action has no other way."""
    try:
        yield
    except HistoryError as error:
        st.session_state[TROUBLE_KEEPING] = str(error)
