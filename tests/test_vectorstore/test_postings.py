"""How often terms stand in texts, when texts come, go and move."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.postings import Postings

TEXTS = [["停车", "泊位"], ["老桥"], ["停车", "停车", "食堂"], []]

TERMS = st.lists(st.sampled_from(["停车", "泊位", "老桥", "食堂", "茶园"]), max_size=5)


def table(postings):
    """Return the counts of each text's terms, by the text's number."""
    texts = [Counter() for _ in postings.lengths]
    for term, number in postings.vocabulary.items():
        for place in range(postings.bounds[number], postings.bounds[number + 1]):
            texts[postings.texts[place]][term] = int(postings.counts[place])
    return texts


def test_each_text_has_its_terms_as_often_as_it_says_them():
    postings = Postings.of(TEXTS)
    assert table(postings) == [Counter(terms) for terms in TEXTS]
    assert postings.lengths.tolist() == [2, 1, 3, 0]


def test_the_texts_of_a_term_rise():
    postings = Postings.of(TEXTS)
    number = postings.vocabulary["停车"]
    assert postings.texts[postings.bounds[number] : postings.bounds[number + 1]].tolist() == [0, 2]


def test_a_term_that_no_text_holds_any_more_is_forgotten():
    postings = Postings.of(TEXTS).changed(np.array([0, -1, 1, 2]), np.zeros(0, dtype=int), [])
    assert "老桥" not in postings.vocabulary
    assert table(postings) == [Counter(TEXTS[0]), Counter(TEXTS[2]), Counter()]


@pytest.mark.slow
@given(st.lists(st.tuples(TERMS, st.booleans()), max_size=8), st.lists(st.tuples(st.integers(0, 8), TERMS), max_size=4))
def test_changed_postings_are_those_of_the_texts_as_they_are_now(texts, added):
    kept = [terms for terms, stays in texts if stays]
    now = [(terms, None) for terms in kept]
    for place, terms in added:
        now.insert(min(place, len(now)), (terms, "new"))
    staying = iter([n for n, (_, new) in enumerate(now) if not new])
    places = np.array([next(staying) if stays else -1 for _, stays in texts], dtype=int)
    numbers = np.array([n for n, (_, new) in enumerate(now) if new], dtype=int)
    changed = Postings.of([terms for terms, _ in texts]).changed(places, numbers, [t for t, new in now if new])
    anew = Postings.of([terms for terms, _ in now])
    assert table(changed) == table(anew)
    assert changed.lengths.tolist() == anew.lengths.tolist()
    assert set(changed.vocabulary) == set(anew.vocabulary)
