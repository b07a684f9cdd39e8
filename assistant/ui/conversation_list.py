"""The conversations kept, at the side: open, search, rename, delete."""

import streamlit as st

from assistant.errors import HistoryError
from assistant.history import History, Summary
from assistant.ui.navigation import conversation_id, open_conversation, start_anew
from assistant.ui.opened_history import open_history, trouble_shown
from assistant.ui.quote_html import note_html
from assistant.wording import say

_SHOWN = 50
_TITLE_LIMIT = 80


def draw_conversation_list() -> None:
    """Draw what is kept, the newest first; nothing where no conversation is to be kept."""
    history = open_history()
    if history is None:
        return
    with st.sidebar:
        st.button(say().NEW_CHAT, key="anew-at-side", icon=":material/add:", width="stretch", on_click=start_anew)
        try:
            _draw_list(history)
        except HistoryError as error:
            st.html(note_html(say().trouble_keeping_text(str(error)), "warning"))


def _draw_list(history: History) -> None:
    words = st.text_input(
        say().SEARCH_CONVERSATIONS, key="search", placeholder=say().SEARCH_CONVERSATIONS, label_visibility="collapsed"
    )
    found = history.conversations(words.strip(), limit=_SHOWN)
    if not found:
        st.html(note_html(say().NO_CONVERSATION_FOUND if words.strip() else say().NO_CONVERSATION))
        return
    with st.container(key="conversations", gap="xsmall"):
        for summary in found:
            _draw_row(summary, history)


def _draw_row(summary: Summary, history: History) -> None:
    current = summary.id == conversation_id()
    with st.container(
        horizontal=True, key=f"kept-{'now-' if current else ''}{summary.id}", vertical_alignment="center"
    ):
        st.button(
            summary.title,
            key=f"open-kept-{summary.id}",
            type="tertiary",
            on_click=open_conversation,
            args=(summary.id,),
            help=f"{say().CONVERSATIONS} · {summary.changed.astimezone():%Y-%m-%d %H:%M}",
        )
        with st.popover(say().MORE, type="tertiary", key=f"more-{summary.id}"):
            _draw_changes(summary, history)


def _draw_changes(summary: Summary, history: History) -> None:
    typed = f"title-{summary.id}"
    with st.form(f"rename-{summary.id}", border=False):
        st.text_input(say().TITLE, value=summary.title, key=typed, max_chars=_TITLE_LIMIT)
        st.form_submit_button(say().RENAME, on_click=_rename, args=(history, summary.id, typed))
    st.html(note_html(say().DELETE_WARNING))
    st.button(say().DELETE, key=f"delete-{summary.id}", on_click=_delete, args=(history, summary.id))


def _rename(history: History, conversation: str, typed: str) -> None:
    title = st.session_state[typed].strip()
    if title:
        with trouble_shown():
            history.rename(conversation, title)


def _delete(history: History, conversation: str) -> None:
    with trouble_shown():
        history.delete(conversation)
    if conversation == conversation_id():
        start_anew()
