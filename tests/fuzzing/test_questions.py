"""Any typed text → Question: whatever is typed after whatever was typed before, it is read, and the same way each time."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.chat import take_turn
from assistant.datatypes import Answer, Question, Turn
from assistant.periods import find_periods, relative_periods, strip_periods
from assistant.places import find_mentions, find_unknown_places, read_places
from assistant.questions import read_question
from assistant.readings import clean, read_text
from tests.fuzzing.cases import share, share_when_small
from tests.fuzzing.questions import pasted, typed
from vectorstore.folding import fold

pytestmark = pytest.mark.slow

SECONDS = 5
conversations = st.lists(typed, max_size=3)


@pytest.fixture(scope="module")
def places(small_store):
    return read_places(small_store.documents)


def after(texts, store) -> tuple[Turn, ...]:
    """Return the conversation that texts make, each answered for the districts that were understood."""
    history: tuple[Turn, ...] = ()
    for text in texts:
        question = read_question(text, history, store)
        history = (*history, Turn(question, Answer(question, (), question.districts, ())))
    return history


@share_when_small(0.5)
@given(conversations, typed)
def test_any_text_after_any_others_is_a_question_of_the_store(small_store, before, text):
    question = read_question(text, after(before, small_store), small_store)
    assert isinstance(question, Question)
    known = {document.provenance.district for document in small_store.documents}
    documents = {document.id for document in small_store.documents}
    assert set(question.districts) <= known
    assert len(set(question.districts)) == len(question.districts)
    assert question.facets
    assert question.compares == (len(question.facets) > 1)
    for facet in question.facets:
        assert set(facet.scope.districts) <= known
        assert set(facet.scope.documents) <= documents


@share_when_small(0.5)
@given(conversations, typed)
def test_a_question_is_read_the_same_each_time(small_store, before, text):
    history = after(before, small_store)
    assert read_question(text, history, small_store) == read_question(text, history, small_store)
    assert after(before, small_store) == history


@given(typed)
def test_a_question_shows_what_was_typed_without_what_cannot_be_seen(small_store, text):
    question = read_question(text, (), small_store)
    assert question.text == clean(text) == clean(question.text)
    assert question.text.isprintable()
    # It is kept, sent and shown as UTF-8
    for words in (
        question.text,
        question.topic,
        question.asked,
        *question.unknown_places,
        *sum(question.corrected, ()),
    ):
        words.encode("utf-8")


@share_when_small(0.5)
@given(conversations, typed)
def test_every_text_that_can_be_seen_has_a_topic_to_search_for(small_store, before, text):
    question = read_question(text, after(before, small_store), small_store)
    assert question.topic or not question.text


@given(typed)
def test_a_first_question_carries_nothing_over(small_store, text):
    assert read_question(text, (), small_store).carried == ()


@share_when_small(0.5)
@given(conversations, typed)
def test_what_is_carried_over_stands_in_the_question(small_store, before, text):
    question = read_question(text, after(before, small_store), small_store)
    values = {part.what: part.value for part in question.carried}
    assert len(values) == len(question.carried)
    assert all(values.values())
    if "districts" in values:
        assert set(values["districts"].split("、")) <= set(question.districts)
    if "period" in values:
        assert values["period"] == "、".join(map(str, question.years))


@given(typed)
def test_districts_are_named_where_they_are_said_to_be(small_store, places, text):
    text = clean(text)
    mentions = find_mentions(text, places, small_store.folded_text)
    assert all(0 <= mention.start < mention.end <= len(text) and mention.districts for mention in mentions)
    assert [mention.start for mention in mentions] == sorted(mention.start for mention in mentions)
    assert all(a.end <= b.start for a, b in pairwise(mentions))
    unknown = find_unknown_places(text, mentions, small_store.folded_text)
    assert all(name in fold(text) and name not in small_store.folded_text for name in unknown)


@given(typed)
def test_periods_are_years_of_plans_at_places_of_the_text(small_store, text):
    for mention in (*find_periods(text, small_store.documents), *relative_periods(text, 2024)):
        assert 0 <= mention.span.start < mention.span.end <= len(text)
        assert 1900 <= mention.years.start <= mention.years.end < 2100
        assert mention.words


@given(typed)
def test_a_text_without_its_periods_names_none(small_store, text):
    assert find_periods(strip_periods(text), small_store.documents) == ()


@given(typed)
def test_the_words_of_a_question_stand_in_what_it_says(small_store, text):
    reading = read_text(clean(text), small_store)
    assert all(word.strip() for word in reading.words)
    assert reading.without_names(0, len(reading.text)) == "".join(
        char
        for place, char in enumerate(reading.text)
        if not any(mention.start <= place < mention.end for mention in reading.mentions)
    )


@share(0.04)
@given(pasted)
def test_a_pasted_page_is_read_in_seconds(small_store, text):
    began = time.process_time()
    question = read_question(text, (), small_store)
    assert question.text == clean(text)
    assert time.process_time() - began < SECONDS


@share(0.05)
@given(st.lists(typed, max_size=1), typed)
def test_any_text_is_answered_by_quotes_or_a_reason(small_store, before, text):
    history: tuple[Turn, ...] = ()
    for words in (*before, text):
        history = (*history, take_turn(words, history, small_store))
    given_answer = history[-1].answer
    assert given_answer.quotes or given_answer.reason
    for quote in (*given_answer.quotes, *given_answer.nearest):
        assert quote.text == quote.span.of(small_store.document(quote.document).text)
