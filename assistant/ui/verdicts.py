"""What a person thinks of an answer: kept with its turn, to be taken along as a test case."""

from collections.abc import Mapping

import streamlit as st

from assistant.datatypes import Verdict
from assistant.errors import HistoryError
from assistant.ui.navigation import conversation_id
from assistant.ui.opened_history import open_history, trouble_shown
from assistant.wording import say


def draw_verdict(turn: int, given: Mapping[int, Verdict]) -> None:
    """Draw the choice of verdicts below an answer, where its conversation is kept; ``turn`` counts from 0."""
    conversation = conversation_id()
    if open_history() is None or conversation is None:
        return
    st.pills(
        say().VERDICT_LABEL,
        list(say().VERDICTS),
        default=given.get(turn),
        format_func=say().VERDICTS.__getitem__,
        key=f"verdict-{conversation}-{turn}",
        label_visibility="collapsed",
        on_change=_judge,
        args=(conversation, turn),
    )


def kept_verdicts() -> dict[int, Verdict]:
    """Return what was said of the turns of this session's conversation; nothing where it can't be read."""
    history, conversation = open_history(), conversation_id()
    if history is None or conversation is None:
        return {}
    try:
        return history.judgements(conversation)
    except HistoryError:  # the list at the side says so
        return {}


def _judge(conversation: str, turn: int) -> None:
    history = open_history()
    if history:
        with trouble_shown():
            history.judge(conversation, turn, st.session_state[f"verdict-{conversation}-{turn}"])
