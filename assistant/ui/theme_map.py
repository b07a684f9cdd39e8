"""Themes × documents → a heat map: how much of its text each document gives to each theme. A click asks."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import altair as alt
import streamlit as st

from assistant.places import short_name
from assistant.themes import Theme
from assistant.ui.navigation import ask_elsewhere
from assistant.wording import say
from vectorstore.datatypes import Document
from vectorstore.provenance import display_title

_KEY, _CELL = "theme-map", "cell"
# In pixels
_ROW, _WIDTH, _NARROWEST, _WIDEST, _LABEL = 34, 760, 56, 170, 420
# Names of so many documents have room side by side
_FEW = 6
# From this share of the largest on, a cell is too dark for dark figures
_DARK = 0.6


def draw_theme_map(themes: Sequence[Theme], documents: Sequence[Document], names: Sequence[str]) -> None:
    """Draw the map; ``names`` are what the documents are called there."""
    clicked = alt.selection_point(name=_CELL, fields=["theme", "number"])
    base = _base(themes, names)
    column = min(_WIDEST, max(_NARROWEST, _WIDTH // len(names)))
    st.altair_chart(
        alt.layer(_cells(base).add_params(clicked), _figures(base)).properties(
            height=_ROW * len(themes), width=column * len(names)
        ),
        key=_KEY,
        width="content",
        on_select=partial(_ask, documents),
        selection_mode=_CELL,
        alt=say().THEMES_HELP,
    )


def theme_question(document: Document, theme: str) -> str:
    """Return the question about a theme of a document."""
    district = document.provenance.district
    name = short_name(district) if district else display_title(document.provenance, document.id)
    return say().measures_question(name, theme)


def _base(themes: Sequence[Theme], names: Sequence[str]) -> alt.Chart:
    most = max((share for theme in themes for share in theme.shares), default=1.0)
    rows = [
        {
            "theme": theme.label,
            "document": names[number],
            "share": share,
            "characters": theme.characters[number],
            "number": number,
            "dark": share > _DARK * most,
        }
        for theme in themes
        for number, share in enumerate(theme.shares)
    ]
    angle = 0 if len(names) <= _FEW else -40
    across = alt.Axis(
        orient="top",
        labelAngle=angle,
        labelLimit=_LABEL,
        labelOverlap=False,
        labelFlush=False,
        ticks=False,
        domain=False,
    )
    down = alt.Axis(labelLimit=_LABEL, labelOverlap=False, ticks=False, domain=False)
    return alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("document:N", sort=None, title=None, axis=across),
        y=alt.Y("theme:N", sort=None, title=None, axis=down),
        tooltip=[
            alt.Tooltip("theme:N", title=say().THEMES),
            alt.Tooltip("document:N", title=say().LIBRARY),
            alt.Tooltip("characters:Q", title=say().CHARACTERS),
            alt.Tooltip("share:Q", title=say().SHARE, format=".1%"),
        ],
    )


def _cells(base: alt.Chart) -> alt.Chart:
    cells: alt.Chart = base.mark_rect(cursor="pointer").encode(
        color=alt.Color("share:Q", legend=None, scale=alt.Scale(scheme="tealblues", domainMin=0)),
        opacity=alt.condition("datum.share > 0", alt.value(0.95), alt.value(0.1)),
    )
    return cells


def _figures(base: alt.Chart) -> alt.Chart:
    words = base.transform_filter("datum.share > 0").mark_text(baseline="middle", cursor="pointer")
    figures: alt.Chart = words.encode(
        text=alt.Text("share:Q", format=".0%"),
        color=alt.condition("datum.dark", alt.value("white"), alt.value("#12303a")),
    )
    return figures


def _ask(documents: Sequence[Document]) -> None:
    """Ask what the document of the cell that was clicked says of its theme."""
    selection: Any = st.session_state[_KEY].selection
    for cell in selection.get(_CELL, ()):
        ask_elsewhere(theme_question(documents[int(cell["number"])], str(cell["theme"])))
