"""The page over a small store, run by Streamlit's own test runner."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant.ui import conversation, opened_store
from tests.conftest import FakeEncoder
from tests.test_assistant.pages import APP
from vectorstore.store import VectorStore


@pytest.fixture
def page(small_store: VectorStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    """Return the page over the small store, not yet run; nothing is loaded."""
    monkeypatch.setenv("PLANS_STORE", str(small_store.folder.parent))
    monkeypatch.setenv("PLANS_HISTORY", str(tmp_path / "kept" / "conversations.sqlite3"))
    monkeypatch.setattr(opened_store, "load_encoder", lambda model: FakeEncoder())
    monkeypatch.setattr(opened_store, "model_identity", lambda model: "fake")
    monkeypatch.setattr(conversation, "warm_up", lambda store: None)
    st.cache_resource.clear()
    return AppTest.from_file(str(APP), default_timeout=60)
