"""The page of documents, run by Streamlit's own test runner over a small store that is its own."""

import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from assistant import collection
from assistant.ui import conversation, opened_store
from assistant.wording import say
from tests.conftest import FakeEncoder, write_plans
from tests.test_assistant.pages import APP, go_to, shown
from vectorstore import embeddings, reranking
from vectorstore.library import Library
from vectorstore.store import VectorStore, build_store

pytestmark = pytest.mark.slow

BRIDGE = "清河街道2024年工作要点\n一、交通\n修缮石拱桥2座。\n"


@pytest.fixture
def folder(tmp_path):
    plans = write_plans(tmp_path / "plans")
    build_store(tmp_path / "store", [plans], model="fake", encoder=FakeEncoder, library=Library(tmp_path / "own"))
    return tmp_path


@pytest.fixture
def documents(folder, monkeypatch):
    """Return the page of documents over a store of its own."""
    monkeypatch.setenv("PLANS_STORE", str(folder / "store"))
    monkeypatch.setenv("PLANS_DOCUMENTS", str(folder / "own"))
    monkeypatch.setenv("PLANS_HISTORY", "none")
    for module in (opened_store, embeddings):
        monkeypatch.setattr(module, "load_encoder", lambda model: FakeEncoder())
        monkeypatch.setattr(module, "model_identity", lambda model: "fake")
    monkeypatch.setattr(reranking, "load_reader", lambda named: None)
    monkeypatch.setattr(conversation, "warm_up", lambda store: None)
    st.cache_resource.clear()
    return go_to(AppTest.from_file(str(APP), default_timeout=60), "documents")


def opened(folder) -> VectorStore:
    return VectorStore.open(folder / "store", encoder=FakeEncoder, model="fake")


def add(page, *files):
    page.file_uploader(key="upload").set_value([(name, data, "text/plain") for name, data in files])
    return next(button for button in page.button if button.label == say().ADD).click().run()


def test_what_was_recognized_of_each_document_is_listed(documents):
    table = documents.dataframe[0].value
    assert set(table[say().ABOUT_DISTRICT]) == {"云溪街道", "松岭区", "青石镇"}
    assert not any(table[say().OWN])
    assert (table[say().PASSAGES] > 0).all()


def test_a_document_that_is_added_can_be_asked_at_once(documents, folder):
    add(documents, ("清河.txt", BRIDGE.encode()))
    assert say().added_text("清河.txt", "added") in shown(documents)
    assert "清河街道" in set(documents.dataframe[0].value[say().ABOUT_DISTRICT])
    assert "修缮石拱桥2座" in opened(folder).folded_text


def test_what_was_recognized_of_an_added_document_is_shown_at_once(documents):
    add(documents, ("清河.txt", BRIDGE.encode()))
    assert documents.selectbox(key="document-shown").value == "清河"
    assert "清河街道" in shown(documents)


def test_a_web_page_is_read_and_answers(documents, folder):
    # So short a page would not count as a document
    body = "".join(
        f"<p>{line}</p>" for line in (BRIDGE + "全面推进交通出行条件改善,方便居民日常往来。" * 5).splitlines()
    )
    html = f"<html><head><title>清河街道</title></head><body><script>x</script>{body}</body></html>"
    add(documents, ("清河.html", html.encode()))
    assert "修缮石拱桥2座" in opened(folder).folded_text


def test_an_old_word_file_is_refused_with_what_to_do(documents):
    add(documents, ("清河.doc", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600))
    assert say().LEFT_OUT in shown(documents)
    assert ".docx" in shown(documents)


def test_one_file_that_cannot_be_read_does_not_stop_the_rest(documents, folder):
    add(documents, ("空.txt", b" "), ("清河.txt", BRIDGE.encode()))
    assert say().LEFT_OUT in shown(documents)
    assert "修缮石拱桥2座" in opened(folder).folded_text


def test_adding_without_a_file_says_so(documents):
    next(button for button in documents.button if button.label == say().ADD).click().run()
    assert say().NO_FILE_CHOSEN in shown(documents)


def test_a_correction_is_kept_and_indexed(documents, folder):
    shown_id = documents.selectbox(key="document-shown").value
    documents.text_input(key=f"said-district-{shown_id}").set_value("清河街道")
    next(button for button in documents.button if button.label == say().KEEP_CORRECTION).click().run()
    assert opened(folder).document(shown_id).provenance.district == "清河街道"


def test_a_period_that_is_none_is_refused_with_what_to_do(documents, folder):
    shown_id = documents.selectbox(key="document-shown").value
    before = opened(folder).document(shown_id).provenance.period
    documents.text_input(key=f"said-period-{shown_id}").set_value("去年")
    next(button for button in documents.button if button.label == say().KEEP_CORRECTION).click().run()
    assert 'class="plan-note warning"' in shown(documents)
    assert opened(folder).document(shown_id).provenance.period == before


def test_a_document_is_taken_out_and_brought_back(documents, folder):
    shown_id = documents.selectbox(key="document-shown").value
    documents.button(key="take-out").click().run()
    assert shown_id not in {d.id for d in opened(folder).documents}
    assert say().TAKEN_OUT in shown(documents)
    documents.button(key="bring-back-0").click().run()
    assert shown_id in {d.id for d in opened(folder).documents}


def test_an_update_that_fails_is_said_and_the_old_index_answers(documents, folder, monkeypatch):
    def no_encoder(model):
        raise reranking.ModelError("the model is gone. Restore it.")

    monkeypatch.setattr(embeddings, "load_encoder", no_encoder)
    add(documents, ("清河.txt", BRIDGE.encode()))
    assert "the model is gone" in shown(documents)
    assert say().NOT_INDEXED in shown(documents)
    assert "修缮石拱桥2座" not in opened(folder).folded_text
    monkeypatch.setattr(embeddings, "load_encoder", lambda model: FakeEncoder())
    documents.button(key="index-now").click().run()
    assert "修缮石拱桥2座" in opened(folder).folded_text


def test_a_root_that_is_gone_is_said_on_the_page(documents, folder):
    shutil.rmtree(folder / "plans")
    documents.run()
    assert str(folder / "plans") in shown(documents)
    assert collection.SEEDS.is_dir()
