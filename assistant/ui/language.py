"""The language of the product's words: Chinese, or English by a switch at the side; kept in the address."""

import streamlit as st

from assistant.wording import LANGUAGES, Language, say, speak, spoken

# In the address, and in the session's state for pages whose address does not name it yet
_LANGUAGE, _SWITCH = "lang", "language-switch"
_NAMES: dict[Language, str] = {"zh": "中文", "en": "English"}


def choose_language() -> None:
    """Speak the language that the address names, else the one this session spoke, from here on."""
    named = st.query_params.get(_LANGUAGE) or st.session_state.get(_LANGUAGE)
    speak(next((language for language in LANGUAGES if language == named), "zh"))
    st.session_state[_LANGUAGE] = spoken()


def draw_language() -> None:
    """Draw the switch."""
    with st.sidebar:
        st.segmented_control(
            say().LANGUAGE,
            list(LANGUAGES),
            default=spoken(),
            required=True,
            format_func=_NAMES.__getitem__,
            key=_SWITCH,
            label_visibility="collapsed",
            on_change=_switch,
        )


def _switch() -> None:
    st.query_params[_LANGUAGE] = st.session_state[_SWITCH]
