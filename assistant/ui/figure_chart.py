"""The figures of a comparison → a chart for each measure and unit that several columns give."""

from collections.abc import Iterator

import altair as alt
import streamlit as st

from assistant.datatypes import Comparison, Figure
from assistant.wording import say

# In pixels, and colours that stand out on a light ground and on a dark one
_BAR_HEIGHT, _BAR_COLOUR, _WORDS_COLOUR = 34, "#3a8f7d", "#7d8f8a"
# 养老床位 and 新增养老床位 are one measure: they end alike
_ALIKE = 2


def draw_figures(comparison: Comparison, turn: int) -> None:
    """Draw bars for the figures that can be set side by side, folded away; nothing where there are none."""
    groups = list(comparable_groups(comparison))
    if not groups:
        return
    with st.expander(say().FIGURES_SIDE_BY_SIDE, key=f"figures-{turn}"):
        for number, (unit, rows) in enumerate(groups):
            st.altair_chart(_chart(unit, rows), key=f"chart-{turn}-{number}", alt=_in_words(rows))


def comparable_groups(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, Figure]]]]:
    """Yield (unit, (column, figure) of each), one figure a column, for measures that end alike in several columns."""
    column = {number: cell.label for cell in comparison.cells for number in cell.quotes}
    left = list(comparison.figures)
    while left:
        first = left.pop(0)
        same = [first, *(figure for figure in left if _is_same_measure(first, figure))]
        rows = list({column[figure.quote]: figure for figure in reversed(same)}.items())[::-1]
        if len(rows) > 1:
            yield first.unit, rows
            left = [figure for figure in left if figure not in same]


def _is_same_measure(first: Figure, second: Figure) -> bool:
    return first.unit == second.unit and first.measure[-_ALIKE:] == second.measure[-_ALIKE:]


def _chart(unit: str, rows: list[tuple[str, Figure]]) -> alt.LayerChart | alt.FacetChart:
    values = [{"column": name, "measure": f.measure, "value": f.value, "written": f.written} for name, f in rows]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("column:N", title=None, sort=None, axis=alt.Axis(labelOverlap=False, labelLimit=260)),
        x=alt.X("value:Q", title=f"{rows[0][1].measure} ({unit})", axis=alt.Axis(tickCount=5)),
        tooltip=[alt.Tooltip("column:N"), alt.Tooltip("measure:N"), alt.Tooltip("written:N")],
    )
    words = base.mark_text(align="left", dx=4, color=_WORDS_COLOUR, fontWeight="bold").encode(text="written:N")
    return alt.layer(base.mark_bar(color=_BAR_COLOUR, size=18), words).properties(height=alt.Step(_BAR_HEIGHT))


def _in_words(rows: list[tuple[str, Figure]]) -> str:
    return "; ".join(f"{name}: {figure.measure} {figure.written}" for name, figure in rows)
