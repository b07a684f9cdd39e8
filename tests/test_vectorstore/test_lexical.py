"""BM25 over the terms of texts, saved to and loaded from a folder."""

import bm25s
import numpy as np
import pytest

from vectorstore.errors import StoreError
from vectorstore.lexical import LexicalIndex
from vectorstore.token_cache import TokenCache
from vectorstore.tokens import tokenize

TEXTS = ["新增停车泊位200个。", "修缮老桥三座。", "新建社区食堂2家,停车优惠。", "停车,停车,停车。"]


@pytest.fixture
def index():
    return LexicalIndex.build(TEXTS)


@pytest.mark.parametrize(
    ("query", "found"), [("桥", [1]), ("食堂", [2]), ("泊位", [0]), ("停车", [0, 2, 3]), ("200个", [0])]
)
def test_texts_that_hold_a_term_score_and_the_others_do_not(index, query, found):
    assert np.flatnonzero(index.scores(query)).tolist() == found


def test_a_text_that_says_a_term_more_often_scores_higher(index):
    scores = index.scores("停车")
    assert scores[3] > scores[0] > 0


def test_a_rare_term_weighs_more_than_a_common_one(index):
    assert index.scores("泊位停车")[0] > index.scores("泊位停车")[3]


def test_a_query_without_known_terms_scores_nothing(index):
    assert index.scores("航天发射").tolist() == [0, 0, 0, 0]


def test_terms_from_a_file_give_the_scores_of_terms_cut_now(index, tmp_path):
    for _ in range(2):
        kept = LexicalIndex.build(TEXTS, tokenizer=TokenCache(tmp_path / "tokens.sqlite3").tokenize)
        assert [kept.scores(text).tolist() for text in TEXTS] == [index.scores(text).tolist() for text in TEXTS]


def test_an_index_of_nothing_scores_nothing():
    assert LexicalIndex.build([]).scores("停车").shape == (0,)


def test_texts_without_terms_never_match():
    assert LexicalIndex.build(["。", "——"]).scores("停车。").tolist() == [0, 0]


def test_a_saved_index_scores_the_same(index, tmp_path):
    index.save(tmp_path / "words")
    loaded = LexicalIndex.load(tmp_path / "words", len(TEXTS))
    assert loaded.scores("停车食堂").tolist() == index.scores("停车食堂").tolist()


def test_a_missing_index_is_an_error_that_names_the_folder_and_the_remedy(tmp_path):
    with pytest.raises(StoreError, match=r"words.*plans index"):
        LexicalIndex.load(tmp_path / "words", 3)


def test_a_damaged_index_is_an_error_that_names_the_folder_and_the_remedy(index, tmp_path):
    index.save(tmp_path / "words")
    for path in (tmp_path / "words").iterdir():
        path.write_bytes(path.read_bytes()[:10])
    with pytest.raises(StoreError, match=r"words.*plans index"):
        LexicalIndex.load(tmp_path / "words", len(TEXTS))


def test_scores_are_those_of_bm25s_itself():
    terms = [tokenize(text) for text in TEXTS]
    ranker = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    ranker.index(terms, show_progress=False)
    for query in ("停车食堂", "200个", "老桥停车"):
        known = [term for term in tokenize(query) if term in ranker.vocab_dict]
        assert LexicalIndex.build(TEXTS).scores(query) == pytest.approx(ranker.get_scores(known), abs=1e-6)


@pytest.mark.parametrize("texts", [[], ["。", "——"]], ids=["no text", "no term"])
def test_an_index_without_terms_is_saved_and_loaded(texts, tmp_path):
    LexicalIndex.build(texts).save(tmp_path / "words")
    assert LexicalIndex.load(tmp_path / "words", len(texts)).scores("停车").tolist() == [0] * len(texts)


def test_an_index_of_another_number_of_texts_is_an_error(index, tmp_path):
    index.save(tmp_path / "words")
    with pytest.raises(StoreError, match=r"4 texts where 5 were written.*plans index"):
        LexicalIndex.load(tmp_path / "words", 5)


def test_scores_that_were_given_cannot_be_changed(index):
    with pytest.raises(ValueError, match="read-only"):
        index.scores("停车")[0] = 9
