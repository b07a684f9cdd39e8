"""What was understood, to be changed: districts, years and topic in a small form; changing them asks again."""

from collections.abc import Iterator

import streamlit as st

from assistant.datatypes import Answer, Meaning, Question
from assistant.meanings import (
    known_years,
    mean,
    meaning_of,
    without_district,
    without_topic_before,
    without_years,
)
from assistant.places import read_places
from assistant.rendering import understood_periods
from assistant.ui.navigation import ask_again
from assistant.ui.quote_html import understood_html
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


def draw_understood(answer: Answer, turn: int, store: VectorStore) -> None:
    """Draw the labels of what was understood; districts, periods and what was carried over are taken away by a click."""
    with st.container(horizontal=True, key=f"understood-{turn}", vertical_alignment="center", gap="xsmall"):
        for number, (label, meaning) in enumerate(_removable(answer.question, store)):
            st.button(
                label,
                key=f"chip-{turn}-{number}",
                icon=":material/close:",
                icon_position="right",
                help=say().TAKE_AWAY,
                on_click=_mean_instead,
                args=(answer.question, meaning, store),
            )
        st.html(understood_html(answer), width="content")


def _removable(question: Question, store: VectorStore) -> Iterator[tuple[str, Meaning]]:
    """Yield each label with what the question means without it."""
    meaning, carried = meaning_of(question), {part.what: part for part in question.carried}
    before = say().FROM_BEFORE
    for name in question.districts:
        yield f"{name}{before if 'districts' in carried else ''}", without_district(meaning, name)
    periods = "、".join(understood_periods(question))
    if periods:
        yield f"{periods}{before if 'period' in carried else ''}", without_years(meaning)
    if "topic" in carried:
        yield say().carried_text(carried["topic"]), without_topic_before(question, store)


def _mean_instead(question: Question, meaning: Meaning, store: VectorStore) -> None:
    ask_again(mean(question, meaning, store))


def _ask_again(question: Question, turn: int, store: VectorStore) -> None:
    state = st.session_state
    meaning = Meaning(tuple(state[f"districts-{turn}"]), tuple(sorted(state[f"years-{turn}"])), state[f"topic-{turn}"])
    ask_again(mean(question, meaning, store))
