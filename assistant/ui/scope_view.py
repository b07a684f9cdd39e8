"""What questions are restricted to: districts, documents, years and kinds, visible at the input and kept in the address."""

from collections.abc import Sequence

import streamlit as st

from assistant.meanings import known_years
from assistant.places import read_places
from assistant.rendering import scope_labels
from assistant.ui.quote_html import note_html
from assistant.wording import say
from vectorstore.datatypes import EVERYTHING, Scope
from vectorstore.store import VectorStore

# Names in the session's state and, bound to it by Streamlit, in the address
_DISTRICTS, _DOCUMENTS, _YEARS, _KINDS = KEYS = ("district", "document", "year", "kind")


def chosen_scope() -> Scope:
    """Return what questions are restricted to now: as chosen, or as the address says before the choice is first drawn."""
    districts, documents, years, kinds = (
        st.session_state[key] if key in st.session_state else st.query_params.get_all(key) for key in KEYS
    )
    return Scope(
        districts=tuple(districts),
        documents=tuple(documents),
        years=tuple(int(year) for year in years if year.isdecimal()),
        kinds=tuple(kind for kind, word in say().KINDS.items() if word in kinds),
    )


def draw_scope(store: VectorStore) -> None:
    """Draw the button that says what questions are restricted to, with the choice behind it."""
    scope = chosen_scope()
    place = st.container(horizontal=True, key="scope", vertical_alignment="center", gap="xsmall")
    with (
        place,
        st.popover(
            say().scope_text(scope_labels(scope)), type="tertiary", icon=":material/filter_list:", key="scope-popover"
        ),
    ):
        st.caption(say().SCOPE_HELP)
        kinds = {document.provenance.kind for document in store.documents}
        _draw_choice(_DISTRICTS, say().ABOUT_DISTRICT, [place.name for place in read_places(store.documents)])
        _draw_choice(_YEARS, say().ABOUT_PERIOD, [str(year) for year in known_years(store)])
        _draw_choice(_KINDS, say().SCOPE_KINDS, [word for kind, word in say().KINDS.items() if kind in kinds])
        _draw_choice(_DOCUMENTS, say().SCOPE_DOCUMENTS, [document.id for document in store.documents])
    if scope != EVERYTHING:
        with place:
            st.button(say().ALL_DOCUMENTS, key="scope-clear", type="tertiary", on_click=_clear)
        if not store.in_scope(scope):
            st.html(note_html(say().SCOPE_EMPTY, "warning"))


def _draw_choice(key: str, label: str, options: Sequence[str]) -> None:
    # The address holds what is shown, so that what is shown must be what is meant
    st.multiselect(label, options, key=key, placeholder=say().ALL_DISTRICTS, bind="query-params")


def _clear() -> None:
    for key in KEYS:
        st.session_state[key] = []
