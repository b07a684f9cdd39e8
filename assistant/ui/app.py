"""Door 2: the page. Start reading here; Streamlit runs this file from top to bottom at every click."""

from pathlib import Path

import streamlit as st

from assistant.ui.addresses import DOCUMENT
from assistant.ui.conversation import draw_conversation
from assistant.ui.opened_history import restore_conversation
from assistant.ui.opened_store import open_store
from assistant.ui.quote_html import hero_html, note_html
from assistant.ui.source_view import draw_source
from assistant.wording import say
from vectorstore.errors import PlansError
from vectorstore.settings import read_settings

_STYLE = Path(__file__).with_name("page.css")


def _draw_page() -> None:
    store = open_store()
    if not restore_conversation():
        st.html(note_html(say().NO_SUCH_CONVERSATION, "warning"))
    address = st.query_params.to_dict()
    if DOCUMENT in address:
        draw_source(address, store)
    else:
        draw_conversation(store)


def _draw_trouble(error: PlansError) -> None:
    wrong, remedy = say().trouble_text(type(error).__name__, str(read_settings().store))
    st.html(hero_html(say().PAGE_TITLE, say().PAGE_PURPOSE))
    st.html(note_html(wrong, "warning"))
    st.html(note_html(remedy))
    st.html(note_html(str(error), "small"))
    st.button(say().TRY_AGAIN, key="again")


st.set_page_config(page_title=say().PAGE_TITLE, page_icon="📑", layout="wide")
st.html(_STYLE)
try:
    _draw_page()
except PlansError as error:
    _draw_trouble(error)
