"""How much of a question stands in a text."""

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.overlap import cover, longest_run, share

CHARACTERS = st.text("停车泊位桥", max_size=12)


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [
        ("停车泊位", "新增停车泊位200个", 4),
        ("停车泊位", "车位", 1),
        ("停车泊位", "泊位与停车", 2),
        ("", "停车", 0),
        ("停车", "", 0),
    ],
)
def test_the_longest_run_is_as_long_as_what_stands_in_both(first, second, length):
    assert longest_run(first, second) == length


@given(CHARACTERS, CHARACTERS)
def test_the_longest_run_is_the_one_that_difflib_finds(first, second):
    assert longest_run(first, second) == SequenceMatcher(None, first, second, autojunk=False).find_longest_match().size


def test_a_word_is_shared_whole_or_by_its_pairs():
    assert share("停车泊位", "新增停车泊位") == 1
    assert share("停车泊位", "泊位与停车") == pytest.approx(0.8 * 2 / 3)
    assert share("桥", "停车") == 0


def test_rare_words_count_more():
    words = (("停车", 0.2), ("老桥", 0.8))
    assert cover(words, "修缮老桥") == pytest.approx(0.8)
    assert cover((), "修缮老桥") == 0
