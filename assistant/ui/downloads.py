"""What can be taken along: a conversation, and the table of a comparison. Made when the button is pressed, not before."""

from functools import partial

import streamlit as st

from assistant.datatypes import Answer, Turn
from assistant.exporting import (
    comparison_csv,
    comparison_docx,
    comparison_xlsx,
    conversation_docx,
    conversation_json,
    conversation_markdown,
    judged_cases,
)
from assistant.ui.verdicts import kept_verdicts
from assistant.wording import say

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TITLE_LENGTH = 40


def draw_conversation_downloads(turns: tuple[Turn, ...]) -> None:
    """Draw the conversation as Markdown, docx and JSON."""
    title = turns[0].question.text[:_TITLE_LENGTH]
    made = (
        ("Word (docx)", "docx", _DOCX, conversation_docx),
        ("Markdown", "md", "text/markdown", conversation_markdown),
        ("JSON", "json", "application/json", conversation_json),
    )
    with st.popover(say().EXPORT, type="tertiary"):
        for label, ending, mime, make in made:
            _draw_download(label, f"{say().PAGE_TITLE}.{ending}", mime, partial(make, title, turns), f"export-{ending}")
        verdicts = kept_verdicts()
        if verdicts:
            cases = partial(judged_cases, title, turns, verdicts)
            _draw_download(say().JUDGED_CASES, f"{say().PAGE_TITLE}.jsonl", "application/jsonl", cases, "export-jsonl")


def draw_comparison_downloads(answer: Answer, turn: int) -> None:
    """Draw the table of a comparison as xlsx, docx and csv."""
    made = (
        ("Excel (xlsx)", "xlsx", _XLSX, comparison_xlsx),
        ("Word (docx)", "docx", _DOCX, comparison_docx),
        ("CSV", "csv", "text/csv", comparison_csv),
    )
    with st.popover(say().EXPORT_TABLE, type="tertiary", key=f"table-{turn}"):
        for label, ending, mime, make in made:
            name = f"{say().PAGE_TITLE}-{turn + 1}.{ending}"
            _draw_download(label, name, mime, partial(make, answer), f"table-{turn}-{ending}")


def _draw_download(label: str, name: str, mime: str, make: "partial[str] | partial[bytes]", key: str) -> None:
    st.download_button(label, make, file_name=name, mime=mime, key=key, on_click="ignore", type="tertiary")
