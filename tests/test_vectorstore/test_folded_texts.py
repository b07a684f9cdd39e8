"""Strings looked up in the documents of a store."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vectorstore import folded_texts
from vectorstore.datatypes import Scope
from vectorstore.documents import folded


def whole(store):
    return "\n".join(folded(document) for document in store.documents)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data())
def test_every_run_within_a_sentence_is_found(small_store, data):
    document = data.draw(st.sampled_from(small_store.documents))
    sentence = data.draw(st.sampled_from(document.sentences))
    start = data.draw(st.integers(sentence.span.start, sentence.span.end - 1))
    end = data.draw(st.integers(start + 1, sentence.span.end))
    assert folded(document)[start:end] in small_store.folded_text


@settings(max_examples=300)
@given(st.text("云溪青石镇街道停车泊位公园2024a。.", min_size=1, max_size=6))
def test_what_is_found_does_stand_in_a_text(small_store, string):
    assert (string in small_store.folded_text) <= (string in whole(small_store))


@pytest.mark.parametrize("string", ["泊", "4", "24", "2024-02", "3.2", "路口3处", "2.5万人次", "、"])
def test_characters_alone_and_figures_are_found_within_longer_ones(small_store, string):
    assert string in whole(small_store)
    assert string in small_store.folded_text


@pytest.mark.parametrize("string", ["停车位", "泊位停", "3.9", "徐汇", "镇青石", "9"])
def test_what_stands_nowhere_is_not_found(small_store, string):
    assert string not in whole(small_store)
    assert string not in small_store.folded_text


def test_holders_are_the_documents_that_hold_a_string(small_store):
    held = [document.id for document in small_store.documents if "责任单位" in folded(document)]
    assert [document.id for document in small_store.folded_text.holders("责任单位")] == held
    assert len(held) == 2


@pytest.mark.parametrize("figure", ["2024", "20", "4", "800", "9"])
def test_what_holds_a_figure_is_told_without_reading_a_text(small_store, figure, monkeypatch):
    held = [document.id for document in small_store.documents if figure in folded(document)]
    monkeypatch.setattr(folded_texts, "folded", None)
    assert [document.id for document in small_store.folded_text.holders(figure)] == held


def test_a_narrowed_store_finds_what_its_documents_hold(small_store):
    stone = small_store.within(Scope(districts=("青石镇",)))
    assert "采茶节" in stone.folded_text
    assert "停车泊位" not in stone.folded_text
    assert "停车泊位" in small_store.folded_text


def test_a_common_string_counts_more_sentences_than_a_rare_one(small_store):
    texts = small_store.folded_text
    assert texts.count("青石") > texts.count("采茶节") > texts.count("徐汇") == 0
