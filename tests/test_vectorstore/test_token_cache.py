"""Each text is cut once, and its terms are those that cutting it gives."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_vectorstore.plan_texts import any_text, plan_like
from vectorstore import token_cache
from vectorstore.token_cache import TokenCache
from vectorstore.tokens import tokenize

TEXTS = ["新增停车泊位200个。", "修缮老桥三座。", "——", "修缮老桥三座。"]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tokens.sqlite3"


@pytest.fixture
def cut(monkeypatch):
    """Return the texts that are cut from now on."""
    texts = []
    monkeypatch.setattr(token_cache, "tokenize", lambda text: texts.append(text) or tokenize(text))
    return texts


@pytest.mark.slow
@settings(max_examples=30)
@given(st.lists(plan_like | any_text, max_size=4), st.lists(plan_like | any_text, max_size=4))
def test_whatever_was_met_before_the_terms_are_those_of_the_text(tmp_path_factory, before, texts):
    file = tmp_path_factory.mktemp("cache") / "tokens.sqlite3"
    TokenCache(file).tokenize(before)
    for _ in range(2):
        assert TokenCache(file).tokenize(texts) == [tokenize(text) for text in texts]


def test_a_text_is_cut_once_however_often_it_is_met(file, cut):
    for _ in range(2):
        TokenCache(file).tokenize(TEXTS)
    assert cut == TEXTS[:3]


def test_another_version_of_the_terms_cuts_the_text_again(file, cut, monkeypatch):
    TokenCache(file).tokenize(TEXTS)
    monkeypatch.setattr(token_cache, "TOKENS_VERSION", 99)
    TokenCache(file).tokenize(TEXTS)
    assert cut == TEXTS[:3] * 2


def test_a_lone_surrogate_is_a_text_like_any_other(file):
    for _ in range(2):
        assert TokenCache(file).tokenize(["推进\ud800"]) == [["推进"]]


def test_terms_that_neither_of_the_last_two_indexes_holds_are_forgotten(file, cut):
    for texts in (TEXTS[:2], TEXTS[1:2], TEXTS[1:2], TEXTS[:2]):
        kept = TokenCache(file)
        kept.tokenize(texts)
        kept.forget_unused()
    assert cut == [*TEXTS[:2], TEXTS[0]]


def test_a_damaged_file_changes_no_term(file):
    file.write_bytes(b"not a database at all" * 100)
    assert TokenCache(file).tokenize(TEXTS) == [tokenize(text) for text in TEXTS]
    assert file.with_name("tokens.sqlite3.damaged").exists()
