"""Door 2: the page. Start reading here; Streamlit runs this file from top to bottom at every click."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from assistant.ui.addresses import DOCUMENT
from assistant.ui.conversation import draw_conversation
from assistant.ui.language import choose_language, draw_language
from assistant.ui.library import draw_library
from assistant.ui.navigation import take_departure
from assistant.ui.opened_history import restore_conversation
from assistant.ui.opened_store import open_store
from assistant.ui.overview import draw_overview
from assistant.ui.quote_html import hero_html, note_html
from assistant.ui.source_view import draw_source
from assistant.wording import say
from vectorstore.errors import PlansError
from vectorstore.settings import read_settings
from vectorstore.store import VectorStore

_STYLE = Path(__file__).with_name("page.css")
_SCRIPT = Path(__file__).with_name("page.js")


def _draw_asking(store: VectorStore) -> None:
    if not restore_conversation():
        st.html(note_html(say().NO_SUCH_CONVERSATION, "warning"))
    address = st.query_params.to_dict()
    if DOCUMENT in address:
        draw_source(address, store)
    else:
        draw_conversation(store)


def _page(draw: Callable[[VectorStore], None]) -> Callable[[], None]:
    """Return what Streamlit runs for a page: the errors that people can do something about are said on it."""

    def run() -> None:
        try:
            draw(open_store())
        except PlansError as error:
            _draw_trouble(error)

    return run


def _draw_trouble(error: PlansError) -> None:
    wrong, remedy = say().trouble_text(type(error).__name__, str(read_settings().store))
    st.html(hero_html(say().PAGE_TITLE, say().PAGE_PURPOSE))
    st.html(note_html(wrong, "warning"))
    st.html(note_html(remedy))
    st.html(note_html(str(error), "small"))
    st.button(say().TRY_AGAIN, key="again")


choose_language()
st.set_page_config(page_title=say().PAGE_TITLE, page_icon="📑", layout="wide")
st.html(_STYLE)
st.html(
    f"<script>{_SCRIPT.read_text(encoding='utf-8').replace('%LANGUAGE%', say().TAG)}</script>",
    unsafe_allow_javascript=True,
)
asking = st.Page(_page(_draw_asking), title=say().ASKING, icon=":material/forum:", default=True, url_path="ask")
overview = st.Page(_page(draw_overview), title=say().OVERVIEW, icon=":material/grid_view:", url_path="overview")
library = st.Page(_page(draw_library), title=say().LIBRARY, icon=":material/folder_open:", url_path="documents")
chosen = st.navigation([asking, overview, library], position="top")
departure = take_departure()
if departure is not None:
    st.switch_page(asking, query_params=departure)
chosen.run()
draw_language()
