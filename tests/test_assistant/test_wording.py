import re

import pytest

from assistant.wording import LANGUAGES, say, speaking
from assistant.words_chinese import Words
from assistant.words_english import EnglishWords

NAMES = [name for name in vars(Words) if not name.startswith("_")]
# Examples and questions are Chinese in any language, as the documents are; a sign is the same in all
SAME = {"MORE", "figure_question", "measures_question", "comparison_question", "trouble_text"}
CHINESE = re.compile(r"[\u3400-\u9fff]")


def test_chinese_is_spoken_where_nothing_was_chosen():
    assert say() is LANGUAGES["zh"]


def test_a_language_is_spoken_within_its_block_only():
    with speaking("en"):
        assert say().NEW_CHAT == EnglishWords.NEW_CHAT
    assert say().NEW_CHAT == Words.NEW_CHAT


@pytest.mark.parametrize("name", sorted(set(NAMES) - SAME))
def test_english_says_everything_anew(name):
    assert name in vars(EnglishWords)


@pytest.mark.parametrize("name", [name for name in NAMES if isinstance(getattr(Words, name), str)])
def test_english_words_hold_chinese_as_an_example_only(name):
    said = getattr(EnglishWords, name)
    assert not CHINESE.search(said.replace("养老服务有哪些举措？", ""))


@pytest.mark.parametrize("name", [name for name in NAMES if isinstance(getattr(Words, name), dict)])
def test_both_languages_name_the_same_things(name):
    assert getattr(EnglishWords, name).keys() == getattr(Words, name).keys()
