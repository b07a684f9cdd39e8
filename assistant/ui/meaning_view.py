"""What was understood, to be changed: districts, years and topic in a small form; changing them asks again."""

import streamlit as st

from assistant.datatypes import Meaning, Question
from assistant.meanings import known_years, mean
from assistant.places import read_places
from assistant.ui.navigation import ask_again
from assistant.wording import say
from vectorstore.store import VectorStore

_TOPIC_LIMIT = 200


def draw_meaning(question: Question, turn: int, store: VectorStore) -> None:
    """Draw the button that opens the form; ``turn`` is the number of the turn, from 0."""
    districts = [place.name for place in read_places(store.documents)]
    years = sorted({*known_years(store), *question.years})
    with (
        st.popover(say().CHANGE_MEANING, type="tertiary", key=f"meaning-{turn}"),
        st.form(f"form-{turn}", border=False),
    ):
        st.caption(say().CHANGE_MEANING_HELP)
        meant = [name for name in question.districts if name in districts]
        st.multiselect(say().ABOUT_DISTRICT, districts, meant, key=f"districts-{turn}", placeholder=say().ALL_DISTRICTS)
        st.multiselect(
            say().ABOUT_PERIOD, years, list(question.years), key=f"years-{turn}", placeholder=say().ALL_YEARS
        )
        st.text_input(say().ABOUT_TOPIC, question.topic, key=f"topic-{turn}", max_chars=_TOPIC_LIMIT)
        st.form_submit_button(say().ASK_AGAIN, on_click=_ask_again, args=(question, turn, store))


def _ask_again(question: Question, turn: int, store: VectorStore) -> None:
    state = st.session_state
    meaning = Meaning(tuple(state[f"districts-{turn}"]), tuple(sorted(state[f"years-{turn}"])), state[f"topic-{turn}"])
    ask_again(mean(question, meaning, store))
