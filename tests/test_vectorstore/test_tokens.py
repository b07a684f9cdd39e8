"""Text → terms: words and pairs of characters; what a text is about."""

import pytest
from hypothesis import given

from tests.test_vectorstore.plan_texts import any_text, plan_like
from vectorstore.folding import fold
from vectorstore.tokens import chinese_runs, content_words, name_candidates, rarity, tokenize


@pytest.mark.slow
@given(plan_like | any_text)
def test_any_text_has_terms_that_stand_in_its_folded_view(text):
    view = fold(text)
    assert all(term in view for term in tokenize(text))


@pytest.mark.slow
@given(plan_like)
def test_every_pair_of_neighbouring_chinese_characters_is_a_term(text):
    terms = set(tokenize(text))
    assert all(run[i : i + 2] in terms for run in chinese_runs(text) for i in range(len(run) - 1))


@given(plan_like | any_text)
def test_content_words_are_each_given_once(text):
    words = content_words(text)
    assert len(words) == len(set(words))


def test_a_word_of_two_characters_is_not_counted_twice():
    assert tokenize("停车") == ["停车"]


def test_a_single_character_is_a_term():
    assert tokenize("桥") == ["桥"]


def test_a_longer_word_is_a_term_beside_its_pairs():
    assert tokenize("幼儿园") == ["幼儿", "儿园", "幼儿园"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [("增长3.5%", ["增长", "3.5%"]), ("GPS", ["gps"]), ("ＧＰＳ２", ["gps2"]), ("2024-2026", ["2024-2026"])],
)
def test_numbers_and_latin_words_are_whole_terms_whatever_their_width(text, terms):
    assert tokenize(text) == terms


def test_marks_alone_have_no_terms():
    assert tokenize("。、——“”") == []


def test_question_words_say_nothing_about_the_subject():
    assert content_words("停车方面有哪些措施?") == ("停车",)


def test_the_same_text_gives_the_same_terms():
    assert tokenize("修复盐茶古道12公里") == tokenize("修复盐茶古道12公里")


def test_runs_of_characters_no_dictionary_knows_may_be_names():
    assert "芡溇" in name_candidates("整治芡溇沿线环境", kinds=("new",))


def test_places_are_candidates_for_names_and_each_is_given_once():
    assert name_candidates("北京和北京", kinds=("ns",)) == ("北京",)


def test_a_word_of_every_plan_tells_less_than_one_of_few():
    assert rarity("工作") < rarity("养老") < rarity("架空线")


def test_a_name_tells_most_and_an_everyday_word_that_plans_avoid_little():
    assert rarity("芡溇荡") > rarity("养老") > rarity("弄完")
