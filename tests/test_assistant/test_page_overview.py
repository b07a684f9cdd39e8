"""The overview, run by Streamlit's own test runner over a small store."""

import pytest

from assistant.collection import SEEDS
from assistant.datatypes import Answer, Turn
from assistant.ui.overview import document_names
from assistant.wording import say
from tests.conftest import FakeEncoder
from tests.test_assistant.pages import answering, go_to, question, shown
from vectorstore.documents import read_document
from vectorstore.store import build_store

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    """Return a store of the bundled plans; the others' sections are too short to tell themes."""
    folder = tmp_path_factory.mktemp("bundled")
    return build_store(folder / "store", [SEEDS], model="fake", encoder=FakeEncoder)[0]


@pytest.fixture
def overview(page, bundled, monkeypatch):
    monkeypatch.setenv("PLANS_STORE", str(bundled.folder.parent))
    return go_to(page, "overview")


def test_themes_are_drawn_with_the_headings_of_each_document(overview, bundled):
    labels = overview.selectbox(key="theme").options
    assert labels
    headings = [s.heading.of(d.text) for d in bundled.documents for s in d.sections]
    assert all(any(label in heading for heading in headings) for label in labels)
    assert overview.get("arrow_vega_lite_chart") or overview.get("vega_lite_chart")


def test_a_theme_is_asked_about_on_the_page_of_questions(overview, monkeypatch):
    def silently(text, history, store):
        return Turn(question(text), Answer(question(text), (), (), (), reason="topic-missing"))

    answering(monkeypatch, silently)
    button = next(button for button in overview.button if button.key.startswith("ask-theme-"))
    theme = overview.selectbox(key="theme").value
    button.click().run()
    asked = overview.session_state["turns"][0].question.text
    assert theme in asked
    assert 'class="plan-question"' in shown(overview)


def test_key_figures_are_found_by_their_words(overview):
    everything = len(overview.dataframe[0].value)
    overview.text_input(key="find-figure").set_value("床位").run()
    table = overview.dataframe[0].value
    assert 0 < len(table) < everything
    assert all("床位" in sentence for sentence in table[say().SENTENCE])


def test_key_figures_of_one_document_are_chosen(overview, bundled):
    name = document_names(bundled.documents)[3]
    overview.multiselect(key="figures-of").set_value([name]).run()
    assert set(overview.dataframe[0].value[say().LIBRARY]) == {name}


def test_figures_that_no_document_gives_are_said_so(overview):
    overview.text_input(key="find-figure").set_value("登月").run()
    assert say().NO_FIGURE in shown(overview)


def test_every_figure_stands_in_its_sentence(overview):
    table = overview.dataframe[0].value
    for written, sentence in zip(table[say().AS_WRITTEN], table[say().SENTENCE], strict=True):
        assert written in sentence


def test_documents_of_one_district_and_time_are_told_apart_by_their_titles():
    documents = [
        read_document(f"{name}.txt", f"清河街道2024年{name}\n一、目标\n建成公园3座。\n")
        for name in ("工作要点", "养老方案")
    ]
    names = document_names(documents)
    assert len(set(names)) == 2


def test_a_store_with_too_few_headings_says_that_themes_cannot_be_told(page):
    assert say().NO_THEMES in shown(go_to(page, "overview"))
