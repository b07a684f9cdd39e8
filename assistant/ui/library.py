"""The documents: what was recognized of each, its outline and passages; add, correct, take out and bring back."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from assistant.collection import (
    add_documents,
    correct_document,
    follow_changes,
    is_current,
    library_of,
    own_paths,
    remove_documents,
    restore_documents,
)
from assistant.ui.addresses import document_address
from assistant.ui.navigation import open_elsewhere
from assistant.ui.overview import document_names
from assistant.ui.quote_html import facts_html, hero_html, label_html, note_html, outline_html
from assistant.wording import say
from vectorstore.datatypes import Document
from vectorstore.errors import DocumentError, PlansError
from vectorstore.library import Added
from vectorstore.readers import SUFFIXES
from vectorstore.settings import Settings, read_settings
from vectorstore.store import VectorStore

_FIELDS = ("title", "district", "parent", "issuer", "date", "period", "kind")
_UPLOAD, _CHOSEN, _NEWS, _UPDATE, _FORM = "upload", "document-shown", "library-news", "update-index", "uploads"
_JUST_ADDED = "just-added"
_HEADINGS_SHOWN = 200
# Taken as well, for their refusal says what to do
_REFUSED = ("doc", "wps", "ofd")


def draw_library(store: VectorStore) -> None:
    """Draw the documents of the store and what can be done with them."""
    settings = read_settings()
    st.html(hero_html(say().LIBRARY_TITLE, say().LIBRARY_PURPOSE))
    if st.session_state.pop(_UPDATE, False):
        _update(settings)
    _draw_news()
    _draw_unindexed(settings)
    _draw_adding(settings)
    st.html(label_html(say().documents_text(len(store.documents), store.manifest.chunks)))
    _draw_table(store)
    _draw_document(store, settings)
    _draw_taken_out(settings)


def _draw_news() -> None:
    """Say what became of the last change, once."""
    for text, kind in st.session_state.pop(_NEWS, ()):
        st.html(note_html(text, kind))


def _tell(news: Sequence[tuple[str, str]]) -> None:
    st.session_state[_NEWS] = (*st.session_state.get(_NEWS, ()), *news)


def _draw_unindexed(settings: Settings) -> None:
    """Offer to index what was changed and is not in the index: an update was interrupted, or files changed on the disk."""
    try:
        current = is_current(settings)
    except PlansError as error:
        st.html(note_html(str(error), "warning"))
        return
    if not current:
        with st.container(horizontal=True, key="unindexed", vertical_alignment="center"):
            st.html(note_html(say().NOT_INDEXED, "warning"), width="content")
            st.button(say().INDEX_NOW, key="index-now", on_click=_have_updated)


def _have_updated() -> None:
    st.session_state[_UPDATE] = True


def _update(settings: Settings) -> None:
    """Bring the index up to date, with what is being done to be seen; then draw the page anew."""
    stages = say().INDEX_STAGES
    with st.status(say().INDEXING, expanded=True) as status:
        bar = st.progress(0.0)
        # Any click interrupts what runs here, and the index in use stays
        st.button(say().CANCEL, key="cancel-update", help=say().CANCEL_HELP)
        try:
            _, left_out = follow_changes(
                settings,
                on_progress=lambda stage, done, total: bar.progress(done / max(1, total), stages.get(stage, stage)),
            )
        except PlansError as error:
            status.update(state="error")
            _tell([(str(error), "warning")])
        else:
            _tell([(f"{say().LEFT_OUT} {error}", "warning") for error in left_out])
    st.rerun()


def _draw_adding(settings: Settings) -> None:
    with st.form(_FORM, clear_on_submit=True):
        st.file_uploader(
            say().ADD_FILES,
            type=[*(suffix.lstrip(".") for suffix in SUFFIXES), *_REFUSED],
            accept_multiple_files=True,
            key=_UPLOAD,
        )
        st.form_submit_button(say().ADD, on_click=_add, args=(settings,))


def _add(settings: Settings) -> None:
    """Keep the files that were chosen, and have the index brought up to date where one is new."""
    files = [(file.name, file.getvalue) for file in st.session_state[_UPLOAD]]
    if not files:
        _tell([(say().NO_FILE_CHOSEN, "warning")])
        return

    def add() -> list[str]:
        results = list(add_documents(settings, files))
        _tell([_became(name, result) for name, result in results])
        new = [result.path for _, result in results if isinstance(result, Added) and result.outcome != "known"]
        st.session_state[_JUST_ADDED] = new[:1]
        return new

    _change(add)


def _became(name: str, result: Added | DocumentError) -> tuple[str, str]:
    """Return what became of a file, and the kind of note it makes."""
    if isinstance(result, Added):
        return say().added_text(name, result.outcome), ""
    return f"{say().LEFT_OUT} {result}", "warning"


def _change(change: Callable[[], Any]) -> None:
    """Make a change and have the index follow; what goes wrong is said on the page."""
    try:
        changed = change()
    except PlansError as error:
        _tell([(str(error), "warning")])
        return
    if changed:
        _have_updated()


def _draw_table(store: VectorStore) -> None:
    own, documents = own_paths(store), store.documents
    st.dataframe(
        {
            say().ABOUT_DISTRICT: [d.provenance.district or "" for d in documents],
            say().PARENT: [d.provenance.parent or "" for d in documents],
            say().TITLE: [d.provenance.title or d.id for d in documents],
            say().KIND: [say().kind_word(d.provenance.kind) for d in documents],
            say().PERIOD: [str(d.provenance.period or "") for d in documents],
            say().DATE: [d.provenance.date or "" for d in documents],
            say().ISSUER: [d.provenance.issuer or "" for d in documents],
            say().PASSAGES: [len(store.chunks_of(d.id)) for d in documents],
            say().OWN: [d.path in own for d in documents],
        },
        hide_index=True,
        key="documents-table",
    )


def _draw_document(store: VectorStore, settings: Settings) -> None:
    """Draw one document: what was recognized, its outline, and what can be done with it."""
    names = dict(zip([d.id for d in store.documents], document_names(store.documents), strict=True))
    own, just_added = own_paths(store), st.session_state.pop(_JUST_ADDED, ())
    added = [d.id for d in store.documents if own.get(d.path) in just_added]
    if added:  # what was recognized of it is shown, to be confirmed or corrected
        st.session_state[_CHOSEN] = added[0]
    shown = st.selectbox(say().LOOK_AT_DOCUMENT, list(names), format_func=names.__getitem__, key=_CHOSEN)
    document = store.document(shown)
    with st.container(border=True, key="document-shown-frame"):
        st.html(facts_html(document, len(store.chunks_of(document.id))))
        with st.container(horizontal=True, key="document-actions"):
            address = (document_address(document.id),)
            st.button(say().OPEN_DOCUMENT, key="open-document", on_click=open_elsewhere, args=address)
            with st.popover(say().CORRECT, key="correct-document"):
                _draw_correction(document, settings)
            with st.popover(say().TAKE_OUT, key="take-out-document"):
                st.caption(say().TAKE_OUT_HELP)
                st.button(say().TAKE_OUT_NOW, key="take-out", on_click=_take_out, args=(document.path, settings))
        st.html(outline_html(document, _HEADINGS_SHOWN))


def _draw_correction(document: Document, settings: Settings) -> None:
    said = document.provenance
    with st.form(f"correction-{document.id}", border=False):
        st.caption(say().CORRECT_HELP)
        for name in _FIELDS:
            value = str(getattr(said, name) or "")
            key = f"said-{name}-{document.id}"
            if name == "kind":
                kinds = ["", *say().KINDS]
                place = kinds.index(value) if value in kinds else 0
                st.selectbox(say().FIELDS[name], kinds, place, format_func=say().kind_word, key=key)
            else:
                st.text_input(say().FIELDS[name], value, key=key, max_chars=200)
        st.form_submit_button(say().KEEP_CORRECTION, on_click=_correct, args=(document, settings))


def _correct(document: Document, settings: Settings) -> None:
    """Keep the fields that were changed."""
    typed = {name: str(st.session_state[f"said-{name}-{document.id}"] or "").strip() for name in _FIELDS}
    changed = {name: value for name, value in typed.items() if value != str(getattr(document.provenance, name) or "")}
    if changed:
        _change(lambda: correct_document(settings, document.path, changed))


def _take_out(path: str, settings: Settings) -> None:
    _change(lambda: remove_documents(settings, [path]))


def _draw_taken_out(settings: Settings) -> None:
    library = library_of(settings)
    try:
        out = dict.fromkeys([*library.hidden(), *library.removed()])
    except PlansError as error:
        st.html(note_html(str(error), "warning"))
        return
    if not out:
        return
    st.html(label_html(say().TAKEN_OUT))
    for number, path in enumerate(out):
        with st.container(horizontal=True, key=f"out-{number}", vertical_alignment="center"):
            st.html(note_html(path), width="content")
            st.button(
                say().BRING_BACK,
                key=f"bring-back-{number}",
                type="tertiary",
                on_click=_bring_back,
                args=(path, settings),
            )


def _bring_back(path: str, settings: Settings) -> None:
    _change(lambda: restore_documents(settings, [path]))
