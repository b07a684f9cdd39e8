"""What buttons do: open a place, come back, ask, begin anew. Called before the page is drawn again."""

from collections.abc import Mapping

import streamlit as st

from assistant.datatypes import Turn

# Names in the session's state
TURNS, ASKED, TYPED = "turns", "asked", "typed"
_OPENED, _SCROLL_TO = "opened", "scroll_to"


def open_address(address: Mapping[str, str], anchor: str) -> None:
    """Show a source; ``anchor`` is where the page scrolls to when the person comes back."""
    st.session_state[_OPENED] = anchor
    st.query_params.from_dict(dict(address))


def leave_source() -> None:
    """Show the conversation where it was left."""
    st.session_state[_SCROLL_TO] = st.session_state.pop(_OPENED, None)
    st.query_params.clear()


def ask(text: str) -> None:
    """Have a question answered at the next drawing."""
    st.session_state[ASKED] = text


def ask_typed() -> None:
    """Have the text of the chat input answered at the next drawing."""
    ask(st.session_state[TYPED])


def start_anew() -> None:
    """Forget the conversation."""
    st.session_state[TURNS] = ()


def turns_so_far() -> tuple[Turn, ...]:
    """Return the conversation of this session."""
    turns: tuple[Turn, ...] = st.session_state.get(TURNS, ())
    return turns


def asked_text() -> str | None:
    """Return the question that waits for its answer."""
    text: str | None = st.session_state.get(ASKED)
    return text


def forget_asked() -> None:
    """Let go of the question that waits."""
    st.session_state.pop(ASKED, None)


def add_turn(turn: Turn) -> None:
    """Put an answered question at the end of the conversation, and have the page scroll to it."""
    st.session_state[TURNS] = (*turns_so_far(), turn)
    st.session_state[_SCROLL_TO] = turn_anchor(len(turns_so_far()) - 1)
    forget_asked()


def take_scroll_target() -> str | None:
    """Return the id to scroll to, once."""
    anchor: str | None = st.session_state.pop(_SCROLL_TO, None)
    return anchor


def turn_anchor(number: int) -> str:
    """Return the id of a turn, counted from 0."""
    return f"turn-{number}"
