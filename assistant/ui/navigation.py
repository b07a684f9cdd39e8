"""What buttons do: open a place, come back, ask, begin anew. Called before the page is drawn again."""

from collections.abc import Mapping

import streamlit as st

from assistant.datatypes import Question, Turn
from assistant.ui.addresses import PLACE_KEYS

# Names in the session's state
TURNS, ASKED, TYPED = "turns", "asked", "typed"
# And in the address: the conversation kept
CONVERSATION = "chat"
AGAIN, TROUBLE_KEEPING = "again", "trouble_keeping"
_OPENED, _SCROLL_TO, _DEPARTURE, _EARLIER = "opened", "scroll_to", "departure", "earlier"
# How many turns are drawn at once
SHOWN_TURNS = 20


def open_address(address: Mapping[str, str], anchor: str) -> None:
    """Show a source; ``anchor`` is where the page scrolls to when the person comes back."""
    st.session_state[_OPENED] = anchor
    _go_to(address)


def leave_source() -> None:
    """Show the conversation where it was left."""
    st.session_state[_SCROLL_TO] = st.session_state.pop(_OPENED, None)
    _go_to({})


def ask(text: str) -> None:
    """Have a question answered at the next drawing."""
    st.session_state[ASKED] = text


def ask_elsewhere(text: str) -> None:
    """Have a question answered on the page where questions are."""
    ask(text)
    st.session_state[_DEPARTURE] = {}


def open_elsewhere(address: Mapping[str, str]) -> None:
    """Show a source from a page that shows none."""
    st.session_state[_DEPARTURE] = dict(address)


def take_departure() -> dict[str, str] | None:
    """Return the address on the page of questions that a button of another page leads to, once."""
    address: dict[str, str] | None = st.session_state.pop(_DEPARTURE, None)
    return address


def show_earlier() -> None:
    """Draw more of the turns before."""
    st.session_state[_EARLIER] = shown_turns() + SHOWN_TURNS


def shown_turns() -> int:
    """Return how many turns are drawn, the newest."""
    count: int = st.session_state.get(_EARLIER, SHOWN_TURNS)
    return count


def ask_typed() -> None:
    """Have the text of the chat input answered at the next drawing."""
    ask(st.session_state[TYPED])


def start_anew() -> None:
    """Begin another conversation; this one stays among those kept."""
    st.session_state[TURNS] = ()
    for name in (CONVERSATION, _EARLIER):
        st.session_state.pop(name, None)
    forget_asked()
    st.query_params.pop(CONVERSATION, None)
    _go_to({})


def open_conversation(conversation: str) -> None:
    """Show a conversation that was kept, at the next drawing."""
    start_anew()
    st.query_params[CONVERSATION] = conversation


def take_up(conversation: str, turns: tuple[Turn, ...]) -> None:
    """Go on with a conversation that was kept, where it was left."""
    st.session_state[TURNS] = turns
    st.session_state[CONVERSATION] = conversation
    st.session_state[_SCROLL_TO] = turn_anchor(len(turns) - 1)


def conversation_id() -> str | None:
    """Return the name under which this session's conversation is kept, once it is."""
    name: str | None = st.session_state.get(CONVERSATION)
    return name


def _go_to(address: Mapping[str, str]) -> None:
    """Change the place that the address names; what else it holds (conversation, scope, language) stays."""
    for key in PLACE_KEYS:
        if key not in address:
            st.query_params.pop(key, None)
    st.query_params.update(address)


def turns_so_far() -> tuple[Turn, ...]:
    """Return the conversation of this session."""
    turns: tuple[Turn, ...] = st.session_state.get(TURNS, ())
    return turns


def ask_again(question: Question) -> None:
    """Have a question answered anew at the next drawing, as it now is understood."""
    ask(question.text)
    st.session_state[AGAIN] = question


def question_again() -> Question | None:
    """Return what the question that waits has been made to mean, where a person said so."""
    question: Question | None = st.session_state.get(AGAIN)
    return question


def take_trouble() -> str | None:
    """Return what went wrong when the last turn was to be kept, once."""
    trouble: str | None = st.session_state.pop(TROUBLE_KEEPING, None)
    return trouble


def asked_text() -> str | None:
    """Return the question that waits for its answer."""
    text: str | None = st.session_state.get(ASKED)
    return text


def forget_asked() -> None:
    """Let go of the question that waits."""
    st.session_state.pop(ASKED, None)
    st.session_state.pop(AGAIN, None)


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
