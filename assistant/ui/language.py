"""The language of the product's words: Chinese, or English by a switch at the side; kept in the address."""

import streamlit as st

from assistant.wording import LANGUAGES, Language, say, speak

# In the session's state and, bound to it by Streamlit, in the address
_LANGUAGE = "lang"
_NAMES: dict[Language, str] = {"zh": "中文", "en": "English"}


def choose_language() -> None:
    """Speak the language that this session or its address names from here on."""
    named = st.session_state.get(_LANGUAGE) or st.query_params.get(_LANGUAGE)
    speak(next((language for language in LANGUAGES if language == named), "zh"))


def draw_language() -> None:
    """Draw the switch."""
    with st.sidebar:
        st.segmented_control(
            say().LANGUAGE,
            list(LANGUAGES),
            default="zh",
            required=True,
            format_func=_NAMES.__getitem__,
            key=_LANGUAGE,
            label_visibility="collapsed",
            bind="query-params",
        )
